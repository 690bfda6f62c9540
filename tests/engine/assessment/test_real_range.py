"""Ground from the same distribution lies in the real range; blur, noise and wrong correlations do not."""

import numpy as np
import pytest

from overseed.assessment.distances import (
    covariance_distance,
    detail_difference,
    detail_share,
    wasserstein,
)
from overseed.assessment.parcels import real_parcels
from overseed.assessment.real_range import against_real, group_sizes
from overseed.assessment.sample_quality import share_inside
from tests.engine.assessment.grounds import make_channels_of, make_scene

BANDS = 3
STATISTICS = {
    "values": wasserstein(BANDS),
    "covariance": covariance_distance(BANDS),
    "detail": detail_difference(BANDS),
}


def parcels(seed, change=None, **looks):
    scene, training, _ = make_scene(seed, **looks)
    if change is not None:
        scene.image[:] = change(scene.image)
    base, _, _ = make_scene(0)
    found, _ = real_parcels(
        [scene], training, 0, [1, 2], make_channels_of(base), np.random.default_rng(seed)
    )
    return found


def compared(made, name):
    real = parcels(0)
    return against_real(made, real, real, STATISTICS[name], np.random.default_rng(0), 60)


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_distribution_lies_inside(name, seed):
    assert share_inside(compared(parcels(seed), name)["inside"]) >= 2 / 3


def test_a_shifted_band_has_wrong_values():
    def shift(image):
        return image + np.array([0, 5, 0], np.float32)[:, None, None]

    assert compared(parcels(1, shift), "values")["inside"][1] is False


def test_independent_noise_is_too_rough_and_blur_too_smooth():
    rough = compared(parcels(1, blur=0), "detail")
    assert rough["inside"] == [False] * BANDS
    assert min(rough["synthetic"]) > max(rough["high"])
    smooth = compared(parcels(1, blur=2.0), "detail")
    assert smooth["inside"] == [False] * BANDS
    assert max(smooth["synthetic"]) < min(smooth["low"])


def test_bands_that_forget_each_other_have_a_wrong_covariance():
    def forget(image):
        return np.stack([image[0], np.roll(image[1], 128, axis=1), image[2]])

    found = compared(parcels(1, forget, spread=0.0), "covariance")
    plain = compared(parcels(1, spread=0.0), "covariance")
    assert found["synthetic"][0] > plain["synthetic"][0]
    assert found["inside"] == [False]


def test_painted_means_have_no_detail_and_no_covariance():
    flat = parcels(1, parcel=0, texture=0.0)
    for name in ("detail", "covariance"):
        found = compared(flat, name)
        assert set(found["inside"]) == {False}
        assert set(found["synthetic"]) == {None}


def test_one_class_weighs_as_much_as_another():
    """Twenty times as many parcels of one class change nothing."""
    real = parcels(0)
    made = parcels(1)
    many = [p for p in made if p.label == 1] * 20 + [p for p in made if p.label == 2]
    sizes = group_sizes(many, real, real)
    assert sizes[2] == group_sizes(made, real, real)[2]
    one, other = (
        against_real(m, real, real, STATISTICS["values"], np.random.default_rng(0), 200)
        for m in (made, many)
    )
    assert one["synthetic"] == pytest.approx(other["synthetic"], rel=0.25)


def test_too_few_real_parcels_give_no_verdict():
    real = [p for p in parcels(0) if p.label == 1][:3]
    found = against_real(parcels(1), real, real, STATISTICS["values"], np.random.default_rng(0))
    assert found is None


def test_distances_by_hand():
    one, other = parcels(0)[:5], parcels(0)[5:9]
    values = STATISTICS["values"]
    first, second = ([values.prepare(p) for p in group] for group in (one, other))
    assert values.compare(first, first) == pytest.approx(0)
    moved = [pixels + np.array([0, 2, 0]) for pixels in first]
    assert values.compare(moved, first) == pytest.approx([0, 2, 0], abs=1e-6)
    covariance = STATISTICS["covariance"]
    doubled = [(n, 2 * total, 4 * products) for n, total, products in map(covariance.prepare, one)]
    distance = covariance.compare(doubled, list(map(covariance.prepare, one)))
    # Every eigenvalue is four times as large: log 4 on the diagonal of each of three bands.
    assert distance == pytest.approx([np.log(4) / np.sqrt(BANDS)], rel=1e-6)
    assert len(second) == 4


def test_white_noise_has_the_share_of_its_frequencies():
    """Flat power: the share of frequencies outside the circle of half Nyquist, 1 − π / 16."""
    white = parcels(1, parcel=0, blur=0)
    assert detail_share(white, BANDS) == pytest.approx(1 - np.pi / 16, abs=0.03)
