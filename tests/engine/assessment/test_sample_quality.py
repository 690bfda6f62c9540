"""All measures together: real ground passes them, painted means and independent noise do not."""

import json

import numpy as np
import pytest

from overseed.assessment import judges
from overseed.assessment.sample_quality import (
    control_ground,
    made_ground,
    measure,
    real_ground,
    verdicts,
)
from tests.engine.assessment.grounds import make_channels_of, make_labels, make_scene, paint

CLASSES = [1, 2]
ROUNDS = 40


def pooled(crops):
    return np.concatenate([crops.mean(axis=(2, 3)), crops.std(axis=(2, 3))], axis=1)


@pytest.fixture(scope="module", autouse=True)
def _few_trees():
    """Small forests judge as these tests ask, in a fifth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judges, "TREES", 25)
        yield


def make_ground(bands=3, side=256):
    scene, training, test = make_scene(0, side, bands, spread=1.0)
    return real_ground(
        [scene], training, test, (training[::2], training[1::2]), list("abcd"), CLASSES,
        make_channels_of(scene), [True] * bands, {"plain": pooled}, np.random.default_rng(0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def ground():
    return make_ground()


def samples(ground, bands=3, size=64, count=12, **looks):
    rng = np.random.default_rng(3)
    labels = np.stack([make_labels(rng, size, 3) for _ in range(count)])
    looks = {"spread": 1.0} | looks
    many = [
        np.stack([paint(np.random.default_rng([s, i]), one, bands, **looks) for i, one in enumerate(labels)])
        for s in range(10)
    ]  # fmt: skip
    made = made_ground(many[0], labels, labels > 0, ground, rng, np.stack([m[:6] for m in many]))
    return measure(made, ground, rng, ROUNDS)


def test_the_positive_control_passes(ground):
    """One split in ten lies outside by definition, so the share inside is that of several."""
    shares = {name: [] for name in ("values", "covariance", "detail")}
    for seed in range(4):
        rng = np.random.default_rng(seed)
        found = measure(*control_ground(ground, rng), rng, ROUNDS)
        held = verdicts(found)
        assert held["agreement lda"]
        assert held["agreement forest"]
        assert held["diversity"]
        for name, inside in shares.items():
            inside += found[name]["inside"]
    assert all(np.mean(inside) >= 0.75 for inside in shares.values())
    low, high = found["kid"]["plain"]["synthetic"][1:]
    assert low < 0 < high


def test_samples_of_the_same_distribution_pass(ground):
    found = samples(ground)
    assert set(verdicts(found).values()) == {True}
    json.dumps(found)


def test_fakes_fail(ground):
    means = verdicts(samples(ground, parcel=0.0, texture=0.0))
    assert not any(means[name] for name in ("agreement lda", "covariance", "detail", "diversity"))
    noise = samples(ground, parcel=0.0, texture=1.1, blur=0)
    assert verdicts(noise)["agreement lda"]
    assert not verdicts(noise)["detail"]
    assert not verdicts(noise)["diversity"]
    kid = noise["kid"]["plain"]
    assert kid["synthetic"][1] > kid["real"][0]
    assert kid["synthetic"][0] > 2 * kid["real"][0]


def test_a_class_that_samples_lack_is_named(ground):
    rng = np.random.default_rng(3)
    labels = np.ones((4, 64, 64), np.uint8)
    images = np.stack([paint(rng, one, 3, spread=1.0) for one in labels])
    found = measure(made_ground(images, labels, labels == 1, ground, rng), ground, rng, ROUNDS)
    assert found["missing"] == ["c"]
    assert verdicts(found)["every class"] is False
    assert verdicts(found)["diversity"] is None


@pytest.mark.parametrize("bands", [1, 8])
def test_any_number_of_bands(bands):
    found = samples(make_ground(bands, 192), bands, size=32, count=6)
    assert len(found["detail"]["inside"]) == bands
    assert found["diversity"]["spectra"] == pytest.approx(1, abs=0.5)


def test_seeds_decide_and_nothing_else(ground):
    first, second = (
        measure(*control_ground(ground, np.random.default_rng(4)), np.random.default_rng(5), 20)
        for _ in range(2)
    )
    assert json.dumps(first) == json.dumps(second)
