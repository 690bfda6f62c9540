"""The gate lets real ground through and stops wrong labels, fakes and values that are no numbers."""

from __future__ import annotations

import numpy as np
import pytest

from overseed.assessment.gate import BANDS, CLASSIFIER, DETAIL, NOT_FINITE, Gate
from overseed.assessment.regions import real_regions
from overseed.tiles.grid import Window
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene
from tests.engine.assessment import ground

SEAM = 2


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return ground.make(tmp_path_factory.mktemp("ground"), size=384)


@pytest.fixture(scope="module")
def gate(place):
    return fitted(place)


def fitted(place, blocks=None):
    native = [True] * len(place.stats.names)
    blocks = place.own if blocks is None else blocks
    rng = np.random.default_rng(0)
    return Gate.fit(
        [place.scene], blocks, 0, place.names, place.stats, native, ground.TILE, SEAM, rng
    )


def large_regions(place):
    """Image, labels, class and mask of real parcels on ground that the gate has not seen."""
    for image, labels in place.tiles(place.others):
        for index, mask in real_regions(labels, SEAM):
            if mask.sum() >= 200:
                yield image, labels, index, mask


def test_most_real_ground_passes(place, gate):
    verdicts = [gate.judge(image, labels, mask) for image, labels, _, mask in large_regions(place)]
    assert len(verdicts) > 30
    assert np.mean([v.kind is None for v in verdicts]) > 0.9
    assert gate.rejected_share([place.scene], place.others, 0, ground.TILE, SEAM) < 0.2


def test_classes_that_it_never_met_are_named(place, gate):
    everything = range(len(place.names))
    assert gate.strangers(everything) == []
    scene = place.scene
    labels = np.where(np.asarray(scene.labels) == 1, 255, scene.labels).astype(np.uint8)
    without = Gate.fit(
        [StoredScene(scene.image, labels, scene.side)], place.own, 0, place.names, place.stats,
        [True] * len(place.stats.names), ground.TILE, SEAM, np.random.default_rng(0),
    )  # fmt: skip
    assert without.strangers(everything) == [place.names[1]]
    assert fitted(place, blocks=[]).strangers([0, 2]) == [place.names[0], place.names[2]]


def test_real_ground_with_another_label_is_not_recognised(place, gate):
    kinds = []
    for image, labels, index, mask in large_regions(place):
        other = (index + 1) % len(place.names)
        verdict = gate.judge(image, np.where(mask, other, labels).astype(np.uint8), mask)
        kinds.append(verdict.kind)
        assert verdict.reason is None or place.names[other] in verdict.reason
    assert np.mean([kind == CLASSIFIER for kind in kinds]) > 0.95


def test_class_means_are_too_smooth_and_noise_is_too_rough(place, gate):
    rng = np.random.default_rng(1)
    means, noise = [], []
    for image, labels, index, mask in large_regions(place):
        values = place.scene.image[:, place.scene.labels == index].astype(float)
        fills = (
            np.repeat(values.mean(axis=1)[:, None], mask.sum(), axis=1),
            rng.multivariate_normal(values.mean(axis=1), np.cov(values), mask.sum()).T,
        )
        for fill, found in zip(fills, (means, noise), strict=True):
            fake = image.copy()
            fake[:, mask] = fill
            verdict = gate.judge(fake, labels, mask)
            found.append(verdict.kind)
            # A pixel classifier alone is taken in by both.
            assert verdict.scores[CLASSIFIER] < 1
    assert set(means) == {BANDS}
    assert np.mean([kind in (BANDS, DETAIL) for kind in noise]) > 0.8


def test_values_that_are_no_numbers_are_named(place, gate):
    image, labels, _, mask = next(large_regions(place))
    broken = image.astype(np.float32)
    broken[0, np.flatnonzero(mask.any(axis=1))[0]] = np.nan
    assert gate.judge(broken, labels, mask).kind == NOT_FINITE


def test_a_class_with_next_to_no_ground_is_judged_by_what_all_classes_show(place):
    """One parcel of water is left on the gate's ground: nothing can be held out for it."""
    labels = place.scene.labels.copy()
    water = place.names.index("water")
    rows, cols = np.nonzero(labels == water)
    keep = (rows < ground.BLOCK) & (cols < ground.BLOCK)
    labels[rows[~keep], cols[~keep]] = 255
    labels[:70, :70] = 255
    labels[30:44, 20:34] = water
    scene = StoredScene(place.scene.image, labels, place.scene.side)
    poor = ground.Ground(scene, place.stats, place.own, place.others, place.names)
    gate = fitted(poor)
    assert 0 < gate.figures["regions"]["water"] < 12
    flat = np.full_like(place.scene.image[:, :64, :64], 3)
    verdict = gate.judge(flat, np.full((64, 64), water, np.uint8), np.ones((64, 64), bool))
    assert verdict.kind in (CLASSIFIER, BANDS)


def test_ground_without_labels_leaves_only_the_finite(place):
    gate = fitted(place, blocks=[])
    image, labels, _, mask = next(large_regions(place))
    assert gate.judge(np.zeros_like(image), labels, mask).kind is None
    assert gate.figures["real_tiles"] == 0


@pytest.mark.parametrize("bands", [1, 40])
def test_any_number_of_bands_and_a_single_block(bands):
    rng = np.random.default_rng(bands)
    labels = (np.indices((96, 96))[1] // 24 % 2).astype(np.uint8)
    image = (rng.normal(100, 5, (bands, 96, 96)) + 60 * labels).astype("int16")
    scene = StoredScene(image, labels, np.zeros_like(labels))
    stats = band_statistics(image.reshape(bands, -1), [f"b{n}" for n in range(bands)])
    whole = [(0, Window(0, 0, 96, 96))]
    gate = Gate.fit([scene], whole, 0, ("a", "b"), stats, [False] * bands, 64, SEAM, rng)
    inner = np.ones((64, 64), bool)
    tile, right = image[:, :64, :64], labels[:64, :64]
    assert gate.judge(tile, right, inner).kind is None
    assert gate.judge(tile, 1 - right, inner).kind == CLASSIFIER
