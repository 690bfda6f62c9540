"""The card about the engine: what would be installed, how far it is, how the engine is."""

from pathlib import Path
from typing import Optional

from qgis.PyQt.QtCore import QEvent, QSize, Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices, QGuiApplication, QPalette, QShowEvent
from qgis.PyQt.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..texts import tr
from . import card_texts as texts
from . import session as states
from .choices import Choices
from .session import SetupSession, shared_session

#: Green and orange that can be read on a light and on a dark background.
_COLOURS = {"good": ("#146c2e", "#57d06b"), "bad": ("#a34300", "#ffab57"), "": ("", "")}


class EngineCard(QWidget):
    """Says how the engine is and what can be done about it; nothing starts without a click.

    Made for a dock and for an options page, from 360 pixels of width. All cards of a QGIS show
    the same session.
    """

    #: Something was done about the engine: look at it anew.
    engineChanged = pyqtSignal()

    def __init__(
        self, parent: Optional[QWidget] = None, session: Optional[SetupSession] = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("overseedEngineCard")
        self._session = session or shared_session()
        self._planning = False
        self._title = _label("overseedEngineTitle", bold=True)
        self._text = _label("overseedEngineText")
        self._notice = _label("overseedEngineNotice")
        self._choices = Choices(self._session, self)
        self._bar = QProgressBar(self)
        self._bar.setObjectName("overseedEngineProgress")
        self._bar.setAccessibleName(tr("Progress of the set-up"))
        self._shown: list[str] = []
        self._buttons = {name: self._button(name) for name in texts.BUTTONS}
        self._grid = QGridLayout()
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        for widget in (self._title, self._notice, self._text, self._choices, self._bar):
            layout.addWidget(widget)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        self._choices.changed.connect(self._show)
        self._session.changed.connect(self._show)
        self._session.engineChanged.connect(self.engineChanged)
        self._show()

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for a dock, however long a path is."""
        hint = super().minimumSizeHint()
        hint.setWidth(min(hint.width(), 320))
        return hint

    def showEvent(self, event: QShowEvent) -> None:
        """Look anew when the card comes to light; settings may have changed meanwhile."""
        self._session.refresh()
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Choose other colours when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_grid"):
            self._colour()

    def _show(self) -> None:
        session = self._session
        working = session.state == states.WORKING
        # Only looking for interpreters, which comes before, leaves the plan open.
        self._planning = self._planning and not (working and session.pythons is not None)
        planning = self._planning and not working and session.pythons is not None
        self._title.setText(texts.title(session.state, planning))
        self._text.setText(self._choices.sentences() if planning else texts.text_of(session))
        self._notice.setText(session.notice)
        self._notice.setVisible(bool(session.notice) and not working)
        self._choices.setVisible(planning)
        self._bar.setVisible(working)
        # A bar without figures moves on its own, so that a step without an end is seen to be alive.
        self._bar.setRange(0, 100 if session.percent else 0)
        self._bar.setValue(round(session.percent))
        self._colour()
        self._lay_out_buttons(texts.buttons(session, planning))
        self._buttons["install"].setEnabled(not planning or not self._choices.plan().problem())

    def _colour(self) -> None:
        kind = texts.mood(self._session.state)
        background = self.palette().color(QPalette.ColorRole.Window)
        dark = background.lightness() < 128
        for label, wanted in ((self._title, kind), (self._notice, "bad")):
            colour = _COLOURS[wanted][dark]
            sheet = f"color: {colour};" if colour else ""
            if label.styleSheet() != sheet:
                label.setStyleSheet(sheet)

    def _lay_out_buttons(self, names: list[str]) -> None:
        if names == self._shown:
            return
        self._shown = names
        had_focus = any(button.hasFocus() for button in self._buttons.values())
        for name, button in self._buttons.items():
            self._grid.removeWidget(button)
            button.setVisible(name in names)
        for place, name in enumerate(names):
            self._grid.addWidget(self._buttons[name], place // 2, place % 2)
        before = self._choices
        for name in names:
            self.setTabOrder(before, self._buttons[name])
            before = self._buttons[name]
        if had_focus:
            self._buttons[names[0]].setFocus(Qt.FocusReason.OtherFocusReason)

    def _button(self, name: str) -> QPushButton:
        label, hint = texts.BUTTONS[name]()
        button = QPushButton(label, self)
        button.setObjectName(_name_of(name))
        button.setToolTip(hint)
        button.setAccessibleName(label.replace("&", ""))
        button.setAccessibleDescription(hint)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setAutoDefault(False)
        # Qt tells whether the button is checked, which no handler wants.
        handler = getattr(self, f"_on_{name}")
        button.clicked.connect(lambda checked: handler())
        return button

    def _on_plan(self, anew: bool = False) -> None:
        self._planning = True
        self._choices.repair = anew
        if self._session.pythons is None:
            self._session.look_for_pythons()
        else:
            self._show()

    def _on_resume(self) -> None:
        self._on_plan()

    def _on_upgrade(self) -> None:
        self._on_plan()

    def _on_back(self) -> None:
        self._planning = False
        self._show()

    def _on_install(self) -> None:
        self._planning = False
        self._session.install(self._choices.plan(), self._choices.repair)

    def _on_repair(self) -> None:
        question = tr(
            "Install the engine anew? Everything is downloaded again; the engine that is there now "
            "stays in use until the new one works."
        )
        if self._confirmed(question):
            self._on_plan(anew=True)

    def _on_existing(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("The Python interpreter that has Overseed's engine"), str(Path.home())
        )
        if path:
            self._planning = False
            self._session.check(path)

    def _on_check(self) -> None:
        self._session.check()

    def _on_cancel(self) -> None:
        self._session.cancel()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._session.diagnosis())

    def _on_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._session.log)))

    def _on_forget(self) -> None:
        self._session.forget_chosen()

    def _on_remove(self) -> None:
        question = tr(
            "Remove the engine and all that was downloaded for it from {folder}? Maps, runs and "
            "QGIS itself stay."
        ).format(folder=self._session.root)
        if self._confirmed(question):
            self._session.remove()

    def _on_older(self) -> None:
        question = tr("Remove older versions of the engine? No job may be using them now.")
        if self._confirmed(question):
            self._session.remove_older()

    def _confirmed(self, question: str) -> bool:
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self, tr("Overseed"), question, buttons.Yes | buttons.No, buttons.No
        )
        return answer == buttons.Yes


def _name_of(button: str) -> str:
    return f"overseedEngine{button.capitalize()}"


def _label(name: str, bold: bool = False) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    # A long path has no place to break; it must not make the card wider than its dock.
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label
