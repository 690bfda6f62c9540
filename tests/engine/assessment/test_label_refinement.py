"""Labels of painted objects: what was painted keeps them, what was not loses them, the rest is unlabelled."""

from __future__ import annotations

import numpy as np
import pytest

from overseed.assessment.label_refinement import LEAST_ACCURACY, LabelRefiner
from overseed.tiles.store import StoredScene
from tests.engine.assessment import ground

UNLABELLED = 255
SIZE = ground.TILE


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return ground.make(tmp_path_factory.mktemp("refined"), size=384)


def refiner_of(scene, place, takers):
    return LabelRefiner.fit(
        [scene], place.own, place.others, 0, len(place.names), takers, np.random.default_rng(0)
    )


@pytest.fixture(scope="module")
def refiner(place):
    return refiner_of(place.scene, place, range(len(place.names)))


def told(refiner):
    """Classes that are told from all others."""
    return np.flatnonzero(refiner.trusted.sum(axis=1) == refiner.classes - 1)


def ellipse(rows, cols, centre=(32, 32)):
    y, x = np.mgrid[:SIZE, :SIZE]
    return ((y - centre[0]) / rows) ** 2 + ((x - centre[1]) / cols) ** 2 <= 1


def planted(place, taker, painted, rng):
    """A real tile with real ground of a class, from unseen blocks, where ``painted``; its old labels."""
    tiles = list(place.tiles(place.others))
    image, before = max(tiles, key=lambda tile: (tile[1] != taker).sum())
    source = np.concatenate([i[:, labels == taker].T for i, labels in tiles])
    image = image.copy()
    image[:, painted] = source[rng.integers(len(source), size=int(painted.sum()))].T
    return image, before


def overlap(first, second):
    return (first & second).sum() / (first | second).sum()


@pytest.mark.parametrize("taker", range(2))
def test_the_label_becomes_what_was_painted(place, refiner, taker):
    taker = told(refiner)[taker]
    mask, painted = ellipse(26, 26), ellipse(14, 20)
    image, before = planted(place, taker, painted, np.random.default_rng(taker))
    layout = np.where(mask, taker, before).astype(np.uint8)
    found = refiner.refine(image, layout, before, mask)
    own = (found.labels == taker) & mask
    # What had the class before, inside the mask but not painted, is truly of it.
    true = painted | ((before == taker) & mask)
    assert overlap(own, true) >= 0.9
    assert overlap(mask, true) < 0.6
    np.testing.assert_array_equal(found.labels[~mask], layout[~mask])
    rest = mask & ~true
    assert (found.labels[rest] == before[rest]).mean() > 0.8
    assert found.kept[taker] == own.sum()
    assert found.asked[taker] == mask.sum() == found.asked.sum()


def test_what_looks_like_nothing_known_of_the_place_is_unlabelled(place, refiner):
    taker, other = told(refiner)[:2]
    mask = ellipse(20, 20)
    image, _ = planted(place, other, mask, np.random.default_rng(1))
    nobody_knows = np.full((SIZE, SIZE), UNLABELLED, np.uint8)
    layout = np.where(mask, taker, nobody_knows).astype(np.uint8)
    found = refiner.refine(image, layout, nobody_knows, mask)
    assert found.share < 0.1
    assert (found.labels[mask] == UNLABELLED).mean() > 0.9


def test_an_untouched_mask_keeps_nothing(place, refiner):
    taker = told(refiner)[0]
    image, before = planted(place, taker, ellipse(0.1, 0.1, (5, 5)), np.random.default_rng(2))
    mask = ellipse(20, 20) & (before != taker)
    found = refiner.refine(image, np.where(mask, taker, before).astype(np.uint8), before, mask)
    assert found.share < 0.1


def test_a_class_that_nobody_tells_keeps_the_layout(place):
    scene = place.scene
    # Half of one class's pixels get another's label at random: no classifier can tell the two.
    rng = np.random.default_rng(0)
    labels = np.array(scene.labels)
    mixed = (labels == 0) | (labels == 1)
    labels[mixed] = rng.integers(2, size=int(mixed.sum()))
    blind = refiner_of(StoredScene(scene.image, labels, scene.side), place, [0, 1])
    assert blind.accuracy[0, 1] < LEAST_ACCURACY
    assert not blind.trusted[0, 1]
    image, _ = planted(place, 3, ellipse(20, 20), rng)
    layout, before = (np.full((SIZE, SIZE), k, np.uint8) for k in (0, 1))
    found = blind.refine(image, layout, before, ellipse(20, 20))
    np.testing.assert_array_equal(found.labels, layout)
    assert found.share == 1
    assert place.names[1] in blind.figures(place.names)[place.names[0]]["not_told_from"]
