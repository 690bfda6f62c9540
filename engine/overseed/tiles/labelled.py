"""Finding the labelled pixels of one side by number, in memory that holds counts and never a scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.store import StoredScene
from overseed.unlabelled import UNLABELLED

#: Pixels are counted in squares of this side. Larger ones hold fewer counts, smaller ones are searched faster.
CELL = 64


class LabelledPixels:
    """All labelled pixels of one side of the split, numbered without a list of them.

    Numbers run from 0 to ``counts.sum() - 1``: class by class, within a class cell by cell (64 × 64 pixels,
    scenes in their order), within a cell row by row. So an equally likely number is an equally likely
    pixel. What is kept is one count for each class in each cell, 28 bytes: a few megabytes for a scene of
    11,000 × 11,000 pixels, where a list of its pixels would be almost a gigabyte.

    ``counts`` ``(classes,)`` int64: labelled pixels of each class; a class without any has 0.
    """

    def __init__(self, scenes: Sequence[StoredScene], side: int) -> None:
        self._scenes = scenes
        self._side = side
        tables = [np.zeros((0, 5), np.int32)]
        for number, scene in enumerate(scenes):
            tables += _counts_by_cell(scene, side, number)
        table = np.concatenate(tables)
        # Stable, so that cells of a class stay in the order of the scenes and their rows.
        table = table[np.argsort(table[:, 0], kind="stable")]
        self._cells = table[:, :4]
        self._ends = np.cumsum(table[:, 4], dtype=np.int64)
        classes = int(table[-1, 0]) + 1 if len(table) else 0
        firsts = np.searchsorted(table[:, 0], np.arange(classes + 1))
        self.counts = np.diff(np.concatenate([[0], self._ends])[firsts])

    def find(self, number: int) -> tuple[int, int, int]:
        """The scene, row and column of a pixel; raises ``IndexError`` when there is no such number."""
        entry = int(self._ends.searchsorted(number, side="right"))
        index, scene, top, left = self._cells[entry].tolist()
        labels, side = (
            array[top : top + CELL, left : left + CELL]
            for array in (self._scenes[scene].labels, self._scenes[scene].side)
        )
        found = np.flatnonzero((labels == index) & (side == self._side))
        # Counted back from the last pixel of the entry.
        place = int(found[number - int(self._ends[entry])])
        row, col = divmod(place, labels.shape[1])
        return scene, top + row, left + col


def _counts_by_cell(scene: StoredScene, side: int, number: int) -> Iterator[NDArray[np.int32]]:
    """For each row of cells a table ``(n, 5)``: class, scene, top row, left column, count above 0."""
    height, width = scene.labels.shape
    lefts = range(0, width, CELL)
    for top in range(0, height, CELL):
        labels = np.asarray(scene.labels[top : top + CELL])
        seen = (labels != UNLABELLED) & (scene.side[top : top + CELL] == side)
        cols = np.nonzero(seen)[1]
        keys = cols // CELL * UNLABELLED + labels[seen]
        counts = np.bincount(keys, minlength=len(lefts) * UNLABELLED).reshape(-1, UNLABELLED)
        cells, classes = np.nonzero(counts)
        same = np.ones_like(cells)
        columns = [classes, same * number, same * top, cells * CELL, counts[cells, classes]]
        yield np.stack(columns, axis=1).astype(np.int32)
