"""Which training chip a made chip is most like, and whether it is nearer than real chips come to one another.

Distances are Euclidean ones of an encoder's features, which change little when a chip is turned or mirrored, so
that a mirrored copy is found too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Percentile of the distances from real chips to the nearest other one, below which a made chip is a near copy.
COPY_PERCENTILE = 1.0
#: Real chips of a class from which the usual distance is known.
LEAST_REAL = 4

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Nearest:
    """For each of ``n`` made chips the row of the nearest training chip of its class, and how near it is.

    ``rows`` is -1 and ``distances`` NaN where the class has no training chip. ``near`` says which are near
    copies; ``limits`` has, by class index, the distance below which they are.
    """

    rows: NDArray[np.int64]
    distances: NDArray[np.float64]
    near: NDArray[np.bool_]
    limits: dict[int, float]


def nearest_of(
    made: Floats,
    made_labels: NDArray[np.int64],
    training: Floats,
    training_labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    others: Floats,
    other_labels: NDArray[np.int64],
) -> Nearest:
    """Find the nearest training chip of each made one.

    Parameters
    ----------
    made, training, others:
        ``(n, d)`` features; ``others`` are of real chips that no training saw.
    groups:
        Of the training chips: those of one group lie on the same ground, or show the same, and are not held
        against each other.
    """
    rows = np.full(len(made), -1, np.int64)
    distances = np.full(len(made), np.nan)
    near = np.zeros(len(made), bool)
    limits: dict[int, float] = {}
    for index in np.unique(made_labels).tolist():
        mine = np.flatnonzero(made_labels == index)
        theirs = np.flatnonzero(training_labels == index)
        if not len(theirs):
            continue
        apart = _distances(made[mine], training[theirs])
        rows[mine] = theirs[apart.argmin(axis=1)]
        distances[mine] = apart.min(axis=1)
        usual = _usual(training[theirs], groups[theirs], others[other_labels == index])
        if len(usual) >= LEAST_REAL:
            limits[index] = float(np.percentile(usual, COPY_PERCENTILE))
            near[mine] = distances[mine] < limits[index]
    return Nearest(rows, distances, near, limits)


def _usual(training: Floats, groups: NDArray[np.int64], others: Floats) -> NDArray[np.float64]:
    """How far real chips are from the nearest training chip of another group."""
    within = _distances(training, training)
    within[groups[:, None] == groups] = np.inf
    found = [within.min(axis=1)]
    if len(others):
        found.append(_distances(others, training).min(axis=1))
    usual = np.concatenate(found)
    return usual[np.isfinite(usual)]


def _distances(one: Floats, other: Floats) -> NDArray[np.float64]:
    from scipy.spatial.distance import cdist

    found: NDArray[np.float64] = cdist(one, other)
    return found
