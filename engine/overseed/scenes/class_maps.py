"""Maps of classes, ours or anybody's: codes and names, how much ground each covers, and drawing pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.label_rasters import described_codes
from overseed.scenes.rasters import RasterInfo, open_raster, pixel_metres, read_file_info

#: Rows that are read at once.
STRIP = 512
#: More codes than any map of classes has.
MOST_CODES = 255

#: Which pixels of some rows are left out, ``(rows, width)``.
Mask = Callable[[tuple[int, int]], NDArray[np.bool_]]


@dataclass(frozen=True)
class ClassMap:
    """A map of classes; code 0 and nodata mean that nothing is mapped there.

    ``names`` and ``colours`` are what the file says about its codes, which may be nothing.
    """

    path: Path
    info: RasterInfo
    names: Mapping[int, str]
    colours: Mapping[int, str]

    def name(self, code: int) -> str:
        """A class's name, or its code as text."""
        return self.names.get(code, str(code))

    def strips(self, rows: int = STRIP) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Bands of ``rows`` rows from the top: first row, codes ``(rows, width)``, 0 where nothing is mapped.

        Raises
        ------
        InputError
            ``raster.corrupt``.
        """
        from rasterio.errors import RasterioError
        from rasterio.windows import Window

        with open_raster(self.path) as dataset:
            for row in range(0, self.info.height, rows):
                window = Window(0, row, self.info.width, min(rows, self.info.height - row))
                try:
                    codes = dataset.read(1, window=window).astype(np.int64)
                    codes[dataset.read_masks(1, window=window) == 0] = 0
                except RasterioError as error:
                    raise InputError(
                        "raster.corrupt",
                        f"The map {self.path} cannot be read around row {row}.",
                        "The file is damaged; make it again.",
                    ) from error
                yield row, codes

    def codes_at(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Codes of single pixels ``(n,)``; 0 where nothing is mapped and for rows or columns below 0."""
        found = np.zeros(len(rows), np.int64)
        for first, codes in self.strips():
            inside = (rows >= first) & (rows < first + len(codes)) & (columns >= 0)
            found[inside] = codes[rows[inside] - first, columns[inside]]
        return found

    def row_areas(self) -> NDArray[np.float64]:
        """Area of a pixel of each row in square metres, ``(height,)``; NaN without a CRS.

        On the ellipsoid where the CRS is geographic or stretches lengths by more than 1 % somewhere on the map,
        at the row's middle; else as the CRS says.
        """
        info = self.info
        if not info.crs_wkt:
            return np.full(info.height, np.nan)
        nominal = float(np.prod(pixel_metres(info)))
        ends = _areas_on_ellipsoid(info, np.unique([0, info.height // 2, info.height - 1]))
        if ends is None:
            return np.full(info.height, nominal)
        if not _is_geographic(info) and np.allclose(ends, nominal, rtol=0.02, atol=0):
            return np.full(info.height, nominal)
        areas = _areas_on_ellipsoid(info, np.arange(info.height))
        return np.full(info.height, nominal) if areas is None else areas


@dataclass(frozen=True)
class Census:
    """How many pixels of a map each code has, and their area in square metres, by code in ascending order."""

    pixels: Mapping[int, int]
    areas: Mapping[int, float]

    @property
    def total(self) -> float:
        """Area of all of them in square metres."""
        return float(sum(self.areas.values()))


def read_class_map(path: Path | str) -> ClassMap:
    """Look at a map of classes.

    Raises
    ------
    InputError
        What :func:`~overseed.scenes.rasters.read_file_info` refuses, or ``map.not-classes``.
    """
    info = read_file_info(path)
    if np.dtype(info.dtype).kind not in "iu":
        raise InputError(
            "map.not-classes",
            f"{path} holds {info.dtype} values, so it is no map of classes.",
            "Give the map that 'overseed classify' wrote, or another raster of class codes.",
        )
    with open_raster(path) as dataset:
        described = described_codes(dataset)
    return ClassMap(
        Path(path),
        info,
        {int(code): entry["name"] for code, entry in described.items() if "name" in entry},
        {int(code): entry["colour"] for code, entry in described.items() if "colour" in entry},
    )


def count_pixels(found: ClassMap, left_out: Mask | None = None) -> Census:
    """Count a map's pixels by code.

    Parameters
    ----------
    left_out:
        Says which pixels do not count.

    Raises
    ------
    InputError
        ``map.not-classes`` for more than 255 different codes, ``map.empty`` when nothing is left.
    """
    pixels: dict[int, int] = {}
    areas: dict[int, float] = {}
    by_row = found.row_areas()
    for first, codes in found.strips():
        kept = _kept(first, codes, left_out)
        for code in _present(kept):
            counts = (kept == code).sum(axis=1)
            pixels[code] = pixels.get(code, 0) + int(counts.sum())
            areas[code] = areas.get(code, 0.0) + float(counts @ by_row[first : first + len(counts)])
        if len(pixels) > MOST_CODES:
            raise InputError(
                "map.not-classes",
                f"{found.path} holds more than {MOST_CODES} different numbers, so it is no map of classes.",
                "Give the map that 'overseed classify' wrote, or another raster of class codes.",
            )
    if not pixels:
        raise InputError(
            "map.empty",
            f"{found.path} has no mapped pixel"
            + (" outside of what is left out." if left_out else "."),
            "Give another map, or leave out less.",
        )
    ordered = sorted(pixels)
    return Census({c: pixels[c] for c in ordered}, {c: areas[c] for c in ordered})


def draw_pixels(
    found: ClassMap,
    ranks: Mapping[tuple[int, ...], NDArray[np.int64]],
    left_out: Mask | None = None,
) -> dict[tuple[int, ...], NDArray[np.int64]]:
    """Find pixels by their number in the order of rows.

    Parameters
    ----------
    ranks:
        By groups of codes, ascending numbers from 0 among the pixels of the group that are not left out.

    Returns
    -------
    By group ``(n, 2)``, row and column, in the same order.
    """
    seen = dict.fromkeys(ranks, 0)
    places: dict[tuple[int, ...], list[NDArray[np.int64]]] = {group: [] for group in ranks}
    for first, codes in found.strips():
        kept = _kept(first, codes, left_out)
        for group, wanted in ranks.items():
            inside = np.flatnonzero(np.isin(kept, group))
            low, high = np.searchsorted(wanted, [seen[group], seen[group] + len(inside)])
            chosen = inside[wanted[low:high] - seen[group]]
            rows, columns = np.divmod(chosen, kept.shape[1])
            places[group].append(np.column_stack([rows + first, columns]))
            seen[group] += len(inside)
    return {group: np.concatenate(parts) for group, parts in places.items()}


def _present(codes: NDArray[np.int64]) -> list[int]:
    """The distinct codes other than 0."""
    if 0 <= codes.min() and codes.max() < 1 << 16:
        # Counting is much faster than sorting.
        found = np.flatnonzero(np.bincount(codes.ravel()))
    else:
        found = np.unique(codes)
    return [int(code) for code in found if code]


def _kept(first: int, codes: NDArray[np.int64], left_out: Mask | None) -> NDArray[np.int64]:
    if left_out is None:
        return codes
    return np.where(left_out((first, first + len(codes))), 0, codes)


def _is_geographic(info: RasterInfo) -> bool:
    from pyproj import CRS

    return bool(CRS.from_wkt(info.crs_wkt).is_geographic)


def _areas_on_ellipsoid(info: RasterInfo, rows: NDArray[Any]) -> NDArray[np.float64] | None:
    """Areas of the middle pixels of rows; ``None`` where PROJ knows no way to longitude and latitude."""
    from pyproj import CRS, Geod, Transformer
    from pyproj.exceptions import ProjError

    column = info.width // 2
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    at = np.array([[(column + dx, row + dy) for dx, dy in corners] for row in rows], float)
    t = info.transform
    x = t.a * at[..., 0] + t.b * at[..., 1] + t.c
    y = t.d * at[..., 0] + t.e * at[..., 1] + t.f
    try:
        way = Transformer.from_crs(CRS.from_wkt(info.crs_wkt), "EPSG:4326", always_xy=True)
        longitudes, latitudes = way.transform(x, y)
    except ProjError:
        return None
    if not (np.isfinite(longitudes).all() and np.isfinite(latitudes).all()):
        return None
    geod = Geod(ellps="WGS84")
    return np.array(
        [
            abs(geod.polygon_area_perimeter(lon, lat)[0])
            for lon, lat in zip(longitudes, latitudes, strict=True)
        ]
    )
