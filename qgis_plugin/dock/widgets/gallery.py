"""Samples to look through: cells cut from contact sheets; a click rejects one, another takes it back."""

from dataclasses import dataclass
from typing import Optional

from qgis.PyQt.QtCore import QPoint, QRect, QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPainter, QPen, QPixmap
from qgis.PyQt.QtWidgets import QAbstractButton, QLayout, QSizePolicy, QWidget, QWidgetItem


@dataclass(frozen=True)
class Cell:
    """One sample: its number, the sheet and the rectangle (x, y, width, height) with its pictures."""

    number: int
    sheet: str
    box: tuple[int, int, int, int]
    words: str
    accepted: bool


class CellButton(QAbstractButton):
    """A sample; checked means rejected."""

    def __init__(self, cell: Cell, picture: QPixmap, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.cell = cell
        self._picture = picture
        self.setCheckable(True)
        self.setChecked(not cell.accepted)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(cell.words)
        self.setAccessibleName(f"{cell.number}: {cell.words}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Return the picture's own size, at most the parent's width, with a frame."""
        size = self._picture.size() / max(1.0, self._picture.devicePixelRatio())
        room = self.parentWidget().width() if self.parentWidget() else 10_000
        if size.width() > room - 6 > 0:
            size = QSize(room - 6, round(size.height() * (room - 6) / size.width()))
        return size + QSize(6, 6)

    def paintEvent(self, event) -> None:
        """Draw the pictures; over a rejected one a veil and a cross."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = self.rect().adjusted(3, 3, -3, -3)
        painter.drawPixmap(box, self._picture)
        if self.isChecked():
            veil = QColor(self.palette().window().color())
            veil.setAlpha(170)
            painter.fillRect(box, veil)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor("#c0392b"), 3))
            side = min(box.width(), box.height()) // 3
            cross = QRect(0, 0, side, side)
            cross.moveCenter(box.center())
            painter.drawLine(cross.topLeft(), cross.bottomRight())
            painter.drawLine(cross.topRight(), cross.bottomLeft())
        marked = self.hasFocus() or self.underMouse()
        frame = self.palette().highlight() if marked else self.palette().mid()
        painter.setPen(QPen(frame.color(), 2 if marked else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(-1, -1, 0, 0))


class Gallery(QWidget):
    """Many samples, as many in a row as fit; ``changed`` comes after each click and each sheet."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._flow = _Flow(self)
        self._buttons: list[CellButton] = []
        self._waiting: list[Cell] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._show_sheet)

    def show_cells(self, cells: list[Cell]) -> None:
        """Show samples in the given order."""
        for button in self._buttons:
            self._flow.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        self._waiting = list(cells)
        self._timer.stop()
        self._show_sheet()

    def accept_all(self) -> None:
        """Take all rejections back."""
        for button in self._buttons:
            button.setChecked(False)

    def decided(self) -> tuple[list[int], list[int]]:
        """Return the numbers of the samples that were newly rejected, and newly accepted."""
        touched = [b for b in self._buttons if b.isChecked() == b.cell.accepted]
        rejected = [b.cell.number for b in touched if b.isChecked()]
        return rejected, [b.cell.number for b in touched if not b.isChecked()]

    def _show_sheet(self) -> None:
        # A sheet at a time, so that many samples do not hold the window up.
        if not self._waiting:
            return
        path = self._waiting[0].sheet
        sheet = QPixmap(path)
        while self._waiting and self._waiting[0].sheet == path:
            cell = self._waiting.pop(0)
            button = CellButton(cell, sheet.copy(QRect(*cell.box)), self)
            button.toggled.connect(lambda _: self.changed.emit())
            self._flow.addWidget(button)
            self._buttons.append(button)
        self.updateGeometry()
        self.changed.emit()
        if self._waiting:
            self._timer.start(0)

    def rejected(self) -> list[int]:
        """Return the numbers of the samples that are crossed out."""
        return [button.cell.number for button in self._buttons if button.isChecked()]

    def numbers(self) -> list[int]:
        """Return the numbers of all samples shown."""
        return [button.cell.number for button in self._buttons]

    def touched(self) -> bool:
        """Return whether a decision differs from what was shown at first."""
        return any(self.decided())


class _Flow(QLayout):
    """Lays items out like words in a paragraph."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list = []
        self.setContentsMargins(0, 0, 0, 0)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        parent.setSizePolicy(policy)

    def addItem(self, item: QWidgetItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> Optional[QWidgetItem]:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> Optional[QWidgetItem]:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(QSize(60, item.sizeHint().height()))
        return size

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._lay(rect, move=True)

    def _lay(self, rect: QRect, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + 2, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + 2
            line = max(line, size.height())
        return y + line - rect.y()


def example() -> CellButton:
    """Return one to look at."""
    picture = QPixmap(60, 20)
    picture.fill(QColor("#5fc8c8"))
    return CellButton(Cell(1, "", (0, 0, 60, 20), "wetland", True), picture)
