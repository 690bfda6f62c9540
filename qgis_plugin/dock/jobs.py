"""Algorithms in the background: one after the other, with what the engine says while they run."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingUtils,
    QgsProject,
)
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..texts import tr

#: What is heard is shown this often (ms), for so long each time (s); an engine with more to say waits.
_BEAT_MS, _BUSY_SECONDS, _MOST_WAITING = 50, 0.02, 500
#: QGIS's tasks only point at their context and their feedback, which have to outlive them, also when the
#: dock is gone before its task has ended.
_used_by_tasks: dict[int, tuple] = {}


@dataclass(frozen=True)
class Job:
    """One run of an algorithm.

    ``algorithm`` is its id without the provider's. ``parameters`` is called when the first job of a step
    begins, so that what a person changes meanwhile is for the next time.
    """

    title: str
    algorithm: str
    parameters: Callable[[], dict]

    @property
    def id(self) -> str:
        """The id in the registry."""
        return f"overseed:{self.algorithm}"


class JobFeedback(QgsProcessingFeedback):
    """Keeps what an algorithm says in its thread until the dock's thread fetches it.

    An engine that talks faster than the dock can show is made to wait, so that the window stays free.
    """

    def __init__(self) -> None:
        super().__init__(False)
        self.error = ""
        self._waiting: deque[tuple[str, Any]] = deque()

    def engine_event(self, event: dict) -> None:
        """Take an event of the engine; the runner calls this for each."""
        self._put("heard", event)

    def pushInfo(self, info: str) -> None:
        """Take a line of the log."""
        self._put("said", info)

    def pushDebugInfo(self, info: str) -> None:
        """Take a line of what the engine's libraries print."""
        self._put("said", info)

    def setProgressText(self, text: str) -> None:
        """Take the name of what begins."""
        self._put("said", text)

    def pushWarning(self, warning: str) -> None:
        """Take a warning."""
        self._put("warned", warning)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        """Take the sentence that says why there is no result."""
        self.error = error

    @property
    def waiting(self) -> bool:
        """Whether something has not been fetched yet."""
        return bool(self._waiting)

    def fetch(self, seconds: float) -> Iterator[tuple[str, Any]]:
        """Yield (kind, what) of all that waits, in order, for about so long at most."""
        end = time.monotonic() + seconds
        while self._waiting and time.monotonic() < end:
            yield self._waiting.popleft()

    def _put(self, kind: str, what: Any) -> None:
        # The dock's own thread must not wait for itself.
        own = threading.current_thread() is threading.main_thread()
        while len(self._waiting) >= _MOST_WAITING and not self.isCanceled() and not own:
            time.sleep(0.02)
        self._waiting.append((kind, what))


class JobRunner(QObject):
    """Runs jobs as tasks of QGIS's task manager, so that the window stays free.

    ``started`` and ``finished`` come for each job, with its results; ``heard`` for each event of the engine;
    ``ended`` once, with an error's sentence, or "" when all is done, or when a person has cancelled
    (:attr:`cancelled` tells these apart).
    """

    started = pyqtSignal(object)
    progress = pyqtSignal(float)
    said = pyqtSignal(str)
    warned = pyqtSignal(str)
    heard = pyqtSignal(object)
    finished = pyqtSignal(object, object)
    ended = pyqtSignal(str)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._waiting: list[tuple[Job, dict]] = []
        self._job: Optional[Job] = None
        self._task: Any = None
        self._outcome: Optional[tuple[bool, dict]] = None
        self._context: Optional[QgsProcessingContext] = None
        self._feedback: Optional[JobFeedback] = None
        self._beat = QTimer(self)
        self._beat.setInterval(_BEAT_MS)
        self._beat.timeout.connect(self._hand_on)
        self.cancelled = False

    @property
    def running(self) -> Optional[Job]:
        """The job that runs, or None."""
        return self._job

    def run(self, jobs: list[Job]) -> None:
        """Run jobs one after the other; the first that fails is the last.

        Raises ``RuntimeError`` when others are running.
        """
        if self._job is not None:
            raise RuntimeError("a job is running")
        self.cancelled = False
        try:
            self._waiting = [(job, job.parameters()) for job in jobs]
        except OSError as error:
            self._end(
                tr("Nothing can be written to {path} ({reason}).").format(
                    path=error.filename or tr("the run folder"), reason=error.strerror or error
                )
            )
            return
        except (QgsProcessingException, ValueError) as error:
            self._end(str(error))
            return
        self._next()

    def cancel(self) -> None:
        """Ask what runs to stop; ``ended`` comes when it has."""
        self._waiting = []
        if self._job is not None:
            self.cancelled = True
        if self._task is not None:
            self._feedback.cancel()
            self._task.cancel()

    def _next(self) -> None:
        if not self._waiting:
            self._end("")
            return
        job, parameters = self._waiting.pop(0)
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(job.id)
        if algorithm is None:
            self._end(tr("QGIS does not know the algorithm {id}.").format(id=job.id))
            return
        self._context = QgsProcessingContext()
        self._context.setProject(QgsProject.instance())
        release_layers(parameters)
        fits, sentence = algorithm.checkParameterValues(parameters, self._context)
        if not fits:
            self._end(sentence)
            return
        self._job = job
        self._feedback = JobFeedback()
        self._feedback.progressChanged.connect(self.progress)
        self.started.emit(job)
        self._task = QgsProcessingAlgRunnerTask(
            algorithm, parameters, self._context, self._feedback
        )
        if self._task.isCanceled():
            # QGIS does so when the algorithm refuses its layers, and would never tell of the end.
            self._task, self._job = None, None
            self._end(self._feedback.error or tr("“{step}” failed.").format(step=job.title))
            return
        self._task.setDescription(tr("Overseed: {step}").format(step=job.title))
        self._task.executed.connect(self._executed)
        _keep_for(self._task, self._context, self._feedback)
        self._beat.start()
        QgsApplication.taskManager().addTask(self._task)

    def _executed(self, succeeded: bool, results: dict) -> None:
        self._task = None
        self._outcome = (succeeded, results)
        self._hand_on()

    def _hand_on(self) -> None:
        signals = {"said": self.said, "warned": self.warned, "heard": self.heard}
        for kind, what in self._feedback.fetch(_BUSY_SECONDS):
            signals[kind].emit(what)
        if self._outcome is not None and not self._feedback.waiting:
            self._beat.stop()
            outcome, self._outcome = self._outcome, None
            self._conclude(*outcome)

    def _conclude(self, succeeded: bool, results: dict) -> None:
        job, feedback = self._job, self._feedback
        # Cancelled in QGIS's own list of tasks counts too.
        self.cancelled = self.cancelled or feedback.isCanceled()
        if self.cancelled:
            self._end("")
        elif not succeeded:
            self._end(feedback.error or tr("“{step}” failed.").format(step=job.title))
        else:
            load_layers(self._context)
            self._job = None
            try:
                self.finished.emit(job, results)
            finally:
                self._next()

    def _end(self, sentence: str) -> None:
        self._waiting = []
        self._job = None
        self.ended.emit(sentence)


def _keep_for(task: Any, *used: Any) -> None:
    key = id(task)
    _used_by_tasks[key] = used
    task.destroyed.connect(lambda: _used_by_tasks.pop(key, None))


def load_layers(context: QgsProcessingContext) -> None:
    """Add to the project what an algorithm asked for, with name and style."""
    for path, details in context.layersToLoadOnCompletion().items():
        layer = QgsProcessingUtils.mapLayerFromString(path, context, True)
        if layer is None or details.project is None:
            continue
        if details.project.mapLayer(layer.id()) is not None:
            # Its file was replaced under it.
            layer.dataProvider().reloadData()
            layer.triggerRepaint()
            continue
        layer = context.takeResultLayer(layer.id()) or layer
        layer.setName(details.name or layer.name())
        if details.postProcessor() is not None:
            details.postProcessor().postProcessLayer(layer, context, QgsProcessingFeedback(False))
        details.project.addMapLayer(layer)


def release_layers(parameters: dict, windows: bool = os.name == "nt") -> None:
    """Take layers out of the project whose files a job will write; their results come back as layers.

    On Windows a file that a layer has open cannot be replaced. Elsewhere it can, and the layer is only read
    again afterwards.
    """
    if not windows:
        return
    outputs = [v for v in parameters.values() if isinstance(v, QgsProcessingOutputLayerDefinition)]
    targets = {Path(str(output.sink.staticValue())) for output in outputs}
    project = QgsProject.instance()
    for layer in list(project.mapLayers().values()):
        if Path(layer.source().split("|")[0]) in targets:
            project.removeMapLayer(layer.id())
