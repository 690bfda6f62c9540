"""A split drawn into a scene's labels and sides: buffer, shared ground, and how much of the rest counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.rasters import RasterInfo
from overseed.tiles.grid import Window, cells
from overseed.tiles.ground import Overlap, agree, foreign_pixels, shared_part
from overseed.tiles.split import NO_SIDE, TRAIN, Block, buffer_windows, recount
from overseed.unlabelled import UNLABELLED

#: Rows looked at together where scenes overlap.
BAND = 512


@dataclass(frozen=True)
class RestLimit:
    """At most ``share`` of a training tile's pixels keep the label of the rest class ``index``."""

    index: int
    share: float
    tile: int


def divide(
    split: Sequence[Block],
    scene: int,
    labels: NDArray[np.uint8],
    side: NDArray[np.uint8],
    buffer: int,
    infos: Sequence[RasterInfo],
    overlaps: Sequence[Overlap],
    rest: RestLimit | None,
    rng: np.random.Generator,
) -> list[Block]:
    """Change a scene's ``(height, width)`` labels and sides in place; return the blocks counted anew.

    Labels within ``buffer`` pixels of another side's block become unlabelled. Where an earlier scene has
    given the same ground to another side, pixels belong to no side. On training ground, pixels of the rest
    class beyond the limit become unlabelled, drawn at random within each tile.

    Parameters
    ----------
    side:
        255 where the scene has no value, anything else elsewhere.
    """
    mine = [block for block in split if block.scene == scene]
    for block in mine:
        part = side[block.window.slices]
        part[part != NO_SIDE] = block.side
    for overlap in overlaps:
        if overlap.later == scene:
            _give_way(split, infos, overlap, labels, side, buffer)
    for position, window in buffer_windows(split, buffer):
        if split[position].scene == scene:
            labels[window.slices] = UNLABELLED
    if rest is not None:
        for block in mine:
            if block.side == TRAIN:
                _thin(labels, block.window, rest, rng)
    return recount(split, scene, labels)


def _give_way(
    split: Sequence[Block],
    infos: Sequence[RasterInfo],
    overlap: Overlap,
    labels: NDArray[np.uint8],
    side: NDArray[np.uint8],
    buffer: int,
) -> None:
    if agree(split, infos, overlap):
        return
    shared = shared_part(infos, overlap, buffer)
    for top in range(shared.row, shared.row + shared.height, BAND):
        rows = min(BAND, shared.row + shared.height - top)
        part = Window(top, shared.col, rows, shared.width)
        sides, known = side[part.slices], labels[part.slices]
        own = sides.copy()
        known[foreign_pixels(split, infos, overlap, part, own, buffer)] = UNLABELLED
        sides[foreign_pixels(split, infos, overlap, part, own, 0)] = NO_SIDE


def _thin(
    labels: NDArray[np.uint8], block: Window, rest: RestLimit, rng: np.random.Generator
) -> None:
    for cell in cells(block.height, block.width, rest.tile):
        window = Window(block.row + cell.row, block.col + cell.col, cell.height, cell.width)
        part = labels[window.slices]
        found = np.flatnonzero(part == rest.index)
        surplus = len(found) - int(rest.share * part.size)
        if surplus > 0:
            chosen = rng.choice(found, surplus, replace=False)
            part[np.unravel_index(chosen, part.shape)] = UNLABELLED
