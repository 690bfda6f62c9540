"""Scenes that show the same ground: blocks that must share a side, and pixels that another side owns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.rasters import RasterInfo, footprints
from overseed.tiles.split import NO_SIDE, Block

if TYPE_CHECKING:
    from affine import Affine

#: Scenes that share less than this of the smaller one's area count as apart.
SLIVER = 0.001
#: Between mesh points this many pixels apart, coordinates of another CRS are interpolated.
MESH = 32


@dataclass(frozen=True)
class Overlap:
    """Two scenes, by number, that show the same ground; ``later`` gives way to ``earlier``."""

    earlier: int
    later: int


def find_overlaps(infos: Sequence[RasterInfo]) -> list[Overlap]:
    """Pairs of scenes that share ground; raises like :func:`~overseed.scenes.rasters.footprints`."""
    grounds = footprints(infos)
    return [
        Overlap(one, other)
        for other in range(len(grounds))
        for one in range(other)
        if grounds[one].intersection(grounds[other]).area
        > SLIVER * min(grounds[one].area, grounds[other].area)
    ]


def share_ground(
    blocks: Sequence[Block], infos: Sequence[RasterInfo], overlaps: Sequence[Overlap]
) -> list[Block]:
    """Give each block that lies mostly on blocks of an earlier scene the ground of the one it meets most."""
    ground = [block.ground for block in blocks]
    for later in sorted({overlap.later for overlap in overlaps}):
        earlier = [overlap.earlier for overlap in overlaps if overlap.later == later]
        for position, block in enumerate(blocks):
            if block.scene != later:
                continue
            met: dict[int, int] = {}
            row, col = _raster_of_points(block)
            for one in earlier:
                owner = BlockIndex(blocks, one).at(*locate(infos[later], infos[one], row, col))
                for index, count in zip(*np.unique(owner, return_counts=True), strict=True):
                    if index >= 0:
                        met[ground[index]] = met.get(ground[index], 0) + int(count)
            best = max(met, key=lambda key: met[key], default=None)
            if best is not None and 2 * sum(met.values()) >= row.size:
                ground[position] = best
    numbers = {old: new for new, old in enumerate(sorted(set(ground)))}
    return [replace(b, ground=numbers[g]) for b, g in zip(blocks, ground, strict=True)]


class BlockIndex:
    """Finds the block of a scene that a pixel lies in."""

    def __init__(self, blocks: Sequence[Block], scene: int) -> None:
        mine = [(position, b) for position, b in enumerate(blocks) if b.scene == scene]
        self._tops = np.array(sorted({b.window.row for _, b in mine}))
        self._lefts = np.array(sorted({b.window.col for _, b in mine}))
        self._bottom = max(b.window.row + b.window.height for _, b in mine)
        self._right = max(b.window.col + b.window.width for _, b in mine)
        self._at = np.full((len(self._tops), len(self._lefts)), -1)
        for position, b in mine:
            i = np.searchsorted(self._tops, b.window.row)
            self._at[i, np.searchsorted(self._lefts, b.window.col)] = position

    def at(self, row: NDArray[np.float64], col: NDArray[np.float64]) -> NDArray[np.intp]:
        """Positions of blocks by fractional pixel coordinates; −1 outside the scene."""
        i = np.searchsorted(self._tops, row, side="right") - 1
        j = np.searchsorted(self._lefts, col, side="right") - 1
        inside = (i >= 0) & (j >= 0) & (row < self._bottom) & (col < self._right)
        return np.where(inside, self._at[np.maximum(i, 0), np.maximum(j, 0)], -1)


def locate(
    here: RasterInfo, there: RasterInfo, row: NDArray[np.float64], col: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractional (row, col) in ``there`` of fractional pixel coordinates in ``here``."""
    x, y = _apply(here.transform, col, row)
    if here.crs_wkt != there.crs_wkt:
        from pyproj import Transformer

        transformer = Transformer.from_crs(here.crs_wkt, there.crs_wkt, always_xy=True)
        x, y = transformer.transform(x, y)
    found_col, found_row = _apply(~there.transform, np.asarray(x), np.asarray(y))
    return found_row, found_col


def _apply(
    t: Affine, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f


def foreign_pixels(
    blocks: Sequence[Block],
    infos: Sequence[RasterInfo],
    overlap: Overlap,
    rows: tuple[int, int],
    own_sides: NDArray[np.uint8],
    reach: int,
) -> NDArray[np.bool_]:
    """Pixels of the later scene on or near ground that the earlier one has given to another side.

    Parameters
    ----------
    rows:
        First row and row after the last one.
    own_sides:
        ``(rows, width)`` uint8, sides of the later scene's pixels by its own blocks.
    reach:
        How near, in pixels of the earlier scene; 0 asks for the pixels on such ground.

    Returns
    -------
    ``(rows, width)`` bool.
    """
    here, there = infos[overlap.later], infos[overlap.earlier]
    row, col = _locate_band(here, there, rows)
    index = BlockIndex(blocks, overlap.earlier)
    side_of = np.array([*(block.side for block in blocks), NO_SIDE], np.uint8)
    foreign = np.zeros(own_sides.shape, bool)
    for down in sorted({-reach, 0, reach}):
        for across in sorted({-reach, 0, reach}):
            sides = side_of[index.at(row + down, col + across)]
            foreign |= (sides != NO_SIDE) & (sides != own_sides)
    return foreign


def _locate_band(
    here: RasterInfo, there: RasterInfo, rows: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixel centres of a row band in another scene's fractional rows and columns.

    Between CRSs the coordinates are interpolated on a mesh, which errs by far less than a pixel.
    """
    down, across = np.arange(*rows) + 0.5, np.arange(here.width) + 0.5
    if here.crs_wkt == there.crs_wkt:
        return locate(here, there, *np.meshgrid(down, across, indexing="ij"))
    from scipy.interpolate import RegularGridInterpolator

    marks = _marks(rows[0], rows[1]), _marks(0, here.width)
    mesh = locate(here, there, *np.meshgrid(*marks, indexing="ij"))
    points = np.stack(np.meshgrid(down, across, indexing="ij"), axis=-1)
    row, col = (RegularGridInterpolator(marks, values)(points) for values in mesh)
    return row, col


def _marks(first: int, last: int) -> NDArray[np.float64]:
    count = max(2, -(-(last - first) // MESH) + 1)
    return np.linspace(first, last, count)


def _raster_of_points(block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A 16 × 16 raster of points over a block."""
    window = block.window
    row = window.row + (np.arange(16) + 0.5) / 16 * window.height
    col = window.col + (np.arange(16) + 0.5) / 16 * window.width
    down, across = np.meshgrid(row, col, indexing="ij")
    return down, across
