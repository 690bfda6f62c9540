"""What is said of two sets of an encoder's features: KID, also class by class, FID, precision and recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.frechet import LEAST, frechet_distance
from overseed.assessment.kernel_distance import MOST_ROWS, kernel_distance, kid_interval
from overseed.assessment.manifolds import precision_and_recall

#: Crops of a class on each side from which it has a distance of its own.
LEAST_OF_CLASS = 50


def feature_distances(
    made: NDArray[np.floating[Any]],
    made_labels: Sequence[int],
    real: NDArray[np.floating[Any]],
    real_labels: Sequence[int],
    rng: np.random.Generator,
    force: bool = False,
) -> dict[str, Any] | None:
    """What :func:`~overseed.assessment.kernel_distance.kernel_distance` says, and more.

    Returns
    -------
    Beside the keys of that function: ``classes``, by class index ``estimate`` (with its interval) and ``n`` of
    those that have 50 crops on each side; ``precision`` and ``recall``, and ``real_precision`` and
    ``real_recall``, the same between two halves of the real features; ``fid`` with ``n``, ``None`` for fewer
    than 1000 crops on a side, unless ``force`` asks for it.
    """
    found = kernel_distance(made, made_labels, real, real_labels, rng)
    if found is None:
        return None
    ours, theirs = np.asarray(made_labels), np.asarray(real_labels)
    centre, scale = real.mean(axis=0), float(real.std()) or 1.0
    x, y = ((array - centre).astype(np.float64) / scale for array in (made, real))
    found["classes"] = {}
    for index in np.unique(ours):
        mine, others = (np.flatnonzero(group == index) for group in (ours, theirs))
        if min(len(mine), len(others)) >= LEAST_OF_CLASS:
            some = [rng.permutation(rows)[:MOST_ROWS] for rows in (mine, others)]
            estimate = kid_interval(x[some[0]], y[some[1]], ours[some[0]], theirs[some[1]], rng)
            found["classes"][int(index)] = {
                "estimate": list(estimate),
                "n": [len(rows) for rows in some],
            }
    order = rng.permutation(len(y))
    half = len(y) // 2
    for prefix, pair in (("", (x, y)), ("real_", (y[order[:half]], y[order[half:]]))):
        size = min(len(pair[0]), len(pair[1]), MOST_ROWS)
        both = precision_and_recall(*(rng.permutation(group)[:size] for group in pair))
        found[f"{prefix}precision"], found[f"{prefix}recall"] = both or (None, None)
    n = min(len(x), len(y))
    found["fid"] = (
        {"value": round(frechet_distance(made, real, force), 4), "n": n}
        if force or n >= LEAST
        else None
    )
    return found
