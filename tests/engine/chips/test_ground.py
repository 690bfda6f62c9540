"""Overlaps and blocks of chips on the ground, in any CRS."""

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Transformer

from overseed.chips.chip_set import Place
from overseed.chips.ground import block_keys, find_ground, overlaps
from overseed.errors import InputError

SIZE = 32
UTM = CRS.from_epsg(32633).to_wkt()


def place(x, y, pixel=10.0, wkt=UTM, turn=0.0):
    t = Affine.translation(x, y) @ Affine.rotation(turn) @ Affine.scale(pixel, -pixel)
    return Place(wkt, t.to_gdal())


def ground_of(places, centres=None):
    return find_ground(places, centres or [None] * len(places), SIZE)


def pairs_of(places):
    return overlaps(ground_of(places)).tolist()


@pytest.mark.parametrize("wkt", [UTM, ""])
def test_neighbours_do_not_overlap_but_one_shared_pixel_does(wkt):
    width = SIZE * 10
    row = [place(500000 + n * width, 5800000, wkt=wkt) for n in range(4)]
    assert pairs_of(row) == []
    shifted = place(500000 + width - 10, 5800000 - 20, wkt=wkt)
    assert pairs_of([*row, shifted]) == [[0, 4], [1, 4]]


def test_turned_chips_overlap_by_their_true_outlines():
    upright = place(500000, 5800000)
    # Its bounding box meets the other's, its outline does not.
    diamond = place(500000 + 330, 5800000 - 330, turn=-45)
    assert pairs_of([upright, diamond]) == []
    assert pairs_of([upright, place(500000 + 200, 5800000 - 160, turn=-45)]) == [[0, 1]]


def test_the_same_ground_in_two_systems_is_one():
    x, y = 500000.0, 5800000.0
    east, north = Transformer.from_crs(32633, 4326, always_xy=True).transform(x, y)
    degrees = Place(
        CRS.from_epsg(4326).to_wkt(),
        Affine(10 / 67000, 0, east, 0, -10 / 111000, north).to_gdal(),
    )
    far = Place(degrees.crs_wkt, Affine(1e-4, 0, east + 1, 0, -1e-4, north).to_gdal())
    assert pairs_of([place(x, y), degrees, far]) == [[0, 1]]
    # Coordinates without a CRS are no ground that others could be on.
    assert pairs_of([place(x, y), place(x, y, wkt="")]) == []


def test_blocks_are_squares_of_the_asked_size():
    places = [place(500000 + 320 * c, 5800000 - 320 * r) for r in range(12) for c in range(12)]
    ground = ground_of(places)
    assert ground.width == pytest.approx(320, rel=0.002)
    labels = np.arange(144) % 2
    keys, size = block_keys(ground, overlaps(ground), labels, 1280.0)
    assert size == 1280
    assert 9 <= len(set(keys)) <= 16
    by_key = {key: [n for n, own in enumerate(keys) if own == key] for key in keys}
    for numbers in by_key.values():
        rows, cols = np.divmod(numbers, 12)
        assert np.ptp(rows) <= 4
        assert np.ptp(cols) <= 4


def test_blocks_grow_while_every_class_is_in_eight():
    places = [place(500000 + 320 * c, 5800000 - 320 * r) for r in range(40) for c in range(40)]
    common = np.zeros(1600, np.int64)
    ground = ground_of(places)
    no_pairs = np.zeros((0, 2), np.int64)
    _, wide = block_keys(ground, no_pairs, common, None)
    rare = common.copy()
    rare[[0, 5, 200, 210, 800, 813, 1270, 1290, 1599]] = 1
    keys, narrow = block_keys(ground, no_pairs, rare, None)
    assert wide > narrow >= 2 * ground.width * 0.999
    assert len({keys[n] for n in np.flatnonzero(rare)}) >= 8


def test_a_small_cluster_of_overlapping_chips_is_in_one_block():
    rng = np.random.default_rng(0)
    places = [
        place(500000 + x + dx, 5800000 + dy)
        for x in range(0, 40000, 4000)
        for dx, dy in rng.integers(0, 150, (4, 2)).tolist()
    ]
    ground = ground_of(places)
    pairs = overlaps(ground)
    keys, _ = block_keys(ground, pairs, np.zeros(40, np.int64), 700.0)
    assert all(len(set(keys[n : n + 4])) == 1 for n in range(0, 40, 4))
    alone, _ = block_keys(ground, pairs[:0], np.zeros(40, np.int64), 700.0)
    assert any(len(set(alone[n : n + 4])) > 1 for n in range(0, 40, 4))


def test_centres_alone_give_blocks_but_no_overlaps():
    places = [Place(UTM, None)] * 30 + [Place("", None)]
    centres = [(500000.0 + 100 * n, 5800000.0) for n in range(30)] + [None]
    ground = ground_of(places, centres)
    assert ground.width == pytest.approx(100, rel=0.01)
    assert not ground.extended.any()
    assert ground.known.tolist() == [True] * 30 + [False]
    assert overlaps(ground).size == 0
    keys, _ = block_keys(ground, overlaps(ground), np.zeros(31, np.int64), 500.0)
    assert keys[30] is None
    assert 6 <= len(set(keys[:30])) <= 7


def test_coordinates_that_do_not_fit_their_system_are_refused():
    with pytest.raises(InputError) as refusal:
        ground_of([Place(CRS.from_epsg(4326).to_wkt(), None)], [(13.0, 5800000.0)])
    assert refusal.value.code == "chips.crs"
    assert "WGS 84" in refusal.value.message
