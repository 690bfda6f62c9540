"""Repeats: samples that show what an accepted one shows at the same place of the tile."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.patches import SIDE, cut_squares, distance_of, unit_patches
from overseed.assessment.regions import count_inside
from overseed.tiles.statistics import BandStats
from overseed.unlabelled import UNLABELLED

#: Random directions that stand for a patch: distances come out within a few percent (Johnson & Lindenstrauss
#: 1984).
DIRECTIONS = 128
#: Two samples are compared where they share this many patches of the same class.
LEAST_SHARED = 3
#: Distance that patches count as repeated below, where no distance between real patches is known.
REPEATED = 0.5


@dataclass
class Repeats:
    """The accepted samples so far. ``limits`` by class index: distance that counts as a repetition.

    A generator that has collapsed repeats itself at the same place, whatever the layout around it; the same
    parcel put elsewhere or turned is another sample.
    """

    stats: BandStats
    limits: dict[int, float]
    seed: int
    _seen: list[tuple[NDArray[np.uint8], NDArray[np.float16]]] = field(default_factory=list)
    _exact: set[bytes] = field(default_factory=set)

    def repeats(
        self, image: NDArray[np.generic], labels: NDArray[np.uint8], inner: NDArray[np.bool_]
    ) -> bool:
        """Whether a sample repeats an accepted one; arguments as for the gate."""
        if _digest(image, inner) in self._exact:
            return True
        classes, codes = self._codes(image, labels, inner)
        limits = np.full(256, REPEATED)
        for index, limit in self.limits.items():
            limits[index] = limit
        for other_classes, other_codes in self._seen:
            shared = (classes == other_classes) & (classes != UNLABELLED)
            if shared.sum() < LEAST_SHARED:
                continue
            alike = (codes[shared].astype(np.float32) * other_codes[shared]).sum(axis=-1)
            if np.median(distance_of(alike) / limits[classes[shared]]) < 1:
                return True
        return False

    def add(
        self, image: NDArray[np.generic], labels: NDArray[np.uint8], inner: NDArray[np.bool_]
    ) -> None:
        """Keep an accepted sample in mind."""
        self._exact.add(_digest(image, inner))
        self._seen.append(self._codes(image, labels, inner))

    def _codes(
        self, image: NDArray[np.generic], labels: NDArray[np.uint8], inner: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        """Class of each patch of a fixed grid, 255 where it is not wholly made or flat, and its code."""
        height, width = (length // SIDE for length in labels.shape)
        corners = SIDE * np.indices((height, width)).reshape(2, -1).T
        classes = labels[corners[:, 0], corners[:, 1]].copy()
        same = np.zeros(len(corners), bool)
        for index in np.unique(classes):
            whole = count_inside(inner & (labels == index), SIDE) == SIDE * SIDE
            same |= (classes == index) & whole[corners[:, 0], corners[:, 1]]
        codes = np.zeros((len(corners), DIRECTIONS), np.float32)
        if same.any():
            squares = cut_squares(image, corners[same], SIDE)
            units, flat = unit_patches(
                self.stats.scale(squares, np.ones((len(squares), SIDE, SIDE), bool))
            )
            codes[same] = units @ self._directions(units.shape[1])
            same[np.flatnonzero(same)[flat]] = False
        codes /= np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-9)
        return np.where(same, classes, 255).astype(np.uint8), codes.astype(np.float16)

    def _directions(self, length: int) -> NDArray[np.float32]:
        rng = np.random.default_rng([self.seed, length])
        return rng.standard_normal((length, DIRECTIONS), np.float32)


def _digest(image: NDArray[np.generic], inner: NDArray[np.bool_]) -> bytes:
    """Fingerprint of the made pixels and their place."""
    made = np.ascontiguousarray(image[:, inner])
    return hashlib.sha256(made.tobytes() + np.packbits(inner).tobytes()).digest()
