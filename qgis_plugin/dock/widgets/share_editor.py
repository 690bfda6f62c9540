"""How the classes are distributed now and how they shall be in the samples: bars to drag, numbers to edit."""

from dataclasses import dataclass
from typing import Optional

from qgis.PyQt.QtCore import QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPainter, QPen
from qgis.PyQt.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from .ink import ink_on


@dataclass(frozen=True)
class ClassShare:
    """A class as the editor shows it; ``share`` is that of the labelled ground, 0 … 1."""

    name: str
    colour: str
    share: float
    rare: bool = False


class ShareBar(QWidget):
    """A bar for one class: filled up to the wanted share, with a mark at the share of now.

    Dragging and the keys ←/→ (1 %) and Page up/down (5 %) change it; ``settled`` comes when that is over.
    """

    dragged = pyqtSignal(float)
    settled = pyqtSignal()

    def __init__(self, shown: ClassShare, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._shown = shown
        self._wanted = shown.share
        self._scale = 1.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the height of a line of text."""
        return QSize(120, self.fontMetrics().height() + 4)

    def show_share(self, wanted: float, scale: float) -> None:
        """Show a wanted share; the bar's whole width stands for ``scale``."""
        self._wanted, self._scale = wanted, scale
        self.update()

    def paintEvent(self, event) -> None:
        """Draw frame, bar and mark."""
        painter = QPainter(self)
        palette = self.palette()
        box = QRectF(self.rect()).adjusted(0.5, 2.5, -0.5, -2.5)
        painter.fillRect(box, palette.base())
        wanted = QRectF(box)
        wanted.setWidth(box.width() * min(1.0, self._wanted / self._scale))
        painter.fillRect(wanted, QColor(self._shown.colour))
        frame = palette.highlight() if self.hasFocus() else palette.mid()
        painter.setPen(QPen(frame.color(), 1))
        painter.drawRect(box)
        now = box.left() + box.width() * min(1.0, self._shown.share / self._scale)
        paper = palette.base().color()
        for pen in (QPen(paper, 4), QPen(ink_on(paper, palette.text().color()), 2)):
            painter.setPen(pen)
            painter.drawLine(int(now), 0, int(now), self.height())

    def mousePressEvent(self, event) -> None:
        """Take the share under the mouse."""
        self.setFocus()
        self._drag(event)

    def mouseMoveEvent(self, event) -> None:
        """Follow the mouse."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseReleaseEvent(self, event) -> None:
        """End the drag."""
        self.settled.emit()

    def keyPressEvent(self, event) -> None:
        """Change by the keyboard."""
        steps = {
            Qt.Key.Key_Left: -0.01,
            Qt.Key.Key_Right: 0.01,
            Qt.Key.Key_PageDown: -0.05,
            Qt.Key.Key_PageUp: 0.05,
        }
        if event.key() in steps:
            self.dragged.emit(min(1.0, max(0.0, self._wanted + steps[event.key()])))
            self.settled.emit()
            return
        super().keyPressEvent(event)

    def _drag(self, event) -> None:
        share = event.pos().x() / max(1, self.width()) * self._scale
        self.dragged.emit(min(1.0, max(0.0, share)))


class ShareEditor(QWidget):
    """A line for each class; the shares always add up to one.

    ``edited`` comes when a person has changed a share; the other classes then keep their proportions.
    """

    edited = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._classes: list[ClassShare] = []
        self._wanted: list[float] = []
        self._bars: list[ShareBar] = []
        self._numbers: list[QDoubleSpinBox] = []
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setVerticalSpacing(1)
        self._layout.setColumnStretch(1, 1)

    def show_classes(self, classes: list[ClassShare], wanted: list[float]) -> None:
        """Show classes with the wanted share of each."""
        while self._layout.count():
            self._layout.takeAt(0).widget().deleteLater()
        self._classes, self._bars, self._numbers = list(classes), [], []
        for line, shown in enumerate(classes):
            name = QLabel(self._short(shown.name))
            name.setToolTip(shown.name)
            if shown.rare:
                font = name.font()
                font.setBold(True)
                name.setFont(font)
            bar = ShareBar(shown)
            number = QDoubleSpinBox()
            number.setRange(0, 100)
            number.setDecimals(1)
            number.setSuffix(" %")
            number.setKeyboardTracking(False)
            bar.setAccessibleName(shown.name)
            number.setAccessibleName(shown.name)
            bar.setToolTip(f"{shown.name}: {100 * shown.share:.2f} %")
            bar.dragged.connect(lambda share, line=line: self._change(line, share))
            bar.settled.connect(self.edited)
            number.valueChanged.connect(lambda value, line=line: self._type(line, value / 100))
            for column, widget in enumerate((name, bar, number)):
                self._layout.addWidget(widget, line, column)
            self._bars.append(bar)
            self._numbers.append(number)
        self.set_shares(wanted)

    def set_shares(self, wanted: list[float]) -> None:
        """Show wanted shares; they are scaled to add up to one."""
        total = sum(wanted) or 1.0
        self._wanted = [share / total for share in wanted]
        self._show()

    def shares(self) -> list[float]:
        """Return the wanted shares, in the order of the classes."""
        return list(self._wanted)

    def _change(self, line: int, share: float) -> None:
        rest = 1 - self._wanted[line]
        others = 1 - share
        equal = others / max(1, len(self._wanted) - 1)
        self._wanted = [
            share if i == line else (value / rest * others if rest > 1e-9 else equal)
            for i, value in enumerate(self._wanted)
        ]
        self._show()

    def _type(self, line: int, share: float) -> None:
        self._change(line, share)
        self.edited.emit()

    def _short(self, name: str) -> str:
        metrics = self.fontMetrics()
        return metrics.elidedText(
            name, Qt.TextElideMode.ElideRight, 16 * metrics.averageCharWidth()
        )

    def _show(self) -> None:
        shown = [*self._wanted, *(c.share for c in self._classes)]
        scale = min(1.0, 1.1 * max(shown, default=1.0)) or 1.0
        for bar, number, share in zip(self._bars, self._numbers, self._wanted):
            bar.show_share(share, scale)
            number.blockSignals(True)
            number.setValue(100 * share)
            number.blockSignals(False)


def example() -> ShareEditor:
    """Return one to look at."""
    editor = ShareEditor()
    editor.show_classes(
        [ClassShare("water", "#0072b2", 0.9), ClassShare("wetland", "#5fc8c8", 0.1, True)], [1, 1]
    )
    return editor
