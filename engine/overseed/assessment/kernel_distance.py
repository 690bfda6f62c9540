"""Kernel Inception distance between sets of features, by subsets, beside that between real and real.

Bińkowski, Sutherland, Arbel & Gretton, "Demystifying MMD GANs", 2018: the squared maximum mean discrepancy
with the kernel (x·y / d + 1)³, estimated without bias, so that few images suffice and equal distributions
give 0 in the mean. What is kept apart from the paper is the encoder, which is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Random subsets, drawn without replacement.
SUBSETS = 200
#: Largest subset.
SUBSET = 100
#: The interval over subsets, in percent.
INTERVAL = (5.0, 95.0)
#: A class with fewer real features is left out.
LEAST_REAL = 4


def mmd2(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    one_labels: NDArray[Any] | None = None,
    other_labels: NDArray[Any] | None = None,
) -> float:
    """Unbiased squared maximum mean discrepancy of ``(n, d)`` and ``(m, d)``, at least two rows of each class.

    With labels the sets are taken for draws of fixed size from each class. Pairs of one class are then fewer
    within a set, where no row meets itself, than between sets; so means are taken per pair of classes
    and weighed by the classes' shares in the first set.
    """
    mine = np.zeros(len(one)) if one_labels is None else one_labels
    theirs = np.zeros(len(other)) if other_labels is None else other_labels
    own, between = _kernel(one, one), _kernel(one, other)
    far = _kernel(other, other)
    total = 0.0
    for a in np.unique(mine):
        for b in np.unique(mine):
            weight = float((mine == a).mean() * (mine == b).mean())
            within = _pair_mean(own, mine, a, b) + _pair_mean(far, theirs, a, b)
            cross = between[np.ix_(mine == a, theirs == b)].mean()
            total += weight * (within - 2 * float(cross))
    return total


def kernel_distance(
    made: NDArray[np.floating[Any]],
    made_labels: Sequence[int],
    real: NDArray[np.floating[Any]],
    real_labels: Sequence[int],
    rng: np.random.Generator,
) -> dict[str, Any] | None:
    """KID of synthetic against real features and of real against real, classes matched one to one.

    Each subset holds, of every class, equally many synthetic and real features; real ones are compared with
    as many other real ones.

    Parameters
    ----------
    made, real:
        ``(n, d)`` features.
    made_labels, real_labels:
        Their class indices.

    Returns
    -------
    ``synthetic`` and ``real``, each ``[mean, low, high]`` over the subsets; ``n``, the features in each subset
    and side; ``pool``, how many synthetic and real ones they are drawn from. ``None`` where no class has at
    least four real and two synthetic ones.
    """
    ours, theirs = np.asarray(made_labels), np.asarray(real_labels)
    sizes = {
        int(index): min(int((ours == index).sum()), int((theirs == index).sum()) // 2)
        for index in np.unique(ours)
        if (theirs == index).sum() >= LEAST_REAL and (ours == index).sum() >= 2
    }
    if not sizes:
        return None
    total = sum(sizes.values())
    shrink = min(1.0, SUBSET / total)
    sizes = {index: max(2, int(size * shrink)) for index, size in sizes.items()}
    # Features of a scale of their own would leave the kernel to a few large ones.
    centre, scale = real.mean(axis=0), float(real.std()) or 1.0
    x, y = ((array - centre).astype(np.float64) / scale for array in (made, real))
    rows = []
    for _ in range(SUBSETS):
        picked: list[list[NDArray[np.intp]]] = [[], [], []]
        for index, size in sizes.items():
            order = rng.permutation(np.flatnonzero(theirs == index))
            picked[0].append(rng.permutation(np.flatnonzero(ours == index))[:size])
            picked[1].append(order[:size])
            picked[2].append(order[size : 2 * size])
        some, one, other = (np.concatenate(part) for part in picked)
        rows.append(
            (
                mmd2(x[some], y[one], ours[some], theirs[one]),
                mmd2(y[other], y[one], theirs[other], theirs[one]),
            )
        )
    found = {
        name: [float(v) for v in (values.mean(), *np.percentile(values, INTERVAL))]
        for name, values in zip(("synthetic", "real"), np.array(rows).T, strict=True)
    }
    known = np.isin(ours, list(sizes)).sum(), np.isin(theirs, list(sizes)).sum()
    return found | {"n": sum(sizes.values()), "pool": [int(n) for n in known]}


def _pair_mean(kernel: NDArray[np.float64], labels: NDArray[Any], a: Any, b: Any) -> float:
    """Mean over pairs of different rows, the first of class ``a``, the second of class ``b``."""
    part = kernel[np.ix_(labels == a, labels == b)]
    if a != b:
        return float(part.mean())
    return float((part.sum() - np.trace(part)) / (len(part) * (len(part) - 1)))


def _kernel(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return (one @ other.T / one.shape[1] + 1) ** 3
