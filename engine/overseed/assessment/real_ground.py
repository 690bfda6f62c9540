"""Real ground as the gate's yardstick: figures of each class in real tiles, with the ground they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.regions import (
    LEAST_PIXELS,
    band_figures,
    detail_figures,
    real_regions,
)
from overseed.tiles.grid import Window
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene, read_crop
from overseed.unlabelled import UNLABELLED

#: Pixels of a region that a classifier sees at most.
MOST_PIXELS = 400
#: Tiles of each class that are looked at, so that large scenes take no longer than others.
TILES_PER_CLASS = 32
#: Groups of ground that are left out in turn; more would only cost time.
MOST_GROUPS = 6
#: With fewer blocks than this, quarters of blocks are left out instead.
LEAST_GROUPS = 3


@dataclass(frozen=True)
class GroundRegion:
    """One class's ground in real tile ``tile``; tiles of one ``group`` may share pixels, others never do.

    ``bands`` and ``detail`` are as :func:`band_figures` and :func:`detail_figures` give them; ``pixels``
    ``(n, bands)`` some of the region's standardised pixels, ``size`` how many it has.
    """

    tile: int
    group: int
    label: int
    size: int
    bands: NDArray[np.float64]
    detail: NDArray[np.float64]
    pixels: NDArray[np.float32]


def real_ground(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    stats: BandStats,
    tile: int,
    seam: int,
    rng: np.random.Generator,
) -> list[GroundRegion]:
    """Regions of each class in tiles of some blocks, as one side of the split sees them.

    Tiles overlap by half and lie wholly in their block, or are the block where that is smaller.
    """
    places = [
        (number, scene, window)
        for number, (scene, block) in enumerate(blocks)
        for window in half_overlapping(block, tile)
    ]
    chosen = _choose(scenes, places, side, rng)
    groups = _groups(chosen, blocks)
    found = []
    for number, ((_, scene, window), group) in enumerate(zip(chosen, groups, strict=True)):
        crop = read_crop(scenes[scene], window, side)
        scaled = stats.scale(crop.image, crop.visible)
        for label, mask in real_regions(crop.labels, seam):
            values = scaled[:, mask].T
            part = values[rng.permutation(len(values))[:MOST_PIXELS]]
            figures = band_figures(scaled, mask), detail_figures(scaled, mask)
            found.append(GroundRegion(number, group, label, len(values), *figures, part))
    return found


def half_overlapping(block: Window, size: int) -> list[Window]:
    """Windows of ``size`` in a block, each half a window from the next; the last ones are shifted back."""
    height, width = min(size, block.height), min(size, block.width)

    def starts(length: int, part: int) -> list[int]:
        inner = range(0, length - part, max(1, part // 2))
        return [*inner, length - part]

    return [
        Window(block.row + row, block.col + col, height, width)
        for row in starts(block.height, height)
        for col in starts(block.width, width)
    ]


def _choose(
    scenes: Sequence[StoredScene],
    places: Sequence[tuple[int, int, Window]],
    side: int,
    rng: np.random.Generator,
) -> list[tuple[int, int, Window]]:
    """Enough tiles of each class, in random order drawn and in their own order given."""
    seen = np.zeros(256, np.int64)
    kept = []
    for number in rng.permutation(len(places)).tolist():
        _, scene, window = places[number]
        labels = scenes[scene].labels[window.slices]
        own = labels[scenes[scene].side[window.slices] == side]
        held = np.bincount(own, minlength=256) >= LEAST_PIXELS
        held[UNLABELLED] = False
        if (seen[held] < TILES_PER_CLASS).any():
            seen += held
            kept.append(number)
    return [places[number] for number in sorted(kept)]


def _groups(
    places: Sequence[tuple[int, int, Window]], blocks: Sequence[tuple[int, Window]]
) -> list[int]:
    """A group for each tile: its block, or the quarter of the block that it begins in."""
    if len({block for block, _, _ in places}) >= LEAST_GROUPS:
        return [block % MOST_GROUPS for block, _, _ in places]
    groups = []
    for number, _, window in places:
        block = blocks[number][1]
        below = 2 * (window.row - block.row) >= block.height - window.height
        right = 2 * (window.col - block.col) >= block.width - window.width
        groups.append((4 * number + 2 * below + right) % MOST_GROUPS)
    return groups
