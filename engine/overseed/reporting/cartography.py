"""What a map needs beside its picture: scale bar, direction of north, extent and CRS in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overseed.reporting.content import Grid

if TYPE_CHECKING:
    from pyproj import CRS

#: Longest scale bar as a share of the picture's width.
LONGEST_BAR = 0.3
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class MapFrame:
    """Furniture of a map: ``bar_percent`` of its width stand for ``bar_text`` on the ground.

    ``north`` is in degrees, clockwise from the picture's top.
    """

    bar_text: str
    bar_percent: float
    north: float
    caption: str


def map_frame(grid: Grid) -> MapFrame | None:
    """Work out scale, north and caption of a picture that shows all of ``grid``.

    In a geographic CRS the scale holds at the picture's centre. ``None`` when the CRS cannot be
    read or the grid has no area.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    a, b, c, d, e, f = grid.transform
    if not grid.crs_wkt or a * e - b * d == 0:
        return None
    try:
        crs = CRS.from_wkt(grid.crs_wkt)
    except CRSError:
        return None
    x = c + a * grid.width / 2 + b * grid.height / 2
    y = f + d * grid.width / 2 + e * grid.height / 2
    metres_x, metres_y = _metres_per_unit(crs, y)
    pixel_x = math.hypot(a * metres_x, d * metres_y)
    pixel_y = math.hypot(b * metres_x, e * metres_y)
    length = _round_length(pixel_x * grid.width * LONGEST_BAR)
    return MapFrame(
        bar_text=_length_text(length),
        bar_percent=round(100 * length / (pixel_x * grid.width), 3),
        north=_north(grid),
        caption=_caption(crs, grid, (x, y), (pixel_x, pixel_y)),
    )


def _metres_per_unit(crs: CRS, y: float) -> tuple[float, float]:
    if crs.is_geographic:
        return METRES_PER_DEGREE * max(0.01, math.cos(math.radians(y))), METRES_PER_DEGREE
    factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
    return factor, factor


def _north(grid: Grid) -> float:
    """Grid north in the picture: where the vector (0, 1) of map units points."""
    a, b, _, d, e, _ = grid.transform
    determinant = a * e - b * d
    column, row = -b / determinant, a / determinant
    return round(math.degrees(math.atan2(column, -row)), 1) + 0.0


def _round_length(longest: float) -> float:
    """The longest of 1, 2, 5 × 10ⁿ that is not longer than ``longest``."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9))


def _length_text(metres: float) -> str:
    if metres >= 1000:
        return f"{metres / 1000:g} km"
    return f"{metres:g} m" if metres >= 1 else f"{metres * 100:g} cm"


def _caption(crs: CRS, grid: Grid, centre: tuple[float, float], pixel: tuple[float, float]) -> str:
    authority = crs.to_authority()
    name = crs.name
    system = f"{name} ({':'.join(authority)})" if authority else name
    digits = 4 if crs.is_geographic else 0
    square = abs(pixel[0] - pixel[1]) < 0.005 * pixel[0]
    size = f"{pixel[0]:.3g} m" if square else f"{pixel[0]:.3g} × {pixel[1]:.3g} m"
    return (
        f"{grid.width} × {grid.height} pixels of {size}; centre at "
        f"{centre[0]:.{digits}f}, {centre[1]:.{digits}f} in {system}"
    )
