"""Training blocks divided into two halves of ground, one for the gate and one for the judges of samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window
from overseed.tiles.split import PRESENT, TRAIN, balance
from overseed.tiles.store import StoredScene

#: What a half pays for each class that it lacks, against the squared imbalance of one class.
ABSENT = 12.0
#: A block that alone holds a class is cut where each part keeps at least this share of the class.
LEAST_PART = 0.25

SceneWindow = tuple[int, Window]


def halve_blocks(
    scenes: Sequence[StoredScene],
    blocks: Sequence[SceneWindow],
    classes: int,
    seed: int,
    grounds: Sequence[int] | None = None,
) -> tuple[list[SceneWindow], list[SceneWindow]]:
    """Divide training blocks so that both halves hold about half of each class; a seed always gives the same.

    Blocks stay whole where that gives both halves each class. A class that is on one block alone, with at
    least twice ``PRESENT`` pixels, makes that block be cut in two, along the row or column that crosses
    fewest of the class's pixels. Counted are labelled pixels of the training side.

    Parameters
    ----------
    blocks:
        Blocks as (number of the scene from 0, window inside it), at least two.
    grounds:
        Number of the ground of each block; blocks of several scenes that show the same place share one and
        stay together. All differ if left out. No block is cut that shares its ground.

    Returns
    -------
    gate, judge
        Disjoint windows that together cover all blocks.
    """
    rng = np.random.default_rng([seed, len(blocks), 0x48])
    ground = list(range(len(blocks)) if grounds is None else grounds)
    counts = [_count(scenes, block, classes) for block in blocks]
    parts = list(blocks)
    alone = [number for number in range(len(parts)) if ground.count(ground[number]) == 1]
    for number, index in _lone_holders(counts, alone):
        cut = _cut(scenes, parts[number], index)
        if cut is not None:
            parts[number] = cut[0]
            counts[number] = _count(scenes, cut[0], classes)
            parts.append(cut[1])
            counts.append(_count(scenes, cut[1], classes))
            ground.append(max(ground) + 1)
    numbers = np.unique(ground, return_inverse=True)[1]
    pixels = np.zeros((numbers.max() + 1, classes), np.int64)
    areas = np.zeros(len(pixels))
    np.add.at(pixels, numbers, np.array(counts))
    np.add.at(areas, numbers, [float(w.height * w.width) for _, w in parts])
    half = balance(pixels, areas, np.full(2, 0.5), np.full(2, ABSENT), rng)[numbers]
    gate, judge = ([p for p, h in zip(parts, half, strict=True) if h == side] for side in (0, 1))
    return gate, judge


def as_scenes(scenes: Sequence[StoredScene], blocks: Sequence[SceneWindow]) -> list[StoredScene]:
    """Each block as a scene of its own, so that no crop reaches beyond it; views, not copies."""
    return [
        StoredScene(
            scenes[number].image[:, *window.slices],
            scenes[number].labels[window.slices],
            scenes[number].side[window.slices],
        )
        for number, window in blocks
    ]


def _count(scenes: Sequence[StoredScene], block: SceneWindow, classes: int) -> NDArray[np.int64]:
    scene, window = scenes[block[0]], block[1]
    own = scene.labels[window.slices][scene.side[window.slices] == TRAIN]
    return np.bincount(own, minlength=256)[:classes].astype(np.int64)


def _lone_holders(
    counts: Sequence[NDArray[np.int64]], allowed: Sequence[int]
) -> list[tuple[int, int]]:
    """Blocks that alone hold enough of a class, each once, with the scarcest such class."""
    table = np.array(counts)
    found: dict[int, int] = {}
    for index in np.argsort(table.sum(axis=0)).tolist():
        holders = np.flatnonzero(table[:, index] >= PRESENT)
        if len(holders) == 1 and table[holders[0], index] >= 2 * PRESENT:
            if int(holders[0]) in allowed:
                found.setdefault(int(holders[0]), index)
    return list(found.items())


def _cut(
    scenes: Sequence[StoredScene], block: SceneWindow, index: int
) -> tuple[SceneWindow, SceneWindow] | None:
    """The two sides of the line that crosses fewest pixels of a class; ``None`` when no line divides it."""
    number, window = block
    scene = scenes[number]
    own = (scene.labels[window.slices] == index) & (scene.side[window.slices] == TRAIN)
    lines: list[tuple[int, int, int]] = []
    for axis in (0, 1):
        along = own.sum(axis=1 - axis)
        before = np.cumsum(along)[:-1] / max(1, along.sum())
        fair = np.flatnonzero((before >= LEAST_PART) & (before <= 1 - LEAST_PART)) + 1
        lines += [(int(along[line - 1] + along[line]), axis, line) for line in fair.tolist()]
    if not lines:
        return None
    _, axis, line = min(lines)
    if axis == 0:
        first = Window(window.row, window.col, line, window.width)
        second = Window(window.row + line, window.col, window.height - line, window.width)
    else:
        first = Window(window.row, window.col, window.height, line)
        second = Window(window.row, window.col + line, window.height, window.width - line)
    return (number, first), (number, second)
