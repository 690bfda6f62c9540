"""Chips brought to another size keep their means, their type and what has no value."""

import numpy as np
import pytest

from overseed.chips.resampling import central_square, resample


def seen(*shape):
    return np.ones(shape, bool)


@pytest.mark.parametrize(("side", "size"), [(64, 32), (50, 32), (100, 33), (400, 64)])
def test_shrinking_keeps_the_mean(side, size):
    image = np.random.default_rng(0).random((2, side, side))
    small, valid = resample(image, seen(side, side), size)
    assert small.shape == (2, size, size)
    assert valid.all()
    np.testing.assert_allclose(small.mean(axis=(1, 2)), image.mean(axis=(1, 2)), rtol=1e-12)


def test_halving_is_the_mean_of_four_pixels():
    image = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    small, _ = resample(image, seen(6, 6), 3)
    np.testing.assert_allclose(small[0], image[0].reshape(3, 2, 3, 2).mean(axis=(1, 3)))


def test_growing_is_linear_between_pixels_and_level_at_the_edge():
    image = np.tile(np.arange(4, dtype=np.float64) * 10, (1, 4, 1))
    large, valid = resample(image, seen(4, 4), 8)
    np.testing.assert_allclose(large[0, 3], [0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30])
    assert valid.all()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32"])
@pytest.mark.parametrize("size", [16, 48])
def test_the_type_stays_and_integers_stay_in_range(dtype, size):
    limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)
    image = np.full((1, 32, 32), limits.max, dtype)
    image[0, :, 16:] = 0
    made, _ = resample(image, seen(32, 32), size)
    assert made.dtype == dtype
    assert made.min() == 0
    assert made.max() == limits.max


def test_pixels_without_a_value_take_no_part():
    image = np.full((1, 4, 4), 10.0)
    valid = seen(4, 4)
    image[0, 0, 0], valid[0, 0] = np.nan, False
    image[0, 2:, 2:], valid[2:, 2:] = -9999, False
    small, known = resample(image, valid, 2)
    assert known.tolist() == [[True, True], [True, False]]
    assert small[0].tolist() == [[10, 10], [10, 0]]


def test_the_same_size_is_the_same_chip():
    image = np.array([[[np.nan, 1.0], [2.0, 3.0]]])
    made, _ = resample(image, seen(2, 2), 2)
    assert made is image


@pytest.mark.parametrize(
    ("shape", "square"), [((5, 5), (0, 0, 5)), ((4, 8), (0, 2, 4)), ((9, 4), (2, 0, 4))]
)
def test_the_square_lies_in_the_middle(shape, square):
    assert central_square(*shape) == square
