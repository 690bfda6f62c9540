"""Ways to find clusters of chips by their features, figures for each, and which one to propose.

k-means (Lloyd 1982, with the starts of Arthur & Vassilvitskii 2007) and agglomerative clustering with all
linkages, each with Euclidean and cosine distance, for a range of numbers of clusters. k-means by cosine works
on points at length 1. An agglomerative tree is grown once and cut at every number of clusters. Each result is
measured by its silhouette (Rousseeuw 1987) and by Calinski & Harabasz's (1974) index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.chips.feature_space import on_sphere

K_MEANS, AGGLOMERATIVE = "k-means", "agglomerative"
EUCLIDEAN, COSINE = "euclidean", "cosine"
LINKAGES = ("ward", "complete", "average", "single")
ALL = "all"
#: Chips that an agglomerative tree is grown for at most: it holds the distance of each pair, here 400 MB.
LARGEST_TREE = 10_000
#: Chips that silhouettes are taken from at most.
SILHOUETTE_CHIPS = 2_000
#: Beginnings of k-means, of which the best is kept.
STARTS = 10
#: No proposed cluster has fewer chips.
FEWEST = 3


@dataclass(frozen=True)
class Way:
    """A way to find clusters; ``linkage`` is empty for k-means."""

    method: str
    metric: str
    linkage: str = ""

    @property
    def name(self) -> str:
        return ", ".join(filter(None, (self.method, self.metric, self.linkage)))


@dataclass(frozen=True)
class Try:
    """What a way has found with one number of clusters.

    Parameters
    ----------
    found:
        ``(n,)`` clusters from 0, the largest first.
    silhouette:
        By the way's own distance.
    comparable_silhouette:
        By the Euclidean distance, for cosine between points at length 1. These can be held against each other:
        1 − cosine is the square of a distance, and squares make every silhouette larger.
    calinski_harabasz:
        Of the same points.
    """

    way: Way
    found: NDArray[np.int64]
    silhouette: float
    comparable_silhouette: float
    calinski_harabasz: float

    @property
    def clusters(self) -> int:
        return int(self.found.max()) + 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Chips in each cluster."""
        return np.bincount(self.found)


def ways_of(method: str, metric: str, linkage: str) -> list[Way]:
    """All ways that three settings leave open, each of them a name or ``all``.

    A linkage leaves k-means out, and Ward's the cosine. The list is empty where settings contradict each other.
    """
    metrics = (EUCLIDEAN, COSINE) if metric == ALL else (metric,)
    found = []
    if method in (ALL, K_MEANS) and linkage == ALL:
        found += [Way(K_MEANS, m) for m in metrics]
    if method in (ALL, AGGLOMERATIVE):
        linkages = LINKAGES if linkage == ALL else (linkage,)
        found += [
            Way(AGGLOMERATIVE, m, link)
            for link in linkages
            for m in metrics
            if not (link == "ward" and m == COSINE)
        ]
    return found


def try_ways(
    points: NDArray[np.float64],
    ways: Sequence[Way],
    numbers: Sequence[int],
    seed: int,
    tick: Callable[[int, int], None],
) -> list[Try]:
    """Find clusters in every way with every number of clusters.

    Points that are equal can be fewer than the wanted clusters; such tries are left out, as are those of no use
    for a silhouette.

    Parameters
    ----------
    points:
        ``(n, c)``, of training chips alone.
    numbers:
        Numbers of clusters, at least 2 and below ``n``.
    tick:
        Called with tries done and tries in all; raises ``Cancelled`` to stop.
    """
    spaces = {EUCLIDEAN: points, COSINE: on_sphere(points)}
    rng = np.random.default_rng([seed, 41])
    sample = np.sort(rng.permutation(len(points))[:SILHOUETTE_CHIPS])
    done, total = 0, len(ways) * len(numbers)
    tick(0, total)
    tries = []
    for way in ways:
        space = spaces[way.metric]
        for found in _found(way, space, numbers, seed):
            done += 1
            if found is not None:
                measured = _measured(way, space, by_size(found), sample)
                tries += [] if measured is None else [measured]
            tick(done, total)
    return tries


def least_size(labels: NDArray[np.int64]) -> int:
    """Chips that each cluster of a proposal has at least.

    A hundredth of all, or half of those of the rarest class, which may well be a cluster of its own; never
    below :data:`FEWEST`. It keeps single linkage from winning with nearly all chips in one cluster and single
    ones in the others.
    """
    rarest = int(np.unique(labels, return_counts=True)[1].min())
    return max(FEWEST, min(len(labels) // 100, rarest // 2))


def propose(tries: Sequence[Try], least: int) -> tuple[int, bool]:
    """Choose a try: the largest comparable silhouette, of equal ones the largest Calinski-Harabasz index.

    Tries with a cluster of fewer than ``least`` chips come last.

    Returns
    -------
    position, sound
        ``sound`` is false where all tries have such a cluster.
    """
    order = [
        (int(t.sizes.min()) >= least, round(t.comparable_silhouette, 6), t.calinski_harabasz)
        for t in tries
    ]
    best = max(range(len(tries)), key=order.__getitem__)
    return best, order[best][0]


def centres_of(
    points: NDArray[np.float64], found: NDArray[np.int64], metric: str
) -> NDArray[np.float64]:
    """Mean points ``(clusters, c)`` of clusters; for cosine of points at length 1, again at length 1."""
    space = on_sphere(points) if metric == COSINE else points
    means = np.stack([space[found == k].mean(axis=0) for k in range(int(found.max()) + 1)])
    return on_sphere(means) if metric == COSINE else means


def distances_to(
    points: NDArray[np.float64], centres: NDArray[np.float64], metric: str
) -> NDArray[np.float64]:
    """Distances ``(n, clusters)`` of points from centres of :func:`centres_of`."""
    if metric == COSINE:
        return np.clip(1 - on_sphere(points) @ centres.T, 0, 2)
    return np.stack([np.linalg.norm(points - centre, axis=1) for centre in centres], axis=1)


def by_size(found: NDArray[np.integer]) -> NDArray[np.int64]:
    """Clusters numbered anew by size, the largest 0; of equal ones that of the earlier chip comes first."""
    _, first, inverse, sizes = np.unique(
        found, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(sizes), np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[inverse]


def cut_tree(merges: NDArray[np.integer], clusters: int) -> NDArray[np.int64]:
    """The clusters ``(n,)`` that are left when the last merges of a tree are undone.

    Parameters
    ----------
    merges:
        ``(n - 1, 2)``, in the order in which they were made: numbers of two leaves (below ``n``) or of earlier
        merges (``n`` plus their row).
    """
    leaves = len(merges) + 1
    parent = np.arange(2 * leaves - 1)
    made = leaves - clusters
    for row, pair in enumerate(merges[:made].tolist()):
        parent[pair] = leaves + row
    # Parents have larger numbers: from the top down, each node takes over its parent's root.
    for node in range(leaves + made - 1, -1, -1):
        parent[node] = parent[parent[node]]
    return np.unique(parent[:leaves], return_inverse=True)[1].astype(np.int64)


def _found(
    way: Way, space: NDArray[np.float64], numbers: Sequence[int], seed: int
) -> Iterator[NDArray[np.int64] | None]:
    """Clusters for each number; ``None`` where there are fewer different points."""
    from sklearn.cluster import AgglomerativeClustering, KMeans

    if way.method == K_MEANS:
        different = len(np.unique(space, axis=0))
        for k in numbers:
            if k > different:
                yield None
                continue
            yield KMeans(k, n_init=STARTS, random_state=seed).fit(space).labels_.astype(np.int64)
        return
    tree = AgglomerativeClustering(
        2, metric=way.metric, linkage=way.linkage, compute_full_tree=True
    ).fit(space)
    for k in numbers:
        yield cut_tree(tree.children_, k)


def _measured(
    way: Way, space: NDArray[np.float64], found: NDArray[np.int64], sample: NDArray[np.intp]
) -> Try | None:
    """Measure clusters; ``None`` where the sample lies in one of them alone."""
    from sklearn.metrics import calinski_harabasz_score, silhouette_score

    inside = found[sample]
    if not 1 < len(np.unique(inside)) < len(inside):
        return None
    alike = float(silhouette_score(space[sample], inside))
    own = alike
    if way.metric == COSINE:
        own = float(silhouette_score(space[sample], inside, metric=COSINE))
    return Try(way, found, own, alike, float(calinski_harabasz_score(space, found)))
