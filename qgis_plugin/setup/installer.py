"""Installing the engine: the steps, each a child process that can be stopped and continued."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Optional

from ..engine.environment import engine_environment
from ..texts import tr
from . import places, pythons, uv
from .child import run_child
from .doctor import Health, check_engine
from .lock import only_one
from .network import Network, tool_environment
from .plan import Plan, gigabytes
from .reasons import SetupFailed, explain

LOG = "setup.log"
#: Looking at the size of what is there costs time on a slow disk; this share of the time at most.
_MEASURING_SHARE = 0.1
#: How far the bar is when a step begins: nearly all of the time goes into the libraries.
_UV, _VENV, _LIBRARIES, _ENGINE, _CHECK = 0.0, 0.03, 0.05, 0.93, 0.95


@dataclass(frozen=True)
class Watcher:
    """How an installation speaks, ``say(sentence, fraction done)``, and listens, ``cancelled()``."""

    say: Callable[[str, float], None]
    cancelled: Callable[[], bool]


def install(plan: Plan, network: Network, watcher: Watcher) -> Health:
    """Carry ``plan`` out and return how the new engine is; only then it is the one in use.

    What was there before stays in use until then. Raises ``SetupFailed`` with a sentence, or
    ``SetupCancelled``; called again with the same plan, it continues. No process is left.
    """
    try:
        plan.root.mkdir(parents=True, exist_ok=True)
        with only_one(plan.root), open_log(plan.root) as log:
            return _Installation(plan, network, watcher, log).run()
    except OSError as error:
        raise explain(tr("Set-up cannot write its files."), [str(error)]) from error


def repair(plan: Plan, network: Network, watcher: Watcher) -> Health:
    """Install anew beside what is there, from files that are downloaded again.

    Environments share files with uv's cache, so a file that is damaged in one is damaged in both.
    """
    try:
        places.remove([plan.root / "cache", *places.unfinished(plan.root)])
    except OSError as error:
        raise explain(tr("What is broken cannot be removed."), [str(error)]) from error
    return install(plan, network, watcher)


def open_log(root: Path) -> IO[str]:
    """Begin the log of set-up anew. Raises ``OSError``."""
    return (root / LOG).open("w", encoding="utf-8", errors="replace")


class _Installation:
    """The state of one installation, kept by the thread that runs it."""

    def __init__(self, plan: Plan, network: Network, watcher: Watcher, log: IO[str]) -> None:
        self._plan, self._watcher, self._log = plan, watcher, log
        self._engine_environment = engine_environment(qgis_folders=network.qgis_folders)
        self._variables = {
            **tool_environment(network, plan.root / "certificates.pem"),
            # uv's cache lies beside the environments, so that both share files instead of copying.
            "UV_CACHE_DIR": str(plan.root / "cache"),
            "UV_PYTHON_INSTALL_DIR": str(plan.root / "pythons"),
            # A download that is cut off begins anew, so few at a time lose little.
            "UV_CONCURRENT_DOWNLOADS": "4",
            # The largest file has half a gigabyte; slow lines pause for longer than uv's 30 s.
            "UV_HTTP_TIMEOUT": "120",
        }
        self._sentence, self._fraction = "", 0.0
        self._measured_at = self._measuring = 0.0

    def run(self) -> Health:
        plan = self._plan
        self._require_room()
        self._clear_leftovers()
        program = self._uv()
        folder = plan.folder()
        places.begin(folder, plan.key())
        self._make_environment(program, folder)
        self._install_libraries(program, folder)
        self._install_engine(program, folder)
        self._say(tr("Trying the engine…"), _CHECK)
        health = self._check(folder)
        record = {
            "version": health.version,
            "python": health.versions.get("python", ""),
            "build": plan.build.name if plan.build else "",
            "extras": list(plan.extras),
            "offline": str(plan.offline or ""),
            "made": time.strftime("%Y-%m-%d"),
        }
        places.finish(folder, record)
        places.switch(plan.root, folder)
        self._say(tr("Ready."), 1.0)
        return health

    def _require_room(self) -> None:
        plan = self._plan
        if plan.problem():
            raise SetupFailed(plan.problem(), "plan")
        missing = plan.missing_bytes()
        if missing:
            sentence = tr(
                "The disk has {free} free and about {missing} more are needed for the engine. Free "
                "some space, or choose a folder on another disk."
            )
            raise SetupFailed(
                sentence.format(free=gigabytes(plan.free()), missing=gigabytes(missing)), "disk"
            )

    def _clear_leftovers(self) -> None:
        """Remove what uv was unpacking when it was stopped; whole libraries are kept."""
        cache = self._plan.root / "cache"
        places.remove([*cache.glob(".tmp*"), *cache.glob("*/.tmp*")])
        key = self._plan.key()
        for folder in places.unfinished(self._plan.root):
            if folder != places.folder_for(self._plan.root, self._plan.materials.version, key):
                places.remove([folder])

    def _uv(self) -> str:
        """Return the path of uv, and take over the package index that pip is set to use."""
        self._say(tr("Looking for uv, which makes Python environments…"), _UV)
        plan = self._plan
        listed = plan.materials.uv_list
        folder = uv.uv_folder(plan.root, listed)
        found = uv.private_uv(folder) or uv.uv_on_path(self._variables)
        if plan.offline is not None:
            found = found or uv.uv_from_wheels(plan.offline, listed, folder)
            if not found:
                raise explain(tr("There is no uv."), ["No module named pip"])
            return found
        if found and "UV_DEFAULT_INDEX" in self._variables:
            return found
        python = uv.pip_python([plan.python.path])
        index = uv.pip_index(python) if python else ""
        if index:
            self._variables.setdefault("UV_DEFAULT_INDEX", index)
        return found or self._download_uv(listed, folder, python)

    def _download_uv(self, listed: Path, folder: Path, python: str) -> str:
        failure = tr("uv, which makes Python environments, cannot be downloaded.")
        if not python:
            raise explain(failure, ["No module named pip"])
        self._say(tr("Downloading uv…"), _UV)
        partial = folder.with_name(f"{folder.name}.partial")
        places.remove([partial])
        partial.parent.mkdir(parents=True, exist_ok=True)
        network = {
            name: value
            for name, value in self._variables.items()
            if name.upper().endswith("_PROXY") or name in ("PIP_CERT", "SSL_CERT_FILE")
        }
        command = uv.pip_command(listed, partial, python)
        self._must(command, failure, environment={**uv.pip_environment(python), **network})
        partial.replace(folder)
        return uv.private_uv(folder)

    def _make_environment(self, program: str, folder: Path) -> None:
        if pythons.version_of(str(places.python_in(folder))):
            return
        chosen = self._plan.python
        self._say(
            tr("Downloading Python {version}…").format(version=chosen.version)
            if chosen.is_managed
            else tr("Making the environment…"),
            _VENV,
        )
        which = (
            ["--managed-python", "--python", chosen.version]
            if chosen.is_managed
            else ["--no-python-downloads", "--python", chosen.path]
        )
        command = [program, "venv", "--allow-existing", *which, str(folder)]
        if self._plan.offline is not None:
            command.append("--offline")
        self._must(command, tr("The environment cannot be made."))

    def _install_libraries(self, program: str, folder: Path) -> None:
        self._say(
            tr("Downloading and installing libraries…")
            if self._plan.offline is None
            else tr("Installing libraries from the offline folder…"),
            _LIBRARIES,
        )
        lists = [word for path in self._plan.lists for word in ("--requirement", str(path))]
        command = self._pip_install(program, folder)
        # Building from sources would need a compiler and would not be what was tested.
        command += ["--only-binary", ":all:", "--require-hashes", *lists]
        failure = tr("The libraries cannot be installed.")
        self._must(command, failure, self._tell_download, self._measure)

    def _install_engine(self, program: str, folder: Path) -> None:
        self._say(tr("Installing the engine…"), _ENGINE)
        command = [*self._pip_install(program, folder), "--no-deps", "--reinstall-package"]
        command.append("overseed")
        if not self._plan.materials.is_wheel:
            command.append("--no-build-isolation")
        command.append(str(self._plan.materials.engine))
        self._must(command, tr("The engine cannot be installed."))

    def _check(self, folder: Path) -> Health:
        health = check_engine(
            str(places.python_in(folder)),
            self._engine_environment,
            self._plan.root,
            self._log,
            self._watcher.cancelled,
        )
        mismatch = health.mismatch(self._plan.materials.version)
        if mismatch:
            raise SetupFailed(mismatch, "version")
        return health

    def _pip_install(self, program: str, folder: Path) -> list[str]:
        offline = self._plan.offline
        command = [program, "pip", "install", "--python", str(places.python_in(folder))]
        if offline is not None:
            command += ["--offline", "--no-index", "--find-links", str(offline)]
        return command

    def _must(
        self,
        command: list[str],
        failure: str,
        on_line: Callable[[str], None] = lambda line: None,
        on_wait: Callable[[], None] = lambda: None,
        environment: Optional[dict[str, str]] = None,
    ) -> None:
        variables = self._variables if environment is None else environment
        root, cancelled = self._plan.root, self._watcher.cancelled
        try:
            ended = run_child(command, variables, root, self._log, cancelled, on_line, on_wait)
        except OSError as error:
            raise explain(failure, [str(error)]) from error
        if ended.code != 0:
            raise explain(failure, ended.lines, ended.code)

    def _measure(self) -> None:
        """Move the bar as files come; what a step prints says nothing between two large files."""
        now = time.monotonic()
        pause = max(1.0, self._measuring / _MEASURING_SHARE)
        if self._plan.build is None or now - self._measured_at < pause:
            return
        watched = [self._plan.root / "cache", *places.unfinished(self._plan.root)]
        share = places.size_of(watched, self._watcher.cancelled) / self._plan.build.disk
        self._measured_at = time.monotonic()
        self._measuring = self._measured_at - now
        self._say(self._sentence, _LIBRARIES + (_ENGINE - _LIBRARIES) * min(1.0, share))

    def _tell_download(self, line: str) -> None:
        # uv prints "Downloading torch (514.2MiB)" when a large file begins.
        words = line.split()
        if len(words) == 3 and words[0] == "Downloading":
            sentence = tr("Downloading {name} {size}…").format(name=words[1], size=words[2])
            self._say(sentence, self._fraction)

    def _say(self, sentence: str, fraction: float) -> None:
        self._sentence, self._fraction = sentence, max(fraction, self._fraction)
        self._watcher.say(sentence, self._fraction)
