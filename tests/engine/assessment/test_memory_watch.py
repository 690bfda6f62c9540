"""Repeated training ground is noticed, however it is turned; ground that is merely alike is not."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from overseed.assessment.memory_watch import MemoryWatch
from overseed.tiles.sampling import Batch
from overseed.tiles.statistics import band_statistics

SIZE = 48


def crops(count, seed, rough=1.5):
    """Crops of ground with two bands of the same kind of texture."""
    rng = np.random.default_rng(seed)
    fields = gaussian_filter(rng.normal(size=(count, 2, SIZE, SIZE)), (0, 0, rough, rough))
    images = (1000 + 400 * fields / fields.std()).astype(np.uint16)
    return Batch(
        images, np.zeros((count, SIZE, SIZE), np.uint8), np.ones((count, SIZE, SIZE), bool)
    )


@pytest.fixture(scope="module")
def watch():
    seen, held, other = crops(12, 0), crops(12, 1), crops(12, 2)
    stats = band_statistics(np.moveaxis(seen.images, 1, 0).reshape(2, -1), ["a", "b"])
    return MemoryWatch.fit(seen, held, other, stats, np.random.default_rng(0))


EVERYWHERE = np.ones((12, SIZE, SIZE), bool)


def test_real_ground_outside_the_index_has_a_ratio_of_one(watch):
    assert watch.usual == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("turns", [0, 1])
def test_repeated_ground_is_a_copy_also_turned_and_noisy(watch, turns):
    noise = np.random.default_rng(3).normal(0, 40, (12, 2, SIZE, SIZE))
    made = np.rot90(crops(12, 0).images, turns, axes=(2, 3)) + noise
    ratio = watch.ratio(made, EVERYWHERE)
    assert ratio < 0.6
    assert watch.copies(ratio)


def test_new_ground_of_the_kind_is_none(watch):
    ratio = watch.ratio(crops(12, 4).images, EVERYWHERE)
    assert 0.85 < ratio < 1.15
    assert not watch.copies(ratio)


def test_ground_of_another_kind_is_none(watch):
    assert not watch.copies(watch.ratio(crops(12, 5, rough=0.8).images, EVERYWHERE))


def test_only_painted_pixels_count(watch):
    """Training ground that shows through around what was painted is no copy."""
    made = crops(12, 0).images.copy()
    painted = np.zeros_like(EVERYWHERE)
    painted[:, 8:40, 8:40] = True
    made[:, :, 8:40, 8:40] = crops(12, 6).images[:, :, 8:40, 8:40]
    inside = watch.ratio(made, painted)
    assert not watch.copies(inside)
    assert watch.ratio(made, EVERYWHERE) < inside


def test_too_little_painted_says_nothing(watch):
    nothing = np.zeros_like(EVERYWHERE)
    assert watch.ratio(crops(12, 0).images, nothing) is None
    assert not watch.copies(None)


def test_what_the_ground_around_tells_is_no_copy(watch):
    """Whoever comes as near to held-out ground that he paints has learned nothing by heart."""
    noise = np.random.default_rng(7).normal(0, 40, (12, 2, SIZE, SIZE))
    of_seen, of_held, of_new = (
        watch.ratio(crops(12, seed).images + noise, EVERYWHERE) for seed in (0, 1, 8)
    )
    assert of_held > 1.5
    assert watch.copies(of_seen)
    assert not watch.copies(of_seen, of_held)
    assert watch.copies(of_seen, of_new)
