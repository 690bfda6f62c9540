"""Windows of a raster as arrays, as a recipe wants them: on one grid, in one unit, with their validity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.bands import BandRecipe, compile_formula, match_bands
from overseed.scenes.rasters import (
    BandSource,
    MaskSource,
    RasterInfo,
    open_raster,
    pixel_metres,
)

#: Limits of GDAL's block cache; its own default is a share of the machine's memory, however large that is.
LEAST_CACHE = 128 * 2**20
MOST_CACHE = 768 * 2**20


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
    wanted = CRS.from_wkt(info.crs_wkt) if info.crs_wkt else None
    same = (
        (source.width, source.height) == (info.width, info.height)
        and source.transform.almost_equals(info.transform, precision=1e-9)
        and source.crs == wanted
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
