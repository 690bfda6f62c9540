"""Parcels of layouts: connected pixels of one class, numbered, with figures for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.unlabelled import UNLABELLED


@dataclass(frozen=True)
class Parcels:
    """The parcels of ``n`` layouts.

    ``number`` ``(n, height, width)`` int32: each pixel's parcel, counted through all layouts from 1; 0 where
    there is none. ``label`` uint8, ``tile`` and ``size`` int64, all ``(parcels,)``: class, layout and pixels
    of each parcel.
    """

    number: NDArray[np.int32]
    label: NDArray[np.uint8]
    tile: NDArray[np.int64]
    size: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)

    def mean(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Mean over each parcel of ``(n, height, width, channels)``; ``(parcels, channels)``."""
        index = self.number.ravel()
        flat = values.reshape(index.size, -1)
        sums = [np.bincount(index, column, len(self) + 1)[1:] for column in flat.T]
        return np.stack(sums, axis=1) / np.maximum(1, self.size)[:, None]

    def and_those_of(self, other: Parcels) -> Parcels:
        """Both, where ``other`` has parcels on the same layouts but on other pixels."""
        number = np.where(other.number > 0, other.number + np.int32(len(self)), self.number)
        return Parcels(
            number,
            np.concatenate([self.label, other.label]),
            np.concatenate([self.tile, other.tile]),
            np.concatenate([self.size, other.size]),
        )


def cores(parcels: Parcels, fewest: int) -> Parcels:
    """The same parcels without the pixels that touch others, where at least ``fewest`` are left, else whole.

    Pixels on a border show two covers at once; a parcel's own colours are inside.
    """
    number = parcels.number
    height, width = number.shape[1:]
    padded = np.pad(number, ((0, 0), (1, 1), (1, 1)), mode="edge")
    inside = number > 0
    for row in range(3):
        for col in range(3):
            inside &= padded[:, row : row + height, col : col + width] == number
    left = np.bincount(number[inside], minlength=len(parcels) + 1)
    inside |= (left < fewest)[number]
    kept = np.where(inside, number, 0).astype(np.int32)
    size = np.bincount(kept.ravel(), minlength=len(parcels) + 1)[1:]
    return Parcels(kept, parcels.label, parcels.tile, size)


def find_parcels(labels: NDArray[np.uint8], where: NDArray[np.bool_]) -> Parcels:
    """Connected components (4 neighbours) of one class, of layouts ``(n, height, width)`` inside ``where``.

    Unlabelled ground makes no parcels.
    """
    from scipy.ndimage import label

    numbers = np.zeros(labels.shape, np.int32)
    classes: list[int] = []
    tiles: list[int] = []
    for tile, (layout, inside) in enumerate(zip(labels, where, strict=True)):
        for owner in np.unique(layout[inside]):
            if owner == UNLABELLED:
                continue
            found, count = label((layout == owner) & inside)
            numbers[tile] += np.where(found > 0, found + len(classes), 0).astype(np.int32)
            classes += [int(owner)] * count
            tiles += [tile] * count
    size = np.bincount(numbers.ravel(), minlength=len(classes) + 1)[1:]
    return Parcels(numbers, np.array(classes, np.uint8), np.array(tiles, np.int64), size)
