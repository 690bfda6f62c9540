"""Patches across strips are those of the whole map, and a sieve removes the small ones alone."""

import numpy as np
import pytest
from scipy import ndimage

from overseed.mapping import patches as module
from overseed.mapping.patches import find_patches, sieved


@pytest.fixture(params=[1, 3, 7, 256])
def strips(request, monkeypatch):
    monkeypatch.setattr(module, "STRIP", request.param)


def a_map(height=40, width=30, seed=0):
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.standard_normal((height, width)), 1.2)
    return np.digitize(field, [-0.2, 0.0, 0.2]).astype(np.uint8)


def reader(codes):
    return lambda rows: codes[rows.start : rows.stop]


def whole_labels(codes):
    """Patches by the library, one code after the other."""
    labels, count = np.zeros(codes.shape, int), 0
    for code in np.unique(codes):
        own, found = ndimage.label(codes == code)
        labels[own > 0] = own[own > 0] + count
        count += found
    return labels - 1, count


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (40, 30)])
def test_patches_are_those_of_the_whole_map(strips, shape):
    codes = a_map(*shape)
    found = find_patches(reader(codes), len(codes))
    numbers = np.concatenate([found.numbers(n) for n in range(len(list(found.strips())))])
    labels, count = whole_labels(codes)
    assert len(found.sizes) == count
    # The same division under other numbers.
    assert len(np.unique(np.stack([numbers.ravel(), labels.ravel()]), axis=1).T) == count
    np.testing.assert_array_equal(found.sizes[numbers], np.bincount(labels.ravel())[labels])
    np.testing.assert_array_equal(found.codes[numbers], codes)


def test_a_patch_that_winds_through_strips_is_one(strips):
    codes = np.zeros((9, 9), np.uint8)
    codes[:, 1], codes[:, 7], codes[8, 1:8] = 5, 5, 5
    found = find_patches(reader(codes), 9)
    assert sorted(found.sizes[found.codes == 5].tolist()) == [23]


def test_the_sieve_removes_small_patches_alone(strips):
    codes = a_map(seed=3)
    least = np.zeros(256, np.int64)
    least[1], least[2] = 12, 5
    result = np.concatenate(
        list(sieved(find_patches(reader(codes), len(codes)), reader(codes), least))
    )
    labels, _ = whole_labels(codes)
    small = np.bincount(labels.ravel())[labels] < least[codes]
    small &= codes != 0
    assert small.any()
    np.testing.assert_array_equal(result[~small], codes[~small])
    assert (result[small] != 0).all()


def test_a_hole_takes_the_code_around_it():
    codes = np.full((20, 20), 2, np.uint8)
    codes[5:7, 5:7] = 3
    codes[12:18, 12:18] = 4
    least = np.full(256, 5)
    (result,) = sieved(find_patches(reader(codes), 20), reader(codes), least)
    assert (result[5:7, 5:7] == 2).all()
    assert (result[12:18, 12:18] == 4).all()


def test_unclassified_ground_neither_shrinks_nor_grows():
    codes = np.zeros((10, 10), np.uint8)
    codes[4:6, 4:6] = 3
    least = np.full(256, 50)
    (result,) = sieved(find_patches(reader(codes), 10), reader(codes), least)
    np.testing.assert_array_equal(result, codes)


def test_an_island_does_not_take_the_mainlands_code(strips):
    codes = np.zeros((30, 30), np.uint8)
    codes[:10], codes[20, 5:7] = 2, 3
    least = np.full(256, 4)
    result = np.concatenate(list(sieved(find_patches(reader(codes), 30), reader(codes), least)))
    np.testing.assert_array_equal(result, codes)
