"""Chips that are files: each read, checked against the first one, and brought to one size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import Place
from overseed.chips.resampling import central_square, resample
from overseed.config import Settings
from overseed.errors import InputError
from overseed.scenes.band_reader import bands_dtype, open_bands
from overseed.scenes.bands import BandRecipe, select_bands
from overseed.scenes.rasters import RasterInfo, open_raster, read_file_info, recipe_for
from overseed.stages.chips.chip_sources import ChipEntry

if TYPE_CHECKING:
    from affine import Affine

LEAST, MOST = 16, 512
#: Files that are read ahead, for each thread.
AHEAD = 4
THREADS = 4
NOWHERE = Place("", None)


@dataclass(frozen=True)
class ReadChip:
    """One chip: ``image`` ``(bands, size, size)``, ``valid`` ``(size, size)`` and where it lies."""

    image: NDArray[Any]
    valid: NDArray[np.bool_]
    place: Place


@dataclass(frozen=True)
class FileChips:
    """Chips of files.

    ``wanted`` is the size that all are brought to, ``None`` for that of the files. ``crs_wkt`` is the CRS of
    the entries' coordinates and of files that do not say theirs, ``pixel`` the side of a pixel in its units.
    """

    entries: Sequence[ChipEntry]
    wanted: int | None
    wanted_bands: Sequence[str]
    crs_wkt: str = ""
    pixel: float | None = None

    @cached_property
    def _first(self) -> RasterInfo:
        return self._look(self.entries[0])

    @cached_property
    def size(self) -> int:
        """Raises ``InputError`` ``chips.not-square`` or ``chips.size`` for a size that cannot be kept."""
        if self.wanted is not None:
            return self.wanted
        info, entry = self._first, self.entries[0]
        if info.width != info.height:
            raise InputError(
                "chips.not-square",
                f"{entry.where} has {info.width}×{info.height} pixels and is no square.",
                "Give a --size: then the square in the middle is taken and brought to it.",
            )
        if not LEAST <= info.width <= MOST:
            raise InputError(
                "chips.size",
                f"{entry.where} has {info.width}×{info.height} pixels; chips have {LEAST} to {MOST}.",
                "Give a --size, such as 64, that all chips are brought to.",
            )
        return info.width

    @cached_property
    def recipe(self) -> BandRecipe:
        info = self._first
        return recipe_for(
            info, select_bands(self.entries[0].where, info.band_names, self.wanted_bands)
        )

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        return bands_dtype(self._first, self.recipe)

    @property
    def notes(self) -> list[str]:
        return []

    def read(self, settings: Settings) -> Iterator[ReadChip]:
        """All chips in the order of the entries; threads read ahead.

        Raises
        ------
        InputError
            What rasters refuse, ``chips.palette``, ``chips.mixed-sizes``, ``chips.mixed-bands`` or
            ``chips.mixed-types``, each with the file.
        """
        with ExitStack() as stack:
            workers = min(THREADS, settings.threads or THREADS)
            pool = ThreadPoolExecutor(workers, "read-chips")
            stack.callback(pool.shutdown, wait=True, cancel_futures=True)
            # What is asked for once cannot be asked for by several threads at once.
            assert self.size
            assert self.dtype
            ahead: deque[Future[ReadChip]] = deque()
            for entry in self.entries:
                ahead.append(pool.submit(self._read, entry))
                if len(ahead) > workers * AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _look(self, entry: ChipEntry) -> RasterInfo:
        from rasterio.enums import ColorInterp

        assert entry.path is not None
        info = read_file_info(entry.path)
        with open_raster(entry.path) as dataset:
            if ColorInterp.palette in dataset.colorinterp:
                raise InputError(
                    "chips.palette",
                    f"{entry.where} stores numbers of a palette instead of colours.",
                    "Turn it into RGB, for example with gdal_translate -expand rgb.",
                )
        return info

    def _read(self, entry: ChipEntry) -> ReadChip:
        import rasterio

        # libjpeg fills what is missing of a cut file with grey, and only warns of it.
        with rasterio.Env(GDAL_ERROR_ON_LIBJPEG_WARNING=True):
            info = self._look(entry)
            self._refuse_other(entry, info)
            row, col, side = central_square(info.height, info.width)
            with open_bands(info, self.recipe, 1) as reader:
                image, valid = reader.read(row, col, side, side)
        image, valid = resample(image, valid, self.size)
        return ReadChip(image, valid, self._place(entry, info, (row, col, side)))

    def _refuse_other(self, entry: ChipEntry, info: RasterInfo) -> None:
        """Refuse a file whose size, bands or type are not those of the first one."""
        first, reference = self._first, self.entries[0].where
        if self.wanted is None and (info.width, info.height) != (first.width, first.height):
            raise InputError(
                "chips.mixed-sizes",
                f"{entry.where} has {info.width}×{info.height} pixels, but {reference} "
                f"{first.width}×{first.height}.",
                "Give a --size, such as 64, that all chips are brought to.",
            )
        if not self.wanted_bands and len(info.band_names) != len(first.band_names):
            raise InputError(
                "chips.mixed-bands",
                f"{entry.where} has {len(info.band_names)} bands, but {reference} "
                f"{len(first.band_names)}.",
                "Give chips with the same bands, or leave the others out.",
            )
        names = tuple(
            info.band_names[number - 1]
            for number in select_bands(entry.where, info.band_names, self.wanted_bands)
        )
        if names != self.recipe.names:
            raise InputError(
                "chips.mixed-bands",
                f"The bands of {entry.where} are {', '.join(names)}, but those of {reference} "
                f"{', '.join(self.recipe.names)}.",
                "Give chips with the same bands in the same order, or mend the band descriptions.",
            )
        dtype = bands_dtype(info, self.recipe)
        if dtype != self.dtype:
            raise InputError(
                "chips.mixed-types",
                f"The pixels of {entry.where} are {dtype}, but those of {reference} {self.dtype}.",
                "Store all chips in the same type and units.",
            )

    def _place(self, entry: ChipEntry, info: RasterInfo, square: tuple[int, int, int]) -> Place:
        from affine import Affine

        row, col, side = square
        if _is_placed(info):
            moved = info.transform @ Affine.translation(col, row)
            crs_wkt = info.crs_wkt or self.crs_wkt
        elif entry.xy is not None and self.pixel is not None:
            (x, y), half = entry.xy, side / 2 * self.pixel
            moved = Affine(self.pixel, 0, x - half, 0, -self.pixel, y + half)
            crs_wkt = self.crs_wkt
        else:
            return NOWHERE if entry.xy is None else Place(self.crs_wkt, None)
        return Place(crs_wkt, _six(moved @ Affine.scale(side / self.size)))


def _is_placed(info: RasterInfo) -> bool:
    """Whether a file says where it lies; without a CRS, steps of one pixel are no coordinates."""
    t = info.transform
    return bool(info.crs_wkt and not t.is_identity) or (
        not info.crs_wkt and (abs(t.a), t.b, t.d, abs(t.e)) != (1, 0, 0, 1)
    )


def _six(t: Affine) -> tuple[float, float, float, float, float, float]:
    """A transform as GDAL's six numbers."""
    return t.to_gdal()
