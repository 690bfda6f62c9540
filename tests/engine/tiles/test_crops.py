"""A drawn crop is what the definition says, its pixel is drawn evenly, and no scene is held in memory."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from overseed.errors import InputError
from overseed.tiles.grid import Window
from overseed.tiles.labelled import CELL, LabelledPixels
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.statistics import sample_pixels
from overseed.tiles.store import StoredScene, read_crop

TYPES = ("uint8", "int16", "uint16", "uint32", "float32", "float64")


def random_scene(seed, height, width, dtype="uint16", bands=2):
    """Labels, sides and, in float images, NaN pixel by pixel: the worst that a mask can be."""
    rng = np.random.default_rng(seed)
    image = rng.integers(1, 100, (bands, height, width)).astype(dtype)
    if image.dtype.kind == "f":
        image[rng.random(image.shape) < 0.2] = np.nan
    labels = rng.choice(np.array([0, 1, 3, 254, 255], np.uint8), (height, width))
    side = rng.choice(np.array([0, 1, 2, 255], np.uint8), (height, width))
    labels[height // 2, width // 2], side[height // 2, width // 2] = 3, 0
    return StoredScene(image, labels, side)


def naive_crop(scene, window, side, symmetry):
    """The definition, pixel by pixel: what the side may not see is blank; turned, then mirrored."""
    bands, height, width = scene.image.shape
    image = np.zeros((bands, window.height, window.width), scene.image.dtype)
    labels = np.full((window.height, window.width), 255, np.uint8)
    visible = np.zeros(labels.shape, bool)
    for i in range(window.height):
        for j in range(window.width):
            row, col = window.row + i, window.col + j
            if 0 <= row < height and 0 <= col < width and scene.side[row, col] == side:
                image[:, i, j] = scene.image[:, row, col]
                labels[i, j] = scene.labels[row, col]
                visible[i, j] = True

    def turned(array):
        array = np.rot90(array, symmetry % 4, axes=(-2, -1))
        return np.flip(array, -1) if symmetry >= 4 else array

    return turned(image), turned(labels), turned(visible)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shapes=st.lists(st.tuples(st.integers(1, 150), st.integers(1, 150)), min_size=1, max_size=3),
    size=st.integers(1, 40),
    dtype=st.sampled_from(TYPES),
    balance=st.sampled_from(["natural", "balanced"]),
)
def test_drawn_crops_equal_the_naive_definition(seed, shapes, size, dtype, balance):
    scenes = [random_scene(seed + n, *shape, dtype) for n, shape in enumerate(shapes)]
    sampler = CropSampler(scenes, 0, size, balance)
    batch = sampler.draw(5, rng_for(seed, 0))
    assert batch.images.dtype == dtype
    for number, place in enumerate(sampler.placements(5, rng_for(seed, 0))):
        scene, window = scenes[place.scene], place.window
        image, labels, visible = naive_crop(scene, window, 0, place.symmetry)
        np.testing.assert_array_equal(batch.images[number], image)
        np.testing.assert_array_equal(batch.labels[number], labels)
        np.testing.assert_array_equal(batch.visible[number], visible)
        assert (labels != 255).any()
        # Over the edge only where the scene is smaller than the crop.
        for start, length in zip((window.row, window.col), scene.labels.shape, strict=True):
            assert 0 <= start <= length - size or start == (length - size) // 2 < 0


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    top=st.integers(-30, 60),
    left=st.integers(-30, 60),
    height=st.integers(1, 25),
    width=st.integers(1, 25),
    dtype=st.sampled_from(TYPES),
)
def test_windows_over_and_beyond_the_edge_are_blank_outside(seed, top, left, height, width, dtype):
    scene = random_scene(seed, 40, 33, dtype)
    window = Window(top, left, height, width)
    crop = read_crop(scene, window, 1)
    image, labels, visible = naive_crop(scene, window, 1, 0)
    np.testing.assert_array_equal(crop.image, image)
    np.testing.assert_array_equal(crop.labels, labels)
    np.testing.assert_array_equal(crop.visible, visible)


def drawn_pixels(scenes, balance, count):
    """Crops of one pixel are the drawn pixels themselves: how often each was, a raster per scene."""
    counts = [np.zeros(scene.labels.shape, int) for scene in scenes]
    for place in CropSampler(scenes, 0, 1, balance).placements(count, rng_for(5, 0)):
        counts[place.scene][place.window.row, place.window.col] += 1
    return counts


def test_every_labelled_pixel_is_drawn_equally_often():
    # Cells differ in size and in how many pixels of the class they hold.
    scenes = [random_scene(0, CELL + 9, 2 * CELL + 3), random_scene(1, 20, 30)]
    counts = drawn_pixels(scenes, "natural", 60_000)
    known = [(s.labels != 255) & (s.side == 0) for s in scenes]
    assert sum(c[~k].sum() for c, k in zip(counts, known, strict=True)) == 0
    found = np.concatenate([c[k] for c, k in zip(counts, known, strict=True)])
    assert chisquare(found).pvalue > 0.001


def test_balanced_draws_are_even_over_classes_and_over_each_classs_pixels():
    scenes = [random_scene(0, CELL + 9, 2 * CELL + 3), random_scene(1, 20, 30)]
    for scene in scenes:
        # Class 0 gets rare and stays in few cells; class 2 has no pixel at all.
        scene.labels[scene.labels == 0] = 1
        scene.labels[2:9, 4:9] = 0
    counts = drawn_pixels(scenes, "balanced", 60_000)
    totals = []
    for index in (0, 1, 3, 254):
        of_class = [(s.labels == index) & (s.side == 0) for s in scenes]
        found = np.concatenate([c[k] for c, k in zip(counts, of_class, strict=True)])
        assert chisquare(found).pvalue > 0.001
        totals.append(found.sum())
    assert sum(totals) == 60_000
    assert chisquare(totals).pvalue > 0.001


def test_windows_and_symmetries_are_even_over_all_that_hold_the_pixel():
    labels = np.full((9, 12), 255, np.uint8)
    labels[1, 6] = 0
    scene = StoredScene(labels[None], labels, np.zeros_like(labels))
    places = CropSampler([scene], 0, 4, "natural").placements(16_000, rng_for(0, 0))
    kinds = [(p.window.row, p.window.col, p.symmetry) for p in places]
    distinct, counts = np.unique(kinds, axis=0, return_counts=True)
    # Rows 0 and 1 (above them the raster ends), columns 3 to 6, eight symmetries.
    assert set(map(tuple, distinct)) == {
        (r, c, s) for r in (0, 1) for c in range(3, 7) for s in range(8)
    }
    assert chisquare(counts).pvalue > 0.001


def test_numbers_run_over_all_labelled_pixels_once_class_by_class():
    scenes = [random_scene(3, CELL + 1, CELL - 1), random_scene(4, 7, 2 * CELL)]
    pixels = LabelledPixels(scenes, 2)
    total = int(pixels.counts.sum())
    found = [pixels.find(number) for number in range(total)]
    assert len(set(found)) == total
    classes = [int(scenes[scene].labels[row, col]) for scene, row, col in found]
    assert all(scenes[scene].side[row, col] == 2 for scene, row, col in found)
    assert classes == sorted(classes)
    np.testing.assert_array_equal(pixels.counts, np.bincount(classes))
    expected = sum(np.count_nonzero((s.labels != 255) & (s.side == 2)) for s in scenes)
    assert total == expected
    with pytest.raises(IndexError):
        pixels.find(total)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_draws_the_same_batches(workers):
    sampler = CropSampler([random_scene(0, 150, 170)], 0, 24, "balanced")
    alone = [sampler.draw(4, rng_for(7, step)) for step in range(20)]

    def steps_of(worker):
        return {s: sampler.draw(4, rng_for(7, s)) for s in range(worker, 20, workers)}

    with ThreadPoolExecutor(workers) as pool:
        together = {s: b for part in pool.map(steps_of, range(workers)) for s, b in part.items()}
    for step, batch in enumerate(alone):
        np.testing.assert_array_equal(batch.images, together[step].images)
        np.testing.assert_array_equal(batch.labels, together[step].labels)
        np.testing.assert_array_equal(batch.visible, together[step].visible)


def test_a_side_without_labels_is_refused():
    scene = random_scene(0, 20, 20)
    scene.labels[scene.side == 1] = 255
    with pytest.raises(InputError) as caught:
        CropSampler([scene], 1, 8, "natural")
    assert caught.value.code == "tiles.no-labels"


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("limit", [0, 1, 700, 10**6])
def test_sampled_pixels_are_distinct_and_of_the_side(labelled, limit):
    scenes = [random_scene(0, 150, 61), random_scene(1, 40, 90), random_scene(2, 3, 3)]
    scenes[2].side[:] = 1
    # The first band holds each pixel's own number.
    numbered, first = [], 0
    for scene in scenes:
        own = np.arange(first, first + scene.labels.size).reshape(1, *scene.labels.shape)
        numbered.append(StoredScene(own, scene.labels, scene.side))
        first += scene.labels.size
    values, labels = sample_pixels(numbered, 0, limit, np.random.default_rng(0), labelled)
    again = sample_pixels(numbered, 0, limit, np.random.default_rng(0), labelled)
    np.testing.assert_array_equal(values, again[0])
    numbers = values[:, 0]
    assert values.shape == (len(labels), 1)
    assert (np.diff(numbers) > 0).all()
    every = np.concatenate([s.labels.ravel() for s in scenes])
    allowed = np.concatenate([s.side.ravel() for s in scenes]) == 0
    if labelled:
        allowed &= every != 255
    assert allowed[numbers].all()
    np.testing.assert_array_equal(labels, every[numbers])
    assert min(limit, allowed.sum()) <= len(labels) <= min(limit + 2, allowed.sum())


def test_sampled_pixels_are_even_over_the_scene():
    scene = random_scene(0, 150, 20)
    own = np.arange(scene.labels.size).reshape(1, *scene.labels.shape)
    scene = StoredScene(own, scene.labels, scene.side)
    counts = np.zeros(scene.labels.size, int)
    for seed in range(600):
        counts[sample_pixels([scene], 0, 100, np.random.default_rng(seed))[0][:, 0]] += 1
    assert chisquare(counts[scene.side.ravel() == 0]).pvalue > 0.001


def test_memory_does_not_grow_with_the_scene(tmp_path):
    def peak(height):
        folder = tmp_path / str(height)
        folder.mkdir()
        arrays = [
            np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.uint8, shape)
            for name, shape in (
                ("image", (1, height, 2048)),
                ("labels", (height, 2048)),
                ("side", (height, 2048)),
            )
        ]
        tracemalloc.start()
        scene = StoredScene(*arrays)
        CropSampler([scene], 0, 64, "balanced").draw(8, rng_for(0, 0))
        sample_pixels([scene], 0, 1000, np.random.default_rng(0), labelled=True)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    small, large = peak(1024), peak(8192)
    # The 16.8 million labelled pixels of the larger one would be 134 MB as a list of numbers.
    assert large < small + 1_000_000
    assert large < 10_000_000
