"""Fidelity tells faithful samples from wrong labels and from blur or checkerboards."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from overseed.assessment.fidelity import fine_detail, label_agreement, native_bands, patches

NAMES = ["a", "b", "c"]


def pixels(seed, labels=None, count=3000):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, count).astype(np.uint8)
    centres = np.array([[0, 0], [4, 0], [0, 4]])
    values = centres[truth] + rng.standard_normal((count, 2))
    return values, truth if labels is None else labels(truth)


def test_faithful_samples_score_about_one_and_shuffled_labels_far_less():
    good = label_agreement(pixels(0), pixels(1), pixels(2), NAMES, [2])
    assert good["mean_ratio"] == pytest.approx(1, abs=0.05)
    wrong = pixels(2, lambda truth: np.roll(truth, 1))
    bad = label_agreement(pixels(0), pixels(1), wrong, NAMES, [2])
    assert bad["mean_ratio"] < 0.5
    assert good["classes"][2]["rare"]


def test_classes_that_are_not_there_are_none():
    values, truth = pixels(2)
    only = truth == 1
    found = label_agreement(pixels(0), pixels(1), (values[only], truth[only]), NAMES, [])
    assert found["classes"][0]["recall_synthetic"] is None
    assert found["classes"][1]["ratio"] == pytest.approx(1, abs=0.1)
    assert found["mean_recall_synthetic"] == found["classes"][1]["recall_synthetic"]


def texture(seed, blur=1.0, board=0.0):
    rng = np.random.default_rng(seed)
    image = gaussian_filter(rng.standard_normal((1, 1, 64, 64)), (0, 0, blur, blur))
    image /= image.std()
    return image + board * (np.indices((64, 64)).sum(axis=0) % 2 - 0.5)


def ratio(image):
    mask, labels = np.ones((1, 64, 64), bool), np.zeros((1, 64, 64), np.uint8)
    made, real = patches(image, labels, mask), patches(texture(1), labels, mask)
    found = fine_detail(made, real, [("band", True)])
    return found["bands"][0]["ratio"]


def test_blur_and_checkerboards_leave_the_factor_of_two():
    assert 0.7 < ratio(texture(2)) < 1.4
    assert ratio(texture(2, blur=2.5)) < 0.5
    assert ratio(texture(2, board=1.5)) > 2


def test_classes_are_held_against_their_like():
    """Noise in one class and smooth ground in another: other proportions alone make no difference."""
    mask = np.ones((4, 64, 64), bool)
    labels = np.zeros((4, 64, 64), np.uint8)
    labels[:3] = 1
    kinds = [texture(n, blur=0.3 if label else 3.0)[0] for n, label in enumerate((1, 1, 1, 0))]
    real = patches(np.stack(kinds), labels, mask)
    kinds = [texture(n + 9, blur=0.3 if label else 3.0)[0] for n, label in enumerate((1, 0, 0, 0))]
    labels = np.zeros((4, 64, 64), np.uint8)
    labels[0] = 1
    found = fine_detail(patches(np.stack(kinds), labels, mask), real, [("band", True)])
    assert found["bands"][0]["ratio"] == pytest.approx(1, abs=0.15)
    labels[0] = 7
    found = fine_detail(patches(np.stack(kinds), labels, mask), real, [("band", True)])
    assert found["patches_synthetic"] == 48


def test_patches_of_two_classes_are_left_out():
    mask, labels = np.ones((1, 32, 32), bool), np.zeros((1, 32, 32), np.uint8)
    labels[0, ::2] = 1
    assert patches(np.zeros((1, 1, 32, 32)), labels, mask) == []


def test_patches_lie_wholly_in_the_mask_and_do_not_overlap():
    mask = np.zeros((1, 40, 40), bool)
    mask[0, 3:37, 5:39] = True
    image = np.arange(1600).reshape(1, 1, 40, 40)
    found = patches(image, np.zeros(mask.shape, np.uint8), mask)
    assert len(found) == 4
    seen = np.concatenate([p.values.ravel() for p in found]).astype(int)
    assert len(set(seen)) == len(seen)
    assert mask[0].ravel()[seen].all()


def test_enlarged_bands_are_not_native():
    rng = np.random.default_rng(0)
    fine = rng.integers(0, 30, (1, 96, 96))
    coarse = rng.integers(0, 9000, (1, 48, 48)).repeat(2, 1).repeat(2, 2)
    coarser = rng.integers(0, 9000, (1, 16, 16)).repeat(6, 1).repeat(6, 2)
    constant = np.full((1, 96, 96), 5)
    assert native_bands(np.concatenate([fine, coarse, coarser, constant])) == [
        True,
        False,
        False,
        False,
    ]
