"""Curves that grow while a network trains."""

import math
from collections.abc import Iterable
from typing import Optional

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QSizePolicy, QWidget

from .ink import ink_on

#: Okabe and Ito's colours, which people with any colour vision can tell apart, less the palest two.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")


class Curves(QWidget):
    """Values over steps, a line for each name; both axes fit what there is."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._points: dict[str, list[tuple[float, float]]] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a size with a plot of seven lines of text above the legend."""
        line = self.fontMetrics().height() + 2
        return QSize(300, (8 + len(self._points)) * line + 8)

    def clear(self) -> None:
        """Forget all curves."""
        self._points = {}
        self.update()

    def add(self, name: str, step: float, value: float) -> None:
        """Add a point; a step that is not after the last one starts the curve again from there."""
        if not math.isfinite(value):
            return
        if name not in self._points:
            self._points[name] = []
            self.updateGeometry()
        line = self._points[name]
        while line and line[-1][0] >= step:
            line.pop()
        line.append((step, value))
        self._describe()
        self.update()

    def points(self, name: str) -> list[tuple[float, float]]:
        """Return the (step, value) of a curve."""
        return list(self._points.get(name, ()))

    def paintEvent(self, event) -> None:
        """Draw axes, lines and the legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, metrics = self.palette(), self.fontMetrics()
        paper = palette.base().color()
        painter.fillRect(self.rect(), paper)
        ink = ink_on(paper, palette.text().color())
        every = [point for line in self._points.values() for point in line]
        if not every:
            return
        low, high = _limits(value for _, value in every)
        last = max(step for step, _ in every) or 1.0
        height = metrics.height() + 2
        left = metrics.horizontalAdvance(_short(high) + "00") + 6
        below = height * (len(self._points) + 1) + 8
        plot = QRectF(self.rect()).adjusted(left, height / 2, -8, -below)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for share in (0.0, 0.5, 1.0):
            y = plot.bottom() - share * plot.height()
            painter.setPen(QPen(palette.mid().color(), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(ink)
            box = QRectF(0, y - height / 2, left - 4, height)
            painter.drawText(box, right, _short(low + share * (high - low)))
        end = QRectF(plot.left(), plot.bottom() + 2, plot.width(), height)
        painter.drawText(end, right, _short(last))
        for index, (name, line) in enumerate(self._points.items()):
            pen = QPen(QColor(COLOURS[index % len(COLOURS)]), 1.8)
            if index >= len(COLOURS):
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            points = [
                QPointF(
                    plot.left() + step / last * plot.width(),
                    plot.bottom() - (value - low) / (high - low) * plot.height(),
                )
                for step, value in line
            ]
            painter.drawPolyline(QPolygonF(points))
            y = plot.bottom() + 4 + (index + 1) * height
            painter.drawLine(QPointF(left, y + height / 2), QPointF(left + 16, y + height / 2))
            painter.setPen(ink)
            text = f"{name}: {_short(line[-1][1])}"
            room = round(self.width() - left - 30)
            text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QPointF(left + 22, y + metrics.ascent()), text)

    def _describe(self) -> None:
        ends = (f"{name} {_short(line[-1][1])}" for name, line in self._points.items())
        self.setAccessibleName(", ".join(ends))


def _limits(values: Iterable[float]) -> tuple[float, float]:
    found = list(values)
    low, high = min(found), max(found)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    return low, high


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def example() -> Curves:
    """Return one to look at."""
    curves = Curves()
    for step in range(10):
        curves.add("F1", step, step / 10)
    return curves
