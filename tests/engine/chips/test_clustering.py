"""Clusters: planted ones are found, figures are scikit-learn's, and poor results are not proposed."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    silhouette_samples,
    silhouette_score,
)
from threadpoolctl import threadpool_limits

from overseed.chips import clustering
from overseed.chips.clustering import (
    Way,
    by_size,
    centres_of,
    cut_tree,
    distances_to,
    least_size,
    propose,
    try_ways,
    ways_of,
)
from overseed.errors import Cancelled

EVERY_WAY = ways_of("all", "all", "all")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small sums wait for threads longer than they take."""
    with threadpool_limits(1):
        yield


def silent(done, total):
    pass


def blobs(sizes=(30, 20, 15, 10), spread=0.25, dimensions=6, seed=0):
    """Points around as many corners as there are sizes, and which corner each is of."""
    rng = np.random.default_rng(seed)
    corners = 5 * np.eye(dimensions)[: len(sizes)]
    which = np.repeat(np.arange(len(sizes)), sizes)
    return corners[which] + rng.normal(0, spread, (len(which), dimensions)), which


def test_every_way_finds_planted_clusters_and_their_number():
    points, which = blobs()
    centred = points - points.mean(axis=0)
    for way in EVERY_WAY:
        tries = try_ways(centred, [way], range(2, 8), 0, silent)
        chosen, sound = propose(tries, 3)
        assert sound
        assert tries[chosen].clusters == 4, way.name
        assert adjusted_rand_score(which, tries[chosen].found) == 1, way.name
        assert tries[chosen].sizes.tolist() == [30, 20, 15, 10]


def test_ways_are_narrowed():
    assert len(EVERY_WAY) == 9
    assert [w.name for w in ways_of("k-means", "cosine", "all")] == ["k-means, cosine"]
    assert ways_of("all", "all", "ward") == [Way("agglomerative", "euclidean", "ward")]
    assert len(ways_of("agglomerative", "cosine", "all")) == 3
    assert ways_of("k-means", "all", "single") == []
    assert ways_of("all", "cosine", "ward") == []


@pytest.mark.parametrize("method", ["k-means", "agglomerative"])
def test_cosine_sees_directions_where_euclidean_sees_lengths(method):
    rng = np.random.default_rng(1)
    which = np.repeat([0, 1], 40)
    lengths = np.tile([1.0, 30.0], 40)
    directions = np.array([[1, 0.6, 0], [0.6, 1, 0]])[which] + rng.normal(0, 0.03, (80, 3))
    points = directions * lengths[:, None]
    agreement = {}
    for metric in ("euclidean", "cosine"):
        way = Way(method, metric, "average" if method == "agglomerative" else "")
        found = try_ways(points, [way], [2], 0, silent)[0].found
        agreement[metric] = (
            adjusted_rand_score(which, found),
            adjusted_rand_score(lengths, found),
        )
    assert agreement["cosine"][0] == 1
    assert agreement["euclidean"][0] < 0.5 < agreement["euclidean"][1]


def test_figures_are_those_of_scikit_learn():
    points, _ = blobs(spread=2.0)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    tries = try_ways(points, EVERY_WAY, [2, 5], 3, silent)
    assert len(tries) == 18
    for one in tries:
        metric = one.way.metric
        expected = silhouette_score(points, one.found, metric=metric)
        assert one.silhouette == pytest.approx(expected, abs=1e-9)
        space = unit if metric == "cosine" else points
        assert one.comparable_silhouette == pytest.approx(silhouette_score(space, one.found))
        assert one.calinski_harabasz == pytest.approx(calinski_harabasz_score(space, one.found))
        if metric == "euclidean":
            assert one.comparable_silhouette == one.silhouette
    squared = [t for t in tries if t.way == Way("k-means", "cosine")]
    # What makes the two distances' silhouettes no equals.
    assert all(t.silhouette > t.comparable_silhouette for t in squared)


def test_silhouettes_of_many_chips_come_from_a_sample(monkeypatch):
    points, which = blobs((400, 300), spread=1.5)
    monkeypatch.setattr(clustering, "SILHOUETTE_CHIPS", 200)
    one = try_ways(points, [Way("k-means", "euclidean")], [2], 0, silent)[0]
    whole = silhouette_samples(points, one.found)
    assert one.silhouette != pytest.approx(whole.mean(), abs=1e-9)
    assert one.silhouette == pytest.approx(whole.mean(), abs=4 * whole.std() / np.sqrt(200))
    assert adjusted_rand_score(which, one.found) > 0.9


@pytest.mark.parametrize("way", [w for w in EVERY_WAY if w.linkage], ids=lambda w: w.name)
def test_a_cut_tree_is_a_clustering_of_its_own(way):
    points, _ = blobs(spread=2.0)
    tree = AgglomerativeClustering(
        2, metric=way.metric, linkage=way.linkage, compute_full_tree=True
    ).fit(points)
    for k in (2, 3, 7, 74):
        own = AgglomerativeClustering(k, metric=way.metric, linkage=way.linkage).fit(points)
        cut = cut_tree(tree.children_, k)
        assert len(np.unique(cut)) == k
        assert adjusted_rand_score(own.labels_, cut) == 1


def test_a_giant_with_a_stray_chip_is_not_proposed():
    rng = np.random.default_rng(2)
    which = np.repeat([0, 1], 60)
    points = np.array([[-1.5, 0], [1.5, 0]])[which] + rng.normal(0, 0.5, (120, 2))
    points = np.vstack([points, [[0.0, 40.0]]])
    tries = try_ways(points, ways_of("all", "euclidean", "all"), [2, 3], 0, silent)
    best = max(tries, key=lambda t: t.comparable_silhouette)
    assert best.sizes.tolist() == [120, 1], "the stray chip must be tempting"
    chosen, sound = propose(tries, 3)
    assert not sound, "the stray chip is alone in every try"
    tries = try_ways(points[:-1], ways_of("all", "euclidean", "all"), [2, 3], 0, silent)
    tries += try_ways(points, [Way("agglomerative", "euclidean", "single")], [2], 0, silent)
    chosen, sound = propose(tries, 3)
    assert sound
    assert adjusted_rand_score(which, tries[chosen].found) > 0.9


def test_equal_silhouettes_are_decided_by_calinski_and_harabasz():
    points, _ = blobs()
    one = try_ways(points, [Way("k-means", "euclidean")], [4], 0, silent)[0]
    better = replace(one, calinski_harabasz=one.calinski_harabasz * 2)
    assert propose([one, better, one], 3) == (1, True)


def test_the_least_cluster_leaves_room_for_a_rare_class():
    labels = np.repeat([0, 1], [970, 30])
    assert least_size(labels) == 10
    assert least_size(np.repeat([0, 1], [992, 8])) == 4
    assert least_size(np.repeat([0, 1], [5, 4])) == 3


def test_clusters_are_numbered_by_size_then_by_first_chip():
    assert by_size(np.array([7, 7, 2, 5, 5, 5, 2])).tolist() == [1, 1, 2, 0, 0, 0, 2]


def test_the_same_seed_finds_the_same():
    points, _ = blobs(spread=3.0)
    once, again = (try_ways(points, EVERY_WAY, [3, 6], 5, silent) for _ in range(2))
    for a, b in zip(once, again, strict=True):
        np.testing.assert_array_equal(a.found, b.found)
        assert a.silhouette == b.silhouette


def test_distances_lead_from_the_centres():
    points, which = blobs((3, 3), spread=0.5)
    found = by_size(which)
    centres = centres_of(points, found, "euclidean")
    np.testing.assert_allclose(centres[1], points[3:].mean(axis=0))
    distances = distances_to(points, centres, "euclidean")
    assert distances.shape == (6, 2)
    assert distances[0, 1] == pytest.approx(np.linalg.norm(points[0] - points[3:].mean(axis=0)))
    centres = centres_of(points, found, "cosine")
    distances = distances_to(points, centres, "cosine")
    expected = 1 - points[0] @ centres[1] / np.linalg.norm(points[0])
    assert distances[0, 1] == pytest.approx(expected)
    assert distances[0, 0] < 0.1 < distances[0, 1]


def test_fewer_different_chips_than_clusters_are_left_out():
    points = np.repeat(np.eye(3), 4, axis=0)
    tries = try_ways(points, [Way("k-means", "euclidean")], [2, 3, 4, 5], 0, silent)
    assert [t.clusters for t in tries] == [2, 3]


def test_it_stops_between_two_tries():
    points, _ = blobs()
    seen = []

    def stop(done, total):
        seen.append((done, total))
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        try_ways(points, EVERY_WAY, [2, 3], 0, stop)
    assert seen == [(0, 18), (1, 18), (2, 18)]
