"""Scale bars and north arrows of straight, rotated and geographic grids."""

from __future__ import annotations

import math

import pytest
from rasterio.crs import CRS

from overseed.reporting.cartography import map_frame
from overseed.reporting.content import Grid


def frame(transform, epsg=32633, width=1000, height=500):
    return map_frame(Grid(CRS.from_epsg(epsg).to_wkt(), transform, width, height))


def test_bar_is_a_round_length_and_as_long_as_it_says():
    found = frame((10.0, 0.0, 370000.0, 0.0, -10.0, 5820000.0))
    # 10 km wide; 3 km would be 30 %, 2 km is the longest round length below.
    assert (found.bar_text, found.bar_percent) == ("2 km", 20.0)
    assert found.north == 0
    assert "1000 × 500 pixels of 10 m" in found.caption
    assert "EPSG:32633" in found.caption


@pytest.mark.parametrize("degrees", [30, 90, 180, -45])
def test_north_of_rotated_grids(degrees):
    # The grid is turned clockwise on the ground, so north is turned back in the picture.
    turn = math.radians(degrees)
    transform = (
        10 * math.cos(turn), -10 * math.sin(turn), 370000.0,
        -10 * math.sin(turn), -10 * math.cos(turn), 5820000.0,
    )  # fmt: skip
    found = frame(transform)
    assert abs((found.north + degrees + 180) % 360 - 180) < 0.2
    assert found.bar_percent == pytest.approx(20)


def test_upside_down_grid_points_down():
    assert abs(frame((10.0, 0.0, 0.0, 0.0, 10.0, 0.0)).north) == 180


def test_geographic_degrees_shrink_with_latitude():
    at_equator = frame((0.001, 0.0, 10.0, 0.0, -0.001, 0.25), 4326)
    at_sixty = frame((0.001, 0.0, 10.0, 0.0, -0.001, 60.25), 4326)
    assert (at_equator.bar_text, at_sixty.bar_text) == ("20 km", "10 km")
    assert at_equator.bar_percent == pytest.approx(100 * 20 / 111.32, rel=0.01)
    assert at_sixty.bar_percent == pytest.approx(100 * 10 / 55.66, rel=0.01)


def test_feet_are_turned_into_metres():
    found = frame((1.0, 0.0, 0.0, 0.0, -1.0, 0.0), 2263, width=10000)
    assert (found.bar_text, found.bar_percent) == ("500 m", pytest.approx(16.4, abs=0.1))


@pytest.mark.parametrize(("pixel", "text"), [(0.002, "50 cm"), (0.3, "50 m"), (30.0, "5 km")])
def test_lengths_from_centimetres_to_kilometres(pixel, text):
    assert frame((pixel, 0.0, 0.0, 0.0, -pixel, 0.0)).bar_text == text


@pytest.mark.parametrize("wkt", ["", "no such system"])
def test_without_a_system_there_is_no_frame(wkt):
    assert map_frame(Grid(wkt, (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), 10, 10)) is None


def test_degenerate_grid_has_no_frame():
    assert frame((0.0, 0.0, 0.0, 0.0, 0.0, 0.0)) is None
