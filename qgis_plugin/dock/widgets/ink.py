"""Colours that can be read on what lies under them, also in themes that leave the palette alone."""

from qgis.PyQt.QtGui import QColor

#: Least difference of lightness (0 … 255) between letters and paper.
LEAST_CONTRAST = 110
LIGHT, DARK = QColor("#e6e6e6"), QColor("#202020")


def ink_on(paper: QColor, wanted: QColor) -> QColor:
    """Return ``wanted`` where it can be read on ``paper``, else something light or dark that can."""
    if abs(paper.lightness() - wanted.lightness()) >= LEAST_CONTRAST:
        return wanted
    return LIGHT if paper.lightness() < 128 else DARK
