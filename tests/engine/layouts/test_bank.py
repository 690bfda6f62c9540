"""The bank knows the scene's parcels: their form, their sizes, what they touch, each once."""

import numpy as np
import pytest

from overseed.layouts import bank as bank_module
from overseed.layouts.bank import ShapeBank
from overseed.layouts.parcels import find_parcels, form_of, padded_codes
from tests.engine.layouts.made_tiles import (
    FARM,
    HEATH,
    POND,
    WOOD,
    bank_of,
    batch_of,
    dense_tile,
)


def plain(size=40):
    return np.full((size, size), WOOD, np.uint8)


def test_a_parcel_is_connected_by_8_neighbours_and_found_as_scipy_does():
    from scipy.ndimage import label

    labels = np.random.default_rng(0).integers(0, 3, (50, 70)).astype(np.uint8)
    parcels = find_parcels(padded_codes(labels), [0, 2])
    for owner in (0, 2):
        numbered, count = label(labels == owner, np.ones((3, 3)))
        sizes = np.bincount(numbered.ravel())[1:]
        assert sorted(parcels.sizes[parcels.owners == owner]) == sorted(sizes)
        assert count == (parcels.owners == owner).sum()
    inner = parcels[0] // 72 - 1, parcels[0] % 72 - 1
    assert set(labels[inner]) == {parcels.owners[0]}


def test_a_shape_is_known_once_however_it_is_turned():
    mask = np.zeros((5, 7), bool)
    mask[0, :] = mask[:, 0] = mask[1, 1:4] = True
    tiles = []
    for turn in range(8):
        labels = plain()
        turned = np.rot90(mask, turn % 4)
        turned = turned[:, ::-1] if turn >= 4 else turned
        labels[10 : 10 + turned.shape[0], 20 : 20 + turned.shape[1]][turned] = POND
        tiles.append(labels)
    bank = bank_of(tiles, [POND])
    assert [shape.size for shape in bank.shapes[POND]] == [mask.sum()]
    assert bank.shapes[POND][0].complete


def test_what_a_shape_touches():
    labels = plain()
    labels[:, :10] = FARM
    labels[10:14, 10:14] = POND
    touches = bank_of([labels], [POND]).touches(POND)
    assert touches[FARM] == 4 * 3
    # Three sides of 4 pixels with 3 neighbours each, less the two corners' shared ones, counted pixel by pixel.
    outside = sum(
        labels[r + dr, c + dc] == WOOD
        for r in range(10, 14)
        for c in range(10, 14)
        for dr in (-1, 0, 1)
        for dc in (-1, 0, 1)
    )
    assert touches[WOOD] == outside
    assert touches[255] == touches[256] == touches[POND] == 0


def test_parcels_at_the_edge_know_where_they_were_cut_and_hidden_ones_are_left_out():
    labels = plain()
    labels[:5, 10:15] = POND
    labels[35:, 36:] = POND
    labels[20:25, 20:25] = POND
    visible = np.ones(labels.shape, bool)
    visible[20:25, 25] = False
    bank = ShapeBank.gather([batch_of([labels], visible[None])], [POND], np.random.default_rng(0))
    assert sorted(shape.cut for shape in bank.shapes[POND]) == [
        (False, True, True, False),
        (True, False, False, False),
    ]


def test_tiny_parcels_count_only_where_a_class_has_hardly_others():
    speckle = plain(64)
    speckle[2:36:8, 2::8] = speckle[3:36:8, 2::8] = speckle[2:36:8, 3::8] = HEATH
    speckle[40:50, 40:50] = POND
    speckle[60, 60:62] = POND
    bank = bank_of([speckle], [POND, HEATH])
    assert bank.smallest == {POND: bank_module.SMALLEST, HEATH: 3}
    assert [s.size for s in bank.shapes[POND]] == [100]
    assert {s.size for s in bank.shapes[HEATH]} == {3}


def test_memory_is_bounded_and_the_draw_is_the_seeds(monkeypatch):
    tiles = [dense_tile(seed, ponds=12) for seed in range(12)]
    assert len(bank_of(tiles, [POND]).shapes[POND]) > 20
    monkeypatch.setattr(bank_module, "MOST_SHAPES", 10)
    first, again, other = (bank_of(tiles, [POND], seed) for seed in (1, 1, 2))
    assert len(first.shapes[POND]) <= 20
    assert first.sizes(POND).tolist() == again.sizes(POND).tolist()
    assert first.sizes(POND).tolist() != other.sizes(POND).tolist()
    monkeypatch.setattr(bank_module, "MOST_BYTES", 600)
    masks = bank_of(tiles, [POND]).shapes[POND]
    assert masks
    assert sum(shape.mask.nbytes for shape in masks) <= 600


@pytest.mark.parametrize("shape", [(12, 12), (3, 30)])
def test_form_of_a_rectangle(shape):
    elongation, compactness = form_of(np.ones(shape, bool))
    assert elongation == pytest.approx(max(shape) / min(shape), rel=0.02)
    assert compactness == pytest.approx(3 / np.pi, rel=0.02)


def test_a_class_without_parcels_has_no_shapes():
    bank = bank_of([plain()], [POND, 200])
    assert bank.shapes == {POND: [], 200: []}
    assert bank.touches(200).sum() == 0
