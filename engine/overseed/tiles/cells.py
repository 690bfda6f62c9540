"""Label counts on a coarse grid, from which blocks of the split are chosen without the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window

#: Cells per scene, at most about.
CELLS = 512 * 512


@dataclass(frozen=True)
class LabelCells:
    """Label pixels per class in square cells of ``size`` pixels; those at the far edges may be smaller.

    ``counts`` is ``(rows, cols, classes)`` int32.
    """

    height: int
    width: int
    size: int
    counts: NDArray[np.int32]

    @staticmethod
    def empty(height: int, width: int, classes: int, most: int = 64) -> LabelCells:
        """Cells of a scene, as large as it needs but at most ``most`` pixels; a power of two from 4."""
        size = 4
        while 2 * size <= most and height * width / size**2 > CELLS:
            size *= 2
        shape = -(-height // size), -(-width // size), classes
        return LabelCells(height, width, size, np.zeros(shape, np.int32))

    def add(self, row: int, labels: NDArray[np.uint8]) -> None:
        """Count a row band ``(rows, width)`` of class indices that begins at pixel row ``row``."""
        _, cols, classes = self.counts.shape
        first = row // self.size
        last = (row + len(labels) - 1) // self.size + 1
        across = np.arange(self.width, dtype=np.int32) // self.size * (classes + 1)
        down = ((np.arange(len(labels)) + row) // self.size - first).astype(np.int32)
        place = down[:, None] * (cols * (classes + 1)) + across
        place += np.minimum(labels, classes)
        found = np.bincount(place.ravel(), minlength=(last - first) * cols * (classes + 1))
        found = found.reshape(last - first, cols, classes + 1)
        self.counts[first:last] += found[..., :classes].astype(np.int32)

    def within(self, window: Window) -> NDArray[np.int64]:
        """Pixels per class in a window whose borders lie on cell borders."""
        rows = slice(window.row // self.size, -(-(window.row + window.height) // self.size))
        cols = slice(window.col // self.size, -(-(window.col + window.width) // self.size))
        return self.counts[rows, cols].sum(axis=(0, 1), dtype=np.int64)
