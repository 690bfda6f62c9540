"""The runs of this project: go on with one, or delete what it has left on disk."""

import contextlib
from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication, QgsProject, QgsTask
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..texts import tr
from .estimates import size
from .run_state import RunFolder
from .session import Session


class RunsDialog(QDialog):
    """A table of runs with buttons; deleting asks first and takes run folders only."""

    def __init__(self, session: Session, parent: Optional[QWidget] = None, busy: str = "") -> None:
        """``busy`` is the run folder in which jobs are at work; it is neither left nor deleted."""
        super().__init__(parent)
        self._busy = busy
        self.setWindowTitle(tr("Runs of this project"))
        self.resize(640, 320)
        self._session = session
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels(
            [tr("Folder"), tr("Image"), tr("Last used"), tr("On disk")]
        )
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.open_button = QPushButton(tr("Go on with it"))
        self.show_button = QPushButton(tr("Show folder"))
        self.forget_button = QPushButton(tr("Take off the list"))
        self.remove_button = QPushButton(tr("Delete…"))
        close = QPushButton(tr("Close"))
        row = QHBoxLayout()
        for button in (
            self.open_button,
            self.show_button,
            self.forget_button,
            self.remove_button,
        ):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addLayout(row)
        self.open_button.clicked.connect(self._open)
        self.show_button.clicked.connect(self._show)
        self.forget_button.clicked.connect(lambda: self._forget())
        self.remove_button.clicked.connect(lambda: self.remove())
        self.table.itemSelectionChanged.connect(self._enable)
        close.clicked.connect(self.reject)
        self._fill()

    def chosen(self) -> Optional[dict]:
        """Return the selected run's entry, or None."""
        row = self.table.currentRow()
        selected = self.table.selectionModel().hasSelection()
        return self._session.runs[row] if selected and 0 <= row < len(self._session.runs) else None

    def remove(self, sure: bool = False) -> None:
        """Delete the selected run's folder; asks unless ``sure``."""
        entry = self.chosen()
        if entry is None:
            return
        folder = RunFolder(Path(entry["folder"]))
        if not sure:
            words = tr("Delete {folder} with models, samples, map and report?").format(
                folder=folder.root
            )
            by_hand = folder.made_by_hand()
            if by_hand:
                words += "\n\n" + tr(
                    "It also holds what people have drawn or filled in by hand: {files}. Copy these first if "
                    "you need them."
                ).format(files=", ".join(path.name for path in by_hand))
            words += _layers_inside(folder.root)
            answer = QMessageBox.question(self, tr("Delete run"), words)
            if answer != QMessageBox.StandardButton.Yes:
                return
        try:
            if folder.root.exists():
                folder.remove()
        except ValueError:
            QMessageBox.warning(
                self,
                tr("Delete run"),
                tr("{folder} is no run folder, so it was left alone.").format(folder=folder.root),
            )
            return
        except OSError as error:
            QMessageBox.warning(
                self,
                tr("Delete run"),
                tr(
                    "{folder} could not be deleted: {reason}. Close programs that have its files open."
                ).format(folder=folder.root, reason=error.strerror),
            )
            return
        self._forget()

    def _fill(self) -> None:
        self.table.setRowCount(len(self._session.runs))
        for line, entry in enumerate(self._session.runs):
            folder = RunFolder(Path(entry["folder"]))
            there = "…" if folder.root.is_dir() else tr("gone")
            cells = (entry["folder"], entry.get("scene", ""), entry.get("used", ""), there)
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if column == 3:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.table.setItem(line, column, item)
        self._measure()
        self._enable()

    def _measure(self) -> None:
        """Fill in the sizes, from a thread of their own: folders may be large and far away."""
        folders = [RunFolder(Path(entry["folder"])) for entry in self._session.runs]

        def work(task: QgsTask) -> list[str]:
            return [size(f.size()) if f.root.is_dir() else "" for f in folders]

        def done(error: Optional[Exception], found: Optional[list[str]] = None) -> None:
            # The dialog may be closed by then, and its table gone.
            with contextlib.suppress(RuntimeError):
                for line, text in enumerate(found or ()):
                    if text:
                        self.table.item(line, 3).setText(text)

        self._task = QgsTask.fromFunction(tr("Overseed: sizes of runs"), work, on_finished=done)
        QgsApplication.taskManager().addTask(self._task)

    def _enable(self) -> None:
        chosen = self.chosen()
        for button in (
            self.open_button,
            self.show_button,
            self.forget_button,
            self.remove_button,
        ):
            button.setEnabled(chosen is not None)
        if self._busy:
            self.open_button.setEnabled(False)
            if chosen is not None and chosen["folder"] == self._busy:
                self.forget_button.setEnabled(False)
                self.remove_button.setEnabled(False)

    def _open(self) -> None:
        self._session.open_run(self.chosen())
        self.accept()

    def _show(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self.chosen()["folder"]))

    def _forget(self) -> None:
        self._session.forget_run(self.chosen()["folder"])
        self._fill()


def _layers_inside(folder: Path) -> str:
    """A sentence that names the project's layers whose files lie in a folder, or ""."""
    layers = QgsProject.instance().mapLayers().values()
    inside = [a.name() for a in layers if folder in Path(a.source().split("|")[0]).parents]
    if not inside:
        return ""
    return "\n\n" + tr("These layers of the project lie in it and will be empty: {layers}.").format(
        layers=", ".join(inside)
    )
