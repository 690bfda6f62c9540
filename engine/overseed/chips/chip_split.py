"""Which chips go to training, validation and test: groups as a whole, each class near its shares."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.split import ABSENT, TEST, TRAIN, VALIDATION, balance

#: The largest groups of several chips, which are tried on every side in many orders; others are dealt out.
BALANCED = 400
#: A thinned class keeps at least this many chips on a side, if it had them.
LEAST_LEFT = {TRAIN: 2, VALIDATION: 1}


def same_keys(keys: Sequence[Hashable | None]) -> list[tuple[int, int]]:
    """Pairs that link all positions with the same key; those with ``None`` are linked to none."""
    last: dict[Hashable, int] = {}
    links = []
    for number, key in enumerate(keys):
        if key is not None:
            if key in last:
                links.append((last[key], number))
            last[key] = number
    return links


def joined(count: int, links: Iterable[tuple[int, int]] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Group ``(count,)`` of each chip when all linked chips are one group; numbered by their first chips."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = links if isinstance(links, np.ndarray) else np.array(list(links), np.int64)
    pairs = pairs.reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), (count, count))
    _, found = connected_components(graph, directed=False)
    _, first, inverse = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def deal(
    groups: NDArray[np.int64],
    labels: NDArray[np.int64],
    classes: int,
    shares: tuple[float, float, float],
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """The side of each chip ``(n,)``, the same for all chips of a group.

    Of each class every side gets its share as nearly as groups allow; of a class with few chips training has
    the first one, the test the second and validation the third.

    Parameters
    ----------
    groups, labels:
        ``(n,)`` numbers of groups and class indices.
    shares:
        Wanted shares of training, validation and test, which add up to 1.
    """
    _, inverse = np.unique(groups, return_inverse=True)
    counts = np.zeros((int(inverse.max(initial=-1)) + 1, classes), np.int64)
    np.add.at(counts, (inverse, labels), 1)
    sizes, wanted = counts.sum(axis=1), np.array(shares)
    sides = np.full(len(counts), -1)
    several = rng.permutation(np.flatnonzero(sizes > 1))
    several = several[np.argsort(-sizes[several], kind="stable")]
    tried = several[:BALANCED]
    if tried.size:
        sides[tried] = balance(counts[tried], sizes[tried].astype(float), wanted, ABSENT, rng)
    sums = np.stack([counts[sides == side].sum(axis=0) for side in range(3)])
    targets = wanted[:, None] * counts.sum(axis=0)
    for group in several[BALANCED:]:
        missing = (targets - sums) / np.maximum(targets, 1)
        sides[group] = int(np.argmax(missing @ counts[group]))
        sums[sides[group]] += counts[group]
    single = np.flatnonzero(sizes == 1)
    kind = counts[single].argmax(axis=1)
    for index in range(classes):
        own = rng.permutation(single[kind == index])
        numbers = _apportion(len(own), targets[:, index] - sums[:, index], sums[:, index])
        sides[own] = np.repeat([TRAIN, VALIDATION, TEST], numbers)
    return sides[inverse].astype(np.uint8)


def without_conflicts(
    conflicts: NDArray[np.int64], precedence: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Chips to leave out so that no two of the others are in conflict.

    Parameters
    ----------
    conflicts:
        ``(m, 2)`` pairs of chips that cannot both stay.
    precedence:
        ``(n,)``; chips with lower numbers stay before others, and then those with fewer conflicts.
    """
    involved, degree = np.unique(conflicts, return_counts=True)
    against: dict[int, list[int]] = {int(number): [] for number in involved}
    for one, other in conflicts.tolist():
        against[one].append(other)
        against[other].append(one)
    order = involved[np.lexsort((involved, degree, precedence[involved]))]
    stays: set[int] = set()
    for number in order.tolist():
        if not stays.intersection(against[number]):
            stays.add(number)
    return np.array(sorted(set(against) - stays), np.int64)


def thinned(
    labels: NDArray[np.int64],
    sides: NDArray[np.uint8],
    shares: Mapping[int, float],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Chips to leave out so that only a share of some classes is left on the training and validation sides.

    Parameters
    ----------
    shares:
        What is kept, by class index.
    """
    out: list[NDArray[np.intp]] = []
    for index, share in sorted(shares.items()):
        for side, least in LEAST_LEFT.items():
            own = np.flatnonzero((labels == index) & (sides == side))
            kept = max(round(share * len(own)), least)
            out.append(rng.permutation(own)[kept:])
    return np.sort(np.concatenate(out)) if out else np.zeros(0, np.int64)


def _apportion(
    number: int, missing: NDArray[np.float64], have: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many of ``number`` chips go to each side: by what is missing, by largest remainders."""
    needed = np.maximum(missing, 0)
    if needed.sum() <= 0:
        needed = np.ones(len(missing))
    exact = number * needed / needed.sum()
    given = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - given), kind="stable")[: number - given.sum()]
    given[rest] += 1
    for side in (TRAIN, TEST, VALIDATION):
        while given[side] + have[side] == 0 and given.max() > 1:
            given[int(np.argmax(given))] -= 1
            given[side] += 1
    return given
