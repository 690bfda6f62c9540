"""The choices before an installation: Python, network or offline folder, where to, extras."""

from pathlib import Path
from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..settings import choose_root
from ..texts import tr
from .card_texts import plan_sentences
from .plan import Plan
from .pythons import managed_python
from .session import SetupSession

#: A folder of this name is made in the folder that a person chooses, so that removing stays safe.
_FOLDER = "overseed"


class Choices(QWidget):
    """What a person may choose; ``plan`` is what follows from it."""

    #: Another plan follows now.
    changed = pyqtSignal()

    def __init__(self, session: SetupSession, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.repair = False  #: whether everything is to be downloaded anew
        self._session = session
        self._offline: Optional[Path] = None
        self._python = QComboBox(self)
        self._python.setObjectName("overseedEnginePython")
        self._python.setAccessibleName(tr("Python for the engine"))
        self._python.setToolTip(
            tr("The Python that the engine's environment is made from; it is not changed")
        )
        # A long path must not make the card wider than its dock.
        self._python.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._python.currentIndexChanged.connect(self.changed)
        label = QLabel(tr("&Python:"), self)
        label.setBuddy(self._python)
        self._extras = {
            extra: self._box(
                f"overseedEngineExtra{extra.capitalize()}",
                tr("Also install the extra “{name}”").format(name=extra),
                tr("An optional part of the engine, which makes it larger"),
            )
            for extra in session.materials.extras
        }
        self._from_folder = self._box(
            "overseedEngineOffline",
            tr("&Offline, from a folder of wheels"),
            tr("The help page on set-up says how such a folder is filled on another computer"),
        )
        self._from_folder.clicked.connect(self._choose_offline)
        self._where = QPushButton(tr("Another &folder…"), self)
        self._where.setObjectName("overseedEngineFolder")
        self._where.setToolTip(tr("Install into a folder on another disk"))
        self._where.setAccessibleDescription(self._where.toolTip())
        self._where.setAutoDefault(False)
        self._where.clicked.connect(self._choose_root)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (label, self._python, *self._extras.values(), self._from_folder, self._where):
            layout.addWidget(widget)
        session.changed.connect(self._fill)
        self._fill()

    def plan(self) -> Plan:
        """Return the plan for what is chosen now."""
        number = self._python.currentIndex()
        pythons = self._session.pythons or [managed_python()]
        python = pythons[number] if 0 <= number < len(pythons) else pythons[0]
        extras = tuple(name for name, box in self._extras.items() if box.isChecked())
        return self._session.plan(python, extras, self._offline)

    def sentences(self) -> str:
        """Return the plan in words."""
        return plan_sentences(self.plan())

    def _fill(self) -> None:
        pythons = self._session.pythons
        if pythons is None or self._python.count() == len(pythons):
            return
        self._python.blockSignals(True)
        self._python.clear()
        for python in pythons:
            self._python.addItem(
                tr("{version}, to be downloaded for Overseed alone").format(version=python.version)
                if python.is_managed
                else f"{python.version}, {python.path}"
            )
        self._python.blockSignals(False)

    def _choose_offline(self, checked: bool) -> None:
        folder = ""
        if checked:
            folder = QFileDialog.getExistingDirectory(self, tr("Folder of wheels"))
        self._offline = Path(folder) if folder else None
        self._from_folder.setChecked(bool(folder))
        self._from_folder.setToolTip(folder or tr("No folder is chosen"))
        self.changed.emit()

    def _choose_root(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder to install the engine into"))
        if folder:
            choose_root(str(Path(folder, _FOLDER)))
            self.changed.emit()

    def _box(self, name: str, text: str, hint: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setObjectName(name)
        box.setToolTip(hint)
        box.setAccessibleDescription(hint)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.toggled.connect(lambda on: self.changed.emit())
        return box
