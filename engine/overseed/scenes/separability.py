"""How far classes lie apart in the bands: the Jeffries–Matusita distance between their Gaussians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: A class needs this many sampled pixels, and this many per band, to have a covariance.
FEWEST = 30
PER_BAND = 2


@dataclass(frozen=True)
class Neighbour:
    """A class's spectrally nearest class; ``distance`` is 0 (alike) … 2 (apart)."""

    index: int
    distance: float


def nearest_classes(
    pixels: NDArray[Any], labels: NDArray[np.uint8], classes: int
) -> list[Neighbour | None]:
    """For each class its nearest one; ``None`` where too few pixels tell.

    Jeffries–Matusita distance ``2 (1 − exp(−B))`` with the Bhattacharyya distance B of two normal
    distributions (Richards 2013, section 10.2); below 1 a pixel classifier mixes two classes up, above 1.9
    it hardly does.

    Parameters
    ----------
    pixels, labels:
        ``(bands, n)`` in any type and ``(n,)`` class indices.
    """
    bands = len(pixels)
    models: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for index in range(classes):
        own = pixels[:, labels == index].astype(np.float64)
        if own.shape[1] >= max(FEWEST, PER_BAND * bands):
            models[index] = own.mean(axis=1), np.atleast_2d(np.cov(own))
    nearest: list[Neighbour | None] = [None] * classes
    for one, other in combinations(models, 2):
        distance = jeffries_matusita(*models[one], *models[other])
        for index, found in ((one, other), (other, one)):
            known = nearest[index]
            if known is None or distance < known.distance:
                nearest[index] = Neighbour(found, distance)
    return nearest


def jeffries_matusita(
    mean_1: NDArray[np.float64],
    covariance_1: NDArray[np.float64],
    mean_2: NDArray[np.float64],
    covariance_2: NDArray[np.float64],
) -> float:
    """The distance of two normal distributions, 0 … 2; bands that are constant in both say nothing."""
    pooled = (covariance_1 + covariance_2) / 2
    scale = np.sqrt(np.diag(pooled))
    use = scale > 0
    if not use.any():
        return 0.0 if np.array_equal(mean_1, mean_2) else 2.0

    def standardised(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
        inner = covariance[np.ix_(use, use)] / np.outer(scale[use], scale[use])
        # Bands that repeat each other would make it singular.
        return inner + 1e-6 * np.eye(len(inner))

    first, second, both = (standardised(c) for c in (covariance_1, covariance_2, pooled))
    difference = (mean_1 - mean_2)[use] / scale[use]
    apart = float(difference @ np.linalg.solve(both, difference)) / 8
    logs = [float(np.linalg.slogdet(c)[1]) for c in (both, first, second)]
    bhattacharyya: float = apart + 0.5 * (logs[0] - (logs[1] + logs[2]) / 2)
    return float(2 * (1 - np.exp(-max(0.0, bhattacharyya))))


def joined(parts: Sequence[tuple[NDArray[Any], NDArray[np.uint8]]]) -> tuple[Any, Any]:
    """Samples of several scenes as one."""
    return (
        np.concatenate([pixels for pixels, _ in parts], axis=1),
        np.concatenate([labels for _, labels in parts]),
    )
