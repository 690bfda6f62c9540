"""The spatial split: blocks of ground that go to training, validation or test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.tiles.grid import Window, blocks

TRAIN, VALIDATION, TEST = 0, 1, 2
SIDES = ("train", "validation", "test")
NO_SIDE = 255
#: A class is in a block when at least this many of its pixels are.
PRESENT = 20
BLOCKS_PER_CLASS = 5
#: Fewer blocks than this cannot hold three sides with several classes each.
FEWEST_BLOCKS = 12
#: Random starts of the greedy assignment; the best balanced one is taken.
STARTS = 64


@dataclass(frozen=True)
class Block:
    """A block of a scene with its label pixels per class and its side of the split."""

    scene: int
    window: Window
    pixels: tuple[int, ...]
    side: int


def autocorrelation_range(band: NDArray[np.float32], valid: NDArray[np.bool_]) -> int:
    """Distance in pixels at which a band's autocorrelation has fallen to 0.05.

    This is the practical range of geostatistics (95 % of the sill; Chilès & Delfiner 2012), from the
    Fourier autocorrelation of the band with invalid pixels at the mean, averaged over directions.

    Returns
    -------
    The range, or half the shorter side when the correlation does not fall that far before.
    """
    centred = np.where(valid, band - band[valid].mean(), 0).astype(np.float64)
    height, width = centred.shape
    shape = (2 * height, 2 * width)
    spectrum = np.abs(np.fft.rfft2(centred, shape)) ** 2
    pairs = np.abs(np.fft.rfft2(valid.astype(np.float64), shape)) ** 2
    covariance = np.fft.irfft2(spectrum, shape)
    weight = np.fft.irfft2(pairs, shape)
    limit = min(height, width) // 2
    along = [
        (covariance[lag, 0] + covariance[0, lag]) / max(1.0, weight[lag, 0] + weight[0, lag])
        for lag in range(limit)
    ]
    if along[0] <= 0:
        return 1
    below = np.flatnonzero(np.array(along) / along[0] < 0.05)
    return int(below[0]) if below.size else max(1, limit)


def choose_block_size(
    labels: Sequence[NDArray[np.uint8]], classes: int, tile: int, range_px: int
) -> tuple[int, list[str]]:
    """The block size of DESIGN section 7, in pixels, and sentences on what had to give way.

    ``max(2 tiles, min(range, the size that still leaves every class at least 5 blocks))``; scenes that
    hold fewer than 12 such blocks get smaller ones.
    """
    notes = []
    smallest = 2 * tile
    size = smallest
    if range_px > smallest:
        present = [c for c in range(classes) if any(bool((scene == c).any()) for scene in labels)]
        candidates = list(range(smallest, range_px + 1, max(16, tile // 2)))
        fitting = [
            s for s in candidates if _blocks_per_class(labels, present, s) >= BLOCKS_PER_CLASS
        ]
        size = max(fitting, default=smallest)
        if size < range_px:
            notes.append(
                f"The image stays correlated over {range_px} pixels, but blocks of the split are {size} "
                "pixels wide, so that every class has enough of them; scores may be a little optimistic."
            )
    count = sum(len(blocks(scene.shape[0], scene.shape[1], size)) for scene in labels)
    if count < FEWEST_BLOCKS:
        area = sum(scene.size for scene in labels)
        smaller = max(8, int(np.sqrt(area / FEWEST_BLOCKS) * 0.9))
        if smaller < size:
            notes.append(
                f"The scene holds just {count} blocks of {size} pixels; blocks of {smaller} pixels are "
                "used, smaller than two tiles, so neighbouring sides share more context than usual."
            )
            size = smaller
    return size, notes


def split_blocks(
    labels: Sequence[NDArray[np.uint8]],
    classes: int,
    size: int,
    shares: tuple[float, float, float],
    rng: np.random.Generator,
) -> list[Block]:
    """Assign blocks to sides so that every class, rare ones first, has its share of pixels on each.

    Blocks without labels are dealt out by area. Greedy with ``STARTS`` random orders, then moves of single
    blocks while they improve the balance; the best balanced result is returned. Reproducible from ``rng``.

    Parameters
    ----------
    labels:
        One ``(height, width)`` uint8 array of class indices per scene, 255 = unlabelled.
    shares:
        Wanted shares of training, validation and test.

    Raises
    ------
    InputError
        ``split.impossible`` when not even one class can be on the training and the test side.
    """
    found = [
        (number, window, np.bincount(scene[window.slices].ravel(), minlength=256)[:classes])
        for number, scene in enumerate(labels)
        for window in blocks(scene.shape[0], scene.shape[1], size)
    ]
    counts = np.array([count for _, _, count in found])
    spread = (counts >= PRESENT).sum(axis=0)
    if (spread >= 2).sum() < 2:
        raise InputError(
            "split.impossible",
            "Every class is too small to split: fewer than two classes have labels in two separate "
            f"blocks of {size} pixels.",
            "Draw more polygons, spread over the scene, or use a smaller --tile-size.",
        )
    areas = np.array([window.height * window.width for _, window, _ in found], float)
    sides = _assign(counts, areas, np.array(shares), rng)
    return [
        Block(scene, window, tuple(int(n) for n in count), int(side))
        for (scene, window, count), side in zip(found, sides, strict=True)
    ]


def recount(
    split: Sequence[Block], labels: Sequence[NDArray[np.uint8]], classes: int
) -> list[Block]:
    """The blocks with their label pixels counted anew, as after :func:`blank_buffer`."""
    counted = []
    for block in split:
        count = np.bincount(labels[block.scene][block.window.slices].ravel(), minlength=256)
        counted.append(replace(block, pixels=tuple(int(n) for n in count[:classes])))
    return counted


def side_pixels(split: Sequence[Block], classes: int) -> NDArray[np.int64]:
    """``(3, classes)`` label pixels of each side."""
    pixels = np.zeros((3, classes), np.int64)
    for block in split:
        pixels[block.side] += block.pixels
    return pixels


def missing_classes(split: Sequence[Block], classes: int) -> list[tuple[int, int]]:
    """Pairs (class index, side) of classes that have labels, but none on that side."""
    pixels = side_pixels(split, classes)
    return [
        (index, side) for index in range(classes) for side in range(3)
        if pixels[:, index].any() and not pixels[side, index]
    ]  # fmt: skip


def side_raster(split: Sequence[Block], scene: int, valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """``(height, width)`` uint8 side of each pixel of a scene; 255 where the raster has no value."""
    sides = np.full(valid.shape, NO_SIDE, np.uint8)
    for block in split:
        if block.scene == scene:
            sides[block.window.slices] = block.side
    sides[~valid] = NO_SIDE
    return sides


def blank_buffer(labels: NDArray[np.uint8], split: Sequence[Block], scene: int, width: int) -> None:
    """Make labels within ``width`` pixels of another side's block unlabelled, in place."""
    from scipy.ndimage import maximum_filter, minimum_filter

    if width < 1:
        return
    everywhere = np.ones(labels.shape, bool)
    sides = side_raster(split, scene, everywhere)
    window = 2 * width + 1
    mixed = maximum_filter(sides, window) != minimum_filter(sides, window)
    labels[mixed] = 255


def _blocks_per_class(labels: Sequence[NDArray[np.uint8]], present: list[int], size: int) -> int:
    """The number of blocks that the least spread class is in."""
    counts = np.array(
        [
            np.bincount(scene[window.slices].ravel(), minlength=256)[present]
            for scene in labels
            for window in blocks(scene.shape[0], scene.shape[1], size)
        ]
    )
    return int((counts >= PRESENT).sum(axis=0).min())


def _assign(
    counts: NDArray[np.int64], areas: NDArray[np.float64], shares: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.intp]:  # fmt: skip
    """Sides of all blocks; columns of the balance are the classes' pixel shares and the area share."""
    totals = np.maximum(counts.sum(axis=0), 1)
    columns = np.column_stack([counts / totals, areas / areas.sum()])
    # A class that training lacks cannot be learned at all; one that another side lacks is not evaluated.
    absent = np.array([12.0, 4.0, 4.0])[:, None]
    weights = np.append(np.where(counts.sum(axis=0) > 0, 1.0, 0.0), 0.5)

    def cost(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Imbalance of (…, 3, columns) sums; a class that a side lacks costs most."""
        wanted = shares[:, None]
        off = ((sums - wanted) / wanted) ** 2 + np.where(sums <= 1e-9, absent, 0.0)
        return (off * weights).sum(axis=(-1, -2))

    best, best_cost = np.zeros(len(columns), np.intp), np.inf
    importance = (columns * weights).max(axis=1)
    for _ in range(STARTS):
        order = np.argsort(-importance * rng.uniform(0.5, 1.5, len(columns)))
        sides = np.full(len(columns), -1)
        sums = np.zeros((3, columns.shape[1]))
        for block in order:
            trial = np.repeat(sums[None], 3, axis=0)
            trial[range(3), range(3)] += columns[block]
            sides[block] = int(np.argmin(cost(trial)))
            sums[sides[block]] += columns[block]
        sides, sums = _improve(sides, sums, columns, cost)
        if cost(sums) < best_cost:
            best, best_cost = sides.copy(), float(cost(sums))
    return best


def _improve(
    sides: NDArray[np.intp],
    sums: NDArray[np.float64],
    columns: NDArray[np.float64],
    cost: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Move single blocks to the side where they help most, until none helps (at most 4 rounds)."""
    for _ in range(4):
        moved = False
        for block in range(len(columns)):
            base = sums.copy()
            base[sides[block]] -= columns[block]
            trial = np.repeat(base[None], 3, axis=0)
            trial[range(3), range(3)] += columns[block]
            target = int(np.argmin(cost(trial)))
            if target != sides[block]:
                sides[block], sums, moved = target, trial[target], True
        if not moved:
            break
    return sides, sums
