"""Windows of a raster, as pure geometry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

#: What the U-Net sees at once must have sides that are multiples of this, since it halves them five times.
STRIDE = 32


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels; ``row`` and ``col`` may be negative where a window reaches over an edge."""

    row: int
    col: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """For arrays ``(…, height, width)``; the window must lie inside the array."""
        return (
            slice(self.row, self.row + self.height),
            slice(self.col, self.col + self.width),
        )


def cells(height: int, width: int, size: int) -> Iterator[Window]:
    """Partition a raster into squares of ``size``; those at the far edges may be smaller.

    Every pixel lies in exactly one cell.
    """
    for row in range(0, height, size):
        for col in range(0, width, size):
            yield Window(row, col, min(size, height - row), min(size, width - col))


def blocks(height: int, width: int, shape: tuple[int, int], grain: int = 1) -> list[Window]:
    """Partition a raster into rectangles of about ``shape`` that do not leave slivers at the far edges.

    The number of blocks along each side is rounded, so a side is between 2/3 and 3/2 of what is wanted
    wherever the raster is at least that large. Inner borders lie at multiples of ``grain`` pixels. Every
    pixel lies in exactly one block; blocks come row by row.
    """
    rows, cols = _cuts(height, shape[0], grain), _cuts(width, shape[1], grain)
    return [
        Window(top, left, bottom - top, right - left)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(cols)
    ]


def grow(window: Window, margin: int) -> Window:
    """The window with ``margin`` pixels more on each side; it may reach over the raster's edge."""
    return Window(
        window.row - margin,
        window.col - margin,
        window.height + 2 * margin,
        window.width + 2 * margin,
    )


def tile_side(height: int, width: int, wanted: int) -> int:
    """The wanted tile size, or the largest multiple of the stride that fits the raster."""
    return min(wanted, min(height, width) // STRIDE * STRIDE)


def _cuts(length: int, size: int, grain: int) -> list[int]:
    count = max(1, round(length / size))
    inner = {round(i * length / count / grain) * grain for i in range(1, count)}
    return [0, *sorted(cut for cut in inner if 0 < cut < length), length]
