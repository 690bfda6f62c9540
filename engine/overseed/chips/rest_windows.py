"""Chips of the rest: windows of a raster away from everything that is labelled, at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Windows that are tried together, and how many times in a row without success before a raster counts as full.
BATCH, PATIENCE = 1024, 4
#: Windows that would not do, for each that is wanted, before the search ends.
UNUSABLE = 20


def rest_windows(
    shape: tuple[int, int],
    size: int,
    labelled: NDArray[Any],
    count: int,
    rng: np.random.Generator,
    usable: Callable[[int, int], bool] = lambda row, col: True,
) -> list[tuple[int, int]]:
    """Draw windows that share no pixel with labelled ground or with each other.

    Parameters
    ----------
    shape:
        Height and width of the raster.
    labelled:
        Shapely geometries in pixel coordinates (x = column, y = row).
    usable:
        Says of a window's first row and column whether the window will do.

    Returns
    -------
    Up to ``count`` first rows and columns of windows inside the raster; fewer where there is no room for more.
    """
    import shapely

    height, width = shape
    if height < size or width < size:
        return []
    tree = shapely.STRtree(labelled)
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    found: list[tuple[int, int]] = []
    # A hair smaller, so that windows may touch what they must not overlap.
    inset = 1e-3
    misses, unusable = 0, 0
    while misses < PATIENCE:
        before = len(found)
        rows = rng.integers(0, height - size + 1, BATCH)
        cols = rng.integers(0, width - size + 1, BATCH)
        boxes = shapely.box(cols + inset, rows + inset, cols + size - inset, rows + size - inset)
        free = np.ones(BATCH, bool)
        free[tree.query(boxes, predicate="intersects")[0]] = False
        for row, col in zip(rows[free].tolist(), cols[free].tolist(), strict=True):
            if len(found) == count:
                return found
            cell = row // size, col // size
            near = (
                taken.get((cell[0] + down, cell[1] + right))
                for down in (-1, 0, 1)
                for right in (-1, 0, 1)
            )
            clash = any(
                n is not None and abs(n[0] - row) < size and abs(n[1] - col) < size for n in near
            )
            if clash:
                continue
            if usable(row, col):
                # Two windows that do not overlap never begin in one cell.
                taken[cell] = row, col
                found.append((row, col))
            else:
                unusable += 1
                if unusable > UNUSABLE * count:
                    return found
        misses = misses + 1 if len(found) == before else 0
    return found
