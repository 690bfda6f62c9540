"""A class map as polygons: a layer with each patch's class, area and mean confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.mapping.patches import Patches, ReadRows
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
    work: Path,
    check: Callable[[], None] = lambda: None,
) -> int:
    """Write a GeoPackage with a polygon for each patch that has a class.

    Fields: ``code``, ``class``, ``colour``, ``area_ha``, ``pixels``, and ``confidence``, the mean over the
    patch's pixels in percent. Areas are on the ellipsoid where the CRS is geographic, else as its pixels have
    them at the map's centre.

    Parameters
    ----------
    confidence:
        Gives rows ``(rows, width)`` of the map's confidence in percent.
    work:
        A folder for a temporary raster.

    Returns
    -------
    The number of polygons.
    """
    sums = np.zeros(len(patches.sizes))
    numbered = work / "patches.tif"
    with _raster(numbered, info) as dataset:
        from rasterio.windows import Window

        for strip, rows in enumerate(patches.strips()):
            check()
            numbers = patches.numbers(strip)
            sums += np.bincount(
                numbers.ravel(), confidence(rows).ravel().astype(float), minlength=len(sums)
            )
            window = Window(0, rows.start, info.width, len(rows))
            dataset.write(numbers.astype(np.int32), 1, window=window)
    means = sums / patches.sizes
    count = 0
    with _opened(numbered) as dataset:
        found = _shapes(dataset, patches)
        while batch := list(islice(found, BATCH)):
            check()
            _append(path, batch, patches, means, info, table, first=count == 0)
            count += len(batch)
    numbered.unlink()
    if not count:
        _append(path, [], patches, means, info, table, first=True)
    return count


def _raster(path: Path, info: RasterInfo) -> Any:
    import rasterio

    return rasterio.open(
        path, "w", driver="GTiff", width=info.width, height=info.height, count=1, dtype="int32",
        crs=info.crs_wkt or None, transform=info.transform, tiled=True, compress="deflate", zlevel=1,
        BIGTIFF="IF_SAFER",
    )  # fmt: skip


def _opened(path: Path) -> Any:
    import rasterio

    return rasterio.open(path)


def _shapes(dataset: Any, patches: Patches) -> Iterator[tuple[int, Any]]:
    """Patches that have a class as (number, shapely polygon in the map's CRS)."""
    import rasterio
    from rasterio.features import shapes
    from shapely.geometry import shape

    found = shapes(rasterio.band(dataset, 1), connectivity=4, transform=dataset.transform)
    for geometry, number in found:
        if patches.codes[int(number)]:
            yield int(number), shape(geometry)


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
