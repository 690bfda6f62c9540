"""Parcels show their own pixels alone, inside their borders, and synthetic ones through real outlines."""

import numpy as np
import pytest

from overseed.assessment.parcels import (
    LEAST_PIXELS,
    WINDOW,
    depths,
    interior,
    real_parcels,
    synthetic_parcels,
    through_stencils,
)
from overseed.tiles.grid import Window
from overseed.tiles.store import StoredScene
from tests.engine.assessment.grounds import make_channels_of, make_scene


def test_interior_keeps_its_distance_from_other_classes_and_other_ground_but_not_from_the_edge():
    labels = np.zeros((12, 12), np.uint8)
    labels[:, 6:] = 1
    ground = np.ones((12, 12), bool)
    ground[:2] = False
    inside = interior(labels, ground, {0: 2, 1: 0})
    expected = np.zeros((12, 12), bool)
    expected[4:, :4] = True
    expected[2:, 6:] = True
    assert (inside == expected).all()
    assert not interior(labels, ground, {3: 1}).any()


def test_windows_hold_the_values_of_their_own_parcel():
    scene, training, _ = make_scene(0)
    channels = make_channels_of(scene)
    parcels, depth = real_parcels([scene], training, 0, [1, 2], channels, np.random.default_rng(0))
    assert {p.label for p in parcels} == {1, 2}
    assert depth == {1: 2, 2: 2}
    values = channels.of(scene.image, np.ones(scene.labels.shape, bool))
    for parcel in parcels:
        assert parcel.windows.shape[1:] == (3, WINDOW, WINDOW)
        assert (parcel.masks.sum(axis=(1, 2)) >= LEAST_PIXELS).all()
        number, row, col = parcel.place
        assert number == 0
        assert scene.labels[row, col] == parcel.label
        top, left = row - WINDOW // 2, col - WINDOW // 2
        assert (parcel.windows[0] == values[:, top : top + WINDOW, left : left + WINDOW]).all()
        shown = scene.labels[top : top + WINDOW, left : left + WINDOW][parcel.masks[0]]
        assert (shown == parcel.label).all()
    places = [p.place for p in parcels]
    assert len(set(places)) == len(places)


def test_other_sides_are_not_looked_at():
    scene, training, test = make_scene(0)
    blank = StoredScene(np.where(scene.side == 0, scene.image, 1e9), scene.labels, scene.side)
    for one in (scene, blank):
        found, _ = real_parcels(
            [one], training + test, 0, [1], make_channels_of(scene), np.random.default_rng(0)
        )
        assert max(np.abs(p.windows).max() for p in found) < 10


def test_classes_of_flecks_are_seen_whole():
    labels = np.zeros((64, 64), np.uint8)
    for row in range(4, 60, 10):
        labels[row : row + 4, 4:60:10] = 1
        for col in range(4, 60, 10):
            labels[row : row + 4, col : col + 4] = 1
    labels[40:, :] = 2
    scene = StoredScene(np.zeros((1, 64, 64)), labels, np.zeros((64, 64), np.uint8))
    assert depths([scene], [(0, Window(0, 0, 64, 64))], 0, [1, 2]) == {1: 0, 2: 2}


def test_synthetic_parcels_are_seen_through_real_outlines():
    scene, training, _ = make_scene(1)
    channels = make_channels_of(scene)
    rng = np.random.default_rng(0)
    real, _ = real_parcels([scene], training, 0, [1], channels, rng)
    outline = np.zeros((WINDOW, WINDOW), bool)
    outline[2:6, 1:5] = True
    for parcel in real:
        parcel.masks[:] = outline
    images, labels = scene.image[None, :, :64, :64], scene.labels[None, :64, :64]
    made = synthetic_parcels(images, labels, labels < 3, channels, rng)
    seen = through_stencils(made, real, rng)
    assert seen
    assert {p.label for p in seen} == {1}
    for parcel in seen:
        assert not (parcel.masks & ~outline).any()
        assert (parcel.masks.sum(axis=(1, 2)) >= LEAST_PIXELS).all()
    assert sum((parcel.masks[0] == outline).all() for parcel in seen) > len(seen) / 2


@pytest.mark.parametrize("size", [32, 100])
def test_crops_have_one_size_and_lie_in_the_tile(size):
    rng = np.random.default_rng(0)
    image = rng.standard_normal((1, 2, size, size)).astype(np.float32)
    labels = np.ones((1, size, size), np.uint8)
    scene = StoredScene(image[0], labels[0], np.zeros((size, size), np.uint8))
    channels = make_channels_of(scene)
    found = synthetic_parcels(image, labels, labels == 1, channels, rng)
    assert len(found) == 1
    assert found[0].crop.shape == (2, 32, 32)
    assert np.isin(found[0].crop, channels.of(image[0], labels[0] == 1)).all()


def test_nothing_is_cut_from_flecks_that_are_too_small():
    labels = np.zeros((1, 32, 32), np.uint8)
    inside = np.zeros((1, 32, 32), bool)
    inside[0, 3:6, 3:6] = True
    scene = StoredScene(np.zeros((1, 32, 32)), labels[0], labels[0])
    found = synthetic_parcels(
        np.zeros((1, 1, 32, 32)), labels, inside, make_channels_of(scene), np.random.default_rng(0)
    )
    assert found == []
