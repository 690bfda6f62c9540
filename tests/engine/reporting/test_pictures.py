"""Bands chosen for pictures, thinning out, stretching, outlines, and how numbers are written."""

from __future__ import annotations

import numpy as np
import pytest

from overseed.reporting import pictures, wording
from overseed.reporting.bands import picture_bands


@pytest.mark.parametrize(
    ("names", "bands", "true_colour"),
    [
        (("red_B04", "green_B03", "blue_B02", "nir_B08", "B05"), (0, 1, 2), True),
        (("B01", "B02", "B03", "B04", "B08"), (3, 2, 1), True),
        (("B2", "B3", "B4", "B8"), (2, 1, 0), True),
        (("Blue", "Green", "Red edge", "Red", "NIR"), (3, 1, 0), True),
        (("nir", "red", "green"), (0, 1, 2), False),
        (("VV", "VH", "ratio", "angle"), (0, 1, 2), False),
        (("coherence", "intensity"), (0,), False),
        (("band_1",), (0,), False),
        # The colour's word goes before a number that means it elsewhere.
        (("B04 nir", "red", "green", "blue"), (1, 2, 3), True),
    ],
)
def test_bands_of_a_picture(names, bands, true_colour):
    assert picture_bands(names) == (bands, true_colour)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (40, 33)])
def test_thinning_keeps_means_within_range_and_ignores_what_has_no_value(shape, step):
    rng = np.random.default_rng(0)
    image = rng.integers(1, 100, (3, *shape)).astype("int16")
    side = np.zeros(shape, np.uint8)
    image[:, 0, 0] = -32768
    side[0, 0] = 255
    thin = pictures.thin_image(image, [2, 0], step, side)
    assert thin.shape == (2, -(-shape[0] // step), -(-shape[1] // step))
    known = thin[np.isfinite(thin)]
    assert ((known >= 1) & (known < 100)).all()
    if step == 1:
        assert np.isnan(thin[:, 0, 0]).all()
        assert (thin[0].ravel()[1:] == image[2].ravel()[1:]).all()


def test_constant_and_empty_pictures_have_limits():
    low, high = pictures.stretch_limits([np.stack([np.full((4, 4), 7.0), np.full((4, 4), np.nan)])])
    assert low.tolist() == [7, 0]
    assert (high > low).all()


def test_outlines_lie_inside_their_polygon_and_areas_stay_free():
    labels = np.full((40, 40), 255, np.uint8)
    labels[10:30, 10:30] = 1
    overlay = pictures.label_overlay(labels, ["#102030", "#ff8000"])
    assert tuple(overlay[10, 20]) == (255, 128, 0, 255)
    assert tuple(overlay[11, 20]) == (255, 128, 0, 255)
    assert overlay[20, 20, 3] == 0
    assert tuple(overlay[9, 20, :3]) == (0, 0, 0)
    assert 0 < overlay[9, 20, 3] < 255
    assert overlay[5, 5, 3] == 0


def test_dense_labels_are_areas_and_the_rest_class_is_not_drawn():
    labels = np.zeros((30, 30), np.uint8)
    labels[5:9, 5:9] = 1
    dense = pictures.label_overlay(labels, ["#102030", "#ff8000"])
    assert tuple(dense[20, 20]) == (16, 32, 48, 120)
    without_rest = pictures.label_overlay(labels, ["#102030", "#ff8000"], leave_out=0)
    assert without_rest[20, 20, 3] == 0
    assert tuple(without_rest[5, 5]) == (255, 128, 0, 255)


def test_codes_become_indices():
    codes = np.array([[0, 7, 3, 200]], np.uint8)
    assert pictures.index_of_codes(codes, [3, 7]).tolist() == [[255, 1, 0, 255]]


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (wording.score, None, "not evaluated"),
        (wording.score, 0.0, "0.00"),
        (wording.difference, -0.0001, "0.000"),
        (wording.difference, -0.02, "−0.020"),
        (wording.percent, 0.00004, "< 0.01 %"),
        (wording.percent, 0.0083, "0.83 %"),
        (wording.percent, 0.0, "0 %"),
        (wording.duration, 3725, "1 h 02 min"),
        (wording.duration, 4.26, "4.3 s"),
        (wording.enumeration, ["a", "b", "c"], "a, b and c"),
    ],
)
def test_numbers_in_words(write, value, text):
    assert write(value) == text
