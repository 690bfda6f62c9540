"""Copies of training ground are found wherever they lie and however they are turned; repeats too."""

from __future__ import annotations

import numpy as np
import pytest

from overseed.assessment.copies import MOST_INDEXED, CopyCheck, PatchIndex
from overseed.assessment.patches import SIDE, UNLIKE, turned, unit_patches
from overseed.assessment.repeats import Repeats
from overseed.tiles.grid import Window
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

SIZE = 160
TILE = 48
WHOLE = [(0, Window(0, 0, SIZE, SIZE))]


def texture(seed, size=SIZE, bands=3):
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(seed).standard_normal((bands, size, size))
    smooth = gaussian_filter(noise, (0, 1.2, 1.2))
    return (1000 + 200 * smooth / smooth.std()).astype("uint16")


@pytest.fixture(scope="module")
def scene():
    labels = np.zeros((SIZE, SIZE), np.uint8)
    labels[:, SIZE // 2 :] = 1
    return StoredScene(texture(0), labels, np.zeros_like(labels))


@pytest.fixture(scope="module")
def stats(scene):
    return band_statistics(scene.image.reshape(3, -1), ["a", "b", "c"])


@pytest.fixture(scope="module")
def check(scene, stats):
    return CopyCheck.fit([scene], WHOLE, 0, [0, 1], stats, TILE, np.random.default_rng(0))


def sample_of(image, label=0):
    return image, np.full(image.shape[1:], label, np.uint8), np.ones(image.shape[1:], bool)


@pytest.mark.parametrize("symmetry", range(8))
def test_a_turned_and_brighter_copy_is_found(scene, check, symmetry):
    part = scene.image[:, 17 : 17 + TILE, 11 : 11 + TILE]
    copy = (turned(part, symmetry).astype(float) * 1.1 + 40).astype("uint16")
    distance = check.distances(*sample_of(copy))[0]
    assert distance < 0.1 * check.limits[0]


def test_other_ground_is_no_copy_and_neither_is_ground_of_another_class(scene, check):
    fresh = texture(9, TILE)
    assert check.distances(*sample_of(fresh))[0] > check.limits[0]
    theirs = scene.image[:, 40 : 40 + TILE, 100 : 100 + TILE]
    assert check.distances(*sample_of(theirs, 0))[0] > check.limits[0]
    assert check.distances(*sample_of(theirs, 1))[1] < 0.1


def test_real_ground_is_held_against_other_ground_than_itself(check):
    """Were its own neighbourhood not left out, the usual distance of real ground would be zero."""
    assert min(check.usual.values()) > 0.5
    assert all(0 < check.limits[i] <= check.usual[i] for i in check.limits)


def test_rasters_that_show_the_same_ground_leave_limits_that_are_numbers(scene, stats):
    twice = [*WHOLE, (1, WHOLE[0][1])]
    check = CopyCheck.fit([scene, scene], twice, 0, [0, 1], stats, TILE, np.random.default_rng(0))
    assert set(check.limits) == {0, 1}
    assert all(0 <= limit < 1e-3 for limit in check.limits.values())
    assert all(0 < usual < 1e-3 for usual in check.usual.values())


def test_a_class_that_is_nowhere_wide_enough_is_left_out(stats):
    labels = np.zeros((SIZE, SIZE), np.uint8)
    labels[40:43] = 1
    scene = StoredScene(texture(0), labels, np.zeros_like(labels))
    check = CopyCheck.fit([scene], WHOLE, 0, [1], stats, TILE, np.random.default_rng(0))
    assert check.distances(*sample_of(texture(3, TILE), 1)) == {}


def test_flat_ground_is_unlike_everything(scene, check):
    assert check.distances(*sample_of(np.full((3, TILE, TILE), 900, "uint16")))[0] == UNLIKE
    assert unit_patches(np.ones((2, 3, SIDE, SIDE), np.float32))[1].all()


def test_large_classes_are_searched_in_steps_and_copies_found_all_the_same(stats):
    labels = np.zeros((256, 256), np.uint8)
    scene = StoredScene(texture(4, 256), labels, labels)
    corners = np.argwhere(np.ones((249, 249), bool))
    corners = np.column_stack([np.zeros(len(corners), np.int64), corners])
    assert len(corners) > MOST_INDEXED
    index = PatchIndex.build([scene], stats, corners, np.random.default_rng(0))
    assert index.step == 2
    part = scene.image[:, 33 : 33 + index.reach, 50 : 50 + index.reach]
    scaled = stats.scale(part, np.ones(part.shape[1:], bool))[None]
    assert index.nearest(scaled)[0] < 0.01
    assert index.nearest(scaled, np.array([[0, 33, 50]]))[0] > 0.3


def test_samples_that_repeat_an_accepted_one_are_found(stats):
    repeats = Repeats(stats, {0: 0.6}, 0)
    first, second = sample_of(texture(1, TILE)), sample_of(texture(2, TILE))
    assert not repeats.repeats(*first)
    repeats.add(*first)
    assert repeats.repeats(*first)
    assert not repeats.repeats(*second)
    nearly = np.random.default_rng(0).normal(first[0], 10).astype("uint16"), *first[1:]
    assert repeats.repeats(*nearly)
    # The same picture at another place of the tile is another sample, as is the same one of another class.
    assert not repeats.repeats(np.roll(first[0], 5, axis=2), *first[1:])
    assert not repeats.repeats(nearly[0], np.ones((TILE, TILE), np.uint8), first[2])
