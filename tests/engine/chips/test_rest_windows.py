"""Chips of the rest lie inside the raster, away from labels and from each other."""

import numpy as np
import pytest
import shapely

from overseed.chips.rest_windows import rest_windows


def covered(windows, size, shape):
    count = np.zeros(shape, np.int64)
    for row, col in windows:
        count[row : row + size, col : col + size] += 1
    return count


@pytest.mark.parametrize("seed", [0, 1])
def test_windows_share_no_pixel_with_labels_or_each_other(seed):
    shape, size = (300, 420), 24
    labelled = np.array([shapely.box(50, 40, 75, 65), shapely.Point(200, 100).buffer(40)], object)
    found = rest_windows(shape, size, labelled, 60, np.random.default_rng(seed))
    assert len(found) == 60
    count = covered(found, size, shape)
    assert count.sum() == 60 * size**2
    assert count.max() == 1
    rows, cols = np.nonzero(count)
    centres = shapely.points(cols + 0.5, rows + 0.5)
    assert not any(shapely.intersects(shape, centres).any() for shape in labelled)
    assert found == rest_windows(shape, size, labelled, 60, np.random.default_rng(seed))


def test_there_are_fewer_where_there_is_no_room():
    nothing = np.array([], object)
    found = rest_windows((100, 100), 32, nothing, 50, np.random.default_rng(0))
    assert 4 <= len(found) <= 9
    assert rest_windows((20, 100), 32, nothing, 5, np.random.default_rng(0)) == []
    assert rest_windows((32, 32), 32, nothing, 5, np.random.default_rng(0)) == [(0, 0)]


def test_windows_that_will_not_do_are_passed_over():
    found = rest_windows(
        (200, 200),
        20,
        np.array([], object),
        10,
        np.random.default_rng(0),
        lambda row, col: row > 90,
    )
    assert len(found) == 10
    assert all(row > 90 for row, _ in found)
