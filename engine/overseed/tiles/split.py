"""The spatial split: blocks of ground that go to training, validation or test."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.tiles.cells import LabelCells
from overseed.tiles.grid import Window, blocks, grow

TRAIN, VALIDATION, TEST = 0, 1, 2
SIDES = ("train", "validation", "test")
NO_SIDE = 255
#: A class is in a block when at least this many of its pixels are.
PRESENT = 20
BLOCKS_PER_CLASS = 5
#: Fewer blocks than this cannot hold three sides with several classes each.
FEWEST_BLOCKS = 12
#: Random starts of the greedy assignment, of which the best balanced one is taken; with many blocks, which
#: balance by themselves, fewer.
STARTS = 64
FEWEST_STARTS = 4
STARTS_TIMES_BLOCKS = 4096
#: Cost of a class that a side lacks: what training lacks cannot be learned, what another side lacks is only
#: not evaluated.
ABSENT = np.array([12.0, 4.0, 4.0])
#: Each fold is test ground once and training ground otherwise.
ABSENT_FROM_FOLD = 6.0


@dataclass(frozen=True)
class Block:
    """A block of a scene with its label pixels per class and its side of the split.

    Blocks of different scenes with the same ``ground`` show mostly the same place.
    """

    scene: int
    window: Window
    pixels: tuple[int, ...]
    side: int
    ground: int


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


@dataclass(frozen=True)
class Pixel:
    """A scene's pixel on the ground: metres along a column and along a row."""

    height: float
    width: float


def choose_block_size(
    cells: Sequence[LabelCells], pixels: Sequence[Pixel], tile: int, range_m: float
) -> tuple[float, list[str]]:
    """The block size of DESIGN section 7, in metres, and sentences on what had to give way.

    ``max(2 tiles, min(range, the size that still leaves every class at least 5 blocks))``; scenes that
    hold fewer than 12 such blocks get smaller ones.

    Parameters
    ----------
    pixels:
        One per scene; blocks are squares on the ground, the same in all scenes.
    range_m:
        The image's autocorrelation range in metres.
    """
    notes = []
    side = max(max(p.height, p.width) for p in pixels)
    smallest = 2 * tile * side
    size = smallest
    if range_m > smallest:
        candidates = [*np.arange(smallest, range_m, max(16, tile // 2) * side), range_m]
        fitting = [s for s in candidates if _blocks_per_class(cells, pixels, s) >= BLOCKS_PER_CLASS]
        size = float(max(fitting, default=smallest))
        if size < range_m:
            notes.append(
                f"The image stays correlated over {_length(range_m, pixels)}, but blocks of the split are "
                f"{_length(size, pixels)} wide, so that every class has enough of them; scores may be a "
                "little optimistic."
            )
    count = sum(len(scene_blocks(c, p, size)) for c, p in zip(cells, pixels, strict=True))
    if count < FEWEST_BLOCKS:
        ground = sum(
            c.height * p.height * c.width * p.width for c, p in zip(cells, pixels, strict=True)
        )
        smaller = max(8 * side, np.floor(np.sqrt(ground / FEWEST_BLOCKS) * 0.9 / side) * side)
        if smaller < size:
            notes.append(
                f"The scene holds just {count} blocks of {_length(size, pixels)}; blocks of "
                f"{_length(smaller, pixels)} are used, smaller than two tiles, so neighbouring sides share "
                "more context than usual."
            )
            size = float(smaller)
    return size, notes


def _length(metres: float, pixels: Sequence[Pixel]) -> str:
    return f"{round(metres / pixels[0].height)} pixels"


def scene_blocks(scene: LabelCells, pixel: Pixel, size: float) -> list[Window]:
    """The blocks of one scene, squares of ``size`` metres on the ground."""
    shape = max(1, round(size / pixel.height)), max(1, round(size / pixel.width))
    return blocks(scene.height, scene.width, shape, scene.size)


def make_blocks(cells: Sequence[LabelCells], pixels: Sequence[Pixel], size: float) -> list[Block]:
    """All scenes' blocks with their label pixels, not yet on a side and each on ground of its own."""
    found = [
        (number, window, scene.within(window))
        for number, (scene, pixel) in enumerate(zip(cells, pixels, strict=True))
        for window in scene_blocks(scene, pixel, size)
    ]
    return [
        Block(scene, window, tuple(int(n) for n in count), NO_SIDE, ground)
        for ground, (scene, window, count) in enumerate(found)
    ]


def assign_sides(
    found: Sequence[Block],
    shares: tuple[float, float, float],
    rng: np.random.Generator,
    held_out: frozenset[int] = frozenset(),
) -> list[Block]:
    """Assign blocks to sides so that every class, rare ones first, has its share of pixels on each.

    Blocks on the same ground go to the same side. Blocks without labels are dealt out by area. Greedy with
    random orders, then moves of single blocks while they improve the balance; the best balanced
    result is returned. Reproducible from ``rng``.

    Parameters
    ----------
    shares:
        Wanted shares of training, validation and test.
    held_out:
        Grounds that are the test side; then no others are, and the share of the test is ignored.

    Raises
    ------
    InputError
        ``split.impossible`` when not even one class can be on the training and the test side.
    """
    counts, areas = _by_ground(found)
    if held_out:
        chosen = np.array(sorted(held_out))
        rest = np.setdiff1d(np.arange(len(counts)), chosen)
        _refuse_if_impossible(np.stack([counts[chosen].sum(axis=0), counts[rest].sum(axis=0)]))
        sides = np.full(len(counts), TEST)
        wanted = np.array(shares[:2]) / sum(shares[:2])
        sides[rest] = balance(counts[rest], areas[rest], wanted, ABSENT[:2], rng)
    else:
        _refuse_if_impossible(counts)
        sides = balance(counts, areas, np.array(shares), ABSENT, rng)
    return _with_sides(found, sides)


def assign_folds(
    found: Sequence[Block], folds: int, val: float, rng: np.random.Generator
) -> list[list[Block]]:
    """One split per fold; the folds' test sides cover all blocks once.

    Parameters
    ----------
    val:
        Share of the ground that a fold's validation side takes of what its test side leaves.

    Raises
    ------
    InputError
        ``split.impossible`` as in :func:`assign_sides`, or with fewer grounds than folds.
    """
    counts, areas = _by_ground(found)
    if len(counts) < folds:
        raise InputError(
            "split.impossible",
            f"{len(counts)} blocks cannot make {folds} folds.",
            "Use fewer --folds or a smaller --block-size.",
        )
    _refuse_if_impossible(counts)
    member = balance(
        counts, areas, np.full(folds, 1 / folds), np.full(folds, ABSENT_FROM_FOLD), rng
    )
    splits = []
    for fold in range(folds):
        sides = np.full(len(counts), TEST)
        rest = np.flatnonzero(member != fold)
        wanted = np.array([1 - val, val])
        sides[rest] = balance(counts[rest], areas[rest], wanted, ABSENT[:2], rng)
        splits.append(_with_sides(found, sides))
    return splits


def _by_ground(found: Sequence[Block]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Label pixels ``(grounds, classes)`` and area of each ground."""
    size = 1 + max(block.ground for block in found)
    counts = np.zeros((size, len(found[0].pixels)), np.int64)
    areas = np.zeros(size)
    for block in found:
        counts[block.ground] += block.pixels
        areas[block.ground] += block.window.height * block.window.width
    return counts, areas


def _with_sides(found: Sequence[Block], sides: NDArray[np.intp]) -> list[Block]:
    return [replace(block, side=int(sides[block.ground])) for block in found]


def _refuse_if_impossible(counts: NDArray[np.int64]) -> None:
    spread = (counts >= PRESENT).sum(axis=0)
    if (spread >= 2).sum() < 2:
        raise InputError(
            "split.impossible",
            "Every class is too small to split: fewer than two classes have labels on two separate pieces "
            "of ground.",
            "Draw more polygons, spread over the scene, or use a smaller --tile-size.",
        )


def recount(split: Sequence[Block], scene: int, labels: NDArray[np.uint8]) -> list[Block]:
    """The blocks with one scene's label pixels counted anew from ``(height, width)`` class indices."""
    counted = []
    for block in split:
        if block.scene == scene:
            found = np.bincount(labels[block.window.slices].ravel(), minlength=256)
            block = replace(block, pixels=tuple(int(n) for n in found[: len(block.pixels)]))
        counted.append(block)
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


def buffer_windows(split: Sequence[Block], width: int) -> Iterator[tuple[int, Window]]:
    """Where labels lie within ``width`` pixels (chessboard distance) of another side's block.

    Yields
    ------
    block, window
        Position of the block in ``split`` and a part of its window; parts may overlap each other.
    """
    for scene in sorted({block.scene for block in split}):
        mine = [(i, b) for i, b in enumerate(split) if b.scene == scene]
        tops = sorted({b.window.row for _, b in mine})
        lefts = sorted({b.window.col for _, b in mine})
        at = {(b.window.row, b.window.col): b for _, b in mine}
        for position, block in mine:
            around = grow(block.window, width)
            for top in _starts_within(tops, around.row, around.row + around.height):
                for left in _starts_within(lefts, around.col, around.col + around.width):
                    other = at[top, left]
                    if other.side != block.side:
                        yield position, _common(block.window, grow(other.window, width))


def _starts_within(starts: Sequence[int], low: int, high: int) -> Sequence[int]:
    """Starts of the stretches that reach into low … high."""
    return starts[max(0, bisect_right(starts, low) - 1) : bisect_left(starts, high)]


def _common(one: Window, other: Window) -> Window:
    top, left = max(one.row, other.row), max(one.col, other.col)
    bottom = min(one.row + one.height, other.row + other.height)
    right = min(one.col + one.width, other.col + other.width)
    return Window(top, left, bottom - top, right - left)


def _blocks_per_class(cells: Sequence[LabelCells], pixels: Sequence[Pixel], size: float) -> int:
    """The number of blocks that the least spread class is in."""
    counts = np.array([block.pixels for block in make_blocks(cells, pixels, size)])
    present = counts.any(axis=0)
    return int((counts[:, present] >= PRESENT).sum(axis=0).min(initial=len(counts)))


def balance(
    counts: NDArray[np.int64], areas: NDArray[np.float64], shares: NDArray[np.float64],
    absence: NDArray[np.float64], rng: np.random.Generator,
) -> NDArray[np.intp]:  # fmt: skip
    """Part of each ground, so that parts hold their shares of each class and of the area.

    Greedy with random orders, then moves of single grounds; see :func:`assign_sides`.

    Parameters
    ----------
    counts, areas:
        Label pixels ``(grounds, classes)`` and the area ``(grounds,)`` of each ground.
    shares, absence:
        Per part: its wanted share, and what it pays for each class that it lacks.
    """
    parts = len(shares)
    totals = np.maximum(counts.sum(axis=0), 1)
    columns = np.column_stack([counts / totals, areas / areas.sum()])
    absent = absence[:, None]
    weights = np.append(np.where(counts.sum(axis=0) > 0, 1.0, 0.0), 0.5)

    def cost(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Imbalance of (…, parts, columns) sums; a class that a part lacks costs most."""
        wanted = shares[:, None]
        off = ((sums - wanted) / wanted) ** 2 + np.where(sums <= 1e-9, absent, 0.0)
        return (off * weights).sum(axis=(-1, -2))

    best, best_cost = np.zeros(len(columns), np.intp), np.inf
    importance = (columns * weights).max(axis=1)
    starts = min(STARTS, max(FEWEST_STARTS, STARTS_TIMES_BLOCKS // len(columns)))
    for _ in range(starts):
        order = np.argsort(-importance * rng.uniform(0.5, 1.5, len(columns)))
        sides = np.full(len(columns), -1)
        sums = np.zeros((parts, columns.shape[1]))
        for block in order:
            trial = np.repeat(sums[None], parts, axis=0)
            trial[range(parts), range(parts)] += columns[block]
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
    """Move single grounds to the part where they help most, until none helps (at most 4 rounds)."""
    parts = len(sums)
    for _ in range(4):
        moved = False
        for block in range(len(columns)):
            base = sums.copy()
            base[sides[block]] -= columns[block]
            trial = np.repeat(base[None], parts, axis=0)
            trial[range(parts), range(parts)] += columns[block]
            target = int(np.argmin(cost(trial)))
            if target != sides[block]:
                sides[block], sums, moved = target, trial[target], True
        if not moved:
            break
    return sides, sums
