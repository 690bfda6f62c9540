"""Overseed's page in QGIS's options: engine, folder of runs, what all runs prefer, clean-up."""

from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsProcessingException, QgsSettings, QgsTask
from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .accessibility import name_for_screen_readers
from .help import index_url
from .help.words import privacy
from .icons import overseed_icon
from .preferences import (
    DEVICE_KEY,
    DEVICES,
    EFFORT_KEY,
    EFFORTS,
    RUNS_FOLDER_KEY,
    THREADS_KEY,
    preferred,
    runs_folder,
    threads,
)
from .texts import tr
from .work_folders import anything_running, leftovers, remove, size_of, work_folder

PAGE_NAME = "mOptionsPageOverseed"


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page each time that QGIS opens its options."""

    def __init__(self) -> None:
        super().__init__()
        self.setTitle("Overseed")

    def icon(self) -> QIcon:
        """Return the icon in the list of pages."""
        return overseed_icon()

    def createWidget(self, parent: QWidget) -> QgsOptionsPageWidget:
        """Return a new page."""
        return OptionsPage(parent)


class OptionsPage(QgsOptionsPageWidget):
    """The page; but for the engine, nothing is stored before :meth:`apply`."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName(PAGE_NAME)
        layout = QVBoxLayout(self)
        for group in (self._engine_group(), self._runs_group(), self._about_group()):
            layout.addWidget(group)
        layout.addStretch()
        self._measuring = None
        self._measure()

    def apply(self) -> None:
        """Store what the page shows; called by QGIS when the person accepts."""
        settings = QgsSettings()
        values = {
            RUNS_FOLDER_KEY: self.folder.filePath().strip(),
            EFFORT_KEY: self.effort.currentData(),
            DEVICE_KEY: self.device.currentData(),
            THREADS_KEY: self.threads.value(),
        }
        for key, value in values.items():
            if value:
                settings.setValue(key, value)
            else:
                settings.remove(key)

    def helpKey(self) -> str:
        """Return no key: QGIS's own manual has no page on Overseed, but this page has a button."""
        return ""

    def _engine_group(self) -> QGroupBox:
        # Here, so that QGIS's start does not load what set-up needs of networks.
        from .setup.card import EngineCard

        group = QGroupBox(tr("Engine"))
        # What it does happens at once: an installation is nothing that “Cancel” could take back.
        self.card = EngineCard()
        QVBoxLayout(group).addWidget(self.card)
        return group

    def _runs_group(self) -> QGroupBox:
        group = QGroupBox(tr("Runs"))
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setFilePath(runs_folder())
        self.folder.lineEdit().setPlaceholderText(tr("temporary, until QGIS is closed"))
        self.effort = _choices(EFFORTS, preferred("effort", EFFORTS))
        self.device = _choices(DEVICES, preferred("device", DEVICES))
        self.threads = QSpinBox()
        self.threads.setRange(0, 1024)
        self.threads.setSpecialValueText(tr("all"))
        self.threads.setValue(threads())
        self.size = QLabel()
        self.clear = QPushButton(tr("&Clear…"))
        self.clear.setToolTip(tr("Deletes finished and interrupted runs, never your maps."))
        self.clear.clicked.connect(lambda *_: self._ask_and_clear())
        stored = QHBoxLayout()
        stored.addWidget(self.size, 1)
        stored.addWidget(self.clear)
        form = QFormLayout(group)
        _row(
            form, tr("Folder for &runs"), self.folder,
            tr("Where runs are kept, so that they can go on after QGIS was closed."),
        )  # fmt: skip
        _row(
            form, tr("&Effort"), self.effort,
            tr("What forms propose: quick for a look, thorough for a result."),
        )  # fmt: skip
        _row(
            form, tr("&Device"), self.device,
            tr("What forms propose; auto takes a graphics card when there is one."),
        )  # fmt: skip
        _row(
            form, tr("Processor &threads"), self.threads,
            tr("Fewer leave more of the machine to other work."),
        )  # fmt: skip
        form.addRow(tr("Stored runs"), stored)
        return group

    def _about_group(self) -> QGroupBox:
        group = QGroupBox(tr("Privacy and help"))
        line = QLabel(privacy())
        line.setWordWrap(True)
        guide = QPushButton(tr("&Help pages"))
        guide.clicked.connect(lambda *_: _open(index_url()))
        show = QPushButton(tr("&Show runs and their logs"))
        show.setToolTip(tr("Opens the folder of runs; each run folder has a file run.log."))
        show.clicked.connect(lambda *_: self._open_folder())
        buttons = QHBoxLayout()
        buttons.addWidget(guide)
        buttons.addWidget(show)
        buttons.addStretch()
        layout = QVBoxLayout(group)
        layout.addWidget(line)
        layout.addLayout(buttons)
        return group

    def _open_folder(self) -> None:
        try:
            _open(QUrl.fromLocalFile(str(work_folder())).toString())
        except QgsProcessingException as error:
            QMessageBox.warning(self, "Overseed", str(error))

    def _measure(self) -> None:
        self.size.setText(tr("being measured…"))
        self.clear.setEnabled(False)
        self._start(_StoredRuns(clear=False))

    def _ask_and_clear(self) -> None:
        if anything_running():
            QMessageBox.information(
                self, "Overseed", tr("The engine is at work. Clear the runs when it has finished.")
            )
            return
        question = tr(
            "Delete all stored runs ({size})? Maps and reports that were saved elsewhere stay; "
            "interrupted runs cannot be continued any more."
        ).format(size=self.size.text())
        if (
            QMessageBox.question(self, tr("Clear stored runs"), question)
            == QMessageBox.StandardButton.Yes
        ):
            self.clear.setEnabled(False)
            self._start(_StoredRuns(clear=True))

    def _start(self, task: "_StoredRuns") -> None:
        # Folders may be large and disks slow, so this is done beside the window.
        self._measuring = task
        task.taskCompleted.connect(self._measured)
        task.taskTerminated.connect(self._measured)
        QgsApplication.taskManager().addTask(task)

    def _measured(self) -> None:
        task = self._measuring
        self.size.setText(readable_size(task.bytes))
        self.clear.setEnabled(task.bytes > 0)
        if task.kept:
            self.size.setToolTip(
                tr("Could not be deleted: {paths}").format(paths=", ".join(map(str, task.kept)))
            )


class _StoredRuns(QgsTask):
    """Measures the stored runs, after deleting them when asked to."""

    def __init__(self, clear: bool) -> None:
        super().__init__(tr("Overseed: stored runs"))
        self._folder = work_folder_or_none()
        self._clear = clear
        self.bytes = 0
        self.kept: list[Path] = []

    def run(self) -> bool:
        """Work; called by QGIS in a thread of its own."""
        if self._folder is not None:
            found = leftovers(self._folder)
            if self._clear:
                self.kept = remove(found)
            self.bytes = size_of(self.kept if self._clear else found)
        return True


def work_folder_or_none() -> Any:
    """Return the folder for runs; None where nothing can be written to it."""
    try:
        return work_folder()
    except QgsProcessingException:
        return None


def readable_size(count: int) -> str:
    """Return a number of bytes as people say it."""
    if count < 1e6:
        return tr("{number} kB").format(number=round(count / 1e3))
    if count < 1e9:
        return tr("{number} MB").format(number=round(count / 1e6))
    return tr("{number} GB").format(number=round(count / 1e9, 1))


def _choices(values: tuple, chosen: str) -> QComboBox:
    box = QComboBox()
    box.addItem(tr("each form's own"), "")
    for value in values:
        box.addItem(value, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


def _row(form: QFormLayout, text: str, widget: QWidget, tip: str) -> None:
    label = QLabel(text)
    label.setBuddy(widget)
    label.setToolTip(tip)
    widget.setToolTip(tip)
    name_for_screen_readers(widget, text.replace("&", ""))
    if not isinstance(widget, QgsFileWidget):
        widget.setAccessibleDescription(tip)
    form.addRow(label, widget)


def _open(address: str) -> None:
    if address:
        QDesktopServices.openUrl(QUrl(address))
