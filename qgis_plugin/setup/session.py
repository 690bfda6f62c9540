"""The state of the engine's set-up, shared by all cards, and the work that changes it in tasks."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..settings import (
    ENGINE_PYTHON_VARIABLE,
    child_environment,
    choose_python,
    chosen_python,
    engine_problem,
    engine_python,
    engine_root,
)
from ..texts import tr
from . import places
from .child import SetupCancelled
from .doctor import Health, check_engine, diagnosis, forget, recall, remember
from .installer import LOG, Watcher, install, open_log, repair
from .lock import LOCK, only_one
from .materials import Materials, find_materials
from .network import qgis_network
from .plan import Plan
from .pythons import Python, find_pythons, managed_python
from .reasons import SetupFailed, explain

#: What the set-up can be: nothing there, begun, at work, not tried yet, fine, or not.
MISSING, UNFINISHED, WORKING, UNTRIED, READY, BROKEN, OUTDATED = (
    *("missing", "unfinished", "working", "untried", "ready", "broken", "outdated"),
)


class SetupSession(QObject):
    """One for all cards, so that the dock and the options page show the same and start one task.

    Nothing is started by looking; every method that starts a program is for a click.
    """

    #: The state, the sentence or the progress is another one.
    changed = pyqtSignal()
    #: Something was done about the engine: look at it anew.
    engineChanged = pyqtSignal()

    def __init__(self, materials: Optional[Materials] = None) -> None:
        super().__init__()
        self.state = MISSING
        self.problem = ""  #: why the engine is not ready, in sentences
        self.notice = ""  #: why the last thing that was asked for did not work
        self.step = ""  #: what the task is doing
        self.percent = 0.0
        self.health: Optional[Health] = None
        self.pythons: Optional[list[Python]] = None  #: None until they were looked for
        self.materials = materials or find_materials()
        self._task: Optional[_Work] = None
        self._failed = ("", "")  # the interpreter that was tried and does not work, and why
        self.refresh()

    def refresh(self) -> None:
        """Look at files and settings anew; starts nothing."""
        if self._task is not None:
            return
        problem, python = engine_problem(), engine_python()
        self.health = recall(self.root, python) if python else None
        version = places.known_version(self.root, python)
        if not python:
            self.state = UNFINISHED if places.unfinished(self.root) else MISSING
        elif version and version != self.materials.version:
            self.state = OUTDATED
        elif problem or python == self._failed[0]:
            self.state, problem = BROKEN, problem or self._failed[1]
        else:
            self.state = UNTRIED if self.health is None else READY
        self.problem = problem
        self.changed.emit()

    @property
    def root(self) -> Path:
        """The folder of all that set-up installs."""
        return engine_root()

    @property
    def log(self) -> Path:
        """The log of the last task."""
        return self.root / LOG

    def installed(self) -> Optional[places.Installed]:
        """Return the environment that set-up made, when that is the one in use."""
        return None if chosen_python() else places.current(self.root)

    def chosen(self) -> str:
        """Return the interpreter that was named, or ""."""
        return chosen_python()

    def is_dictated(self) -> bool:
        """Whether an environment variable names the interpreter, which no button can change."""
        return bool(os.environ.get(ENGINE_PYTHON_VARIABLE, "").strip())

    def older(self) -> list[Path]:
        """Return environments of set-up that are not in use."""
        return [folder for folder in places.others(self.root) if (folder / places.RECORD).exists()]

    def look_for_pythons(self) -> None:
        """Look for interpreters to make an environment from."""

        def found(pythons: list[Python]) -> None:
            self.pythons = [*pythons, managed_python()]

        def look(task: "_Work") -> list[Python]:
            task.say(tr("Looking for Python on this computer…"), 0.0)
            return find_pythons()

        self._start(tr("Looking for Python"), look, found)

    def plan(
        self, python: Python, extras: tuple[str, ...] = (), offline: Optional[Path] = None
    ) -> Plan:
        """Return the plan for these choices."""
        return Plan(self.materials, self.root, python, extras, offline)

    def install(self, plan: Plan, anew: bool = False) -> None:
        """Carry a plan out; with ``anew`` from files that are downloaded again."""
        network = qgis_network()
        carry_out = repair if anew else install

        def done(health: Health) -> None:
            self._failed = ("", "")
            choose_python("")
            remember(self.root, health)

        self._start(
            tr("Installing Overseed's engine"),
            lambda task: carry_out(plan, network, task.watcher()),
            done,
        )

    def check(self, python: str = "") -> None:
        """Try the engine in use, or the one at ``python`` and use that when it works."""
        used = engine_python()
        wanted = python or used
        environment, root = child_environment(), self.root

        def try_it(task: "_Work") -> Health:
            task.say(tr("Trying the engine…"), 0.0)
            try:
                root.mkdir(parents=True, exist_ok=True)
                with open_log(root) as log:
                    return check_engine(wanted, environment, root, log, task.isCanceled)
            except OSError as error:
                raise explain(tr("The engine was not tried."), [str(error)]) from error

        def failed(failure: SetupFailed) -> None:
            if wanted == used:
                self._failed = (wanted, str(failure))
                forget(root)

        def done(health: Health) -> None:
            mismatch = health.mismatch(self.materials.version)
            if python and mismatch:
                raise SetupFailed(mismatch, "version")
            self._failed = ("", "")
            remember(self.root, health)
            if python:
                choose_python(python)

        self._start(tr("Checking Overseed's engine"), try_it, done, failed)

    def forget_chosen(self) -> None:
        """Use the interpreter that a person named no longer."""
        choose_python("")
        self.refresh()
        self.engineChanged.emit()

    def remove(self) -> None:
        """Remove all that set-up installed."""
        self._remove(places.everything(self.root))

    def remove_older(self) -> None:
        """Remove environments that are not in use."""
        self._remove(self.older())

    def cancel(self) -> None:
        """Stop the task; what has been downloaded stays."""
        if self._task is not None:
            self._task.cancel()

    def diagnosis(self) -> str:
        """Return a text for a bug report."""
        problem = self.notice or self.problem
        return diagnosis(
            self.materials.version, self.root, engine_python(), self.health, problem, self.log
        )

    def _remove(self, paths: list[Path]) -> None:
        root = self.root

        def work(task: "_Work") -> None:
            task.say(tr("Removing files…"), 0.0)
            try:
                with only_one(root):
                    places.remove(paths)
            except OSError as error:
                raise explain(tr("Not everything was removed."), [str(error)]) from error
            with contextlib.suppress(OSError):
                (root / LOCK).unlink()
                root.rmdir()  # only when nothing else lies in it

        self._start(tr("Removing Overseed's engine"), work, lambda _: None)

    def _start(
        self,
        title: str,
        work: Callable[["_Work"], Any],
        done: Callable[[Any], None],
        failed: Callable[[SetupFailed], None] = lambda failure: None,
    ) -> None:
        if self._task is not None:
            return
        self._task = task = _Work(title, work)
        self.state, self.step, self.percent, self.notice = WORKING, "", 0.0, ""
        task.said.connect(self._hear)

        def end() -> None:
            if self._task is not task:
                return
            self._task = None
            failure = task.failure
            if task.succeeded:
                try:
                    done(task.result)
                except SetupFailed as refusal:
                    failure = refusal
            if failure is not None:
                failed(failure)
                self.notice = str(failure)
            self.refresh()
            self.engineChanged.emit()

        task.taskCompleted.connect(end)
        task.taskTerminated.connect(end)
        QgsApplication.taskManager().addTask(task)
        self.changed.emit()

    def _hear(self, step: str, fraction: float) -> None:
        self.step, self.percent = step, 100 * fraction
        self.changed.emit()


class _Work(QgsTask):
    """A function that runs in a thread of QGIS's task manager and says how far it is."""

    said = pyqtSignal(str, float)

    def __init__(self, title: str, work: Callable[["_Work"], Any]) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self._work = work
        self.result: Any = None
        self.succeeded = False
        self.failure: Optional[SetupFailed] = None

    def run(self) -> bool:
        """Do the work; called in the thread."""
        try:
            self.result = self._work(self)
            self.succeeded = True
        except SetupCancelled:
            pass
        except SetupFailed as failure:
            self.failure = failure
        except Exception as error:
            self.failure = explain(tr("Set-up failed."), [f"{type(error).__name__}: {error}"])
        return self.succeeded

    def say(self, sentence: str, fraction: float) -> None:
        """Tell the cards and QGIS's task manager; called in the thread."""
        self.setProgress(100 * fraction)
        self.said.emit(sentence, fraction)

    def watcher(self) -> Watcher:
        """Return what an installation speaks to."""
        return Watcher(self.say, self.isCanceled)


_shared: list[SetupSession] = []


def shared_session() -> SetupSession:
    """Return the session of this QGIS."""
    if not _shared:
        _shared.append(SetupSession())
    return _shared[0]
