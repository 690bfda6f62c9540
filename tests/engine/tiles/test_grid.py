"""Windows and blocks partition a raster, whatever its size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseed.tiles.grid import blocks, cells, tile_side


@given(st.integers(1, 700), st.integers(1, 700), st.integers(1, 800))
def test_the_cores_that_windows_own_partition_the_raster(height, width, stride):
    """A cell is the core of a window that reaches further by some margin; see `grow`."""
    count = np.zeros((height, width), np.uint8)
    for window in cells(height, width, stride):
        assert window.height > 0
        assert window.width > 0
        count[window.slices] += 1
    assert (count == 1).all()


@given(
    st.integers(1, 700), st.integers(1, 700), st.integers(1, 300), st.integers(1, 300),
    st.sampled_from([1, 4, 16, 64]),
)  # fmt: skip
def test_blocks_partition_the_raster_on_the_grain(height, width, rows, cols, grain):
    count = np.zeros((height, width), np.uint8)
    for window in blocks(height, width, (rows, cols), grain):
        assert window.height > 0
        assert window.width > 0
        assert window.row % grain == 0
        assert window.col % grain == 0
        count[window.slices] += 1
    assert (count == 1).all()


@given(st.integers(64, 3000), st.integers(16, 64))
def test_blocks_leave_no_slivers(length, size):
    sides = {window.width for window in blocks(10, length, (size, size))}
    assert min(sides) >= size * 2 / 3 - 1
    assert max(sides) <= size * 3 / 2 + 1


@pytest.mark.parametrize(
    ("height", "width", "wanted", "side"),
    [(1000, 1000, 128, 128), (100, 300, 128, 96), (32, 40, 128, 32), (127, 127, 128, 96)],
)
def test_tiles_shrink_to_multiples_of_32(height, width, wanted, side):
    assert tile_side(height, width, wanted) == side
