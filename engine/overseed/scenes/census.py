"""What one pass over a scene tells: pixels per class, what is lost, band ranges, and an even sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.dataset import DataSet, Strip

#: The sample's lattice has at most this many points, and at most these bytes.
LATTICE_POINTS = 1024 * 1024
LATTICE_BYTES = 96 * 2**20


@dataclass
class Lattice:
    """Every ``step``-th pixel of a scene in both directions, from its upper left pixel.

    ``image`` ``(bands, rows, cols)``, ``valid`` and ``labels`` ``(rows, cols)``, as in
    :class:`~overseed.scenes.dataset.Strip`.
    """

    step: int
    image: NDArray[Any]
    valid: NDArray[np.bool_]
    labels: NDArray[np.uint8]


@dataclass
class Census:
    """Counts of one scene.

    ``pixels``: labelled valid pixels per class. ``lost``: drawn pixels per class without a value.
    ``low``, ``high``: each band's least and greatest valid value. ``at_low``, ``at_high``: how many pixels
    have it.
    """

    valid_pixels: int
    pixels: NDArray[np.int64]
    lost: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    at_low: NDArray[np.int64]
    at_high: NDArray[np.int64]
    lattice: Lattice
    _classes: int = field(repr=False, default=0)

    def __init__(self, dataset: DataSet, number: int) -> None:
        info, bands = dataset.scenes[number].info, len(dataset.band_names)
        self._classes = len(dataset.table)
        self.valid_pixels = 0
        self.pixels = np.zeros(self._classes, np.int64)
        self.lost = np.zeros(self._classes, np.int64)
        self.low, self.high = np.full(bands, np.inf), np.full(bands, -np.inf)
        self.at_low, self.at_high = np.zeros(bands, np.int64), np.zeros(bands, np.int64)
        points = min(LATTICE_POINTS, LATTICE_BYTES // (bands * dataset.dtype.itemsize))
        step = max(1, int(np.ceil((info.height * info.width / points) ** 0.5)))
        shape = -(-info.height // step), -(-info.width // step)
        self.lattice = Lattice(
            step,
            np.zeros((bands, *shape), dataset.dtype),
            np.zeros(shape, bool),
            np.full(shape, 255, np.uint8),
        )

    def watch(self, strips: Iterable[Strip]) -> Iterator[Strip]:
        """Hand on a scene's row bands and count them."""
        for strip in strips:
            self._add(strip)
            yield strip

    def _add(self, strip: Strip) -> None:
        everywhere = bool(strip.valid.all())
        self.valid_pixels += strip.valid.size if everywhere else int(strip.valid.sum())
        self.pixels += class_counts(strip.labels, self._classes)
        if not everywhere:
            self.lost += class_counts(strip.drawn[~strip.valid], self._classes)
        for number, band in enumerate(strip.image):
            self._range(number, band if everywhere else band[strip.valid])
        lattice = self.lattice
        first = -(-strip.row // lattice.step)
        inside = slice(first * lattice.step - strip.row, None, lattice.step)
        rows = slice(first, first + len(strip.valid[inside]))
        lattice.image[:, rows] = strip.image[:, inside, :: lattice.step]
        lattice.valid[rows] = strip.valid[inside, :: lattice.step]
        lattice.labels[rows] = strip.labels[inside, :: lattice.step]

    def _range(self, number: int, values: NDArray[Any]) -> None:
        if not values.size:
            return
        for end, count, found, better in (
            (self.low, self.at_low, values.min(), np.less),
            (self.high, self.at_high, values.max(), np.greater),
        ):
            if better(found, end[number]):
                end[number], count[number] = found, 0
            if found == end[number]:
                count[number] += np.count_nonzero(values == found)


def class_counts(labels: NDArray[np.uint8], classes: int) -> NDArray[np.int64]:
    """Pixels of each class index; 255 and what lies above the classes is left out."""
    return np.bincount(labels.ravel(), minlength=256)[:classes]
