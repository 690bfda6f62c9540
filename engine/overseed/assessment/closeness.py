"""One number for how far made pixels are from real ones of the same classes; small is near.

Meant for choosing among weights during a training, on validation ground. The figures that are reported are
finer (:mod:`overseed.assessment.fidelity`), and are not what was chosen by.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from overseed.unlabelled import UNLABELLED

#: Lags in pixels, down and right, at which texture is compared.
LAGS = ((0, 1), (1, 0), (0, 2), (2, 0), (0, 4), (4, 0))
#: Fewer pixels, or pairs of them, of a class say nothing.
FEWEST = 50
#: Pixels of a class whose values are compared; more would only take time and memory.
MOST = 20_000
PARTS = ("levels", "mixture", "texture", "sum")
_QUANTILES = np.linspace(0.005, 0.995, 100)


def distance(
    made: NDArray[np.float32],
    real: NDArray[np.float32],
    labels: NDArray[np.uint8],
    where: NDArray[np.bool_],
) -> Mapping[str, float]:
    """Distances between ``made`` and ``real``, standardised ``(n, bands, h, w)``, pixels in ``where``.

    Means over the classes that have pixels there, ``labels`` ``(n, h, w)``.

    Returns
    -------
    ``levels``: Wasserstein-1 distance of a band's values, mean over bands. ``mixture``: root mean square
    difference of the bands' correlations. ``texture``: absolute log ratio of the variograms (Matheron
    1963), mean over bands and lags. ``sum``: all three. NaN where there is nothing to compare, infinite where
    ``made`` is no number.
    """
    if not np.isfinite(np.moveaxis(made, 1, -1)[where]).all():
        return dict.fromkeys(PARTS, float("inf"))
    rows = []
    for index in np.unique(labels[where]):
        own = where & (labels == index)
        if index != UNLABELLED and own.sum() >= FEWEST:
            rows.append((*_levels_and_mixture(made, real, own), _texture(made, real, own)))
    if not rows:
        return dict.fromkeys(PARTS, float("nan"))
    levels, mixture, texture = np.nanmean(np.array(rows), axis=0).tolist()
    return {
        "levels": levels,
        "mixture": mixture,
        "texture": texture,
        "sum": float(np.nansum([levels, mixture, texture])),
    }


def _levels_and_mixture(
    made: NDArray[np.float32], real: NDArray[np.float32], own: NDArray[np.bool_]
) -> tuple[float, float]:
    at = np.nonzero(own)
    thin = slice(None, None, -(-len(at[0]) // MOST))
    tile, row, col = (index[thin] for index in at)
    values = [image[tile, :, row, col].astype(np.float64) for image in (made, real)]
    quantiles = [np.quantile(v, _QUANTILES, axis=0) for v in values]
    levels = float(np.abs(quantiles[0] - quantiles[1]).mean())
    correlations = [_correlation(v) for v in values]
    return levels, float(np.sqrt(((correlations[0] - correlations[1]) ** 2).mean()))


def _correlation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    covariance = np.atleast_2d(np.cov(values.T))
    deviation = np.sqrt(np.diag(covariance) + 1e-9)
    return covariance / np.outer(deviation, deviation)


def _texture(made: NDArray[np.float32], real: NDArray[np.float32], own: NDArray[np.bool_]) -> float:
    """NaN where the class has too few pairs of pixels at every lag."""
    ratios = []
    for down, right in LAGS:
        here = (..., slice(own.shape[-2] - down), slice(own.shape[-1] - right))
        there = (..., slice(down, None), slice(right, None))
        pairs = own[here] & own[there]
        if pairs.sum() < FEWEST:
            continue
        power = [
            (np.moveaxis(image[here] - image[there], 1, -1)[pairs] ** 2).mean(axis=0) + 1e-4
            for image in (made, real)
        ]
        ratios.append(np.abs(np.log(power[0] / power[1])).mean())
    return float(np.mean(ratios)) if ratios else float("nan")
