"""Places of made parcels: like those of real ones they pass, elsewhere they are named."""

import numpy as np
import pytest

from overseed.assessment import surroundings
from overseed.assessment.surroundings import LEAST_KNOWN, Surroundings
from overseed.tiles.grid import Window
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

SIZE, HARBOUR, FIELD = 256, 1, 0
RNG = np.random.default_rng(0)


def scene(parcels):
    """Dark smooth ground in the west, bright rough ground in the east; parcels in the west alone."""
    image = np.empty((2, SIZE, SIZE), np.uint16)
    image[:, :, :128] = 1000 + RNG.normal(0, 20, (2, SIZE, 128))
    image[:, :, 128:] = 3000 + RNG.normal(0, 300, (2, SIZE, 128))
    labels = np.full((SIZE, SIZE), FIELD, np.uint8)
    for number in range(parcels):
        row, col = 8 + 30 * (number // 4), 8 + 28 * (number % 4)
        labels[row : row + 6, col : col + 7] = HARBOUR
        image[:, row : row + 6, col : col + 7] = 2000
    return StoredScene(image, labels, np.zeros((SIZE, SIZE), np.uint8))


def fitted(stored):
    stats = band_statistics(stored.image.reshape(2, -1), ["a", "b"])
    blocks = [(0, Window(r, c, 128, 128)) for r in (0, 128) for c in (0, 128)]
    return Surroundings.fit([stored], blocks, 0, stats, [HARBOUR])


def made(stored, col):
    """A layout with a parcel in a tile that begins at a column."""
    tile = (slice(140, 204), slice(col, col + 64))
    labels = np.full((64, 64), FIELD, np.uint8)
    changed = np.zeros((64, 64), bool)
    labels[30:37, 30:36] = HARBOUR
    changed[30:37, 30:36] = True
    return stored.image[:, *tile], np.ones((64, 64), bool), labels, changed


@pytest.mark.parametrize(("col", "expected"), [(40, None), (160, HARBOUR), (97, HARBOUR)])
def test_places_unlike_those_of_real_parcels_are_named(col, expected):
    stored = scene(16)
    assert fitted(stored).unlike(*made(stored, col)) == expected


def test_what_lies_under_the_parcel_does_not_count():
    stored = scene(16)
    image, visible, labels, changed = made(stored, 40)
    image = image.copy()
    image[:, changed] = 60000
    assert fitted(stored).unlike(image, visible, labels, changed) is None


def test_a_class_of_few_parcels_suits_any_ground():
    stored = scene(LEAST_KNOWN - 1)
    assert fitted(stored).unlike(*made(stored, 160)) is None


def test_of_many_parcels_those_of_all_blocks_are_looked_at(monkeypatch):
    """Also the bright ground of the last block, when there are more parcels than are looked at."""
    monkeypatch.setattr(surroundings, "MOST_KNOWN", 16)
    stored = scene(16)
    image, labels = stored.image.copy(), stored.labels.copy()
    west, east = (slice(0, 128), slice(0, 128)), (slice(128, 256), slice(128, 256))
    labels[east] = labels[west]
    image[:, *east][:, labels[east] == HARBOUR] = 2000
    rings = fitted(StoredScene(image, labels, stored.side)).rings[HARBOUR]
    assert len(rings) <= 16
    assert min((rings[:, 0] < 0).sum(), (rings[:, 0] > 0).sum()) >= 6


def test_memory_does_not_grow_with_parcels_times_block():
    """A block of many small parcels, as of buildings, in a scene of many bands."""
    import tracemalloc

    size, bands = 600, 60
    labels = np.full((size, size), FIELD, np.uint8)
    for row in range(8, size - 8, 24):
        for col in range(8, size - 8, 24):
            labels[row : row + 4, col : col + 4] = HARBOUR
    image = RNG.integers(0, 255, (bands, size, size), dtype=np.uint8)
    stored = StoredScene(image, labels, np.zeros((size, size), np.uint8))
    stats = band_statistics(
        image[:, ::10, ::10].reshape(bands, -1), [f"b{n}" for n in range(bands)]
    )
    tracemalloc.start()
    try:
        found = Surroundings.fit([stored], [(0, Window(0, 0, size, size))], 0, stats, [HARBOUR])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.rings[HARBOUR]) > 500
    assert peak < 2 * image.nbytes
