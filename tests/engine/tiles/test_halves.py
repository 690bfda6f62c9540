"""Halves are disjoint, cover everything, follow ground and hold each class where that is possible."""

import numpy as np
import pytest

from overseed.tiles.grid import Window
from overseed.tiles.halves import as_scenes, halve_blocks
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import PRESENT
from overseed.tiles.store import StoredScene

SIDE = 32


def scene(rows, cols, seed=0, classes=4):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, (rows * SIDE, cols * SIDE)).astype(np.uint8)
    side = np.zeros_like(labels)
    blocks = [
        (0, Window(row, col, SIDE, SIDE))
        for row in range(0, rows * SIDE, SIDE)
        for col in range(0, cols * SIDE, SIDE)
    ]
    return StoredScene(np.zeros((1, *labels.shape)), labels, side), blocks


def pixels(scenes, half, index):
    return sum(
        int(((scenes[n].labels[w.slices] == index) & (scenes[n].side[w.slices] == 0)).sum())
        for n, w in half
    )


def covered(scenes, halves):
    seen = [np.zeros(s.labels.shape, int) for s in scenes]
    for half in halves:
        for number, window in half:
            seen[number][window.slices] += 1
    return seen


@pytest.mark.parametrize(("rows", "cols"), [(1, 2), (3, 3), (5, 8)])
@pytest.mark.parametrize("seed", [0, 1])
def test_halves_partition_the_blocks_and_balance_the_classes(rows, cols, seed):
    one, blocks = scene(rows, cols)
    halves = halve_blocks([one], blocks, 4, seed)
    assert (covered([one], halves)[0] == 1).all()
    assert sorted(map(str, halves[0] + halves[1])) == sorted(map(str, blocks))
    for index in range(4):
        shares = [pixels([one], half, index) for half in halves]
        assert min(shares) / sum(shares) > 0.3


def test_a_rare_class_on_two_blocks_is_in_both_halves():
    one, blocks = scene(3, 3)
    one.labels[one.labels == 3] = 0
    for window in (blocks[1][1], blocks[2][1]):
        one.labels[window.row : window.row + 6, window.col : window.col + 6] = 3
    for seed in range(5):
        halves = halve_blocks([one], blocks, 4, seed)
        assert [pixels([one], half, 3) for half in halves] == [36, 36]


def test_a_block_that_alone_holds_a_class_is_cut_between_its_parcels():
    one, blocks = scene(3, 3)
    one.labels[one.labels == 3] = 0
    top = blocks[4][1]
    one.labels[top.row + 2 : top.row + 9, top.col + 3 : top.col + 10] = 3
    one.labels[top.row + 12 : top.row + 19, top.col + 4 : top.col + 11] = 3
    halves = halve_blocks([one], blocks, 4, 0)
    assert (covered([one], halves)[0] == 1).all()
    assert [pixels([one], half, 3) for half in halves] == [49, 49]
    assert len(halves[0]) + len(halves[1]) == 10


def test_a_handful_of_pixels_is_no_reason_to_cut():
    one, blocks = scene(3, 3)
    one.labels[one.labels == 3] = 0
    one.labels[40, 40 : 40 + PRESENT] = 3
    halves = halve_blocks([one], blocks, 4, 0)
    assert len(halves[0]) + len(halves[1]) == 9


def test_pixels_of_other_sides_do_not_count():
    """Class 3 lies on two blocks, but one of them belongs to another side: the other block is cut."""
    one, blocks = scene(3, 3)
    one.labels[one.labels == 3] = 0
    for number in (0, 4):
        window = blocks[number][1]
        one.labels[window.row : window.row + 12, window.col : window.col + 12] = 3
    one.side[blocks[0][1].slices] = 2
    halves = halve_blocks([one], blocks[1:], 4, 0)
    assert min(pixels([one], half, 3) for half in halves) >= 36


def test_blocks_on_the_same_ground_stay_together():
    scenes = [scene(3, 3, seed)[0] for seed in (0, 1)]
    blocks = scene(3, 3)[1]
    both = blocks + [(1, window) for _, window in blocks]
    halves = halve_blocks(scenes, both, 4, 0, grounds=list(range(9)) * 2)
    for half in halves:
        windows = [[w for n, w in half if n == number] for number in (0, 1)]
        assert sorted(map(str, windows[0])) == sorted(map(str, windows[1]))


def test_the_seed_decides():
    one, blocks = scene(6, 6)
    assert halve_blocks([one], blocks, 4, 3) == halve_blocks([one], blocks, 4, 3)
    assert len({str(halve_blocks([one], blocks, 4, seed)) for seed in range(4)}) > 1


def test_crops_of_some_blocks_never_reach_beyond_them():
    one, blocks = scene(4, 4)
    one.image[0] = np.arange(one.labels.size).reshape(one.labels.shape) + 1
    chosen = blocks[::3]
    views = as_scenes([one], chosen)
    assert all(np.shares_memory(view.labels, one.labels) for view in views)
    crops = CropSampler(views, 0, SIDE // 2, "balanced").draw(60, np.random.default_rng(0))
    inside = np.zeros(one.labels.shape, bool)
    for _, window in chosen:
        inside[window.slices] = True
    allowed = np.unique(one.image[0][inside])
    assert crops.visible.all()
    assert np.isin(crops.images, allowed).all()
    assert len(np.unique(crops.images)) > len(allowed) / 2
