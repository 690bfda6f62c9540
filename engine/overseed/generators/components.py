"""Connected components of equal labels, many tiles at once; pure geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Components:
    """Connected pixels of one label, 4 neighbours each.

    Parameters
    ----------
    ids:
        ``(n, height, width)`` int32, a number from 0 for each component, -1 outside.
    labels:
        ``(count,)`` uint8, the label of each component.
    tiles:
        ``(count,)`` int64, the tile of each component.
    boxes:
        ``(count, 4)`` int64: first row, first column, height, width.
    areas:
        ``(count,)`` int64, pixels.
    """

    ids: NDArray[np.int32]
    labels: NDArray[np.uint8]
    tiles: NDArray[np.int64]
    boxes: NDArray[np.int64]
    areas: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def window(self, number: int) -> tuple[int, slice, slice]:
        """Where a component lies, as an index of arrays ``(n, height, width)``."""
        row, col, height, width = self.boxes[number].tolist()
        return int(self.tiles[number]), slice(row, row + height), slice(col, col + width)

    def mask(self, number: int) -> NDArray[np.bool_]:
        """A component in its box: ``(height, width)`` bool."""
        return self.ids[self.window(number)] == number


def find_components(labels: NDArray[np.uint8], inside: NDArray[np.bool_]) -> Components:
    """Components of ``labels`` within ``inside``, both ``(n, height, width)``; they end at tile borders.

    Components are numbered tile by tile in the order of their first pixel.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids = np.full(labels.shape, -1, np.int32)
    where = np.flatnonzero(inside)
    ids.ravel()[where] = np.arange(len(where), dtype=np.int32)
    pairs = []
    for one, other in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:, :, :-1], np.s_[:, :, 1:]),
    ):
        joined = inside[one] & inside[other] & (labels[one] == labels[other])
        pairs.append((ids[one][joined], ids[other][joined]))
    rows, cols = (np.concatenate(side) for side in zip(*pairs, strict=True))
    graph = coo_array((np.ones(len(rows), bool), (rows, cols)), shape=(len(where),) * 2)
    count, found = connected_components(graph.tocsr(), directed=False)
    # The library promises no order. Of several writes to one place the last one stays.
    first = np.empty(count, np.int64)
    first[found[::-1]] = np.arange(len(where))[::-1]
    last = np.empty(count, np.int64)
    last[found] = np.arange(len(where))
    order = np.argsort(first)
    rank = np.empty(count, np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    found, first, last = rank[found], first[order], last[order]
    ids.ravel()[where] = found
    rows, cols = np.divmod(where, labels.shape[2])
    low, high = np.full(count, labels.shape[2]), np.full(count, -1)
    np.minimum.at(low, found, cols)
    np.maximum.at(high, found, cols)
    tiles, top = np.divmod(rows[first], labels.shape[1])
    height = rows[last] - rows[first] + 1
    boxes = np.stack([top, low, height, high - low + 1], axis=1)
    return Components(
        ids=ids,
        labels=labels.ravel()[where[first]],
        tiles=tiles,
        boxes=boxes,
        areas=np.bincount(found, minlength=count),
    )
