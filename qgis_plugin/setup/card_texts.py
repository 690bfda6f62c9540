"""What the card about the engine says in each state, and which buttons it offers there."""

from collections.abc import Callable
from typing import Any

from ..texts import tr
from . import session as states
from .plan import Plan, gigabytes

#: Button → its label and its tooltip, asked for when the card is built, in QGIS's language then.
BUTTONS: dict[str, Callable[[], tuple[str, str]]] = {
    "plan": lambda: (tr("&Set up…"), tr("Show what would be installed; nothing starts yet")),
    "resume": lambda: (tr("&Continue…"), tr("Go on with what has been downloaded already")),
    "upgrade": lambda: (tr("&Upgrade…"), tr("Install the engine that fits this plugin")),
    "install": lambda: (tr("&Install"), tr("Download and install what is listed above")),
    "back": lambda: (tr("&Back"), tr("Change nothing")),
    "cancel": lambda: (tr("&Cancel"), tr("Stop; what has been downloaded is kept")),
    "check": lambda: (tr("Check a&gain"), tr("Start the engine and ask for versions and device")),
    "existing": lambda: (
        tr("Use an &existing one…"),
        tr("Choose a Python interpreter that has Overseed's engine already"),
    ),
    "repair": lambda: (tr("&Repair…"), tr("Install the engine anew, with all its files")),
    "forget": lambda: (
        tr("S&top using it"),
        tr("Forget the chosen interpreter; it is not changed in any way"),
    ),
    "remove": lambda: (tr("Re&move…"), tr("Delete all that was installed for the engine")),
    "older": lambda: (tr("Remove &older…"), tr("Delete versions that are not in use any more")),
    "copy": lambda: (tr("Copy &diagnosis"), tr("Copy versions and problems for a bug report")),
    "log": lambda: (tr("Show &log"), tr("Open the log of what was done last")),
}


def title(state: str, planning: bool) -> str:
    """Return the headline."""
    if planning:
        return tr("What would be installed")
    return {
        states.MISSING: tr("The engine is not set up yet"),
        states.UNFINISHED: tr("The set-up was interrupted"),
        states.WORKING: tr("At work…"),
        states.UNTRIED: tr("The engine is there and was not tried yet"),
        states.READY: tr("✔ The engine is ready"),
        states.BROKEN: tr("✘ The engine does not work"),
        states.OUTDATED: tr("✘ The engine does not fit this plugin"),
    }[state]


def mood(state: str) -> str:
    """Return ``good``, ``bad`` or "" for the headline's colour."""
    if state == states.READY:
        return "good"
    return "bad" if state in (states.BROKEN, states.OUTDATED) else ""


def text_of(session: Any) -> str:
    """Return what stands below the headline while nothing is planned."""
    state = session.state
    if state == states.WORKING:
        return session.step
    if state in (states.MISSING, states.UNFINISHED):
        return tr(
            "Overseed computes in a program of its own, the engine, which is installed apart from "
            "QGIS. QGIS and its Python are not changed, and nothing is installed before you have "
            "seen what, where and how large."
        )
    if state in (states.BROKEN, states.OUTDATED):
        # What failed just now stands above already.
        return "" if session.problem == session.notice else breakable(session.problem)
    place = breakable(str(session.installed().folder if session.installed() else session.chosen()))
    if state == states.UNTRIED:
        return tr("In {place}. “Check again” starts it once.").format(place=place)
    return "\n".join([health_sentences(session.health), tr("In {place}").format(place=place)])


def health_sentences(health: Any) -> str:
    """Return versions and device in two lines."""
    versions = tr("Engine {engine}, PyTorch {torch}, Python {python}.").format(
        engine=health.version,
        torch=health.versions.get("torch", "?"),
        python=health.versions.get("python", "?"),
    )
    return f"{versions}\n{health.device_sentence()}"


def plan_sentences(plan: Plan) -> str:
    """Return what a plan installs, where and how large: all that a person agrees to."""
    if plan.problem():
        return plan.problem()
    build = plan.build
    lines = [
        tr("Overseed's engine {version} with PyTorch and other libraries, all in tested versions.")
    ]
    if build.gpu:
        lines.append(
            tr("PyTorch's build: {name}; it uses an {gpu} graphics card, and works without one.")
        )
    else:
        lines.append(
            tr(
                "PyTorch's build: {name}. The package index has no other one for Windows; for a "
                "graphics card, make an environment yourself and choose it as an existing one."
            )
        )
    if plan.extras:
        lines.append(tr("Extras: {extras}."))
    if plan.offline is not None:
        lines.append(tr("Source: only the folder {offline}; the network is not used."))
    lines += [
        tr("Python: {python}."),
        tr("uv, which makes the environment, is fetched into the same folder if it is missing."),
        tr("Size: {disk} on disk, {free} are free; {download} to download."),
        tr("Folder: {folder}"),
    ]
    if plan.python.is_managed:
        python = tr("version {version}, downloaded by uv for Overseed alone").format(
            version=plan.python.version
        )
    else:
        python = f"{plan.python.version}, {plan.python.path}"
    return "\n".join(f"• {line}" for line in lines).format(
        version=plan.materials.version,
        name=build.name,
        gpu=build.gpu,
        python=python,
        disk=gigabytes(plan.disk),
        free=gigabytes(plan.free()),
        download=gigabytes(plan.download) if plan.download else tr("nothing"),
        folder=breakable(str(plan.root)),
        extras=", ".join(plan.extras),
        offline=breakable(str(plan.offline)),
    )


def buttons(session: Any, planning: bool) -> list[str]:
    """Return the buttons to show, in order; the first is the one to propose."""
    state = session.state
    if state == states.WORKING:
        return ["cancel", "log"]
    if planning:
        return ["install", "back"]
    own = session.installed() is not None
    shown = {
        states.MISSING: ["plan", "existing"],
        states.UNFINISHED: ["resume", "existing", "remove"],
        states.UNTRIED: ["check", "existing"],
        states.READY: ["check", "copy", "existing"],
        states.BROKEN: ["repair" if own else "plan", "check", "copy", "existing"],
        states.OUTDATED: ["upgrade", "check", "copy", "existing"],
    }[state]
    if state in (states.UNTRIED, states.READY):
        shown += ["repair"] if own else ["plan"]
    if session.chosen() and not session.is_dictated():
        shown.append("forget")
    if own:
        shown.append("remove")
    if session.older():
        shown.append("older")
    if session.notice or state == states.BROKEN:
        shown += [name for name in ("copy", "log") if name not in shown]
    return shown


def breakable(text: str) -> str:
    """Return ``text`` with places to break lines in long paths."""
    return text.replace("/", "/\u200b").replace("\\", "\\\u200b")
