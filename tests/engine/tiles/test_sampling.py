"""Crops are reproducible, turned together with their labels, and balanced when asked."""

import numpy as np

from overseed.tiles.sampling import CropSampler, StoredSamples, rng_for, turn
from overseed.tiles.statistics import band_statistics, sample_pixels
from overseed.tiles.store import Crop, StoredScene


def scene(seed=0, height=120, width=150):
    rng = np.random.default_rng(seed)
    labels = np.full((height, width), 255, np.uint8)
    labels[10:60, 10:140] = 0
    labels[80:84, 20:24] = 1
    image = np.stack(
        [labels.astype(np.uint16) + 7, rng.integers(0, 4000, labels.shape, dtype=np.uint16)]
    )
    return StoredScene(image, labels, np.zeros_like(labels))


def test_same_seed_and_step_give_the_same_batch():
    sampler = CropSampler([scene()], 0, 32, "balanced")
    one, two = sampler.draw(6, rng_for(3, 11)), sampler.draw(6, rng_for(3, 11))
    np.testing.assert_array_equal(one.images, two.images)
    other = sampler.draw(6, rng_for(3, 12))
    assert (one.images != other.images).any()


def test_image_and_labels_turn_together():
    batch = CropSampler([scene()], 0, 48, "balanced").draw(30, rng_for(0, 0))
    known = batch.labels != 255
    np.testing.assert_array_equal(batch.images[:, 0][known], batch.labels[known] + 7)


def test_all_eight_symmetries_differ_and_come_back():
    image = np.arange(9).reshape(1, 3, 3)
    crop = Crop(image, image[0].astype(np.uint8), np.ones((3, 3), bool))
    seen = {turn(crop, s).image.tobytes() for s in range(8)}
    assert len(seen) == 8


def test_balanced_sampling_meets_the_rare_class_in_about_half_of_the_crops():
    def share(balance):
        batch = CropSampler([scene()], 0, 32, balance).draw(200, rng_for(0, 5))
        return (batch.labels == 1).any(axis=(1, 2)).mean()

    assert share("balanced") > 0.4
    assert share("natural") < 0.2


def test_crops_larger_than_the_scene_are_blank_outside():
    batch = CropSampler([scene(height=90, width=100)], 0, 128, "natural").draw(4, rng_for(0, 0))
    assert batch.images.shape == (4, 2, 128, 128)
    assert (batch.visible.sum(axis=(1, 2)) == 90 * 100).all()
    assert (batch.images[:, 0][~batch.visible] == 0).all()


def training_pixels(stored):
    return stored.image[:, stored.side == 0]


def test_scaling_is_inverted_and_keeps_type_and_range():
    stats = band_statistics(training_pixels(scene()), ("a", "b"))
    image, labels = sample_pixels([scene()], 0, 500, np.random.default_rng(1))
    tile = image.T[:, None, :]
    visible = np.ones(tile.shape[1:], bool)
    back = stats.unscale(stats.scale(tile, visible))
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back, tile)
    wild = stats.unscale(np.full((2, 1, 3), 1e6, np.float32))
    assert wild[1].max() <= stats.max[1]
    assert len(labels) == 500


def test_statistics_see_one_side_only():
    both = scene()
    side = np.zeros_like(both.labels)
    side[:, 75:] = 2
    image = np.where(side == 2, 60000, both.image).astype(np.uint16)
    stats = band_statistics(training_pixels(StoredScene(image, both.labels, side)), ("a", "b"))
    assert max(stats.max) < 5000


def test_invisible_pixels_scale_to_the_mean():
    stats = band_statistics(training_pixels(scene()), ("a", "b"))
    image = np.zeros((2, 4, 4), np.uint16)
    visible = np.zeros((4, 4), bool)
    assert (stats.scale(image, visible) == 0).all()
    filled = stats.fill(image, visible)
    assert np.abs(stats.scale(filled, np.ones((4, 4), bool))).max() < 0.1


def test_stored_samples_are_drawn_with_their_labels():
    labels = np.stack([np.full((8, 8), n, np.uint8) for n in range(5)])
    images = labels[:, None].astype(np.uint16) * 100
    batch = StoredSamples(images, labels).draw(20, rng_for(0, 0))
    np.testing.assert_array_equal(batch.images[:, 0], batch.labels.astype(np.uint16) * 100)
