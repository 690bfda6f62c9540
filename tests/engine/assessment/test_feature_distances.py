"""Distances of features: precision, recall, Fréchet; and what samples alone teach."""

import numpy as np
import pytest

from overseed.assessment.distances import spectral_angle
from overseed.assessment.feature_distances import feature_distances
from overseed.assessment.frechet import frechet_distance
from overseed.assessment.manifolds import precision_and_recall
from overseed.assessment.parcels import Parcel
from overseed.assessment.transfer import trained_on_samples
from overseed.errors import InputError


def test_equal_sets_have_high_precision_and_recall_and_others_do_not():
    rng = np.random.default_rng(0)
    real, same = rng.standard_normal((2, 200, 6))
    assert min(precision_and_recall(same, real)) > 0.7
    # Samples from the middle alone look real but miss most; samples from elsewhere do not look real.
    precision, recall = precision_and_recall(0.2 * same, real)
    assert precision > 0.9
    assert recall < 0.3
    assert precision_and_recall(same + 9, real) == (0.0, 0.0)
    assert precision_and_recall(same[:3], real) is None


def test_frechet_distance_is_the_formula_for_gaussians():
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 200_000, 2))
    # Means (1, 0) apart and variances 4 and 1 in the second axis: 1 + (2 − 1)².
    shifted = one * [1, 2] + [1, 0]
    assert frechet_distance(shifted, other) == pytest.approx(2.0, abs=0.05)
    assert frechet_distance(one, other) == pytest.approx(0.0, abs=0.01)


def test_frechet_distance_of_few_is_refused_unless_forced():
    few = np.random.default_rng(0).standard_normal((999, 3))
    with pytest.raises(InputError) as caught:
        frechet_distance(few, few)
    assert caught.value.code == "fidelity.few"
    assert "--force" in caught.value.hint
    assert frechet_distance(few, few, force=True) == pytest.approx(0, abs=1e-3)


def test_a_class_has_its_own_distance_from_fifty_crops_on():
    rng = np.random.default_rng(0)
    made, real = rng.standard_normal((2, 160, 8))
    made[:60] += 1.0
    labels = np.repeat([3, 5, 7], [60, 60, 40])
    found = feature_distances(made, labels, real, labels, rng)
    assert sorted(found["classes"]) == [3, 5]
    low = {index: row["estimate"][1] for index, row in found["classes"].items()}
    assert low[3] > 0 > low[5]
    assert found["fid"] is None
    assert found["estimate"][1] > 0
    assert 0 < found["precision"] <= 1
    assert feature_distances(made, labels, real, labels, rng, force=True)["fid"]["n"] == 160


def pixels(rng, centres, count, spread=1.0):
    labels = np.repeat(np.arange(len(centres)), count).astype(np.uint8)
    values = np.asarray(centres)[labels] + spread * rng.standard_normal((len(labels), 2))
    return values.astype(np.float32), labels


def test_samples_that_are_true_teach_as_much_as_real_ones():
    rng = np.random.default_rng(0)
    centres = [[0, 0], [3, 0], [0, 3]]
    real, test = pixels(rng, centres, 300), pixels(rng, centres, 300)
    found = trained_on_samples(pixels(rng, centres, 300), real, test, rng)
    assert found["classes"] == [0, 1, 2]
    assert found["lda"]["ratio"] == pytest.approx(1, abs=0.05)
    assert found["lda"]["real"] > 0.85
    mistaken = trained_on_samples(pixels(rng, centres[::-1], 300), real, test, rng)
    assert mistaken["lda"]["ratio"] < 0.6
    assert trained_on_samples(pixels(rng, centres[:1], 300), real, test, rng) is None


def test_spectral_angle_is_blind_to_brightness():
    def parcel(spectrum):
        window = np.broadcast_to(
            ((np.array(spectrum) - 10) / 5)[None, :, None, None], (1, 2, 8, 8)
        ).astype(np.float32)
        return Parcel(
            0, window, np.ones((1, 8, 8), bool), np.zeros((2, 32, 32), np.float32), (0, 0, 0)
        )

    angle = spectral_angle((10.0, 10.0), (5.0, 5.0))
    one, brighter, other = (angle.prepare(parcel(s)) for s in ((3, 4), (6, 8), (4, -3)))
    assert angle.compare([one], [brighter])[0] == pytest.approx(0, abs=1e-3)
    assert angle.compare([one], [other])[0] == pytest.approx(90, abs=1e-3)
