"""Squares around parcels: where they lie, how large they are, and on whose ground."""

import numpy as np
import pytest

from overseed.assessment.object_crops import (
    LEAST_SIDE,
    MOST_REAL,
    Place,
    larger_parcels,
    real_places,
    side_for,
    square_around,
)
from overseed.tiles.grid import Window
from overseed.tiles.store import StoredScene


def test_the_larger_parcels_is_taken_at_its_deepest_pixel():
    mask = np.zeros((40, 50), bool)
    mask[3:7, 3:7] = True
    mask[20:29, 30:45] = True
    mask[10:20, 44] = (
        True  # A handle, which makes the box longer and leaves the middle where it is.
    )
    place, smaller = larger_parcels(mask)
    assert (smaller.extent, smaller.row < 7) == (4, True)
    assert (place.row, place.extent) == (24, 19)
    assert 34 <= place.col <= 40
    ring = np.zeros((40, 50), bool)
    ring[5:30, 5:30] = True
    ring[8:27, 8:27] = False
    (place,) = larger_parcels(ring)
    assert ring[place.row, place.col], "the middle of a ring is not in it"


def test_of_many_parcels_the_largest_are_taken():
    mask = np.zeros((60, 60), bool)
    for number in range(8):
        mask[7 * number : 7 * number + 4, : 3 + 5 * number] = True
    assert [place.extent for place in larger_parcels(mask)] == [38, 33, 28, 23]


def test_tiny_parcels_and_none_are_no_place():
    mask = np.zeros((20, 20), bool)
    assert larger_parcels(mask) == []
    mask[::4, ::4] = True
    assert larger_parcels(mask) == []
    mask[:3, :3] = mask[3, 3] = True
    assert [place.extent for place in larger_parcels(mask)] == [5], "corners count as neighbours"


@pytest.mark.parametrize("side", [32, 41, 64])
@pytest.mark.parametrize("corner", [(0, 0), (63, 63), (10, 60), (30, 30)])
def test_squares_hold_their_place_and_lie_inside(side, corner):
    window = square_around(Place(*corner, 5), side, (64, 64))
    assert window.height == window.width == side
    for start, at in zip((window.row, window.col), corner, strict=True):
        assert 0 <= start <= at < start + side <= 64


def test_all_squares_of_a_class_have_the_side_that_its_real_parcels_ask_for():
    places = [Place(0, 0, extent) for extent in (10, 40, 400)]
    assert side_for(places, 128) == 60
    assert side_for(places[:1], 128) == LEAST_SIDE
    assert side_for(places[2:], 128) == 128
    assert side_for([], 16) == 16


def test_real_places_lie_on_the_side_that_may_be_seen():
    labels = np.full((128, 256), 255, np.uint8)
    labels[10:20, 10:30] = 1
    labels[40:42, 50:52] = 1  # Tiny.
    labels[40:44, 40:46] = 1  # Smaller, in the same tile.
    labels[70:80, 70:90] = 1
    labels[10:20, 200:230] = 1  # On the other side.
    labels[100:110, 120:140] = 2
    sides = np.zeros_like(labels)
    sides[:, 128:] = 1
    scene = StoredScene(np.ones((3, 128, 256), np.uint16), labels, sides)
    asked = []
    found = real_places(
        [scene, scene], [(1, Window(0, 0, 128, 128)), (1, Window(0, 128, 128, 128))], 0, 64,
        [1, 2, 3], lambda: asked.append(1),
    )  # fmt: skip
    assert len(asked) == 2
    assert found[3] == []
    assert [(p.scene, p.extent) for p in found[1]] == [(1, 20), (1, 6), (1, 20)]
    # What reaches over to the other side is seen to the border.
    assert [(p.scene, p.extent) for p in found[2]] == [(1, 10)]
    for index in (1, 2):
        for place in found[index]:
            assert labels[place.row, place.col] == index
            assert sides[place.row, place.col] == 0


def test_many_places_are_thinned_evenly():
    labels = np.full((32 * 20, 32 * 20), 255, np.uint8)
    for row in range(20):
        for col in range(20):
            labels[32 * row + 5 :, 32 * col + 5 :][:4, :4] = 0
    scene = StoredScene(np.ones((1, *labels.shape), np.uint8), labels, np.zeros_like(labels))
    found = real_places([scene], [(0, Window(0, 0, *labels.shape))], 0, 32, [0])[0]
    assert len(found) == MOST_REAL == len(set(found))
    assert max(place.row for place in found) > 600 > 40 > min(place.row for place in found)
