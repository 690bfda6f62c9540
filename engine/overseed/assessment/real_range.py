"""Statistics of synthetic against real parcels, beside the range of the same between real and real.

A class with n real parcels is split at random into two groups of k, which gives the range of how real ground
differs from itself. Synthetic ground is compared in groups of the same k, so that sizes favour neither:
at most n / 2, and at most half of the synthetic parcels, so that their mean is one over many draws.

The unit is the parcel: a split by pixels would put one parcel's pixels into both groups, the range would
shrink to almost nothing, and real ground would fail it too. Distances below the range fail as those above
do: synthetic parcels that are all like the mean of their class are nearer to each group of real ones than
real ones are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.parcels import Parcel, by_class

#: Random splits.
ROUNDS = 200
#: The range of real-against-real splits, in percent.
RANGE = (5.0, 95.0)
#: A class with fewer real parcels has no range.
LEAST_REAL = 4
#: Largest group; beyond, time grows and the range hardly changes.
LARGEST_GROUP = 60
#: Room for rounding where real ground does not vary at all.
HAIR = 1e-9


@dataclass(frozen=True)
class Statistic:
    """``prepare`` what a parcel contributes, once; ``compare`` two groups of these to a vector.

    The vector holds NaN where the statistic is not defined.
    """

    prepare: Callable[[Parcel], Any]
    compare: Callable[[Sequence[Any], Sequence[Any]], NDArray[np.float64]]


def group_sizes(
    made: Sequence[Parcel], real: Sequence[Parcel], pool: Sequence[Parcel]
) -> dict[int, int]:
    """Parcels per group, of each class that has enough real ones."""
    ours, theirs, split = by_class(made), by_class(real), by_class(pool)
    return {
        index: max(
            1, min(len(members) // 2, len(theirs[index]), len(split[index]) // 2, LARGEST_GROUP)
        )
        for index, members in ours.items()
        if index in theirs and len(split.get(index, ())) >= LEAST_REAL
    }


def against_real(
    made: Sequence[Parcel],
    real: Sequence[Parcel],
    pool: Sequence[Parcel],
    statistic: Statistic,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
) -> dict[str, Any] | None:
    """A statistic's mean over groups of synthetic and real parcels, with the real-against-real range.

    Parameters
    ----------
    real, pool:
        Parcels that synthetic ones are compared with, and those that are split for the range. They are the
        same, unless some of the pool stand for synthetic ones.

    Returns
    -------
    ``synthetic``, ``low``, ``high``, ``inside``: lists, one entry for each of the vector's; in every round the
    mean over the classes, all weighed alike, so both sides weigh them alike. ``classes``: by class index
    the same, with ``parcels``, the group's size. ``None`` where no class has enough parcels.
    """
    sizes = group_sizes(made, real, pool)
    if not sizes:
        return None
    prepared = [
        {i: [statistic.prepare(p) for p in members] for i, members in group.items() if i in sizes}
        for group in (by_class(made), by_class(real), by_class(pool))
    ]
    found: dict[int, list[NDArray[np.float64]]] = {index: [] for index in sizes}
    between: dict[int, list[NDArray[np.float64]]] = {index: [] for index in sizes}
    for _ in range(rounds):
        for index, size in sizes.items():
            ours, theirs, both = (group[index] for group in prepared)
            order = rng.permutation(len(both))
            one, other = ([both[i] for i in o] for o in (order[:size], order[size : 2 * size]))
            between[index].append(statistic.compare(one, other))
            group = [ours[i] for i in rng.permutation(len(ours))[:size]]
            real_group = [theirs[i] for i in rng.permutation(len(theirs))[:size]]
            found[index].append(statistic.compare(group, real_group))
    rows = {
        index: _verdicts(np.array(found[index]), np.array(between[index])) | {"parcels": size}
        for index, size in sizes.items()
    }
    return _verdicts(_over_classes(found), _over_classes(between)) | {"classes": rows}


def _over_classes(values: Mapping[int, Sequence[NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Mean over the classes in each round, of those where the statistic is defined."""
    stack = np.array([values[index] for index in values])
    known = np.isfinite(stack)
    total = np.where(known, stack, 0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def _verdicts(found: NDArray[np.float64], between: NDArray[np.float64]) -> dict[str, Any]:
    """Compare ``(rounds, entries)`` with each other, entry by entry."""
    rows = [_verdict(*columns) for columns in zip(found.T, between.T, strict=True)]
    return {name: [row[name] for row in rows] for name in ("synthetic", "low", "high", "inside")}


def _verdict(found: NDArray[np.float64], between: NDArray[np.float64]) -> dict[str, Any]:
    """Without a figure for real ground there is no verdict; without one for synthetic ground it is outside."""
    known, null = found[np.isfinite(found)], between[np.isfinite(between)]
    value = float(known.mean()) if len(known) else None
    if not len(null):
        return {"synthetic": value, "low": None, "high": None, "inside": None}
    low, high = (float(v) for v in np.percentile(null, RANGE))
    inside = value is not None and low - HAIR <= value <= high + HAIR
    return {"synthetic": value, "low": low, "high": high, "inside": inside}
