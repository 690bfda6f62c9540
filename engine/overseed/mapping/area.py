"""The part of a raster that is mapped: all of it, an extent, or what polygons cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.burning import Outlines, outlines
from overseed.scenes.rasters import RasterInfo

#: Pixels whose centre lies this near to an extent's edge, in pixels, lie inside.
NEAR = 1e-6


@dataclass(frozen=True)
class Area:
    """A window of a raster, and what of it counts.

    ``info`` is the window as a raster of its own, ``row`` and ``col`` its upper left pixel in the whole one.
    ``shapes`` cover what counts, in the window's pixels; ``None`` when all of it does.
    """

    info: RasterInfo
    row: int
    col: int
    shapes: Outlines | None

    def inside(self, rows: range) -> NDArray[np.bool_] | None:
        """Which pixels of some rows of the window count, ``(rows, width)``; ``None`` means all."""
        if self.shapes is None:
            return None
        return self.shapes.burn(np.zeros(1, np.int64), (rows.start, rows.stop), fill=1) == 0


def find_area(
    info: RasterInfo, extent: Sequence[float] | None = None, polygons: NDArray[Any] | None = None
) -> Area:
    """Find the part of a raster that an extent and polygons leave; a pixel belongs to it by its centre.

    Parameters
    ----------
    extent:
        ``(xmin, ymin, xmax, ymax)`` in the raster's CRS.
    polygons:
        Shapely geometries in the raster's CRS.

    Raises
    ------
    InputError
        ``area.outside`` when nothing of the raster is left.
    """
    import shapely

    wanted = [] if extent is None else [shapely.box(*extent)]
    if polygons is not None:
        # One shape: where two overlap, a pixel counts once all the same.
        wanted.append(shapely.union_all(polygons))
    if not wanted:
        return Area(info, 0, 0, None)
    shape = _polygonal(shapely.intersection_all(wanted))
    rows, cols = _window(shape, info)
    if not rows or not cols:
        what = "The extent" if polygons is None else "The area of interest"
        raise InputError(
            "area.outside",
            f"{what} holds no pixel of {info.path.name}.",
            "Give it in the raster's CRS, or as a layer that lies on the raster.",
        )
    window = cropped(info, rows, cols)
    is_window = polygons is None and info.transform.b == info.transform.d == 0
    shapes = None if is_window else outlines(np.array([shape], object), window)
    return Area(window, rows.start, cols.start, shapes)


def _polygonal(shape: Any) -> Any:
    """The polygons of a shape, without the lines and points along which areas only touch."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def cropped(info: RasterInfo, rows: range, cols: range) -> RasterInfo:
    """A window of a raster as a raster."""
    from rasterio.transform import Affine

    return replace(
        info,
        transform=info.transform @ Affine.translation(cols.start, rows.start),
        width=len(cols),
        height=len(rows),
    )


def _window(shape: Any, info: RasterInfo) -> tuple[range, range]:
    """Rows and columns of the pixels whose centres the shape's bounds hold, on any grid."""
    import shapely

    if shape.is_empty:
        return range(0), range(0)
    inverse = ~info.transform
    x, y = shapely.get_coordinates(shape).T
    cols, rows = inverse @ (x, y)
    return _centres(rows, info.height), _centres(cols, info.width)


def _centres(positions: NDArray[np.float64], length: int) -> range:
    low, high = float(positions.min()), float(positions.max())
    first = max(0, int(np.ceil(low - 0.5 - NEAR)))
    last = min(length - 1, int(np.floor(high - 0.5 + NEAR)))
    return range(first, max(first, last + 1))
