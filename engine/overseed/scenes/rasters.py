"""Rasters: what a file holds, its windows as arrays with their validity, and bands matched by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError

if TYPE_CHECKING:
    from affine import Affine
    from rasterio.io import DatasetReader


@dataclass(frozen=True)
class RasterInfo:
    """A raster's grid and bands.

    ``transform`` maps (column, row) to map units of ``crs_wkt`` and may be rotated. ``band_names`` are the
    file's band descriptions; a band without one is called ``band_<number>``.
    """

    path: Path
    crs_wkt: str
    transform: Affine
    width: int
    height: int
    band_names: tuple[str, ...]
    dtype: str
    nodata: float | None

    @property
    def named(self) -> bool:
        """Whether the file itself names its bands."""
        return not all(name == f"band_{i}" for i, name in enumerate(self.band_names, start=1))

    @property
    def resolution(self) -> tuple[float, float]:
        """Length of a pixel's two sides in map units, also for rotated grids."""
        t = self.transform
        return float(np.hypot(t.a, t.d)), float(np.hypot(t.b, t.e))


def open_raster(path: Path) -> DatasetReader:
    """Open a raster for reading.

    Raises
    ------
    InputError
        ``raster.missing`` or ``raster.unreadable``.
    """
    import rasterio
    from rasterio.errors import RasterioIOError

    is_file_path = not str(path).startswith("/vsi") and ":" not in path.name
    if is_file_path and not path.exists():
        raise InputError(
            "raster.missing", f"There is no file {path}.", "Check the path of the raster."
        )
    try:
        return rasterio.open(path)
    except RasterioIOError as error:
        raise InputError(
            "raster.unreadable",
            f"{path} is not a raster that GDAL can read.",
            "Give a GeoTIFF, JPEG 2000, VRT or another raster; check that the file is whole.",
        ) from error


def read_info(path: Path) -> RasterInfo:
    """Read what a raster is.

    Raises
    ------
    InputError
        ``raster.missing``, ``raster.unreadable``, ``raster.empty``, ``raster.no-crs`` or
        ``raster.complex``.
    """
    with open_raster(path) as dataset:
        if dataset.count == 0:
            raise InputError(
                "raster.empty",
                f"{path} has no bands of its own (it is a container of subdatasets).",
                "Give one of its subdatasets, or a GeoTIFF made from it.",
            )
        if dataset.crs is None:
            raise InputError(
                "raster.no-crs",
                f"The raster {path} has no coordinate reference system.",
                "Assign one (in QGIS: Raster > Projections > Assign Projection).",
            )
        if any(np.dtype(dtype).kind == "c" for dtype in dataset.dtypes):
            raise InputError(
                "raster.complex",
                f"{path} has complex numbers as pixels.",
                "Give amplitude or intensity instead.",
            )
        names = tuple(
            (text or "").strip() or f"band_{number}"
            for number, text in enumerate(dataset.descriptions, start=1)
        )
        if len(set(names)) < len(names):
            # Repeated descriptions ("Gray", "Gray") name nothing.
            names = tuple(f"band_{number}" for number in range(1, dataset.count + 1))
        return RasterInfo(
            path=path,
            crs_wkt=dataset.crs.to_wkt(),
            transform=dataset.transform,
            width=dataset.width,
            height=dataset.height,
            band_names=names,
            dtype=str(np.result_type(*dataset.dtypes)),
            nodata=dataset.nodata,
        )


def read_window(
    dataset: DatasetReader, bands: Sequence[int], row: int, col: int, height: int, width: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Read a window that lies inside the raster.

    Parameters
    ----------
    bands:
        Band numbers from 1.
    row, col, height, width:
        The window in pixels.

    Returns
    -------
    image, valid
        ``(bands, height, width)`` in the raster's type, and ``(height, width)`` bool that is true where
        every band has a value: by nodata, mask or alpha, and not NaN or infinite.

    Raises
    ------
    InputError
        ``raster.corrupt`` with the window that cannot be read.
    """
    from rasterio.errors import RasterioIOError
    from rasterio.windows import Window

    window = Window(col, row, width, height)
    try:
        if len({dataset.dtypes[band - 1] for band in bands}) > 1:
            image = np.stack([dataset.read(band, window=window) for band in bands])
        else:
            image = dataset.read(indexes=list(bands), window=window)
        valid = (dataset.read_masks(indexes=list(bands), window=window) != 0).all(axis=0)
    except RasterioIOError as error:
        raise InputError(
            "raster.corrupt",
            f"{dataset.name} cannot be read at row {row}, column {col} ({height}×{width} pixels).",
            "The file is damaged there; get it again.",
        ) from error
    if image.dtype.kind == "f":
        valid &= np.isfinite(image).all(axis=0)
    return image, valid


def select_bands(info: RasterInfo, wanted: Sequence[str]) -> list[int]:
    """Turn band numbers or names into band numbers from 1; all bands when nothing is wanted.

    Raises
    ------
    InputError
        ``bands.out-of-range``, ``bands.unknown`` or ``bands.repeated``.
    """
    if not wanted:
        return list(range(1, len(info.band_names) + 1))
    numbers = []
    for band in wanted:
        if band in info.band_names:
            numbers.append(info.band_names.index(band) + 1)
        elif not band.lstrip("-").isdigit():
            raise InputError(
                "bands.unknown",
                f"{info.path.name} has no band named '{band}'.",
                f"Its bands are: {', '.join(info.band_names)}.",
            )
        elif not 1 <= int(band) <= len(info.band_names):
            raise InputError(
                "bands.out-of-range",
                f"Band {band} is out of range: {info.path.name} has {len(info.band_names)} bands.",
                f"Give numbers from 1 to {len(info.band_names)}.",
            )
        else:
            numbers.append(int(band))
    if len(set(numbers)) < len(numbers):
        raise InputError(
            "bands.repeated",
            f"A band of {info.path.name} is named twice: {', '.join(wanted)}.",
            "Name each band once.",
        )
    return numbers


def match_bands(info: RasterInfo, wanted_names: Sequence[str]) -> list[int]:
    """Find the bands of another scene: by name when both sides have names, else by position.

    Raises
    ------
    InputError
        ``bands.mismatch`` when neither works.
    """
    count = len(info.band_names)
    generated = [re.fullmatch(r"band_(\d+)", name) for name in wanted_names]
    if all(generated):
        # Names made from positions: the same positions, as long as the raster has them.
        positions = [int(match.group(1)) for match in generated if match]
        whole = sorted(positions) == list(range(1, len(positions) + 1))
        if max(positions) <= count and (not whole or len(positions) == count):
            return positions
    elif set(wanted_names) <= set(info.band_names):
        return [info.band_names.index(name) + 1 for name in wanted_names]
    elif count == len(wanted_names) and not set(wanted_names) & set(info.band_names):
        return list(range(1, count + 1))
    raise InputError(
        "bands.mismatch",
        f"The bands of {info.path.name} ({', '.join(info.band_names)}) do not match those that are "
        f"needed ({', '.join(wanted_names)}).",
        "Give a raster with the same bands, or name its bands like the others'.",
    )
