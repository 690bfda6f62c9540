"""One number for how far made pixels are from real ones of the same classes; small is near.

Meant for choosing among weights during a training, on validation ground. The figures that are reported are
finer (:mod:`overseed.assessment.fidelity`), and are not what was chosen by.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

UNLABELLED = 255
#: Scales, in pixels, at which the strength of texture is compared.
SCALES = (1, 2, 4)
#: Fewer pixels of a class say nothing.
FEWEST = 50
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
    difference of the bands' correlations. ``texture``: absolute log ratio of the mean squared Laplacian,
    mean over bands and scales. ``sum``: all three. NaN where there is nothing to compare.
    """
    rows = []
    for index in np.unique(labels[where]):
        own = where & (labels == index)
        if index != UNLABELLED and own.sum() >= FEWEST:
            rows.append((*_levels_and_mixture(made, real, own), _texture(made, real, own)))
    if not rows:
        return dict.fromkeys(("levels", "mixture", "texture", "sum"), float("nan"))
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
    values = [np.moveaxis(image, 1, -1)[own].astype(np.float64) for image in (made, real)]
    quantiles = [np.quantile(v, _QUANTILES, axis=0) for v in values]
    levels = float(np.abs(quantiles[0] - quantiles[1]).mean())
    correlations = [_correlation(v) for v in values]
    return levels, float(np.sqrt(((correlations[0] - correlations[1]) ** 2).mean()))


def _correlation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    covariance = np.atleast_2d(np.cov(values.T))
    deviation = np.sqrt(np.diag(covariance) + 1e-9)
    return covariance / np.outer(deviation, deviation)


def _texture(made: NDArray[np.float32], real: NDArray[np.float32], own: NDArray[np.bool_]) -> float:
    """NaN where the class has no place that is wide enough."""
    ratios = []
    for scale in SCALES:
        inside = _blocks(own[:, None].astype(np.float32), scale)[:, 0] > 0.999
        core = inside[:, 1:-1, 1:-1].copy()
        for part in (
            inside[:, :-2, 1:-1],
            inside[:, 2:, 1:-1],
            inside[:, 1:-1, :-2],
            inside[:, 1:-1, 2:],
        ):
            core &= part
        if not core.any():
            continue
        energy = []
        for image in (made, real):
            small = _blocks(image, scale)
            centre = small[:, :, 1:-1, 1:-1]
            around = small[:, :, :-2, 1:-1] + small[:, :, 2:, 1:-1]
            around = around + small[:, :, 1:-1, :-2] + small[:, :, 1:-1, 2:]
            detail = centre - around / 4
            energy.append((np.moveaxis(detail, 1, -1)[core] ** 2).mean(axis=0))
        ratios.append(np.abs(np.log((energy[0] + 1e-4) / (energy[1] + 1e-4))).mean())
    return float(np.mean(ratios)) if ratios else float("nan")


def _blocks(images: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """Means over squares of ``scale`` pixels; a rest at the edge is left out."""
    n, channels, height, width = images.shape
    rows, cols = height // scale, width // scale
    cut = images[:, :, : rows * scale, : cols * scale]
    return cut.reshape(n, channels, rows, scale, cols, scale).mean(axis=(3, 5))
