"""The list of steps: number, name and state of each, one of which is open."""

from typing import Optional

from qgis.PyQt.QtCore import QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFont, QPainter, QPen
from qgis.PyQt.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from .ink import ink_on

#: States of a step: nothing yet, could be done now, runs, done, done but older than what it was made from.
WAITING, READY, RUNNING, DONE, STALE, FAILED = (
    "waiting",
    "ready",
    "running",
    "done",
    "stale",
    "failed",
)
_MARKS = {DONE: "✓", STALE: "↻", FAILED: "!", RUNNING: "…"}
_COLOURS = {
    DONE: QColor("#2e8b57"),
    STALE: QColor("#c77f0a"),
    FAILED: QColor("#c0392b"),
    RUNNING: QColor("#2f6fb0"),
}


class StepButton(QAbstractButton):
    """One step; ``summary`` is a short word on what it has found, such as “8 classes, 3 rare”."""

    def __init__(self, number: int, title: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._number = number
        self._title = title
        self._state = WAITING
        self._state_word = ""
        self._summary = ""
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._tell()

    def show_state(self, state: str, word: str, summary: str) -> None:
        """Show a state, the word for it in the language of QGIS, and a summary."""
        self._state, self._state_word, self._summary = state, word, summary
        self._tell()
        self.update()

    @property
    def state(self) -> str:
        """One of the module's states."""
        return self._state

    def sizeHint(self) -> QSize:
        """Return the size of one line of text with room for the badge."""
        height = self.fontMetrics().height()
        return QSize(18 * height, round(1.5 * height))

    def paintEvent(self, event) -> None:
        """Draw badge, title and summary in the colours of the window's palette."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.highlight())
            painter.drawRoundedRect(box, 4, 4)
        elif self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.midlight())
            painter.drawRoundedRect(box, 4, 4)
        if self.isChecked():
            ink = ink_on(palette.highlight().color(), palette.highlightedText().color())
        else:
            ink = ink_on(palette.window().color(), palette.windowText().color())
        if self.hasFocus():
            painter.setPen(QPen(ink, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)
        side = box.height() - 4
        badge = QRectF(box.left() + 4, box.top() + 2, side, side)
        colour = _COLOURS.get(self._state)
        painter.setPen(QPen(colour or ink, 1.2))
        painter.setBrush(colour if colour is not None else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(badge)
        painter.setPen(QColor("white") if colour is not None else ink)
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        mark = _MARKS.get(self._state, str(self._number))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, mark)
        font.setBold(self.isChecked())
        painter.setFont(font)
        painter.setPen(ink)
        text = box.adjusted(side + 12, 0, -6, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignLeft, self._title)
        font.setBold(False)
        painter.setFont(font)
        room = text.width() - painter.fontMetrics().horizontalAdvance(self._title) - 16
        short = painter.fontMetrics().elidedText(
            self._summary, Qt.TextElideMode.ElideRight, max(0, int(room))
        )
        painter.setOpacity(0.75)
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, short)

    def _tell(self) -> None:
        words = [f"{self._number}. {self._title}", self._state_word, self._summary]
        sentence = ": ".join(word for word in words if word)
        self.setToolTip(sentence)
        self.setAccessibleName(sentence)


class Stepper(QWidget):
    """The buttons of all steps; ``chosen`` carries the index of the one that a person opens."""

    chosen = pyqtSignal(int)

    def __init__(self, titles: list[str], parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.buttons = [StepButton(number, title, self) for number, title in enumerate(titles, 1)]
        for index, button in enumerate(self.buttons):
            button.setAutoExclusive(True)
            button.clicked.connect(lambda _=False, index=index: self.chosen.emit(index))
            layout.addWidget(button)
        self.buttons[0].setChecked(True)

    def open(self, index: int) -> None:
        """Mark a step as the open one."""
        self.buttons[index].setChecked(True)

    def keyPressEvent(self, event) -> None:
        """Go up and down with the arrow keys."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in moves:
            index = next(i for i, button in enumerate(self.buttons) if button.isChecked())
            index = min(len(self.buttons) - 1, max(0, index + moves[event.key()]))
            self.buttons[index].setFocus()
            self.buttons[index].click()
            return
        super().keyPressEvent(event)


def example() -> Stepper:
    """Return one to look at."""
    return Stepper(["Data", "Balance", "Train"])
