"""Bands that a picture does not show, from those that it does: a regression of each class on its real pixels.

Ridge regression (Hoerl & Kennard 1970) on the painted bands, their squares and products, in two steps: one
for all ground, and for each class what it differs by, shrunk towards nothing, so that a class of few pixels
keeps to what holds everywhere. What the regressions leave over is added again as noise with the class's own
covariance between bands and its likeness of neighbouring pixels: without it the bands would vary less than
real ones and follow the painted ones too well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.unlabelled import UNLABELLED

#: Pixels from which on a class's own slopes, and its own level, count more than those of all ground.
OWN_SLOPES, OWN_LEVEL = 20, 10
#: Painted values are kept within these percentiles of the training pixels before they are squared.
WITHIN = (0.5, 99.5)
#: Neighbours more alike than this would make noise smoother than a parcel is wide.
MOST_ALIKE = 0.9


@dataclass(frozen=True)
class BandRegression:
    """Regressions of ``k`` kinds of ground from ``p`` painted to ``r`` remaining bands, native units.

    ``kinds`` ``(k,)`` int64, class indices, first :data:`UNLABELLED` for any ground; ``centre``, ``scale``
    ``(k, p)`` and ``bounds`` ``(k, 2, p)`` of the painted bands; ``weights`` ``(k, features, r)``, those of a
    class for what it differs by from any ground; ``factors`` ``(k, r, r)``, whose product with its transpose is
    the covariance of what is left over; ``alike`` ``(k, r)``, how alike neighbours are in each of its columns.
    """

    kinds: NDArray[np.int64]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    bounds: NDArray[np.float32]
    weights: NDArray[np.float32]
    factors: NDArray[np.float32]
    alike: NDArray[np.float32]

    @classmethod
    def fit(
        cls, pairs: Mapping[int, NDArray[np.float32]], painted: list[int], rest: list[int]
    ) -> BandRegression:
        """Learn from pairs of neighbours ``(n, 2, bands)`` by class index, and :data:`UNLABELLED`."""
        kinds = sorted(pairs, key=lambda kind: (kind != UNLABELLED, kind))
        rows: list[tuple[NDArray[np.float64], ...]] = []
        for kind in kinds:
            both = pairs[kind].astype(np.float64)
            shown, left = both[..., painted], both[..., rest]
            if rows:
                left = left - _features(shown, *rows[0][:3]) @ rows[0][3]
            about = _about(shown[:, 0])
            weights = _weights(_features(shown[:, 0], *about), left[:, 0], own=bool(rows))
            left = left - _features(shown, *about) @ weights
            rows.append((*about, weights, *_noise_of(left)))
        columns = [np.stack(column).astype(np.float32) for column in zip(*rows, strict=True)]
        return cls(np.array(kinds, np.int64), *columns)

    def fill(
        self,
        painted: NDArray[np.float32],
        labels: NDArray[np.uint8],
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """The remaining bands ``(r, h, w)`` of one image, from its painted ones ``(p, h, w)``.

        ``labels`` ``(h, w)`` say which class's regression counts; classes without one take that of any ground.
        """
        shown = np.moveaxis(painted, 0, -1)
        made = self._told(0, shown)
        index = np.zeros(labels.shape, np.int64)
        for number, kind in enumerate(self.kinds.tolist()):
            index[labels == kind] = number
        for number in np.unique(index).tolist():
            here = index == number
            if number:
                made[here] += self._told(number, shown[here])
            white = rng.standard_normal((made.shape[-1], *labels.shape))
            likeness = self.alike[number].tolist()
            noise = np.stack([_smoothed(w, a) for w, a in zip(white, likeness, strict=True)])
            made[here] += np.einsum("ij,jhw->hwi", self.factors[number], noise)[here]
        return np.moveaxis(made, -1, 0).astype(np.float32)

    def _told(self, number: int, shown: NDArray[np.float32]) -> NDArray[np.float64]:
        told = _features(shown, self.centre[number], self.scale[number], self.bounds[number])
        return np.asarray(told @ self.weights[number])


def _about(shown: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Mean, deviation and bounds of pixels ``(n, p)``."""
    spread = shown.std(axis=0)
    # What does not vary explains nothing, but must not divide by zero.
    return (
        shown.mean(axis=0),
        np.where(spread > 0, spread, 1.0),
        np.percentile(shown, WITHIN, axis=0),
    )


def _weights(
    told: NDArray[np.float64], sought: NDArray[np.float64], own: bool
) -> NDArray[np.float64]:
    """Weights ``(features, r)``; a class's ``own`` are shrunk by how few its pixels are."""
    from sklearn.linear_model import Ridge

    weights = np.zeros((told.shape[1], sought.shape[1]))
    if not sought.shape[1]:
        return weights
    ridge = Ridge(alpha=OWN_SLOPES if own else 1.0)
    ridge.fit(told[:, 1:], sought)
    weights[1:] = ridge.coef_.reshape(sought.shape[1], -1).T
    share = len(sought) / (len(sought) + OWN_LEVEL) if own else 1.0
    middle = told[:, 1:].mean(axis=0) @ weights[1:]
    weights[0] = share * sought.mean(axis=0) - middle
    return weights


def _features(
    values: NDArray[np.floating],
    centre: NDArray[np.floating],
    scale: NDArray[np.floating],
    bounds: NDArray[np.floating],
) -> NDArray[np.float64]:
    """1, each band, and each product of two, of ``(…, p)``."""
    bands = (np.clip(values, bounds[0], bounds[1]) - centre) / scale
    first, second = np.triu_indices(bands.shape[-1])
    one = np.ones((*bands.shape[:-1], 1))
    return np.concatenate([one, bands, bands[..., first] * bands[..., second]], axis=-1)


def _noise_of(left: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What kind of noise is left over in pairs of neighbours ``(n, 2, r)``.

    Returns
    -------
    A matrix ``(r, r)`` whose product with its transpose is the covariance between bands, from uncorrelated
    components, and how alike neighbours are in each component ``(r,)``.
    """
    count = left.shape[-1]
    if len(left) < 2 or not count:
        return np.zeros((count, count)), np.zeros(count)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(left[:, 0], rowvar=False)))
    parts = (left - left.mean(axis=(0, 1))) @ vectors
    together = (parts[:, 0] * parts[:, 1]).mean(axis=0)
    alone = (parts**2).mean(axis=(0, 1))
    alike = np.divide(together, alone, out=np.zeros(count), where=alone > 0)
    return vectors * np.sqrt(np.maximum(values, 0)), np.clip(alike, 0, MOST_ALIKE)


def _smoothed(white: NDArray[np.float64], alike: float) -> NDArray[np.float64]:
    """Noise of unit variance whose neighbours have this correlation, of white noise ``(h, w)``.

    White noise under a Gaussian filter of deviation s has the correlation exp(-1 / 4s²) one pixel apart.
    """
    from scipy.ndimage import gaussian_filter

    if alike < 0.05:
        return white
    sigma = float(np.sqrt(-1 / (4 * np.log(alike))))
    impulse = np.zeros((31, 31))
    impulse[15, 15] = 1
    energy = np.square(gaussian_filter(impulse, sigma, mode="wrap", truncate=3)).sum()
    smooth = gaussian_filter(white, sigma, mode="wrap", truncate=3)
    return np.asarray(smooth / np.sqrt(energy))
