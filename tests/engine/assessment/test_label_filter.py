"""Thresholds of pseudo-labels: the precision that was asked for, on pixels whose truth is known."""

import numpy as np
import pytest

from overseed.assessment.label_filter import (
    BLIND,
    DROPPED,
    POOLED,
    REACHED,
    SHORT,
    UNSEEN,
    LabelFilter,
)
from overseed.generators.contract import Labelling

COUNT = 20_000


def pixels(seed=0, classes=2):
    """Pixels given a class with a confidence that is the chance of being right."""
    rng = np.random.default_rng(seed)
    given = rng.integers(classes, size=COUNT).astype(np.uint8)
    confidence = rng.uniform(0.5, 1, COUNT).astype(np.float32)
    right = rng.random(COUNT) < confidence
    return given, confidence, np.where(right, given, (given + 1) % classes).astype(np.uint8)


@pytest.mark.parametrize("wanted", [0.8, 0.9, 0.95])
def test_what_passes_is_as_precise_as_was_asked_and_no_fewer_pass_than_need_be(wanted):
    given, confidence, actual = pixels()
    found = LabelFilter.choose(given, confidence, actual, 2, wanted)
    assert found.how == (REACHED, REACHED)
    for index, threshold in enumerate(found.thresholds):
        passed = (given == index) & (confidence >= threshold)
        assert (actual == given)[passed].mean() >= wanted
        # Confidence is the chance of being right, so from t on its mean (1 + t) / 2 is right.
        assert threshold == pytest.approx(2 * wanted - 1, abs=0.05)
        assert found.precision[index] == pytest.approx((actual == given)[passed].mean())
        assert found.kept[index] == pytest.approx(passed.sum() / (given == index).sum())


def test_classes_get_thresholds_of_their_own():
    given, confidence, actual = pixels()
    actual = np.where(given == 0, 0, actual).astype(np.uint8)
    found = LabelFilter.choose(given, confidence, actual, 2, 0.9)
    assert found.thresholds[0] < 0.51
    assert found.thresholds[1] > 0.7


def test_a_class_that_cannot_be_as_precise_keeps_what_is_best():
    given, confidence, actual = pixels()
    rng = np.random.default_rng(1)
    actual = np.where(
        (given == 1) & (rng.random(COUNT) < 0.3), 0, np.where(given == 1, 1, actual)
    ).astype(np.uint8)
    found = LabelFilter.choose(given, confidence, actual, 2, 0.9)
    assert found.how[1] == SHORT
    assert 0.65 < found.precision[1] < 0.85
    assert found.kept[1] >= 0.1


def test_a_class_that_is_mostly_wrong_is_never_given():
    given, confidence, actual = pixels()
    actual = np.where(given == 1, 0, actual).astype(np.uint8)
    found = LabelFilter.choose(given, confidence, actual, 2, 0.9)
    assert found.how[1] == DROPPED
    labels = Labelling(given, confidence).filtered(found.thresholds)
    assert not (labels == 1).any()
    assert found.figures(["a", "b"])["classes"]["b"]["threshold"] is None


def test_a_class_seen_too_seldom_takes_the_threshold_of_all():
    given, confidence, actual = pixels()
    found = LabelFilter.choose(given, confidence, actual, 3, 0.9)
    assert found.how[2] == POOLED
    assert found.thresholds[2] == pytest.approx(0.8, abs=0.05)
    assert np.isnan(found.precision[2])


def test_unlabelled_pixels_say_nothing():
    given, confidence, actual = pixels()
    more = np.concatenate([given, given]), np.concatenate([confidence, confidence])
    unknown = np.concatenate([actual, np.full(COUNT, 255, np.uint8)])
    one = LabelFilter.choose(given, confidence, actual, 2, 0.9)
    other = LabelFilter.choose(*more, unknown, 2, 0.9)
    np.testing.assert_array_equal(one.thresholds, other.thresholds)
    blind = LabelFilter.choose(given, confidence, np.full(COUNT, 255, np.uint8), 2, 0.9)
    assert blind.how == (UNSEEN, UNSEEN)
    assert (blind.thresholds == BLIND).all()


def test_unsure_pixels_are_unlabelled_and_the_others_keep_their_class():
    labelling = Labelling(
        np.array([[[0, 1, 1, 0]]], np.uint8), np.array([[[0.6, 0.6, 0.9, 0.5]]], np.float32)
    )
    assert labelling.filtered(np.array([0.6, 0.7])).tolist() == [[[0, 255, 1, 255]]]
