"""The classes as a table: colour, name, pixels, polygons, a bar for the share, and a tick for rare ones."""

from dataclasses import dataclass
from typing import Optional

from qgis.PyQt.QtCore import QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QIcon, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

_SHARE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class ClassRow:
    """A class as the engine has counted it; ``share`` of the labelled pixels, ``warning`` in words or ""."""

    name: str
    colour: str
    pixels: int
    polygons: int
    share: float
    rare: bool
    warning: str = ""


class _ShareDelegate(QStyledItemDelegate):
    """A bar behind the number."""

    def paint(self, painter, option, index) -> None:
        share = index.data(_SHARE)
        if share is not None:
            box = QRectF(option.rect).adjusted(1, 3, -1, -3)
            box.setWidth(box.width() * min(1.0, float(share)))
            colour = QColor(option.palette.highlight().color())
            colour.setAlpha(90)
            painter.fillRect(box, colour)
        super().paint(painter, option, index)


class ClassTable(QTableWidget):
    """``rareChanged`` comes when a person ticks or unticks a class."""

    rareChanged = pyqtSignal()

    def __init__(self, titles: list[str], parent: Optional[QWidget] = None) -> None:
        """``titles`` are those of name, pixels, polygons, share and rare, in the language of QGIS."""
        super().__init__(0, 5, parent)
        self.setHorizontalHeaderLabels(titles)
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setItemDelegateForColumn(3, _ShareDelegate(self))
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(30)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.itemChanged.connect(self._changed)

    def show_rows(self, rows: list[ClassRow]) -> None:
        """Show classes, whole, without a scroll bar of its own up to twelve."""
        self.blockSignals(True)
        self.setRowCount(len(rows))
        height = self.fontMetrics().height() + 6
        largest = max((row.share for row in rows), default=1.0) or 1.0
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for line, row in enumerate(rows):
            swatch = _swatch(row.colour, self.devicePixelRatioF())
            name = QTableWidgetItem(swatch, row.name + (" ⚠" if row.warning else ""))
            name.setData(_SHARE, row.name)
            name.setToolTip("\n".join(filter(None, (row.name, row.warning))))
            share = QTableWidgetItem(f"{100 * row.share:.1f} %")
            share.setData(_SHARE, row.share / largest)
            rare = QTableWidgetItem()
            rare.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled)
            rare.setCheckState(Qt.CheckState.Checked if row.rare else Qt.CheckState.Unchecked)
            pixels, polygons = (
                QTableWidgetItem(f"{count:,}".replace(",", "\u202f"))
                for count in (row.pixels, row.polygons)
            )
            for column, item in enumerate((name, pixels, polygons, share, rare)):
                if column in (1, 2, 3):
                    item.setTextAlignment(right)
                self.setItem(line, column, item)
            self.setRowHeight(line, height)
        shown = min(12, len(rows))
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * height + 4)
        self.blockSignals(False)

    def rare(self) -> list[str]:
        """Return the names of the ticked classes."""
        return [
            self.item(line, 0).data(_SHARE)
            for line in range(self.rowCount())
            if self.item(line, 4).checkState() == Qt.CheckState.Checked
        ]

    def sizeHint(self) -> QSize:
        """Return a width at which no column is cut."""
        return QSize(320, self.height())

    def _changed(self, item: QTableWidgetItem) -> None:
        if item.column() == 4:
            self.rareChanged.emit()


def _swatch(colour: str, ratio: float) -> QIcon:
    pixmap = QPixmap(round(14 * ratio), round(14 * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)


def example() -> ClassTable:
    """Return one to look at."""
    table = ClassTable(["Class", "Pixels", "Polygons", "Share", "Rare"])
    table.show_rows([ClassRow("water", "#0072b2", 1200, 4, 0.02, True, "few polygons")])
    return table
