"""The question before the sample is fetched: what, how large, from where, into which folder."""

from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlparse

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QStandardPaths
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
)

from ..accessibility import name_for_screen_readers
from ..texts import tr
from .package import PACKAGE, VERSION, WHEEL, configured_index
from .project import credit


class SampleDialog(QDialog):
    """Asks for consent; nothing is fetched before it is accepted."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Open sample project"))
        what = QLabel(
            tr(
                "The sample is a real scene: 15 × 8 km along the Havel, 13 bands of Sentinel-2, and 604 "
                "polygons of 8 land-use classes, of which several are rare. It takes 10 MB on disk."
            )
        )
        whose = QLabel(credit())
        for label in (what, whose):
            label.setWordWrap(True)
        self.download = QRadioButton(
            tr("&Download it (5 MB, in the package {package} {version}, from {host})").format(
                package=PACKAGE,
                version=VERSION,
                host=urlparse(configured_index()).hostname or tr("the Python package index"),
            )
        )
        self.existing = QRadioButton(tr("Use a &file that was downloaded before:"))
        self.download.setChecked(True)
        self.wheel = QgsFileWidget()
        self.wheel.setFilter(f"{WHEEL} (*.whl)")
        self.wheel.setEnabled(False)
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setFilePath(str(_documents() / "overseed-havel"))
        name_for_screen_readers(self.wheel, tr("File that was downloaded before"))
        name_for_screen_readers(self.folder, tr("Folder of the project"))
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        form = QFormLayout()
        folder_label = QLabel(tr("&Folder of the project"))
        folder_label.setBuddy(self.folder)
        form.addRow(folder_label, self.folder)
        layout = QVBoxLayout(self)
        for widget in (what, whose, self.download, self.existing, self.wheel):
            layout.addWidget(widget)
        layout.addLayout(form)
        layout.addWidget(self.buttons)
        self.existing.toggled.connect(self.wheel.setEnabled)
        for signal in (self.existing.toggled, self.wheel.fileChanged, self.folder.fileChanged):
            signal.connect(self._check)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.resize(560, self.sizeHint().height())

    def chosen_folder(self) -> Path:
        """Return the folder for the project."""
        return Path(self.folder.filePath())

    def chosen_wheel(self) -> Optional[Path]:
        """Return the file that was downloaded before; None when it is to be downloaded."""
        return Path(self.wheel.filePath()) if self.existing.isChecked() else None

    def _check(self, *_: Any) -> None:
        wheel = self.chosen_wheel()
        fine = bool(self.folder.filePath().strip()) and (wheel is None or wheel.is_file())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fine)


def _documents() -> Path:
    location = QStandardPaths.StandardLocation.DocumentsLocation
    return Path(QStandardPaths.writableLocation(location) or Path.home())
