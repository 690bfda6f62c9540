"""Scores of a ranking: how well a class's probabilities put its members before all others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def average_precision(
    scores: NDArray[np.floating],
    positive: NDArray[np.bool_],
    weights: NDArray[np.number] | None = None,
) -> float:
    """Average precision: the mean precision at each member, members by falling score.

    Not interpolated: the sum of precisions times the recall each adds (Zhu 2004). Equal scores count as one
    step, so that their order does not matter.

    Parameters
    ----------
    scores, positive:
        ``(n,)``; the higher the score, the more it speaks for a member.
    weights:
        ``(n,)``, how often each counts; once when left out.

    Returns
    -------
    NaN where there is no member.
    """
    counts = np.ones(len(scores)) if weights is None else np.asarray(weights, np.float64)
    order = np.argsort(-scores, kind="stable")
    ranked, counts = scores[order], counts[order]
    hits = np.cumsum(counts * positive[order])
    if not len(hits) or hits[-1] == 0:
        return float("nan")
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    found, seen = hits[ends], np.cumsum(counts)[ends]
    precision = found / np.maximum(seen, 1e-12)
    return float((np.diff(found, prepend=0.0) * precision).sum() / hits[-1])


def class_average_precisions(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Average precision of each class, one against the rest, of probabilities ``(n, classes)``.

    NaN for classes that ``labels`` ``(n,)`` do not hold.
    """
    classes = range(probabilities.shape[1])
    return np.array([average_precision(probabilities[:, c], labels == c) for c in classes])
