"""Rasters: what a file or a stack of files holds, and its windows as arrays with their validity."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.bands import BandRecipe, compile_formula, match_bands

if TYPE_CHECKING:
    from affine import Affine
    from rasterio.io import DatasetReader


#: A projected CRS that stretches lengths by more than this share is not taken at its word.
STRETCH = 0.01
#: Limits of GDAL's block cache; its own default is a share of the machine's memory, however large that is.
LEAST_CACHE = 128 * 2**20
MOST_CACHE = 768 * 2**20


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
    rotated or south-up. ``band_names`` are the files' band descriptions; a band without one is called
    ``band_<number>``. Sources on another grid are brought to this one: nearest neighbour where they are
    coarser or as fine, the mean of the pixels under it where they are finer. ``companions`` are further
    files whose content matters (a product's metadata); ``notes`` are sentences on what was odd.
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
        ``raster.missing``, ``raster.unreadable``, ``raster.empty``, ``raster.no-crs`` or
        ``raster.complex``.
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
        if dataset.crs is None:
            raise InputError(
                "raster.no-crs",
                f"The raster {path} has no coordinate reference system.",
                "Assign one (in QGIS: Raster > Projections > Assign Projection).",
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
            crs_wkt=dataset.crs.to_wkt(),
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
    """
    from pyproj import CRS

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


def bands_dtype(info: RasterInfo, recipe: BandRecipe) -> np.dtype[Any]:
    """The type of the bands that :class:`BandReader` gives: the raster's own, or float32 after arithmetic."""
    numbers = match_bands(info.path.name, info.band_names, recipe.names)
    changed = any(
        not np.isclose((s.scale, s.offset), units, rtol=1e-9, atol=0).all()
        for s, units in zip(
            [info.sources[n - 1] for n in numbers],
            zip(recipe.scales, recipe.offsets, strict=True),
            strict=True,
        )
    )
    return np.dtype("float32" if changed or recipe.indices else info.dtype)


class BandReader:
    """Reads windows of a raster as a recipe wants them. Use :func:`open_bands`."""

    def __init__(self, info: RasterInfo, recipe: BandRecipe, stack: ExitStack) -> None:
        self._info = info
        self._recipe = recipe
        numbers = match_bands(info.path.name, info.band_names, recipe.names)
        self._sources = [info.sources[number - 1] for number in numbers]
        self.dtype = bands_dtype(info, recipe)
        # Bands of one file with different nodata values need views of their own: warping knows one value.
        keys = [(source.dataset, str(source.nodata)) for source in self._sources]
        self._files = [
            _File(stack, [i for i, own in enumerate(keys) if own == key], self._sources, info)
            for key in dict.fromkeys(keys)
        ]
        self._masks = [(mask, _view(stack, mask.dataset, info, mask=True)) for mask in info.masks]
        self._formulas = [compile_formula(formula, recipe.names) for _, formula in recipe.indices]

    @property
    def always_valid(self) -> bool:
        """Whether every pixel has a value, known without reading any."""
        return not self._masks and not self._formulas and all(f.always_valid for f in self._files)

    @property
    def cache_bytes(self) -> int:
        """What GDAL's block cache needs so that reading by row bands decodes no block twice."""
        needed = 2 * sum(file.block_row_bytes for file in self._files)
        return min(MOST_CACHE, max(LEAST_CACHE, needed))

    def read(
        self, row: int, col: int, height: int, width: int
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Read a window that lies inside the raster.

        Returns
        -------
        image, valid
            ``(bands, height, width)`` in :attr:`dtype`, indices last, and ``(height, width)`` bool that is
            true where every band has a value: by nodata, mask, alpha or quality codes, and not NaN or
            infinite.

        Raises
        ------
        InputError
            ``raster.corrupt`` with the window that cannot be read.
        """
        from rasterio.windows import Window

        window = Window(col, row, width, height)
        recipe = self._recipe
        image = np.empty((len(recipe.all_names), height, width), self.dtype)
        base = image[: len(recipe.names)]
        valid = np.ones((height, width), bool)
        for file in self._files:
            values, seen = file.read(window)
            if seen is not None:
                valid &= seen
            for position, band in zip(file.positions, values, strict=True):
                source = self._sources[position]
                units = recipe.scales[position], recipe.offsets[position]
                base[position] = _in_units(band, source, units)
        for mask, view in self._masks:
            valid &= _mask_valid(mask, _checked_read(view, [1], window)[0])
        if self._formulas:
            columns = (np.array(v, np.float32) for v in (recipe.scales, recipe.offsets))
            scale, offset = (column[:, None, None] for column in columns)
            physical = base.astype(np.float32) * scale + offset
            for number, formula in enumerate(self._formulas, start=len(recipe.names)):
                image[number] = formula(list(physical))
                valid &= np.isfinite(image[number])
        return image, valid


@contextmanager
def open_bands(info: RasterInfo, recipe: BandRecipe, threads: int = 0) -> Iterator[BandReader]:
    """Open a raster for reading as a recipe wants it; GDAL decodes with ``threads`` threads, 0 means all.

    Raises
    ------
    InputError
        What :func:`open_raster` and :func:`~overseed.scenes.bands.match_bands` refuse.
    """
    import rasterio

    with ExitStack() as stack:
        stack.enter_context(rasterio.Env(GDAL_NUM_THREADS=str(threads or "ALL_CPUS")))
        reader = BandReader(info, recipe, stack)
        stack.enter_context(rasterio.Env(GDAL_CACHEMAX=reader.cache_bytes))
        yield reader


class _File:
    """Bands of one dataset with one nodata value, seen on the raster's grid."""

    def __init__(
        self,
        stack: ExitStack,
        positions: Sequence[int],
        sources: Sequence[BandSource],
        info: RasterInfo,
    ) -> None:
        chosen = [sources[position] for position in positions]
        self.positions = positions
        self._numbers = [source.number for source in chosen]
        self._nodata = chosen[0].nodata
        self._view = _view(stack, chosen[0].dataset, info, mask=False, nodata=self._nodata)
        self._by = self._validity()

    @property
    def always_valid(self) -> bool:
        return self._by == "all"

    @property
    def block_row_bytes(self) -> int:
        """Bytes of one row of the dataset's blocks, of the bands that are wanted."""
        rows = self._view.block_shapes[self._numbers[0] - 1][0]
        sizes = [np.dtype(self._view.dtypes[number - 1]).itemsize for number in self._numbers]
        return int(rows * self._view.width * sum(sizes))

    def read(self, window: Any) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Bands and, where some pixel may have no value, where all of them have one."""
        image = _checked_read(self._view, self._numbers, window)
        if self._by == "all":
            return image, None
        if self._by == "masks":
            masks = _checked_read(self._view, self._numbers, window, masks=True)
            valid = (masks != 0).all(axis=0)
        else:
            valid = np.ones(image.shape[1:], bool)
        for band in image:
            if self._nodata is not None and not np.isnan(self._nodata):
                valid &= band != np.asarray(self._nodata).astype(band.dtype)
            if band.dtype.kind == "f":
                valid &= np.isfinite(band)
        return image, valid

    def _validity(self) -> str:
        """How validity is known: ``all`` pixels are valid, by ``values`` alone, or by GDAL's ``masks``."""
        from rasterio.enums import MaskFlags

        flags = [self._view.mask_flag_enums[number - 1] for number in self._numbers]
        floating = any(np.dtype(self._view.dtypes[n - 1]).kind == "f" for n in self._numbers)
        simple = all(set(f) <= {MaskFlags.all_valid, MaskFlags.nodata} for f in flags)
        if not simple:
            return "masks"
        return "values" if self._nodata is not None or floating else "all"


def _view(
    stack: ExitStack, dataset: str, info: RasterInfo, mask: bool, nodata: float | None = None
) -> Any:
    """A dataset on the raster's grid: itself, or a warped view of it."""
    from rasterio.crs import CRS
    from rasterio.enums import ColorInterp, Resampling
    from rasterio.vrt import WarpedVRT

    source = stack.enter_context(open_raster(dataset))
    same = (
        (source.width, source.height) == (info.width, info.height)
        and source.transform.almost_equals(info.transform, precision=1e-9)
        and source.crs == CRS.from_wkt(info.crs_wkt)
    )
    if same:
        return source
    own = nodata if nodata is not None else source.nodata
    has_alpha = ColorInterp.alpha in source.colorinterp
    return stack.enter_context(
        WarpedVRT(
            source,
            crs=info.crs_wkt,
            transform=info.transform,
            width=info.width,
            height=info.height,
            resampling=(
                Resampling.average if _is_finer(source, info) and not mask else Resampling.nearest
            ),
            src_nodata=own,
            nodata=own,
            # Without a nodata value an alpha band has to say what lies outside the source.
            add_alpha=own is None and not mask and not has_alpha,
        )
    )


def _is_finer(source: Any, info: RasterInfo) -> bool:
    """Whether a dataset's pixels are smaller than the raster's, by the ground they cover."""
    own = replace(
        info,
        crs_wkt=source.crs.to_wkt(),
        transform=source.transform,
        width=source.width,
        height=source.height,
    )
    return float(np.prod(pixel_metres(own))) < 0.99 * float(np.prod(pixel_metres(info)))


def _checked_read(
    view: Any, numbers: Sequence[int], window: Any, masks: bool = False
) -> NDArray[Any]:
    from rasterio.errors import RasterioIOError

    try:
        if masks:
            return np.asarray(view.read_masks(indexes=list(numbers), window=window))
        if len({view.dtypes[number - 1] for number in numbers}) > 1:
            return np.stack([view.read(number, window=window) for number in numbers])
        return np.asarray(view.read(indexes=list(numbers), window=window))
    except RasterioIOError as error:
        raise InputError(
            "raster.corrupt",
            f"{view.name} cannot be read at row {window.row_off}, column {window.col_off} "
            f"({window.height}×{window.width} pixels).",
            "The file is damaged there; get it again.",
        ) from error


def _in_units(band: NDArray[Any], source: BandSource, units: tuple[float, float]) -> NDArray[Any]:
    """A band's stored values in the units of a recipe."""
    scale, offset = units
    if np.isclose((source.scale, source.offset), units, rtol=1e-9, atol=0).all():
        return band
    factor = source.scale / scale
    return band.astype(np.float32) * np.float32(factor) + np.float32(
        (source.offset - offset) / scale
    )


def _mask_valid(mask: MaskSource, codes: NDArray[Any]) -> NDArray[np.bool_]:
    bad = (codes & mask.bits) != 0 if mask.bits else np.zeros(codes.shape, bool)
    return ~(bad | np.isin(codes, mask.values))


def _band_names(descriptions: Sequence[str | None]) -> tuple[str, ...]:
    names = tuple(
        (text or "").strip() or f"band_{number}"
        for number, text in enumerate(descriptions, start=1)
    )
    if len(set(names)) < len(names):
        # Repeated descriptions ("Gray", "Gray") name nothing.
        names = tuple(f"band_{number}" for number in range(1, len(descriptions) + 1))
    return names
