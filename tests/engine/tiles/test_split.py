"""The split is by ground, balanced, reproducible, and leaks nothing."""

import numpy as np
import pytest

from overseed.errors import InputError
from overseed.tiles.cells import LabelCells
from overseed.tiles.division import divide
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.split import (
    PRESENT,
    SIDES,
    Pixel,
    assign_folds,
    assign_sides,
    autocorrelation_range,
    choose_block_size,
    make_blocks,
    missing_classes,
    side_pixels,
)
from overseed.tiles.store import StoredScene

SHARES = (0.55, 0.2, 0.25)
#: Pixels of one metre, so that metres count pixels.
METRE = [Pixel(1.0, 1.0)]


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


def cells_of(labels, classes):
    found = LabelCells.empty(*labels.shape, classes)
    for row in range(0, len(labels), 64):
        found.add(row, labels[row : row + 64])
    return found


def split_of(labels, seed=0, classes=5, size=64):
    found = make_blocks([cells_of(labels, classes)], METRE, size)
    return assign_sides(found, SHARES, np.random.default_rng(seed))


def divided(labels, split, buffer=0):
    """Labels and sides with the split drawn in."""
    labels, side = labels.copy(), np.zeros(labels.shape, np.uint8)
    counted = divide(split, 0, labels, side, buffer, [], [], None, np.random.default_rng(0))
    return labels, side, counted


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
    _, sides, _ = divided(labels, split)
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


@pytest.mark.parametrize("size", [8, 32])
@pytest.mark.parametrize("buffer", [1, 3, 12])
def test_buffer_is_exactly_what_lies_near_another_side(size, buffer):
    from scipy.ndimage import maximum_filter, minimum_filter

    before = np.random.default_rng(1).integers(0, 2, (128, 120)).astype(np.uint8)
    split = split_of(before, classes=2, size=size)
    labels, sides, counted = divided(before, split, buffer)
    window = 2 * buffer + 1
    near = maximum_filter(sides, window) != minimum_filter(sides, window)
    np.testing.assert_array_equal(labels, np.where(near, 255, before))
    found = np.bincount(labels.ravel(), minlength=256)[:2]
    np.testing.assert_array_equal(side_pixels(counted, 2).sum(axis=0), found)


def test_classes_too_small_to_split_are_refused():
    labels = np.full((128, 128), 255, np.uint8)
    labels[:30, :30] = 0
    labels[100:102, 100:102] = 1
    assert 4 < PRESENT
    with pytest.raises(InputError, match="too small to split") as caught:
        split_of(labels, classes=2)
    assert caught.value.code == "split.impossible"


def test_missing_classes_are_named():
    labels = np.zeros((192, 192), np.uint8)
    labels[64:] = 1
    labels[:30, :30] = 2
    split = split_of(labels, classes=3)
    held = next(b.side for b in split if b.pixels[2])
    assert {(2, side) for side in range(3) if side != held} == set(missing_classes(split, 3))
    assert len(SIDES) == 3


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_test_every_block_once_and_hold_every_class(folds):
    labels = random_labels(3)
    found = make_blocks([cells_of(labels, 5)], METRE, 64)
    splits = assign_folds(found, folds, 0.2, np.random.default_rng(0))
    tested = np.array([[block.side == 2 for block in split] for split in splits])
    assert (tested.sum(axis=0) == 1).all()
    for split in splits:
        assert missing_classes(split, 5) == []
        assert {block.side for block in split} == {0, 1, 2}


def test_held_out_ground_is_the_test_side_alone():
    found = make_blocks([cells_of(random_labels(4), 5)], METRE, 64)
    held = frozenset({0, 1, 2, 9, 10, 11})
    split = assign_sides(found, SHARES, np.random.default_rng(0), held)
    assert {block.ground for block in split if block.side == 2} == held
    assert {0, 1} <= {block.side for block in split}


def test_blocks_grow_to_the_image_s_range_while_every_class_keeps_five():
    labels = random_labels(0, 2400, 2400)
    size, notes = choose_block_size([cells_of(labels, 5)], METRE, 32, 150)
    assert (size, notes) == (150, [])
    # The last class is left in one corner only.
    labels[labels == 4] = 3
    labels[100:500, 100:500] = 4
    found = [cells_of(labels, 5)]
    size, notes = choose_block_size(found, METRE, 32, 600)
    counts = np.array([block.pixels for block in make_blocks(found, METRE, size)])
    assert ((counts >= PRESENT).sum(axis=0) >= 5).all()
    assert 64 < size < 400
    assert "600 pixels" in notes[0]
    assert f"{round(size)} pixels" in notes[0]


def test_cells_count_what_the_pixels_hold():
    labels = random_labels(5, 203, 157)
    found = cells_of(labels, 5)
    for block in make_blocks([found], METRE, 40):
        counts = np.bincount(labels[block.window.slices].ravel(), minlength=256)[:5]
        assert block.pixels == tuple(counts)


@pytest.mark.parametrize("true_range", [8, 40])
def test_autocorrelation_range_grows_with_that_of_the_image(true_range):
    from scipy.ndimage import uniform_filter

    noise = np.random.default_rng(0).standard_normal((512, 512))
    image = uniform_filter(noise, true_range).astype(np.float32)
    found = autocorrelation_range(image, np.ones(image.shape, bool))
    # A box average of side n is uncorrelated from n pixels on, and at 0.95 n below 0.05.
    assert 0.75 * true_range <= found <= 1.6 * true_range
