"""How much of synthetic ground looks real, and how much of real ground is met: precision and recall.

Kynkäänniemi, Karras, Laine, Lehtinen & Aila, "Improved precision and recall metric for assessing generative
models", 2019: a set's manifold is the union of balls about its features that reach to the k-th neighbour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Neighbours, as in the paper.
NEIGHBOURS = 3


def precision_and_recall(
    made: NDArray[np.floating[Any]], real: NDArray[np.floating[Any]]
) -> tuple[float, float] | None:
    """Share of ``made`` ``(n, d)`` in the manifold of ``real`` ``(m, d)``, and the other way round.

    Both sets are thinned to equal size by the caller, since larger sets have finer manifolds. ``None`` for sets
    of no more than the neighbours.
    """
    if min(len(made), len(real)) <= NEIGHBOURS:
        return None
    between = _distances(made, real)
    reach_real = np.sort(_distances(real, real), axis=1)[:, NEIGHBOURS]
    reach_made = np.sort(_distances(made, made), axis=1)[:, NEIGHBOURS]
    precision = (between <= reach_real[None]).any(axis=1).mean()
    recall = (between.T <= reach_made[None]).any(axis=1).mean()
    return float(precision), float(recall)


def _distances(
    one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    first, second = one.astype(np.float64), other.astype(np.float64)
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    return np.sqrt(np.maximum(squares, 0))
