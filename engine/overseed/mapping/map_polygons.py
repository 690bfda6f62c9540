"""A class map as polygons: a layer with each patch's class, area and mean confidence."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.mapping.patches import Patches, ReadRows
from overseed.mapping.writers import not_whole
from overseed.scenes.classes import ClassTable
from overseed.scenes.rasters import RasterInfo, pixel_metres

LAYER = "classes"
#: Polygons that are held and written together.
BATCH = 20_000
HECTARE = 10_000.0


def write_polygons(
    path: Path,
    patches: Patches,
    confidence: ReadRows,
    info: RasterInfo,
    table: ClassTable,
    check: Callable[[], None] = lambda: None,
) -> int:
    """Write a GeoPackage with a polygon for each patch that has a class.

    Fields: ``code``, ``class``, ``colour``, ``area_ha``, ``pixels``, and ``confidence``, the mean over the
    patch's pixels in percent. Areas are on the ellipsoid where the CRS is geographic, else as its pixels have
    them at the map's centre; without a CRS there are none.

    Parameters
    ----------
    confidence:
        Gives rows ``(rows, width)`` of the map's confidence in percent.
    check:
        Called between strips; what it raises ends the work.

    Returns
    -------
    The number of polygons.

    Raises
    ------
    ResourceError
        ``machine.disk`` when the file does not hold all of them.
    """
    sums = np.zeros(len(patches.sizes))
    lasts = np.zeros(len(patches.sizes), np.int64)
    for strip, rows in enumerate(patches.strips()):
        check()
        numbers = patches.numbers(strip).ravel()
        percent = confidence(rows).ravel().astype(float)
        sums += np.bincount(numbers, percent, minlength=len(sums))
        lasts[numbers] = strip
    means = sums / patches.sizes
    count = 0
    found = _polygons(patches, lasts, info, check)
    with _disk_errors(path):
        while (batch := list(islice(found, BATCH))) or not count:
            _append(path, batch, patches, means, info, table, first=count == 0)
            count += len(batch)
            if not batch:
                break
        _check_whole(path, count)
    return count


def _polygons(
    patches: Patches, lasts: NDArray[np.int64], info: RasterInfo, check: Callable[[], None]
) -> Iterator[tuple[int, Any]]:
    """Patches that have a class as (number, shapely polygon in the map's CRS), each once it has ended.

    What is held are the parts of patches that reach into strips below; ``lasts`` are the patches' last strips.
    """
    import shapely
    from rasterio.features import shapes
    from rasterio.transform import Affine

    open_parts: dict[int, list[Any]] = {}
    for strip, rows in enumerate(patches.strips()):
        check()
        numbers = patches.numbers(strip)
        transform = info.transform @ Affine.translation(0, rows.start)
        mapped = patches.codes[numbers] != 0
        parts = shapes(numbers.astype(np.int32), mapped, connectivity=4, transform=transform)
        ending: dict[int, list[Any]] = {}
        for geometry, value in parts:
            number = int(value)
            polygon = shapely.geometry.shape(geometry)
            place = ending if lasts[number] == strip else open_parts
            place.setdefault(number, []).append(polygon)
        for number, polygons in ending.items():
            polygons += open_parts.pop(number, [])
            if len(polygons) == 1:
                yield number, polygons[0]
            else:
                # Without the corners that the strips' borders have cut into straight edges.
                yield number, shapely.simplify(shapely.union_all(polygons), 0)


@contextlib.contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Turn what OGR says about a write that failed into a refusal."""
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    try:
        yield
    except (DataSourceError, DataLayerError, FeatureError) as error:
        raise not_whole(path) from error


def _check_whole(path: Path, count: int) -> None:
    """OGR may leave out the spatial index, and features, on a full disk without a word."""
    with contextlib.closing(sqlite3.connect(path)) as opened:
        try:
            (found,) = opened.execute(f'SELECT count(*) FROM "{LAYER}"').fetchone()
            opened.execute(f'SELECT count(*) FROM "rtree_{LAYER}_geom"').fetchone()
        except sqlite3.DatabaseError as error:
            raise not_whole(path) from error
    if found != count:
        raise not_whole(path)


def _append(
    path: Path,
    batch: list[tuple[int, Any]],
    patches: Patches,
    means: NDArray[np.float64],
    info: RasterInfo,
    table: ClassTable,
    first: bool,
) -> None:
    import pyogrio
    import shapely

    numbers = np.array([number for number, _ in batch], np.int64)
    geometries = np.array([geometry for _, geometry in batch], object)
    by_code = {c.code: c for c in table.classes}
    classes = [by_code[int(code)] for code in patches.codes[numbers]]
    fields = {
        "code": patches.codes[numbers].astype(np.int32),
        "class": np.array([c.name for c in classes], object),
        "colour": np.array([c.colour for c in classes], object),
        "area_ha": _areas(geometries, patches.sizes[numbers], info) / HECTARE,
        "pixels": patches.sizes[numbers],
        "confidence": np.round(means[numbers], 2),
    }
    pyogrio.raw.write(
        str(path), shapely.to_wkb(geometries), list(fields.values()), list(fields), layer=LAYER,
        driver="GPKG", geometry_type="Polygon", crs=info.crs_wkt or None, append=not first,
    )  # fmt: skip


def _areas(
    geometries: NDArray[Any], pixels: NDArray[np.int64], info: RasterInfo
) -> NDArray[np.float64]:
    """Areas on the ground in square metres; not a number where nobody knows, without a CRS."""
    from pyproj import CRS

    if not info.crs_wkt:
        return np.full(len(pixels), np.nan)

    crs = CRS.from_wkt(info.crs_wkt)
    geod = crs.get_geod()
    if not crs.is_geographic or geod is None:
        return np.asarray(pixels * float(np.prod(pixel_metres(info))), float)
    return np.array([abs(geod.geometry_area_perimeter(g)[0]) for g in geometries], float)
