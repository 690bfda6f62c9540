"""Points of a sample for each stratum (Olofsson et al. 2014, section 5.1; Cochran 1977, chapter 5)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

#: A stratum's variance takes two points to tell.
LEAST = 2


def equal(pixels: NDArray[np.int64], points: int, least: int = LEAST) -> NDArray[np.int64]:
    """As many for each stratum."""
    return spread(points, np.ones(len(pixels)), pixels, least)


def proportional(pixels: NDArray[np.int64], points: int, least: int = LEAST) -> NDArray[np.int64]:
    """By the strata's sizes, so that every pixel is as likely."""
    return spread(points, pixels.astype(float), pixels, least)


def neyman(
    pixels: NDArray[np.int64], points: int, accuracies: Sequence[float], least: int = LEAST
) -> NDArray[np.int64]:
    """By size and spread, which makes the overall accuracy's standard error as small as it can be.

    Parameters
    ----------
    accuracies:
        The user's accuracy that is expected of each stratum's class, between 0 and 1.
    """
    expected = np.asarray(accuracies, float)
    return spread(points, pixels * np.sqrt(expected * (1 - expected)), pixels, least)


def spread(
    points: int, weights: NDArray[np.float64], pixels: NDArray[np.int64], least: int = LEAST
) -> NDArray[np.int64]:
    """Part points by weights: at least so many for each stratum, and no more than it has pixels.

    The sum is ``points`` where that is possible; what a full stratum cannot take goes to the others.
    """
    fewest = np.minimum(least, pixels)
    wanted = int(np.clip(points, fewest.sum(), pixels.sum()))
    weights = np.maximum(np.asarray(weights, float), 1e-12 * max(1.0, float(np.max(weights))))
    # The level at which clipped shares add up, by halving.
    low, high = 0.0, wanted / weights.min() + 1
    for _ in range(200):
        middle = (low + high) / 2
        if np.clip(weights * middle, fewest, pixels).sum() < wanted:
            low = middle
        else:
            high = middle
    shares = np.clip(weights * high, fewest, pixels)
    found = np.floor(shares + 1e-9).astype(np.int64)
    # Largest remainders first; the earlier stratum where they are alike.
    room = np.flatnonzero(found < pixels)
    order = room[np.argsort(-(shares - found)[room], kind="stable")]
    while found.sum() < wanted:
        for index in order[: wanted - int(found.sum())]:
            found[index] += found[index] < pixels[index]
    return found


def points_for_error(pixels: int, accuracy: float, error: float) -> int:
    """Points of a class's stratum with which its user's accuracy has at most that standard error.

    Parameters
    ----------
    accuracy:
        The user's accuracy that is expected; 0.5 asks for most.
    """
    endless = accuracy * (1 - accuracy) / error**2 + 1
    # With the correction for finite populations a small stratum needs fewer.
    return min(pixels, max(LEAST, math.ceil(endless / (1 + (endless - 1) / pixels) - 1e-9)))


def with_targets(
    found: NDArray[np.int64], targets: Mapping[int, int], pixels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Raise strata to the numbers that their targets ask for; the others keep theirs."""
    raised = found.copy()
    for index, points in targets.items():
        raised[index] = min(int(pixels[index]), max(int(raised[index]), points))
    return raised
