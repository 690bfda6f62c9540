"""The distance is small between two draws of one ground and grows with each way to be different."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from overseed.assessment.closeness import distance

LABELS = np.zeros((6, 48, 48), np.uint8)
LABELS[:, 24:] = 1
EVERYWHERE = np.ones(LABELS.shape, bool)


def ground(seed, level=0.0, mixed=True, smooth=0.0):
    rng = np.random.default_rng(seed)
    image = rng.normal(size=(6, 3, 48, 48))
    if smooth:
        image = gaussian_filter(image, (0, 0, smooth, smooth))
        image /= image.std()
    if mixed:
        image[:, 1] = 0.6 * image[:, 0] + 0.8 * image[:, 1]
    return (image + level).astype(np.float32)


def test_another_draw_is_near():
    assert distance(ground(1), ground(2), LABELS, EVERYWHERE)["sum"] < 0.15


@pytest.mark.parametrize(
    ("other", "part"),
    [({"level": 0.5}, "levels"), ({"mixed": False}, "mixture"), ({"smooth": 1.0}, "texture")],
)
def test_each_difference_shows_in_its_part(other, part):
    near = distance(ground(1), ground(2), LABELS, EVERYWHERE)
    far = distance(ground(1, **other), ground(2), LABELS, EVERYWHERE)
    assert far[part] > 5 * near[part]
    assert far["sum"] > 2 * near["sum"]


def test_only_the_pixels_asked_about_count():
    made = ground(1)
    made[:, :, :, 24:] += 50
    where = EVERYWHERE.copy()
    where[:, :, 20:] = False
    assert distance(made, ground(2), LABELS, where)["sum"] < 0.3


def test_values_that_are_no_numbers_are_as_far_as_can_be():
    made = ground(1)
    made[0, 0, 0, 0] = np.nan
    assert distance(made, ground(2), LABELS, EVERYWHERE)["sum"] == np.inf


def test_nothing_to_compare_is_no_number():
    assert np.isnan(distance(ground(1), ground(2), LABELS, ~EVERYWHERE)["sum"])
