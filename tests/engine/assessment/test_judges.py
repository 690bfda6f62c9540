"""Judges pass true samples, and fail wrong ones, cleaned ones and ones below chance."""

import numpy as np
import pytest

from overseed.assessment.judges import (
    after_gate,
    agreement,
    block_pixels,
    fit_judges,
    sample_pixels_of,
)
from tests.engine.assessment.grounds import make_channels_of, make_scene

NAMES = ["a", "b", "c"]
CENTRES = np.array([[0, 0], [1.5, 0], [0, 1.5]])


def pixels(seed, noise=1.0, count=1500, classes=(0, 1, 2)):
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, count).astype(np.uint8)
    values = CENTRES[labels] + noise * rng.standard_normal((count, 2))
    return values.astype(np.float32), labels


@pytest.fixture(scope="module")
def judges():
    return [fit_judges(pixels(seed), np.random.default_rng(seed)) for seed in (0, 1)]


def judged(judges, synthetic, test=2, training=3):
    both = [pixels(4), pixels(5)][: len(judges)]
    return agreement(judges, synthetic, pixels(test), pixels(training), both, NAMES)


@pytest.mark.parametrize("judge", ["lda", "forest"])
def test_true_samples_pass(judges, judge):
    found = judged(judges, pixels(9))[judge]
    assert found["passes"]
    assert found["ratio"] == pytest.approx(1, abs=0.08)
    assert found["chance"] == pytest.approx(1 / 3)
    assert [row["above_chance"] for row in found["classes"]] == [True] * 3


@pytest.mark.parametrize("judge", ["lda", "forest"])
def test_class_means_are_too_clean_and_wrong_labels_fail(judges, judge):
    clean = judged(judges, pixels(9, noise=0.05))[judge]
    assert clean["too_clean"]
    assert not clean["passes"]
    values, labels = pixels(9)
    wrong = judged(judges, (values, (labels + 1) % 3))[judge]
    assert not wrong["enough"]
    assert not wrong["above_chance"]


def test_easier_training_ground_is_no_cleaning(judges):
    """Samples like training ground that is easier than test ground are not too clean."""
    training = pixels(3, noise=0.6)
    found = agreement(
        judges, pixels(9, noise=0.6), pixels(2, noise=1.3), training, [training] * 2, NAMES
    )["lda"]
    assert found["ratio"] > 1.1
    assert not found["too_clean"]
    assert found["passes"]


def test_a_class_that_nobody_tells_is_no_evidence(judges):
    values, labels = pixels(4)
    confused = values.copy()
    confused[labels == 2] = CENTRES[0]
    found = agreement(
        judges, (confused, labels), pixels(2), pixels(3), [(confused, labels)] * 2, NAMES
    )["lda"]
    rows = {row["name"]: row["above_chance"] for row in found["classes"]}
    assert rows["c"] is None
    assert rows["b"] is True


def test_only_the_samples_classes_are_rows(judges):
    found = judged(judges, pixels(9, classes=(1,)))["lda"]
    assert [row["name"] for row in found["classes"]] == ["b"]
    assert found["test"] == found["classes"][0]["test"]


def test_a_gate_counts_by_the_change_that_the_independent_judge_sees(judges):
    before, after = pixels(9, noise=1.4), pixels(9, noise=0.9)
    one = judges[1:]
    answers = [judged(judges, before), judged(one, before), judged(one, after)]
    found = after_gate(*answers)["lda"]
    change = answers[2]["lda"]["synthetic"] - answers[1]["lda"]["synthetic"]
    assert change > 0.05
    assert found["synthetic"] == pytest.approx(answers[0]["lda"]["synthetic"] + change)
    assert found["classes"][0]["margin"] == pytest.approx(found["classes"][0]["synthetic"] - 1 / 3)


def test_pixels_come_from_the_blocks_side_and_depth():
    scene, training, test = make_scene(0)
    scale = make_channels_of(scene).stats.scale
    depth = {1: 0, 2: 2}
    rng = np.random.default_rng(0)
    values, labels = block_pixels([scene], training, 0, scale, depth, rng, most=500)
    assert np.bincount(labels, minlength=3).tolist()[1:] == [500, 500]
    assert not (labels == 0).any()
    visible = np.ones(scene.labels.shape, bool)
    scaled = np.moveaxis(scale(scene.image, visible), 0, -1)
    mine = scaled[(scene.side == 0) & (scene.labels == 2)]
    assert np.isin(values[labels == 2], mine).all()
    none, _ = block_pixels([scene], test, 0, scale, depth, rng)
    assert len(none) == 0


def test_sample_pixels_lie_inside_the_mask():
    images = np.arange(2 * 64 * 64).reshape(2, 1, 64, 64).astype(np.float64)
    labels = np.zeros((2, 64, 64), np.uint8)
    labels[1] = 1
    inside = np.zeros(labels.shape, bool)
    inside[:, 10:20, 10:20] = True

    def plain(image, visible):
        return image

    values, found = sample_pixels_of(images, labels, inside, plain, np.random.default_rng(0))
    assert sorted(values[:, 0]) == sorted(images[:, 0][inside])
    assert np.bincount(found).tolist() == [100, 100]
