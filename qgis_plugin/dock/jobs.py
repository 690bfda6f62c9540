"""Algorithms in the background: one after the other, with what the engine says while they run."""

import os
from collections.abc import Callable
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
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..texts import tr


@dataclass(frozen=True)
class Job:
    """One run of an algorithm.

    ``algorithm`` is its id without the provider's. ``parameters`` is called when the job's turn has come, so
    that it may use what the jobs before it have left.
    """

    title: str
    algorithm: str
    parameters: Callable[[], dict]

    @property
    def id(self) -> str:
        """The id in the registry."""
        return f"overseed:{self.algorithm}"


_alive: list[tuple] = []


class JobFeedback(QgsProcessingFeedback):
    """Hands on what an algorithm says, from its thread to the dock's."""

    said = pyqtSignal(str)
    warned = pyqtSignal(str)
    heard = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__(False)
        self.error = ""

    def engine_event(self, event: dict) -> None:
        """Take an event of the engine; the runner calls this for each."""
        self.heard.emit(event)

    def pushInfo(self, info: str) -> None:
        """Take a line of the log."""
        self.said.emit(info)

    def pushDebugInfo(self, info: str) -> None:
        """Take a line of what the engine's libraries print."""
        self.said.emit(info)

    def setProgressText(self, text: str) -> None:
        """Take the name of what begins."""
        self.said.emit(text)

    def pushWarning(self, warning: str) -> None:
        """Take a warning."""
        self.warned.emit(warning)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        """Take the sentence that says why there is no result."""
        self.error = error
        self.said.emit(error)


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
        self._waiting: list[Job] = []
        self._job: Optional[Job] = None
        self._task: Any = None
        self._context: Optional[QgsProcessingContext] = None
        self._feedback: Optional[JobFeedback] = None
        self.cancelled = False
        #: Whether the project that the jobs were begun in is gone; then their layers belong nowhere.
        self.stray = False

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
        self._waiting = list(jobs)
        self.cancelled = self.stray = False
        self._next()

    def cancel(self) -> None:
        """Ask what runs to stop; ``ended`` comes when it has."""
        self._waiting = []
        if self._task is not None:
            self.cancelled = True
            self._feedback.cancel()
            self._task.cancel()

    def _next(self) -> None:
        if not self._waiting:
            self._end("")
            return
        job = self._waiting.pop(0)
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(job.id)
        if algorithm is None:
            self._end(tr("QGIS does not know the algorithm {id}.").format(id=job.id))
            return
        self._context = QgsProcessingContext()
        self._context.setProject(QgsProject.instance())
        self._feedback = JobFeedback()
        try:
            parameters = job.parameters()
            release_layers(parameters)
            fits, sentence = algorithm.checkParameterValues(parameters, self._context)
        except (QgsProcessingException, OSError, ValueError) as error:
            fits, sentence = False, str(error)
        if not fits:
            self._end(sentence)
            return
        self._job = job
        self._feedback.progressChanged.connect(self.progress)
        self._feedback.said.connect(self.said)
        self._feedback.warned.connect(self.warned)
        self._feedback.heard.connect(self.heard)
        self.started.emit(job)
        self._task = QgsProcessingAlgRunnerTask(
            algorithm, parameters, self._context, self._feedback
        )
        if self._task.isCanceled():
            # Its constructor looks at the layers already; a task that this refused never reports back.
            self._task = None
            self._end(self._feedback.error or tr("“{step}” failed.").format(step=job.title))
            return
        # QGIS keeps a task, but neither its context nor its feedback; both must outlive this runner.
        kept = (self._task, self._context, self._feedback)
        _alive.append(kept)
        self._task.executed.connect(lambda *_: _alive.remove(kept))
        self._task.setDescription(tr("Overseed: {step}").format(step=job.title))
        self._task.executed.connect(self._executed)
        QgsApplication.taskManager().addTask(self._task)

    def _executed(self, succeeded: bool, results: dict) -> None:
        job, feedback = self._job, self._feedback
        self._task = None
        if feedback.error:
            self._end(feedback.error)
        elif self.cancelled or feedback.isCanceled():
            # Cancelled in QGIS's own list of tasks counts too.
            self.cancelled = True
            self._end("")
        elif not succeeded:
            self._end(tr("“{step}” failed.").format(step=job.title))
        else:
            if not self.stray:
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
