"""Bands that a picture does not show, from those that it does: a regression of each class on its real pixels.

Ridge regression (Hoerl & Kennard 1970) on the painted bands, their squares and products. Each class's
coefficients are shrunk to those of all ground, so that a class of few pixels keeps to what holds everywhere.
What the regression leaves over is added again as noise with the class's own covariance between bands and its
likeness of neighbouring pixels: without it the bands would vary less than real ones and follow the painted
ones too well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.unlabelled import UNLABELLED

#: Weights of the shrinkage, for all ground and of a class to all ground; a pixel weighs about ten.
RIDGE, TO_ALL = 1.0, 100.0
#: Painted values are kept within these percentiles of the training pixels before they are squared.
WITHIN = (0.5, 99.5)
#: Neighbours more alike than this would make noise smoother than a parcel is wide.
MOST_ALIKE = 0.9


@dataclass(frozen=True)
class BandRegression:
    """Regressions of ``k`` kinds of ground from ``p`` painted to ``r`` remaining bands.

    ``kinds`` ``(k,)`` int64, class indices, :data:`UNLABELLED` for any ground; ``centre``, ``scale`` ``(p,)``;
    ``bounds`` ``(2, p)``; ``weights`` ``(k, features, r)``; ``factors`` ``(k, r, r)``, whose product with its
    transpose is the covariance of what is left over; ``alike`` ``(k, r)``, how alike neighbours are in each of
    its columns. Painted bands are in native units throughout.
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
        from sklearn.linear_model import Ridge

        everywhere = pairs[UNLABELLED][:, 0].astype(np.float64)
        centre = everywhere[:, painted].mean(axis=0)
        scale = everywhere[:, painted].std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        shown = np.concatenate([values[:, 0][:, painted] for values in pairs.values()])
        bounds = np.percentile(shown, WITHIN, axis=0)
        kinds = sorted(pairs, key=lambda kind: (kind != UNLABELLED, kind))
        weights: list[NDArray[np.float64]] = []
        factors, alike = [], []
        for kind in kinds:
            both = pairs[kind].astype(np.float64)
            told = _features(both[..., painted], centre, scale, bounds)
            sought = both[..., rest]
            common = weights[0] if weights else np.zeros((told.shape[-1], len(rest)))
            if rest:
                ridge = Ridge(alpha=TO_ALL if weights else RIDGE, fit_intercept=False)
                ridge.fit(told[:, 0], sought[:, 0] - told[:, 0] @ common)
                common = common + ridge.coef_.reshape(len(rest), -1).T
            weights.append(common)
            left = sought - told @ weights[-1]
            factor, likeness = _noise_of(left)
            factors.append(factor)
            alike.append(likeness)
        return cls(
            np.array(kinds, np.int64),
            *(
                np.asarray(values, np.float32)
                for values in (centre, scale, bounds, weights, factors, alike)
            ),
        )

    def fill(
        self,
        painted: NDArray[np.float32],
        labels: NDArray[np.uint8],
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """The remaining bands ``(r, h, w)`` of one image, from its painted ones ``(p, h, w)``.

        ``labels`` ``(h, w)`` say which class's regression counts; classes without one take that of any ground.
        """
        height, width = labels.shape
        told = _features(np.moveaxis(painted, 0, -1), self.centre, self.scale, self.bounds)
        made = np.empty((height, width, self.weights.shape[2]), np.float32)
        known = self.kinds.tolist()
        index = np.zeros(labels.shape, np.int64)
        for number, kind in enumerate(known):
            index[labels == kind] = number
        for number in np.unique(index).tolist():
            here = index == number
            white = rng.standard_normal((made.shape[2], height, width))
            likeness = self.alike[number].tolist()
            noise = np.stack([_smoothed(w, a) for w, a in zip(white, likeness, strict=True)])
            coloured = np.einsum("ij,jhw->hwi", self.factors[number], noise)
            made[here] = (told[here] @ self.weights[number] + coloured[here]).astype(np.float32)
        return np.moveaxis(made, -1, 0)


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
