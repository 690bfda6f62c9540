"""Generated pixels go only where the layout changed, and fade in over the seam."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from overseed.generators.compose import SEAM, compose, inner_pixels


@given(arrays(bool, (24, 20)), st.sampled_from(["uint8", "uint16", "float32"]))
def test_pixels_outside_the_change_are_bit_identical(changed, dtype):
    real = np.random.default_rng(0).uniform(0, 200, (2, 24, 20)).astype(dtype)
    out = compose(real, np.full_like(real, 250), changed)
    assert out.dtype == real.dtype
    np.testing.assert_array_equal(out[:, ~changed], real[:, ~changed])
    np.testing.assert_array_equal(out[:, inner_pixels(changed)], 250)


def test_the_seam_rises_towards_the_inside():
    changed = np.zeros((11, 11), bool)
    changed[:, 5:] = True
    out = compose(np.zeros((1, 11, 11), np.float32), np.full((1, 11, 11), 90, np.float32), changed)
    np.testing.assert_allclose(out[0, 5], [0] * 5 + [30, 60, 90, 90, 90, 90])


def test_the_edge_of_the_tile_is_no_seam():
    changed = np.ones((9, 9), bool)
    out = compose(np.zeros((1, 9, 9), np.uint8), np.full((1, 9, 9), 200, np.uint8), changed)
    assert (out == 200).all()


def test_inner_pixels_keep_their_distance():
    changed = np.zeros((2, 20, 20), bool)
    changed[1, 5:15, 5:15] = True
    inner = inner_pixels(changed)
    assert not inner[0].any()
    assert inner[1].sum() == (10 - 2 * SEAM) ** 2
