"""What a series of layouts has brought so far: pixels of each class, and the parcels that were sown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.parcels import BEYOND, CODES, Parcels, find_parcels, neighbours, padded_codes


@dataclass(frozen=True)
class Layout:
    """A tile's new labels.

    Parameters
    ----------
    labels:
        ``(height, width)`` uint8, 255 = unlabelled.
    changed:
        ``(height, width)`` bool, what a generator has to make: every pixel whose label differs from the real
        one, and the other pixels of a parcel that was resized or moved, which is made anew as a whole since a
        strip of a few pixels would be all seam.
    how:
        The operations in the order of how often they were used, joined by ``+``; empty if none was.
    operations:
        How many parcels each operation gave.
    """

    labels: NDArray[np.uint8]
    changed: NDArray[np.bool_]
    how: str = ""
    operations: Counter[str] = field(default_factory=Counter)


class Series:
    """Counts over accepted layouts and over real tiles that were passed by.

    ``counts`` are labelled pixels of each class in both, ``accepted`` in the layouts alone. ``sizes`` are
    pixels of the sown parcels of each taker and ``touches`` ``(257,)`` what they touch, both read from the
    finished layouts as connected components.
    """

    def __init__(self, classes: int, takers: Sequence[int]) -> None:
        self.counts = np.zeros(classes, np.int64)
        self.sizes: dict[int, list[int]] = {taker: [] for taker in takers}
        self.touches = {taker: np.zeros(CODES) for taker in takers}
        self.operations: Counter[str] = Counter()
        self.accepted = np.zeros(classes, np.int64)
        self.layouts = 0
        self.passed = 0

    def accept(self, layout: Layout) -> None:
        """Count a layout that became a sample."""
        counts = class_counts(layout.labels, len(self.counts))
        self.counts += counts
        self.accepted += counts
        self.operations.update(layout.operations)
        self.layouts += 1
        codes = padded_codes(layout.labels)
        made = np.pad(layout.changed, 1).ravel()
        for taker in self.sizes:
            parcels, pixels = sown_parcels(codes, made, taker)
            self.sizes[taker] += parcels
            self.touches[taker] += _touches(codes, pixels)

    def pass_by(self, labels: NDArray[np.uint8]) -> None:
        """Count a tile that did not become a sample, as it is."""
        self.counts += class_counts(labels, len(self.counts))
        self.passed += 1


def class_counts(labels: NDArray[np.uint8], classes: int) -> NDArray[np.int64]:
    """Pixels of each class; unlabelled ones are left out."""
    return np.bincount(labels.ravel(), minlength=256)[:classes]


def sown_parcels(
    codes: NDArray[np.int16], made: NDArray[np.bool_], taker: int
) -> tuple[list[int], NDArray[np.intp]]:
    """Sizes of a class's parcels that have made pixels, and all their pixels."""
    parcels: Parcels = find_parcels(codes, [taker])
    if not len(parcels):
        return [], parcels.pixels
    sown = np.logical_or.reduceat(made[parcels.pixels], parcels.starts[:-1])
    return parcels.sizes[sown].tolist(), parcels.pixels[np.repeat(sown, parcels.sizes)]


def _touches(codes: NDArray[np.int16], pixels: NDArray[np.intp]) -> NDArray[np.float64]:
    if not pixels.size:
        return np.zeros(CODES)
    around = codes.ravel()[(pixels[:, None] + neighbours(codes.shape[1])).ravel()]
    touches = np.bincount(around, minlength=CODES).astype(float)
    touches[[codes.ravel()[pixels[0]], BEYOND]] = 0
    return touches
