"""The space of clusters, and the plane of the picture."""

import numpy as np
import pytest
from sklearn.manifold import TSNE  # noqa: F401  threads can be limited once this is loaded
from threadpoolctl import threadpool_limits

from overseed.chips import feature_map, feature_space
from overseed.chips.feature_map import chosen_for_map, fitting_perplexity, plane_of
from overseed.chips.feature_space import fit_space, on_sphere, tamed
from overseed.errors import InputError


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small sums wait for threads longer than they take."""
    with threadpool_limits(1):
        yield


def some(count=40, length=12, seed=0):
    return np.random.default_rng(seed).random((count, length)).astype(np.float32)


def test_features_are_centred_with_what_was_fitted():
    features = some()
    space = fit_space(features, 0, 0)
    points = space.place(features)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(points + space.mean, axis=1), 1)
    other = space.place(some(seed=1) ** 4)
    assert np.abs(other.mean(axis=0)).max() > 0.02
    assert (space.dimensions, space.explained) == (12, 1.0)


def test_how_strongly_a_network_answers_a_chip_does_not_count():
    features = some()
    louder = features * np.linspace(1, 20, 40, dtype=np.float32)[:, None]
    points = fit_space(features, 5, 0).place(features)
    np.testing.assert_allclose(fit_space(louder, 5, 0).place(louder), points, atol=1e-5)


def test_features_are_tamed():
    features = np.array([[1, -4, 0, 4], [0, 0, 0, 0]], np.float32)
    expected = [[1 / 3, -2 / 3, 0, 2 / 3], [0, 0, 0, 0]]
    np.testing.assert_allclose(tamed(features), expected)


def test_principal_components_are_as_many_as_there_can_be():
    features = some()
    space = fit_space(features, 5, 0)
    assert space.dimensions == 5
    assert 0.4 < space.explained < 1
    assert fit_space(features, 500, 0).dimensions == 12
    few = fit_space(features[:6], 50, 0)
    assert few.dimensions == 5
    assert few.explained == pytest.approx(1)


def test_many_chips_are_placed_in_parts(monkeypatch):
    features = some()
    space = fit_space(features, 4, 0)
    whole = space.place(features)
    monkeypatch.setattr(feature_space, "ROWS", 7)
    np.testing.assert_allclose(space.place(features), whole)


def test_equal_features_are_refused():
    with pytest.raises(InputError, match="features of all 9 training chips are equal") as refused:
        fit_space(np.repeat(some(1), 9, axis=0), 5, 0)
    assert refused.value.code == "chips.features-equal"


def test_points_on_the_sphere_have_length_one():
    points = np.array([[3.0, 4.0], [0.0, 0.0], [-2.0, 0.0]])
    expected = [[0.6, 0.8], [1, 0], [-1, 0]]
    np.testing.assert_allclose(on_sphere(points), expected)


def test_rare_chips_are_in_the_picture_however_many_there_are(monkeypatch):
    monkeypatch.setattr(feature_map, "MOST_CHIPS", 50)
    rare = np.zeros(400, bool)
    rare[[5, 200, 399]] = True
    chosen = chosen_for_map(rare, 1)
    assert len(chosen) == 50
    assert {5, 200, 399} <= set(chosen.tolist())
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(chosen, chosen_for_map(rare, 1))
    assert chosen.tolist() != chosen_for_map(rare, 2).tolist()
    assert len(chosen_for_map(rare[:30], 1)) == 30


def test_perplexity_fits_few_chips():
    assert fitting_perplexity(30, 1000) == 30
    assert fitting_perplexity(30, 31) == 10
    assert fitting_perplexity(30, 5) == pytest.approx(4 / 3)


def test_what_lies_together_lies_together_in_the_plane():
    rng = np.random.default_rng(0)
    which = np.repeat([0, 1, 2], 15)
    points = 8 * np.eye(3, 7)[which] + rng.normal(0, 1, (45, 7))
    places = plane_of(points, 5, 0)
    assert places.shape == (45, 2)
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (which[distances.argmin(axis=1)] == which).mean() > 0.95
    np.testing.assert_array_equal(places, plane_of(points, 5, 0))
    # Fewest chips, and of one dimension.
    assert np.isfinite(plane_of(points[:5, :1], fitting_perplexity(30, 5), 0)).all()
