"""Parcels are what is connected; styles are recovered from ground whose styles are known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from overseed.generators.parcels import cores, find_parcels
from overseed.generators.styles import StyleModel
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

CELL = 16


def test_parcels_are_connected_pixels_of_one_class_inside():
    labels = np.array([[[0, 0, 1, 255], [1, 0, 1, 0], [1, 1, 0, 0]]], np.uint8)
    where = np.ones(labels.shape, bool)
    where[0, 2, 3] = False
    parcels = find_parcels(labels, where)
    assert sorted(zip(parcels.label.tolist(), parcels.size.tolist(), strict=True)) == [
        (0, 1), (0, 1), (0, 3), (1, 2), (1, 3),
    ]  # fmt: skip
    assert (parcels.number[labels == 255] == 0).all()
    assert parcels.number[0, 2, 3] == 0
    values = labels[..., None].astype(float)
    np.testing.assert_array_equal(parcels.mean(values)[:, 0], parcels.label)
    inside = parcels.number > 0
    np.testing.assert_array_equal(parcels.label[parcels.number[inside] - 1], labels[inside])


def test_parcels_on_other_pixels_of_the_same_layouts_are_counted_on():
    labels = np.array([[[0, 0, 1, 1]], [[1, 1, 1, 0]]], np.uint8)
    left = np.array([[[1, 1, 0, 0]], [[1, 0, 0, 0]]], bool)
    both = find_parcels(labels, left).and_those_of(find_parcels(labels, ~left))
    assert len(both) == 5
    inside = both.number - 1
    np.testing.assert_array_equal(both.label[inside], labels)
    assert both.tile.tolist() == [0, 1, 0, 1, 1]
    np.testing.assert_array_equal(both.size, np.bincount(both.number.ravel())[1:])


def test_cores_are_what_touches_no_other_parcel_unless_too_little_is_left():
    labels = np.zeros((1, 12, 12), np.uint8)
    labels[0, 3:9, 4:10] = 1
    labels[0, 11, 11] = 2
    parcels = find_parcels(labels, np.ones(labels.shape, bool))
    inner = cores(parcels, 12)
    sizes = dict(zip(inner.label.tolist(), inner.size.tolist(), strict=True))
    assert (sizes[1], sizes[2]) == (16, 1)
    assert (inner.number[0, 4:8, 5:9] > 0).all()
    assert inner.number[0, 0, 0] > 0, "the edge of a tile is no border"
    assert cores(parcels, 17).size[inner.label.tolist().index(1)] == 36


def parcelled_ground(haze, seed=0, cells=24):
    """A chequered scene of three classes with known means, parcel shifts of deviation 2, and smooth haze."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(3, size=(cells, cells))
    shift = rng.normal(0, 2, (2, cells, cells))
    labels = classes.repeat(CELL, 0).repeat(CELL, 1).astype(np.uint8)
    image = np.stack([10.0 * labels, 50.0 - 10 * labels])
    image += shift.repeat(CELL, 1).repeat(CELL, 2)
    smooth = gaussian_filter(rng.normal(size=labels.shape), 60)
    image += haze * smooth / smooth.std()
    image += rng.normal(0, 1, image.shape)
    return StoredScene(image.astype(np.float32), labels, np.zeros_like(labels))


def fitted(scene, seed=0):
    stats = band_statistics(scene.image.reshape(2, -1), ["a", "b"])
    source = CropSampler([scene], 0, 64, "balanced")
    return StyleModel.fit(source, stats, 3, 64, seed), stats, source


def drawn(model, stats, source, label, count=40):
    """Mean spectra in native units of parcels drawn on one tile, and the tile's haze."""
    batch = source.draw(1, np.random.default_rng(5))
    layout = np.full((1, 64, 64), label, np.uint8)
    hole = np.zeros(layout.shape, bool)
    hole[0, 20:40, 20:40] = True
    known = batch.visible & ~hole
    components = model.project(stats.scale(batch.images, known))
    parcels = find_parcels(layout, hole)
    labels = np.where(hole, layout, batch.labels)
    styles = [
        model.draw(parcels, labels, components, known, np.random.default_rng(s))
        for s in range(count)
    ]
    spectra = model.spectra(np.concatenate(styles))
    return spectra * np.array(stats.std) + np.array(stats.mean), batch


def test_styles_have_the_class_mean_and_the_parcels_spread():
    model, stats, source = fitted(parcelled_ground(haze=0))
    for label, mean in ((0, (0, 50)), (1, (10, 40)), (2, (20, 30))):
        spectra, _ = drawn(model, stats, source, label, 200)
        np.testing.assert_allclose(spectra.mean(axis=0), mean, atol=1.0)
        np.testing.assert_allclose(spectra.std(axis=0), 2, rtol=0.35)


def test_styles_follow_the_haze_of_their_place():
    model, stats, source = fitted(parcelled_ground(haze=8))
    spectra, batch = drawn(model, stats, source, 1)
    clear = np.stack([10.0 * batch.labels, 50.0 - 10 * batch.labels], axis=1)
    haze = (batch.images - clear).mean()
    assert abs(haze) > 2
    found = (spectra - [10, 40]).mean()
    assert found == pytest.approx(haze, abs=max(2.0, 0.4 * abs(haze)))


def test_measured_styles_are_those_of_the_parcels():
    scene = parcelled_ground(haze=0)
    model, stats, source = fitted(scene)
    batch = source.draw(2, np.random.default_rng(1))
    parcels = find_parcels(batch.labels, batch.visible)
    images = stats.scale(batch.images, batch.visible)
    spectra = model.spectra(model.measure(parcels, model.project(images)))
    for number in range(len(parcels)):
        own = cores(parcels, 12).number == number + 1
        np.testing.assert_allclose(
            spectra[number], np.moveaxis(images, 1, -1)[own].mean(axis=0), atol=1e-3
        )


def test_styles_are_spread_over_their_parcels_in_deviations_from_the_usual():
    scene = parcelled_ground(haze=0)
    model, stats, source = fitted(scene)
    batch = source.draw(8, np.random.default_rng(1))
    hidden = batch.visible.copy()
    hidden[:, :, :20] = False
    parcels = find_parcels(batch.labels, hidden)
    components = model.project(stats.scale(batch.images, batch.visible))
    styles = model.measure(parcels, components)
    maps = model.spread(styles, parcels)
    assert maps.shape == (8, model.channels, 64, 64)
    assert maps.dtype == np.float32
    assert (maps[:, :, ~hidden.all(axis=0)] == 0).all()
    first = parcels.number == 1
    assert np.ptp(np.moveaxis(maps, 1, -1)[first], axis=0).max() == 0
    # Seen over many parcels of all classes they are centred and of about unit spread.
    seen = np.moveaxis(maps, 1, -1)[hidden][:, :2]
    assert np.abs(seen.mean(axis=0)).max() < 0.5
    assert 0.6 < seen.std() < 1.5
    usual = np.broadcast_to(model.level.mean(axis=0), styles.shape)
    assert np.abs(model.spread(usual, parcels)).max() < 1e-5


def test_a_class_without_parcels_gets_something_finite():
    scene = parcelled_ground(haze=0)
    model, stats, source = fitted(scene)
    blank = StyleModel.blank(2, 5)
    for each, label in ((model, 2), (blank, 4)):
        spectra, _ = drawn(each, stats, source, label, 3)
        assert np.isfinite(spectra).all()
