"""What all pages have in common: a heading sentence, and a bar to run a step and to copy it as a command."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProject, QgsSettings
from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...texts import tr
from ..as_commands import as_engine_command, as_python, as_qgis_process
from ..estimates import Cost, describe
from ..jobs import Job
from ..session import Session

#: What the engine said last that “auto” is on this computer.
LAST_DEVICE_KEY = "overseed/last_device"


@dataclass(frozen=True)
class Step:
    """A button's work: ``jobs`` are run one after the other, ``cost`` is shown before, when it is known.

    ``state`` is the step of the stepper that shows as running.
    """

    label: str
    tip: str
    state: int
    jobs: Callable[[], list[Job]]
    cost: Callable[[], Optional[Cost]] = lambda: None


class RunBar(QWidget):
    """A button that runs a step, its cost, and a menu that copies the step as a command."""

    wanted = pyqtSignal(object)
    message = pyqtSignal(str)

    def __init__(
        self,
        step: Step,
        session: Session,
        primary: bool = True,
        parent: Optional[QWidget] = None,
    ) -> None:
        super().__init__(parent)
        self.step = step
        self._session = session
        self.button = QPushButton(step.label)
        self.button.setToolTip(step.tip)
        self.button.setEnabled(False)
        if primary:
            font = self.button.font()
            font.setBold(True)
            self.button.setFont(font)
        self.button.clicked.connect(lambda: self.wanted.emit(self.step))
        self._copy = QToolButton()
        self._copy.setText("⋯")
        self._copy.setToolTip(tr("Copy this step as a command"))
        self._copy.setAccessibleName(self._copy.toolTip())
        self._copy.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._copy)
        for words, write in (
            (tr("Copy as Python"), as_python),
            (tr("Copy as qgis_process command"), as_qgis_process),
            (tr("Copy as shell command"), as_engine_command),
        ):
            menu.addAction(words).triggered.connect(lambda _=False, write=write: self._put(write))
        self._copy.setMenu(menu)
        self._cost = QLabel()
        self._cost.setWordWrap(True)
        make_small(self._cost)
        row = QHBoxLayout()
        row.addWidget(self.button, 1)
        row.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self._cost)

    def refresh(self, possible: bool) -> None:
        """Enable the button where the step is possible and nothing runs, and show what it will cost."""
        self.button.setEnabled(possible and self._session.running is None)
        self._copy.setEnabled(possible)
        cost = self.step.cost() if possible else None
        self._cost.setVisible(cost is not None)
        if cost is not None:
            self._cost.setText(in_words(cost, device_in_words(self._session.choices.device)))

    def commands(self, write: Callable[[str, dict, Any], str]) -> str:
        """Return the step's jobs as text, one after the other."""
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        return "\n".join(write(job.id, job.parameters(), context) for job in self.step.jobs())

    def _put(self, write: Callable[[str, dict, Any], str]) -> None:
        try:
            text = self.commands(write)
        except (QgsProcessingException, ValueError, OSError) as error:
            self.message.emit(str(error))
            return
        QGuiApplication.clipboard().setText(text)
        self.message.emit(tr("Copied to the clipboard."))


class Page(QWidget):
    """A page of the dock. ``wanted`` carries a step to run, ``message`` a sentence to show."""

    wanted = pyqtSignal(object)
    message = pyqtSignal(str)

    def __init__(self, session: Session, introduction: str) -> None:
        super().__init__()
        self.session = session
        self.bars: list[RunBar] = []
        self.layout_ = QVBoxLayout(self)
        self.layout_.setContentsMargins(8, 6, 8, 8)
        self.layout_.addWidget(sentence(introduction))

    def form(self) -> QFormLayout:
        """Add and return a form whose labels stand above their fields where the dock is narrow."""
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.layout_.addLayout(form)
        return form

    def add_bar(self, step: Step, primary: bool = True) -> RunBar:
        """Add and return a bar for a step."""
        bar = RunBar(step, self.session, primary)
        bar.wanted.connect(self.wanted)
        bar.message.connect(self.message)
        self.bars.append(bar)
        self.layout_.addWidget(bar)
        return bar

    def reveal(self, widget: QWidget) -> None:
        """Scroll so far that a widget is seen, once it has its place."""

        def scroll() -> None:
            area = self.parentWidget() and self.parentWidget().parentWidget()
            if isinstance(area, QScrollArea):
                area.ensureWidgetVisible(widget)

        QTimer.singleShot(0, scroll)

    def refresh(self) -> None:
        """Show the session anew."""

    def take_event(self, job: Job, event: dict) -> None:
        """Take an event of the engine while a job of this page runs."""

    def take_results(self, job: Job, results: dict) -> None:
        """Take the results of a job of this page."""


def make_small(label: QLabel) -> None:
    """Set a label in smaller letters: it says something on the side."""
    font = label.font()
    font.setPointSizeF(0.9 * font.pointSizeF())
    label.setFont(font)


def sentence(text: str) -> QLabel:
    """Return a label for a sentence, which wraps and can be selected."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.LinksAccessibleByMouse
    )
    label.setOpenExternalLinks(True)
    return label


def in_words(cost: Cost, device: str) -> str:
    """Return a cost as a sentence in the language of QGIS."""
    words = {
        "line": tr("About {time}, {memory} of memory, {disk} on disk"),
        "seconds": tr("{n} s"),
        "minutes": tr("{n} min"),
        "hours": tr("{n} h"),
    }
    parts = [describe(cost, words)]
    if device:
        parts[0] += ", " + tr("on {device}").format(device=device)
    basis = (
        tr("(as earlier runs took here)")
        if cost.measured
        else tr("(as on an office computer with two cores)")
    )
    return " ".join([*parts, basis])


def device_in_words(device: str) -> str:
    """Return the device that a step will run on, as people call it."""
    if device == "auto":
        device = str(QgsSettings().value(LAST_DEVICE_KEY, "") or "")
    names = {
        "": tr("the best device there is"),
        "cpu": tr("the processor"),
        "cuda": tr("the NVIDIA GPU"),
        "mps": tr("the Apple GPU"),
    }
    return names.get(device, device)
