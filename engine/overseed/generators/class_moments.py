"""Running first and second moments of the classes: of pixels, of pairs at a distance, and of parcels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.generators.components import find_components
from overseed.generators.coregionalization import LAGS
from overseed.tiles.sampling import Batch
from overseed.tiles.statistics import BandStats

#: Pixels, and pairs of each lag, that one batch adds at most for a class: enough for a stable mean, and 200
#: bands stay quick.
PIXELS = 4000
#: What a pair counts that reaches into a parcel's outermost pixels, which are mixed with the neighbours'. It
#: decides only for classes that are nowhere wide enough to have others.
OUTERMOST = 0.02
#: Parcels of a class that are kept; with more, every second one is let go, then every fourth …
PARCELS = 1000


@dataclass(frozen=True)
class ParcelMoments:
    """Parcels of one class, in standardised bands.

    ``areas`` ``(n,)`` in pixels; ``means`` ``(n, bands)``; ``steps`` ``(n,)``, the mean squared difference of
    neighbouring pixels, summed over the bands, and ``pairs`` ``(n,)``, of how many.
    """

    areas: NDArray[np.float64]
    means: NDArray[np.float64]
    steps: NDArray[np.float64]
    pairs: NDArray[np.float64]


class ClassMoments:
    """Moments of each class and, as the last index, of all that is visible, whatever its label.

    All are of standardised bands. Memory is bounded: sums, and at most :data:`PARCELS` parcels of a class.
    """

    def __init__(self, stats: BandStats, classes: int) -> None:
        self._stats = stats
        self._classes = classes
        bands = len(stats.names)
        kinds = classes + 1
        self.counts = np.zeros(kinds, np.int64)
        #: Pairs of each class and lag, ``(classes + 1, lags)``; see :data:`OUTERMOST`.
        self.pairs = np.zeros((kinds, len(LAGS)))
        self._sums = np.zeros((kinds, bands))
        self._squares = np.zeros((kinds, bands, bands))
        self._differences = np.zeros((kinds, len(LAGS), bands, bands), np.float32)
        self._parcels: list[list[NDArray[np.float32]]] = [[] for _ in range(kinds)]
        self._met = np.zeros(kinds, np.int64)
        self._every = np.ones(kinds, np.int64)

    def add(self, batch: Batch) -> dict[str, float]:
        """Take a batch in; returns how many pixels were looked at, and how many classes."""
        scaled = np.moveaxis(self._stats.scale(batch.images, batch.visible), 1, -1)
        known = batch.visible & (batch.labels < self._classes)
        anything = np.zeros_like(batch.labels)
        for labels, inside, first in (
            (batch.labels, known, 0),
            (anything, batch.visible, self._classes),
        ):
            found = find_components(labels, inside)
            owners = found.labels.astype(np.int64) + first
            self._add_pixels(scaled, found.ids, owners)
            self._add_pairs(scaled, found.ids, owners)
            self._add_parcels(scaled, found.ids, owners)
        return {
            "classes": int((self.counts[:-1] > 0).sum()),
            "pixels": int(self.counts[:-1].sum()),
        }

    def mean(self, index: int) -> NDArray[np.float64]:
        """Mean of a class ``(bands,)``; 0, the scene's mean, without pixels."""
        return self._sums[index] / max(1, self.counts[index])

    def covariance(self, index: int) -> NDArray[np.float64]:
        """Covariance of a class's pixels ``(bands, bands)``."""
        mean = self.mean(index)
        return self._squares[index] / max(1, self.counts[index]) - np.outer(mean, mean)

    def variograms(self, index: int) -> NDArray[np.float64]:
        """Cross-variogram within parcels of a class, for each entry of ``LAGS``: ``(lags, bands, bands)``."""
        pairs = np.maximum(OUTERMOST, self.pairs[index])[:, None, None]
        return self._differences[index] / (2.0 * pairs)

    def parcels(self, index: int) -> ParcelMoments:
        """The parcels of a class."""
        bands = len(self._stats.names)
        rows = np.array(self._parcels[index], np.float64).reshape(-1, bands + 3)
        return ParcelMoments(rows[:, 0], rows[:, 3:], rows[:, 1], rows[:, 2])

    def _add_pixels(
        self, scaled: NDArray[np.float32], ids: NDArray[np.int32], owners: NDArray[np.int64]
    ) -> None:
        for index, where in _by_class(ids, owners):
            values = scaled.reshape(-1, scaled.shape[-1])[where].astype(np.float64)
            self.counts[index] += len(values)
            self._sums[index] += values.sum(axis=0)
            self._squares[index] += values.T @ values

    def _add_pairs(
        self, scaled: NDArray[np.float32], ids: NDArray[np.int32], owners: NDArray[np.int64]
    ) -> None:
        inner = _inner(ids)
        for lag, steps in enumerate(LAGS):
            for step in steps:
                one, other = _shifted(step)
                paired = np.where(ids[one] == ids[other], ids[one], -1)
                weights = np.where(inner[one] & inner[other], np.float32(1), np.float32(OUTERMOST))
                ends = scaled[one], scaled[other]
                for index, where in _by_class(paired, owners):
                    place = np.unravel_index(where, paired.shape)
                    apart = ends[0][place] - ends[1][place]
                    weight = weights[place]
                    self.pairs[index, lag] += weight.sum()
                    self._differences[index, lag] += (apart.T * weight) @ apart

    def _add_parcels(
        self, scaled: NDArray[np.float32], ids: NDArray[np.int32], owners: NDArray[np.int64]
    ) -> None:
        count = len(owners)
        where = np.flatnonzero(ids >= 0)
        flat = ids.ravel()[where]
        areas = np.bincount(flat, minlength=count)
        rows = np.zeros((count, 3 + scaled.shape[-1]), np.float32)
        rows[:, 0] = areas
        for band in range(scaled.shape[-1]):
            total = np.bincount(flat, scaled[..., band].ravel()[where], minlength=count)
            rows[:, 3 + band] = total / areas
        for step in LAGS[0]:
            one, other = _shifted(step)
            paired = (ids[one] == ids[other]) & (ids[one] >= 0)
            owner = ids[one][paired]
            square = ((scaled[one][paired] - scaled[other][paired]) ** 2).sum(axis=1)
            rows[:, 1] += np.bincount(owner, square, minlength=count)
            rows[:, 2] += np.bincount(owner, minlength=count)
        rows[:, 1] /= np.maximum(1, rows[:, 2])
        for index, row in zip(owners.tolist(), rows, strict=True):
            if self._met[index] % self._every[index] == 0:
                self._parcels[index].append(row)
            self._met[index] += 1
            if len(self._parcels[index]) > PARCELS:
                self._parcels[index] = self._parcels[index][::2]
                self._every[index] *= 2


def _by_class(
    ids: NDArray[np.int32], owners: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each class with its flat places, evenly thinned to at most :data:`PIXELS`."""
    where = np.flatnonzero(ids >= 0)
    found = owners[ids.ravel()[where]]
    for index in np.unique(found).tolist():
        own = where[found == index]
        yield index, own[:: -(-len(own) // PIXELS)]


def _inner(ids: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Pixels whose 8 neighbours are all of their parcel; a tile's edge is no border."""
    padded = np.pad(ids, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = np.stack([padded[:, i : i + ids.shape[1]] for i in range(3)])
    alike = (rows == rows[1]).all(axis=0)
    middle = rows[1]
    sides = [slice(None, -2), slice(1, -1), slice(2, None)]
    same = np.ones(ids.shape, bool)
    for side in sides:
        same &= alike[:, :, side] & (middle[:, :, side] == ids)
    return same & (ids >= 0)


def _shifted(step: tuple[int, int]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Two windows of ``(n, height, width, …)`` that lie a step of rows and columns apart."""
    ends: list[list[slice]] = [[slice(None)], [slice(None)]]
    for by in step:
        ends[0].append(slice(None, -by or None) if by >= 0 else slice(-by, None))
        ends[1].append(slice(by, None) if by >= 0 else slice(None, by))
    return tuple(ends[0]), tuple(ends[1])
