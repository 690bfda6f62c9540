"""The split is by ground, balanced, reproducible, and leaks nothing."""

import numpy as np
import pytest

from overseed.errors import InputError
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.split import (
    PRESENT,
    SIDES,
    autocorrelation_range,
    blank_buffer,
    missing_classes,
    side_raster,
    split_blocks,
)
from overseed.tiles.store import StoredScene

SHARES = (0.55, 0.2, 0.25)


def random_labels(seed, height=400, width=520, classes=5):
    """Rectangular parcels, the last class rare but spread."""
    rng = np.random.default_rng(seed)
    labels = np.full((height, width), 255, np.uint8)
    for index in range(120):
        row, col = rng.integers(height - 30), rng.integers(width - 30)
        h, w = rng.integers(8, 30, 2)
        labels[row : row + h, col : col + w] = (
            classes - 1 if index % 10 == 0 else rng.integers(classes - 1)
        )
    return labels


def split_of(labels, seed=0):
    return split_blocks([labels], 5, 64, SHARES, np.random.default_rng(seed))


def test_same_seed_same_split_and_other_seed_another():
    labels = random_labels(1)
    assert split_of(labels) == split_of(labels)
    assert split_of(labels) != split_of(labels, seed=1)


@pytest.mark.parametrize("seed", range(6))
def test_sides_are_balanced_and_hold_every_class(seed):
    labels = random_labels(seed)
    split = split_of(labels, seed)
    assert missing_classes(split, 5) == []
    pixels = np.zeros((3, 5))
    for block in split:
        pixels[block.side] += block.pixels
    rare = pixels[:, 4] / pixels[:, 4].sum()
    np.testing.assert_allclose(rare, SHARES, atol=0.12)


@pytest.mark.parametrize("seed", range(10))
def test_no_pixel_of_another_side_is_visible_in_any_training_crop(seed):
    labels = random_labels(seed)
    split = split_of(labels, seed)
    sides = side_raster(split, 0, np.ones(labels.shape, bool))
    # The image holds each pixel's own number, so that a visible pixel betrays where it is from.
    image = (np.arange(labels.size).reshape(labels.shape) + 1)[None]
    scene = StoredScene(image, labels, sides)
    for balance in ("natural", "balanced"):
        batch = CropSampler([scene], 0, 96, balance).draw(40, rng_for(seed, 0))
        seen = batch.images[batch.images > 0] - 1
        assert seen.size
        assert set(np.unique(sides.ravel()[seen])) == {0}
        known = batch.labels != 255
        numbers = batch.images[:, 0][known] - 1
        assert (sides.ravel()[numbers] == 0).all()
        np.testing.assert_array_equal(labels.ravel()[numbers], batch.labels[known])


def test_a_shuffled_side_raster_would_fail_that_test():
    labels = random_labels(0)
    rng = np.random.default_rng(0)
    true_sides = rng.integers(0, 3, labels.shape).astype(np.uint8)
    image = (np.arange(labels.size).reshape(labels.shape) + 1)[None]
    scene = StoredScene(image, labels, np.zeros_like(labels))
    batch = CropSampler([scene], 0, 96, "natural").draw(10, rng_for(0, 0))
    seen = batch.images[batch.images > 0] - 1
    assert set(np.unique(true_sides.ravel()[seen])) == {0, 1, 2}


def test_buffer_is_unlabelled_on_both_sides_of_a_border():
    labels = np.zeros((128, 128), np.uint8)
    labels[::2] = 1
    split = split_blocks([labels], 2, 32, SHARES, np.random.default_rng(0))
    blank_buffer(labels, split, 0, 3)
    sides = side_raster(split, 0, np.ones(labels.shape, bool))
    change = np.argwhere(sides[:, 1:] != sides[:, :-1])
    assert len(change)
    for row, col in change:
        assert (labels[row, max(0, col - 2) : col + 4] == 255).all()
    assert (labels != 255).any()


def test_classes_too_small_to_split_are_refused():
    labels = np.full((128, 128), 255, np.uint8)
    labels[:30, :30] = 0
    labels[100:102, 100:102] = 1
    assert 4 < PRESENT
    with pytest.raises(InputError, match="too small to split") as caught:
        split_blocks([labels], 2, 64, SHARES, np.random.default_rng(0))
    assert caught.value.code == "split.impossible"


def test_missing_classes_are_named():
    labels = np.zeros((192, 192), np.uint8)
    labels[64:] = 1
    labels[:30, :30] = 2
    split = split_blocks([labels], 3, 64, SHARES, np.random.default_rng(0))
    held = next(b.side for b in split if b.pixels[2])
    assert {(2, side) for side in range(3) if side != held} == set(missing_classes(split, 3))
    assert len(SIDES) == 3


@pytest.mark.parametrize("true_range", [8, 40])
def test_autocorrelation_range_grows_with_that_of_the_image(true_range):
    from scipy.ndimage import uniform_filter

    noise = np.random.default_rng(0).standard_normal((512, 512))
    image = uniform_filter(noise, true_range).astype(np.float32)
    found = autocorrelation_range(image, np.ones(image.shape, bool))
    # A box average of side n is uncorrelated from n pixels on, and at 0.95 n below 0.05.
    assert 0.75 * true_range <= found <= 1.6 * true_range
