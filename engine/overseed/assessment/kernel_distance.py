"""Kernel Inception distance between sets of features, by subsets, beside that between real and real.

Bińkowski, Sutherland, Arbel & Gretton, "Demystifying MMD GANs", 2018: the squared maximum mean discrepancy
with the kernel (x·y / d + 1)³, estimated without bias, so that few images suffice and equal distributions
give 0 in the mean. What is kept apart from the paper is the encoder, which is the caller's.

The paper gives no interval. The estimate is spread by chance as it is when rows change sides (a permutation
test, Gretton et al., "A kernel two-sample test", 2012) and, between different distributions, also as the rows'
own contributions are (Hoeffding's projection). How often the interval holds the truth is tested.
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
#: Rows of each side that the confidence interval is made from, and changes of sides.
MOST_ROWS, CHANGES = 1000, 200
LEVEL, Z = 0.95, 1.959964


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


def kid_interval(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    one_labels: NDArray[Any],
    other_labels: NDArray[Any],
    rng: np.random.Generator,
) -> tuple[float, float, float]:
    """The distance of two sets as :func:`mmd2` has it, with the ends of its 95 % interval.

    Rows change sides within their class. The rows of a set must not depend on one another; where several come
    from one place, the interval is too short.
    """
    pooled, labels = np.concatenate([one, other]), np.concatenate([one_labels, other_labels])
    kernel = _kernel(pooled, pooled)
    first = np.arange(len(pooled)) < len(one)
    sides = np.repeat(first[:, None], CHANGES + 1, axis=1).astype(float)
    for index in np.unique(labels):
        own = np.flatnonzero(labels == index)
        for column in range(1, CHANGES + 1):
            sides[own, column] = first[rng.permutation(own)]
    found = _distances(kernel, labels, sides)
    value = float(found[0])
    fall, rise = np.quantile(found[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    error, noisy = _projected_error(kernel, labels, first)
    # What makes the estimate too high by chance is to be taken off, and the other way round.
    low = value - max(float(rise), Z * error)
    if low <= 0 < value - rise:
        # The permutation test finds a difference, so none is no possible value.
        low = value - float(rise)
    # Where there is a difference, the estimate and its error rise together, and the upper end needs more room.
    room = float(np.hypot(fall, Z * noisy)) if low > 0 else max(-float(fall), Z * error)
    return value, low, value + room


def _distances(
    kernel: NDArray[np.float64], labels: NDArray[Any], sides: NDArray[np.float64]
) -> NDArray[np.float64]:
    """:func:`mmd2` for each column of ``sides`` ``(n, columns)``, 1 for rows of the first set."""
    total = np.zeros(sides.shape[1])
    classes = np.unique(labels)
    counts = {index: sides[labels == index].sum(axis=0) for index in classes}
    everything = sides.sum(axis=0)
    for a in classes:
        for b in classes:
            rows, columns = labels == a, labels == b
            part = kernel[np.ix_(rows, columns)]
            if a == b:
                part = part.copy()
                np.fill_diagonal(part, 0)
            ours, theirs = sides[rows], part @ sides[columns]
            both = (ours * theirs).sum(axis=0)
            ours_all = ours.T @ part.sum(axis=1)
            all_theirs = theirs.sum(axis=0)
            neither = part.sum() - ours_all - all_theirs + both
            n_a, n_b = counts[a], counts[b]
            m_a, m_b = rows.sum() - n_a, columns.sum() - n_b
            same = a == b
            within = both / (n_a * (n_b - same)) + neither / (m_a * (m_b - same))
            between = (ours_all - both) / (n_a * m_b) + (all_theirs - both) / (m_a * n_b)
            total += n_a * n_b / everything**2 * (within - between)
    return total


def _projected_error(
    kernel: NDArray[np.float64], labels: NDArray[Any], first: NDArray[np.bool_]
) -> tuple[float, float]:
    """Standard error of the distance from the rows' mean contributions, without and with their noise."""
    share = {i: float((labels[first] == i).mean()) for i in np.unique(labels)}
    plain = noisy = 0.0
    for a, weight in share.items():
        for mine in (first, ~first):
            rows = np.flatnonzero((labels == a) & mine)
            means, noise = np.zeros(len(rows)), 0.0
            for b, other in share.items():
                for side in (mine, ~mine):
                    columns = np.flatnonzero((labels == b) & side)
                    part = kernel[np.ix_(rows, columns)]
                    known = rows[:, None] != columns
                    count = known.sum(axis=1)
                    mean = (part * known).sum(axis=1) / count
                    spread = ((part - mean[:, None]) ** 2 * known).sum(axis=1) / np.maximum(
                        count - 1, 1
                    )
                    means += other * mean * (1 if side is mine else -1)
                    noise += other**2 * float((spread / count).mean())
            variance = float(means.var(ddof=1)) if len(rows) > 1 else 0.0
            noisy += 4 * weight**2 * variance / len(rows)
            plain += 4 * weight**2 * max(0.0, variance - noise) / len(rows)
    return float(np.sqrt(plain)), float(np.sqrt(noisy))


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
    ``synthetic`` and ``real``, each ``[mean, low, high]`` over the subsets; ``estimate``, that of synthetic
    against real features all together with the ends of its 95 % interval (:func:`kid_interval`); ``n``, the
    features in each subset and side; ``pool``, how many synthetic and real ones they are drawn from. ``None``
    where no class has at least four real and two synthetic ones.
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
    known = [np.flatnonzero(np.isin(group, list(sizes))) for group in (ours, theirs)]
    drawn = [rng.permutation(rows)[:MOST_ROWS] for rows in known]
    few = [
        index
        for index in sizes
        if (ours[drawn[0]] == index).sum() < 2 or (theirs[drawn[1]] == index).sum() < 2
    ]
    mine = drawn[0][~np.isin(ours[drawn[0]], few)]
    others = drawn[1][~np.isin(theirs[drawn[1]], few)]
    found["estimate"] = list(kid_interval(x[mine], y[others], ours[mine], theirs[others], rng))
    return found | {"n": sum(sizes.values()), "pool": [len(rows) for rows in known]}


def _pair_mean(kernel: NDArray[np.float64], labels: NDArray[Any], a: Any, b: Any) -> float:
    """Mean over pairs of different rows, the first of class ``a``, the second of class ``b``."""
    part = kernel[np.ix_(labels == a, labels == b)]
    if a != b:
        return float(part.mean())
    return float((part.sum() - np.trace(part)) / (len(part) * (len(part) - 1)))


def _kernel(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return (one @ other.T / one.shape[1] + 1) ** 3
