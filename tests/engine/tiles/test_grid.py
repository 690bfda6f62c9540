"""Windows and blocks partition a raster, whatever its size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseed.tiles.grid import blocks, cells, tile_side


@given(st.integers(1, 150), st.integers(1, 150), st.integers(1, 100))
def test_cells_and_blocks_cover_every_pixel_once(height, width, size):
    for windows in (list(cells(height, width, size)), blocks(height, width, size)):
        count = np.zeros((height, width), int)
        for window in windows:
            assert window.height > 0
            assert window.width > 0
            count[window.slices] += 1
        assert (count == 1).all()


@given(st.integers(64, 3000), st.integers(16, 64))
def test_blocks_leave_no_slivers(length, size):
    sides = {window.width for window in blocks(10, length, size)}
    assert min(sides) >= size * 2 / 3 - 1
    assert max(sides) <= size * 3 / 2 + 1


@pytest.mark.parametrize(
    ("height", "width", "wanted", "side"),
    [(1000, 1000, 128, 128), (100, 300, 128, 96), (32, 40, 128, 32), (127, 127, 128, 96)],
)
def test_tiles_shrink_to_multiples_of_32(height, width, wanted, side):
    assert tile_side(height, width, wanted) == side
