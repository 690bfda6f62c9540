"""Whether an engine works: its own `doctor` command, run and understood, and a text to pass on."""

import contextlib
import dataclasses
import json
import os
import platform
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Optional

from ..texts import tr
from .child import SetupCancelled, run_child
from .places import CHECKED, read_note, write_note
from .plan import free_bytes, gigabytes
from .reasons import SetupFailed, explain


@dataclass(frozen=True)
class Health:
    """What the engine at ``python`` says of itself."""

    python: str
    versions: dict = dataclasses.field(default_factory=dict)
    device: dict = dataclasses.field(default_factory=dict)
    providers: tuple[str, ...] = ()
    text: str = ""

    @property
    def version(self) -> str:
        """The engine's version."""
        return str(self.versions.get("overseed", ""))

    def mismatch(self, plugin_version: str) -> str:
        """Return a sentence when the engine is not of the plugin's version, else ""."""
        if self.version == plugin_version:
            return ""
        return tr(
            "The engine has version {engine} and the plugin {plugin}; they must be the same. "
            "Press “Upgrade” to install the one that fits."
        ).format(engine=self.version or "?", plugin=plugin_version)

    def device_sentence(self) -> str:
        """Return in words what the engine computes on."""
        threads = self.device.get("threads", "?")
        if self.device.get("kind") in ("cuda", "mps"):
            return tr("Computes on the graphics card {name}.").format(
                name=self.device.get("name", "")
            )
        return tr("Computes on the processor, {threads} threads; no graphics card is used.").format(
            threads=threads
        )


def check_engine(
    python: str,
    environment: dict[str, str],
    folder: Path,
    log: IO[str],
    cancelled: Callable[[], bool] = lambda: False,
    seconds: float = 300.0,
) -> Health:
    """Run ``doctor`` in the interpreter ``python``; takes seconds, so it belongs into a thread.

    Raises ``SetupFailed`` with a sentence when it does not work, and ``SetupCancelled``.
    """
    late = threading.Event()
    timer = threading.Timer(seconds, late.set)
    timer.daemon = True
    timer.start()
    command = [python, "-m", "overseed", "doctor", "--json"]
    try:
        ended = run_child(command, environment, folder, log, lambda: late.is_set() or cancelled())
    except SetupCancelled:
        if cancelled():
            raise
        raise SetupFailed(
            tr("The engine did not answer within {seconds:.0f} seconds and was ended.").format(
                seconds=seconds
            ),
            "hang",
        ) from None
    except OSError as error:
        raise explain(tr("The engine cannot be started."), [str(error)]) from error
    finally:
        timer.cancel()
    if ended.code != 0:
        raise explain(tr("The engine does not work."), ended.lines, ended.code)
    for line in reversed(ended.lines):
        outputs = _outputs(line)
        if outputs:
            return Health(
                python,
                dict(outputs.get("versions", {})),
                dict(outputs.get("device", {})),
                tuple(outputs.get("providers", ())),
                str(outputs.get("text", "")),
            )
    raise SetupFailed(
        tr("The engine answered nothing that this plugin understands: {line}").format(
            line="\n".join(ended.lines[-3:])[:300]
        ),
        "garbage",
    )


def remember(root: Path, health: Health) -> None:
    """Store what an engine said, so that it need not be started to be shown; failing is no harm."""
    with contextlib.suppress(OSError):
        root.mkdir(parents=True, exist_ok=True)
        write_note(root / CHECKED, dataclasses.asdict(health))


def recall(root: Path, python: str) -> Optional[Health]:
    """Return what the engine at ``python`` said when it was last tried, or None."""
    said = read_note(root / CHECKED)
    versions, device = said.get("versions"), said.get("device")
    if (
        said.get("python") != python
        or not isinstance(versions, dict)
        or not isinstance(device, dict)
    ):
        return None
    providers = tuple(str(name) for name in said.get("providers") or ())
    return Health(python, versions, device, providers, str(said.get("text", "")))


def forget(root: Path) -> None:
    """Forget what was stored: the engine was tried again and does not work."""
    with contextlib.suppress(OSError):
        (root / CHECKED).unlink()


def diagnosis(
    plugin_version: str, root: Path, python: str, health: Optional[Health], problem: str, log: Path
) -> str:
    """Return a text for a bug report: no user name, no proxy, only what shapes a failure."""
    lines = [
        f"Overseed plugin {plugin_version}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        f"Python of QGIS {platform.python_version()}",
        f"engine: {python or 'none'}",
        f"free on its disk: {gigabytes(free_bytes(root))}",
    ]
    if health is not None:
        lines += [health.text, f"ONNX Runtime: {', '.join(health.providers)}"]
    if problem:
        lines += ["", problem]
    lines += ["", *_tail(log)] if problem else []
    return _without_home("\n".join(lines))


def _outputs(line: str) -> dict:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    outputs = said.get("outputs") if isinstance(said, dict) else None
    return outputs if isinstance(outputs, dict) and "versions" in outputs else {}


def _tail(log: Path, count: int = 40) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


def _without_home(text: str) -> str:
    home = os.path.expanduser("~")
    return text.replace(home, "~") if len(home) > 1 else text
