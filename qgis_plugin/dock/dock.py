"""The dock's window: the engine's state, the list of steps, the page of the open one, and what runs."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from qgis.core import Qgis, QgsProject, QgsSettings
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..settings import engine_problem
from ..setup.card import EngineCard
from ..texts import tr
from .digitising import layer_to_draw_in
from .jobs import Job, JobRunner
from .pages.accuracy_page import AccuracyPage
from .pages.balance_page import BalancePage
from .pages.data_page import DataPage, proposed_run
from .pages.map_page import MapPage
from .pages.page import LAST_DEVICE_KEY, Page, Step
from .pages.report_page import ReportPage
from .pages.samples_page import SamplesPage
from .pages.train_page import TrainPage
from .runs_dialog import RunsDialog
from .session import DATA, Choices, Session, usable_folder
from .widgets.stepper import DONE, FAILED, READY, RUNNING, STALE, WAITING, Stepper

_LOG_LINES = 500


@dataclass(frozen=True)
class _Begun:
    """What a person had chosen when the jobs were begun, the data's key, and the project's number."""

    choices: Choices
    data: str
    project: int


class OverseedDock(QgsDockWidget):
    """Everything in numbered steps. It computes nothing itself: each step is a Processing algorithm."""

    def __init__(self, iface: Any, parent: Optional[QWidget] = None) -> None:
        super().__init__(tr("Overseed"), parent)
        self.setObjectName("OverseedDock")
        self._iface = iface
        self.session = Session(self)
        self.runner = JobRunner(self)
        self._step: Optional[Step] = None
        self._begun: Optional[_Begun] = None
        self._left_project = False
        self.pages: list[Page] = [
            DataPage(self.session),
            BalancePage(self.session),
            TrainPage(self.session),
            SamplesPage(self.session),
            MapPage(self.session),
            AccuracyPage(self.session),
            ReportPage(self.session),
        ]
        titles = [
            tr("Data and classes"),
            tr("Balance"),
            tr("Train"),
            tr("Inspect samples"),
            tr("Map"),
            tr("Accuracy"),
            tr("Report"),
        ]
        self.stepper = Stepper(titles)
        self.setWidget(self._build())
        self._connect()
        self._load()

    def _build(self) -> QWidget:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        self.card = EngineCard()
        self.card.engineChanged.connect(self.refresh)
        card = QScrollArea()
        card.setWidgetResizable(True)
        card.setFrameShape(QFrame.Shape.NoFrame)
        card.setWidget(self.card)
        self.card_area = card
        layout.addWidget(card, 1)
        head = QHBoxLayout()
        head.addStretch(1)
        self.runs_button = QToolButton()
        self.runs_button.setText(tr("Runs"))
        self.runs_button.setToolTip(tr("Earlier runs of this project, and a new one"))
        self.runs_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.runs_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        menu = QMenu(self.runs_button)
        menu.addAction(tr("New run")).triggered.connect(lambda: self.new_run())
        menu.addAction(tr("Earlier runs…")).triggered.connect(lambda: self.show_runs())
        self.runs_button.setMenu(menu)
        self.run_name = QLabel()
        head.insertWidget(0, self.run_name, 1)
        self.log_button = QToolButton()
        self.log_button.setText(tr("Log"))
        self.log_button.setCheckable(True)
        self.log_button.setToolTip(tr("Show what the engine says"))
        head.addWidget(self.log_button)
        head.addWidget(self.runs_button)
        layout.addLayout(head)
        layout.addWidget(self.stepper)
        self.stack = QStackedWidget()
        for page in self.pages:
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidget(page)
            self.stack.addWidget(scroll)
        layout.addWidget(self.stack, 1)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.message)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(_LOG_LINES)
        self.log.setFixedHeight(7 * self.fontMetrics().height())
        self.log.setAccessibleName(tr("What the engine says"))
        self.log.hide()
        layout.addWidget(self.log)
        row = QHBoxLayout()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setToolTip(tr("Stop; the same button continues later where it stopped."))
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        layout.addLayout(row)
        self.bar.hide()
        self.cancel.hide()
        self.message.hide()
        return body

    def _connect(self) -> None:
        self.stepper.chosen.connect(self.open_step)
        for page in self.pages:
            page.wanted.connect(self.run_step)
            page.message.connect(self.say)
        self.session.changed.connect(self.refresh)
        self.runner.started.connect(self._job_started)
        self.runner.progress.connect(lambda share: self.bar.setValue(round(10 * share)))
        self.runner.said.connect(self._note)
        self.runner.warned.connect(lambda text: self._note(tr("Warning: {text}").format(text=text)))
        self.runner.heard.connect(self._take_event)
        self.runner.finished.connect(self._job_finished)
        self.runner.ended.connect(self._ended)
        self.cancel.clicked.connect(self._cancel)
        self.log_button.toggled.connect(self.log.setVisible)
        project = QgsProject.instance()
        project.readProject.connect(self._project_read)
        project.cleared.connect(self._project_left)
        # A page shows what lies in the run folder, which other windows change too.
        self.visibilityChanged.connect(lambda shown: self.refresh() if shown else None)

    def let_go(self) -> None:
        """Stop what runs and listen to the project no longer; to be called before the dock is deleted."""
        self.runner.cancel()
        project = QgsProject.instance()
        project.readProject.disconnect(self._project_read)
        project.cleared.disconnect(self._project_left)
        self.pages[DATA].let_go()

    def refresh(self) -> None:
        """Show the session: states, the open page, the engine."""
        # Without an engine there is one thing to do; its card takes the steps' place.
        missing = bool(engine_problem())
        self.card_area.setVisible(missing)
        self.stepper.setVisible(not missing)
        self.stack.setVisible(not missing)
        run = self.session.choices.run
        self.run_name.setText(Path(run).name if run else tr("No run folder yet"))
        self.run_name.setToolTip(run)
        words = {
            WAITING: tr("not possible yet"),
            READY: tr("ready"),
            RUNNING: tr("running"),
            DONE: tr("done"),
            STALE: tr("done, but something before it has changed"),
            FAILED: tr("failed"),
        }
        states = self.session.states()
        for button, state, summary in zip(self.stepper.buttons, states, self._summaries()):
            button.show_state(state, words[state], summary)
        self.runs_button.setEnabled(self.runner.running is None)
        # The others are shown anew when they are opened.
        self.pages[self.stack.currentIndex()].refresh()

    def open_step(self, index: int) -> None:
        """Open a step's page."""
        self.stepper.open(index)
        self.stack.setCurrentIndex(index)
        self.pages[index].refresh()

    def use_raster(self, layer_id: str) -> None:
        """Start with a raster, as from its menu in the list of layers."""
        self.session.set(rasters=[layer_id])
        self.open_step(DATA)

    def run_step(self, step: Step) -> None:
        """Run a step's jobs in the background."""
        if self.runner.running is not None:
            self.say(tr("Something is running already; wait for it or cancel it."))
            return
        problem = engine_problem()
        if problem:
            self.say(problem)
            return
        if not self._has_usable_folder():
            return
        self._step, self._left_project = step, False
        self._begun = _Begun(
            copy.deepcopy(self.session.choices), self.session.data_key(), self.session.project
        )
        self.session.failed.pop(step.state, None)
        self.say("")
        self.runner.run(step.jobs())

    def new_run(self) -> None:
        """Start a run in a new folder with the present choices."""
        self.session.set(run=proposed_run(self.session))
        self.open_step(DATA)

    def show_runs(self) -> None:
        """Show the project's history."""
        busy = self._begun.choices.run if self.runner.running is not None else ""
        RunsDialog(self.session, self, busy).exec()

    def say(self, text: str) -> None:
        """Show a sentence, or nothing."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _has_usable_folder(self) -> bool:
        if not self.session.choices.run:
            self.session.set(run=proposed_run(self.session))
        folder = Path(self.session.choices.run)
        if usable_folder(folder):
            return True
        self.say(
            tr("Nothing can be written to {folder}. Choose another run folder in step 1.").format(
                folder=folder
            )
        )
        return False

    def _job_started(self, job: Job) -> None:
        self.session.running = self._step.state
        self.bar.setValue(0)
        self.bar.setFormat(job.title + " · %p %")
        for widget in (self.bar, self.cancel):
            widget.show()
        self.cancel.setEnabled(True)
        self._note(job.title)
        self.refresh()

    def _take_event(self, event: dict) -> None:
        if event["event"] == "hello" and self._begun.choices.device == "auto":
            QgsSettings().setValue(LAST_DEVICE_KEY, str(event.get("device", "")))
        if self.runner.running is not None and self._is_at_home():
            self.pages[self._step.state].take_event(self.runner.running, event)

    def _is_at_home(self) -> bool:
        """Whether the project is still the one that the jobs were begun in."""
        return self._begun is not None and self._begun.project == self.session.project

    def _job_finished(self, job: Job, results: dict) -> None:
        if not self._is_at_home():
            return
        begun = self._begun
        if job.algorithm == "preparedataset":
            self.session.note_prepared(begun.choices.run, begun.data)
        with self.session.seen_as(begun.choices):
            self.session.remember_run()
        self.session.save()
        self.pages[self._step.state].take_results(job, results)
        if job.algorithm == "suggestlabels":
            self._open_layer_to_draw_in()
        self.refresh()

    def _ended(self, sentence: str) -> None:
        step, self._step = self._step, None
        self.session.running = None
        for widget in (self.bar, self.cancel):
            widget.hide()
        level = Qgis.MessageLevel.Success
        if sentence and step is not None:
            level = Qgis.MessageLevel.Critical
            if self._is_at_home():
                self.session.failed[step.state] = sentence
            self._note(sentence)
            self.log_button.setChecked(True)
        elif self._left_project and step is not None:
            level = Qgis.MessageLevel.Info
            sentence = tr(
                "“{step}” was stopped, since its project was closed. Open the project again, and the same "
                "button continues where it stopped."
            ).format(step=step.label)
        elif self.runner.cancelled:
            level = Qgis.MessageLevel.Info
            sentence = tr("Cancelled. The same button continues where it stopped.")
        if sentence:
            self.say(sentence)
        self.refresh()
        if not self.isActiveWindow() and step is not None and self._iface is not None:
            words = sentence or tr("“{step}” is done.").format(step=step.label)
            self._iface.messageBar().pushMessage("Overseed", words, level)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.say(tr("Stopping; what is finished is kept."))
        self.runner.cancel()

    def _note(self, text: str) -> None:
        self.log.appendPlainText(text)

    def _summaries(self) -> list[str]:
        found = self.session.inspection.classes
        choices = self.session.choices
        rare = choices.rare if choices.rare_by_hand else [c for c in found if c["rare"]]
        data = tr("{n} classes, {rare} rare").format(n=len(found), rare=len(rare)) if found else ""
        scores = self.session.run.scores(choices.arm)
        f1 = scores.get("rare_macro_f1")
        train = tr("rare F1 {f1:.2f}").format(f1=f1) if f1 is not None else ""
        return [data, choices.arm, train, "", "", "", ""]

    def _open_layer_to_draw_in(self) -> None:
        layer = layer_to_draw_in(self.session)
        if layer is None:
            self.say(
                tr("The polygons could not be copied into {folder} to draw in.").format(
                    folder=self.session.choices.run
                )
            )
            return
        self.session.set(polygons=layer.id(), selected_only=False)
        self.say(
            tr(
                "Draw polygons at the squares in “{layer}”, save its edits, then prepare and train again."
            ).format(layer=layer.name())
        )
        if self._iface is not None:
            self._iface.setActiveLayer(layer)
            layer.startEditing()

    def _project_left(self) -> None:
        self.session.close()
        self._project_read()

    def _project_read(self, *_: Any) -> None:
        if self.runner.running is not None:
            # Its results belong to the project that was left.
            self._left_project = True
            self._cancel()
        else:
            self.say("")
        # Layers are there a moment later than the signal.
        QTimer.singleShot(0, self._load)

    def _load(self) -> None:
        self.session.load()
        self.pages[DATA].propose()

    def closeEvent(self, event) -> None:
        """Hide only; what runs goes on, and the task manager shows it."""
        super().closeEvent(event)
