"""Simulated parcels have the size and form that they are asked for."""

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, label

from overseed.layouts.parcels import form_of
from overseed.layouts.simulated import Simulator, draw_parcel, simulate_parcel
from tests.engine.layouts.made_tiles import FARM, POND, bank_of


@pytest.mark.parametrize(("size", "elongation"), [(12, 1.0), (60, 1.5), (300, 4.0), (2500, 2.0)])
def test_size_and_elongation(size, elongation):
    rng = np.random.default_rng(0)
    masks = [simulate_parcel(size, elongation, 0.9, 128, rng) for _ in range(30)]
    assert np.median([m.sum() for m in masks]) == pytest.approx(size, rel=0.15)
    assert np.median([form_of(m)[0] for m in masks]) == pytest.approx(elongation, rel=0.35)
    for mask in masks:
        assert label(mask, np.ones((3, 3)))[1] == 1
        assert mask.any(0).all()
        assert mask.any(1).all()
        assert max(mask.shape) <= 128


def test_less_compact_parcels_are_rougher():
    rng = np.random.default_rng(0)

    def compactness(asked):
        masks = [simulate_parcel(300, 1.5, asked, 128, rng) for _ in range(30)]
        return np.mean([form_of(m)[1] for m in masks])

    assert compactness(0.5) < compactness(0.95) - 0.03


def outline(mask):
    """Pixels of a mask that touch what is outside."""
    return mask & ~binary_erosion(np.pad(mask, 1), np.ones((3, 3)))[1:-1, 1:-1]


@pytest.mark.parametrize("form", ["box", "ellipse", "blob"])
def test_plain_forms_have_the_size_and_are_what_they_are_called(form):
    rng = np.random.default_rng(0)
    masks = [draw_parcel(form, 600, 2.0, 128, rng) for _ in range(30)]
    assert np.median([m.sum() for m in masks]) == pytest.approx(600, rel=0.1)
    assert np.median([form_of(m)[0] for m in masks]) == pytest.approx(2, rel=0.35)
    assert len({m.tobytes() for m in masks}) > 25
    compact = np.array([form_of(m)[1] for m in masks])
    rough = np.median([outline(m).sum() for m in masks])
    if form == "blob":
        assert np.median(compact) < 0.93
        assert rough > 1.2 * np.median(
            [outline(draw_parcel("ellipse", 600, 2.0, 128, rng)).sum() for _ in masks]
        )
    else:
        # The second moments of a rectangle and an ellipse say which it is.
        wanted = 3 / np.pi if form == "box" else 1
        np.testing.assert_allclose(compact, wanted, atol=0.03)
    for mask in masks:
        assert label(mask, np.ones((3, 3)))[1] == 1


@pytest.mark.parametrize("tile", [32, 100, 256])
def test_a_class_with_one_pond_gets_many_kinds_of_ponds_of_its_size(tile):
    labels = np.zeros((64, 64), np.uint8)
    labels[20:26, 30:38] = POND
    bank = bank_of([labels], [POND])
    shapes = Simulator(bank, tile).shapes(POND, 60, np.random.default_rng(0))
    sizes = np.array([s.size for s in shapes])
    assert len({s.mask.tobytes() for s in shapes}) > 50
    assert 25 < np.median(sizes) < 90
    assert all(max(s.mask.shape) <= tile for s in shapes)


def test_a_class_without_any_shape_borrows_from_the_others():
    labels = np.full((64, 64), FARM, np.uint8)
    labels[8:16, 8:16] = labels[30:38, 30:38] = POND
    bank = bank_of([labels], [POND, 9])
    sizes = [s.size for s in Simulator(bank, 128).shapes(9, 40, np.random.default_rng(0))]
    assert 20 < np.median(sizes) < 200
