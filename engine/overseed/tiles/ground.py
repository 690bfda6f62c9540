"""Scenes that show the same ground: blocks that must share a side, and pixels that another side owns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.rasters import RasterInfo, footprints, pixel_metres
from overseed.tiles.grid import Window
from overseed.tiles.split import NO_SIDE, Block

if TYPE_CHECKING:
    from affine import Affine

#: A degree of latitude has no fewer.
METRES_PER_DEGREE = 110_574.0
#: Between mesh points this many pixels apart, coordinates of another CRS are interpolated.
MESH = 32


@dataclass(frozen=True)
class Overlap:
    """Two scenes, by number, that show the same or adjacent ground; ``later`` gives way to ``earlier``."""

    earlier: int
    later: int


def find_overlaps(infos: Sequence[RasterInfo], reach: float = 0.0) -> list[Overlap]:
    """Pairs of scenes that share ground or lie within ``reach`` metres of each other.

    Raises like :func:`~overseed.scenes.rasters.footprints`. Near scenes count too, since the buffer between
    sides reaches over a scene's edge.
    """
    grounds = footprints(infos)
    unit = _metres_per_unit(infos)
    return [
        Overlap(one, other)
        for other in range(len(grounds))
        for one in range(other)
        if grounds[one].distance(grounds[other]) <= reach / unit
    ]


def _metres_per_unit(infos: Sequence[RasterInfo]) -> float:
    """Metres of a unit of the CRS that :func:`~overseed.scenes.rasters.footprints` answers in, at least."""
    if len({info.crs_wkt for info in infos}) > 1:
        return METRES_PER_DEGREE
    metres, units = pixel_metres(infos[0]), infos[0].resolution
    return min(metres[0] / units[0], metres[1] / units[1])


def share_ground(
    blocks: Sequence[Block], infos: Sequence[RasterInfo], overlaps: Sequence[Overlap]
) -> list[Block]:
    """Give each block that lies mostly on blocks of an earlier scene the ground of the one it meets most."""
    ground = [block.ground for block in blocks]
    for later in sorted({overlap.later for overlap in overlaps}):
        mine = [position for position, block in enumerate(blocks) if block.scene == later]
        points = [_raster_of_points(blocks[position]) for position in mine]
        row, col = (np.stack([point[axis] for point in points]) for axis in (0, 1))
        met: list[Counter[int]] = [Counter() for _ in mine]
        for overlap in overlaps:
            if overlap.later != later:
                continue
            there = locate(infos[later], infos[overlap.earlier], row, col)
            owners = BlockIndex(blocks, overlap.earlier).at(*there)
            for counter, owner in zip(met, owners, strict=True):
                counter.update(ground[index] for index in owner.ravel() if index >= 0)
        for position, counter in zip(mine, met, strict=True):
            if counter and 2 * counter.total() >= row[0].size:
                ground[position] = counter.most_common(1)[0][0]
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
        #: Shorter side of the smallest block.
        self.smallest = min(min(b.window.height, b.window.width) for _, b in mine)
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
    part: Window,
    own_sides: NDArray[np.uint8],
    reach: int,
) -> NDArray[np.bool_]:
    """Pixels of the later scene on or near ground that the earlier one has given to another side.

    Parameters
    ----------
    part:
        Which pixels of the later scene.
    own_sides:
        ``(rows, cols)`` uint8, sides of these pixels by the later scene's own blocks.
    reach:
        How near, in pixels of the earlier scene; 0 asks for the pixels on such ground.

    Returns
    -------
    ``(rows, cols)`` bool.
    """
    here, there = infos[overlap.later], infos[overlap.earlier]
    row, col = _locate_part(here, there, part)
    index = BlockIndex(blocks, overlap.earlier)
    side_of = np.array([*(block.side for block in blocks), NO_SIDE], np.uint8)
    foreign = np.zeros(own_sides.shape, bool)
    # Steps no longer than a block, so that none is stepped over.
    for down in _probes(reach, index.smallest):
        for across in _probes(reach, index.smallest):
            sides = side_of[index.at(row + down, col + across)]
            foreign |= (sides != NO_SIDE) & (sides != own_sides)
    return foreign


def _probes(reach: int, step: int) -> NDArray[np.float64]:
    return np.linspace(-reach, reach, 1 + 2 * -(-reach // max(1, step))) if reach else np.zeros(1)


def shared_part(infos: Sequence[RasterInfo], overlap: Overlap, reach: int) -> Window:
    """The window of the later scene that can lie on, or within ``reach`` pixels of, the earlier one."""
    here, there = infos[overlap.later], infos[overlap.earlier]
    edge = np.linspace(0, 1, 65)
    zero, one = np.zeros(65), np.ones(65)
    down = np.concatenate([edge, edge, zero, one]) * (there.height + 2 * reach) - reach
    across = np.concatenate([zero, one, edge, edge]) * (there.width + 2 * reach) - reach
    row, col = locate(there, here, down, across)
    if not (np.isfinite(row).all() and np.isfinite(col).all()):
        return Window(0, 0, here.height, here.width)
    top, bottom = (np.clip([row.min() - 2, row.max() + 2], 0, here.height)).astype(int)
    left, right = (np.clip([col.min() - 2, col.max() + 2], 0, here.width)).astype(int)
    return Window(int(top), int(left), int(bottom - top), int(right - left))


def agree(blocks: Sequence[Block], infos: Sequence[RasterInfo], overlap: Overlap) -> bool:
    """Whether both scenes have the same grid and the same sides on it, so that no pixel is foreign."""
    one, other = infos[overlap.earlier], infos[overlap.later]
    if (one.crs_wkt, one.width, one.height) != (other.crs_wkt, other.width, other.height):
        return False
    sides = [
        {(b.window.row, b.window.col): b.side for b in blocks if b.scene == scene}
        for scene in (overlap.earlier, overlap.later)
    ]
    return one.transform.almost_equals(other.transform) and sides[0] == sides[1]


def _locate_part(
    here: RasterInfo, there: RasterInfo, part: Window
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixel centres of a window in another scene's fractional rows and columns.

    Between CRSs the coordinates are interpolated on a mesh, which errs by far less than a pixel.
    """
    ends = (part.row, part.row + part.height), (part.col, part.col + part.width)
    down, across = (np.arange(*end) + 0.5 for end in ends)
    if here.crs_wkt == there.crs_wkt:
        return locate(here, there, *np.meshgrid(down, across, indexing="ij"))
    from scipy.interpolate import RegularGridInterpolator

    marks = _marks(*ends[0]), _marks(*ends[1])
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
