"""Rasters: the grid and bands of a file or a stack of files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from overseed.errors import InputError
from overseed.scenes.bands import BandRecipe

if TYPE_CHECKING:
    from affine import Affine
    from rasterio.io import DatasetReader


#: A projected CRS that stretches lengths by more than this share is not taken at its word.
STRETCH = 0.01


@dataclass(frozen=True)
class BandSource:
    """Where a band's values come from.

    ``dataset`` is what GDAL opens and ``number`` the band in it, from 1. A stored value v means
    ``v · scale + offset`` in physical units. ``nodata`` stands for no value, also where the file does not say
    so.
    """

    dataset: str
    number: int
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None


@dataclass(frozen=True)
class MaskSource:
    """A band of quality codes: pixels with one of ``values``, or any of the bits ``bits``, are not valid."""

    dataset: str
    values: tuple[int, ...] = ()
    bits: int = 0


@dataclass(frozen=True)
class RasterInfo:
    """A raster's grid and bands; several files on one grid count as one raster.

    ``path`` is what the user named. ``transform`` maps (column, row) to map units of ``crs_wkt`` and may be
    rotated or south-up; without a CRS ``crs_wkt`` is empty. ``band_names`` are the files' band descriptions; a
    band without one is called ``band_<number>``. Sources on another grid are brought to this one: nearest
    neighbour where they are coarser or as fine, the mean of the pixels under it where they are finer.
    ``companions`` are further files whose content matters (a product's metadata); ``notes`` are sentences on
    what was odd.
    """

    path: Path
    crs_wkt: str
    transform: Affine
    width: int
    height: int
    band_names: tuple[str, ...]
    dtype: str
    nodata: float | None
    sources: tuple[BandSource, ...] = ()
    masks: tuple[MaskSource, ...] = ()
    companions: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether the file itself names its bands."""
        return not all(name == f"band_{i}" for i, name in enumerate(self.band_names, start=1))

    @property
    def resolution(self) -> tuple[float, float]:
        """Length of a pixel's two sides in map units, also for rotated grids."""
        t = self.transform
        return float(np.hypot(t.a, t.d)), float(np.hypot(t.b, t.e))

    @property
    def datasets(self) -> tuple[str, ...]:
        """What GDAL opens, each once."""
        return tuple(
            dict.fromkeys([s.dataset for s in self.sources] + [m.dataset for m in self.masks])
        )


def open_raster(path: Path | str) -> DatasetReader:
    """Open a single dataset for reading.

    Raises
    ------
    InputError
        ``raster.missing`` or ``raster.unreadable``.
    """
    import rasterio
    from rasterio.errors import RasterioIOError

    text = str(path)
    if not is_gdal_name(text) and not Path(text).exists():
        raise InputError(
            "raster.missing", f"There is no file {path}.", "Check the path of the raster."
        )
    try:
        return rasterio.open(text)
    except RasterioIOError as error:
        raise InputError(
            "raster.unreadable",
            f"{path} is not a raster that GDAL can read.",
            "Give a GeoTIFF, JPEG 2000, VRT or another raster; check that the file is whole.",
        ) from error


def is_gdal_name(text: str) -> bool:
    """Whether a name is for GDAL alone: ``/vsizip/…``, ``NETCDF:…``, ``vrt://…``; no drive letter."""
    return text.startswith("/vsi") or re.match(r"[A-Za-z][A-Za-z0-9_]+:", text) is not None


def read_file_info(path: Path | str) -> RasterInfo:
    """Read what a single dataset is; an alpha band is a mask, not a band.

    Raises
    ------
    InputError
        ``raster.missing``, ``raster.unreadable``, ``raster.empty`` or ``raster.complex``.
    """
    from rasterio.enums import ColorInterp

    with open_raster(path) as dataset:
        numbers = [
            number
            for number, meaning in enumerate(dataset.colorinterp, start=1)
            if meaning != ColorInterp.alpha
        ]
        if not numbers:
            raise InputError(
                "raster.empty",
                f"{path} has no bands of its own (it is a container of subdatasets).",
                "Give one of its subdatasets, or a GeoTIFF made from it.",
            )
        types = [dataset.dtypes[number - 1] for number in numbers]
        if any(np.dtype(dtype).kind == "c" for dtype in types):
            raise InputError(
                "raster.complex",
                f"{path} has complex numbers as pixels.",
                "Give amplitude or intensity instead.",
            )
        return RasterInfo(
            path=Path(path),
            crs_wkt="" if dataset.crs is None else dataset.crs.to_wkt(),
            transform=dataset.transform,
            width=dataset.width,
            height=dataset.height,
            band_names=_band_names([dataset.descriptions[number - 1] for number in numbers]),
            dtype=str(np.result_type(*types)),
            nodata=dataset.nodata,
            sources=tuple(
                BandSource(
                    str(path),
                    number,
                    dataset.scales[number - 1] or 1.0,
                    dataset.offsets[number - 1],
                    dataset.nodatavals[number - 1],
                )
                for number in numbers
            ),
        )


def require_crs(info: RasterInfo) -> None:
    """Refuse a raster without a CRS: ``raster.no-crs``."""
    if not info.crs_wkt:
        raise InputError(
            "raster.no-crs",
            f"The raster {info.path} has no coordinate reference system.",
            "Assign one (in QGIS: Raster > Projections > Assign Projection).",
        )


def footprint(info: RasterInfo, window: tuple[int, int, int, int] | None = None) -> Any:
    """The outline of a raster, or of a window (row, col, height, width), as a shapely polygon in its CRS."""
    import shapely

    row, col, height, width = window or (0, 0, info.height, info.width)
    corners = [(col, row), (col + width, row), (col + width, row + height), (col, row + height)]
    return shapely.Polygon([info.transform @ corner for corner in corners])


def footprints(infos: Sequence[RasterInfo]) -> list[Any]:
    """Outlines of several rasters in one CRS: their own where they share it, else longitude and latitude.

    Raises
    ------
    InputError
        ``raster.crs`` when PROJ knows no way from a raster's CRS.
    """
    import shapely
    from rasterio.errors import RasterioError
    from rasterio.warp import transform_geom

    outlines = [footprint(info) for info in infos]
    if len({info.crs_wkt for info in infos}) == 1:
        return outlines
    moved = []
    for info, outline in zip(infos, outlines, strict=True):
        try:
            shape = transform_geom(info.crs_wkt, "EPSG:4326", shapely.geometry.mapping(outline))
        except RasterioError as error:
            raise _no_way(info) from error
        moved.append(shapely.geometry.shape(shape))
        if not np.isfinite(moved[-1].bounds).all():
            raise _no_way(info)
    return moved


def _no_way(info: RasterInfo) -> InputError:
    return InputError(
        "raster.crs",
        f"The CRS of {info.path.name} cannot be transformed to that of the other rasters.",
        "Give the raster its right CRS, or reproject it to that of the others.",
    )


def at_resolution(info: RasterInfo, metres: float) -> RasterInfo:
    """The same raster on a grid with square pixels of that size on the ground, at the scene's centre."""
    from rasterio.transform import Affine

    x, y = pixel_metres(info)
    transform = info.transform @ Affine.scale(metres / x, metres / y)
    return replace(
        info,
        transform=transform,
        width=max(1, round(info.width * x / metres)),
        height=max(1, round(info.height * y / metres)),
    )


def pixel_metres(info: RasterInfo) -> tuple[float, float]:
    """Length in metres of a pixel's sides along a row and along a column, at the scene's centre.

    Measured on the ellipsoid where the CRS is geographic or stretches lengths by more than 1 % there, as web
    maps do; else as the CRS says.

    Raises
    ------
    InputError
        ``raster.no-crs``.
    """
    from pyproj import CRS

    require_crs(info)
    crs = CRS.from_wkt(info.crs_wkt)
    true = _metres_on_ellipsoid(info)
    if crs.is_geographic and true is not None:
        return true
    factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
    nominal = info.resolution[0] * factor, info.resolution[1] * factor
    if true is None or np.allclose(true, nominal, rtol=STRETCH, atol=0):
        return nominal
    return true


def _metres_on_ellipsoid(info: RasterInfo) -> tuple[float, float] | None:
    """Lengths of the central pixel's sides; ``None`` where PROJ knows no way to longitude and latitude."""
    from pyproj import Geod
    from rasterio.errors import RasterioError
    from rasterio.warp import transform as warp

    column, row = info.width / 2, info.height / 2
    corners = [info.transform @ at for at in ((column, row), (column + 1, row), (column, row + 1))]
    x, y = zip(*corners, strict=True)
    try:
        longitudes, latitudes = warp(info.crs_wkt, "EPSG:4326", x, y)
    except RasterioError:
        return None
    geod = Geod(ellps="WGS84")

    def length(end: int) -> float:
        return float(geod.inv(longitudes[0], latitudes[0], longitudes[end], latitudes[end])[2])

    lengths = length(1), length(2)
    return lengths if np.isfinite(lengths).all() else None


def recipe_for(
    info: RasterInfo, numbers: Sequence[int], indices: tuple[tuple[str, str], ...] = ()
) -> BandRecipe:
    """The recipe that takes bands of this raster as they are stored."""
    sources = [info.sources[number - 1] for number in numbers]
    return BandRecipe(
        tuple(info.band_names[number - 1] for number in numbers),
        tuple(source.scale for source in sources),
        tuple(source.offset for source in sources),
        indices,
    )


def _band_names(descriptions: Sequence[str | None]) -> tuple[str, ...]:
    names = tuple(
        (text or "").strip() or f"band_{number}"
        for number, text in enumerate(descriptions, start=1)
    )
    if len(set(names)) < len(names):
        # Repeated descriptions ("Gray", "Gray") name nothing.
        names = tuple(f"band_{number}" for number in range(1, len(descriptions) + 1))
    return names
