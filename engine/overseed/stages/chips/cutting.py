"""Chips that are cut from rasters: one around each point or polygon, and others away from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.chip_settings import PrepareChipsSettings
from overseed.chips.chip_set import Place
from overseed.chips.rest_windows import rest_windows
from overseed.config import Settings
from overseed.errors import InputError
from overseed.scenes.band_reader import BandReader, bands_dtype, open_bands
from overseed.scenes.bands import BandRecipe, match_bands, select_bands
from overseed.scenes.points import has_points, read_points
from overseed.scenes.polygons import read_polygons, transform_to
from overseed.scenes.raster_sources import display_stem, read_info
from overseed.scenes.rasters import RasterInfo, recipe_for
from overseed.scenes.vector_layers import choose_field
from overseed.stages.chips.chip_sources import ChipEntry
from overseed.stages.chips.reading_files import ReadChip

DEFAULT_SIZE = 64
#: Chips of the rest for each other chip.
REST_TIMES = 10
#: A chip of the rest has values on at least this share of its pixels.
LEAST_KNOWN = 0.5


@dataclass(frozen=True)
class Cut:
    """Where a chip begins on which raster; it may reach over the raster's edges."""

    raster: int
    row: int
    col: int


@dataclass(frozen=True)
class RasterChips:
    """Chips to be cut from rasters; ``entries`` and ``cuts`` belong together. ``notes`` are sentences."""

    infos: Sequence[RasterInfo]
    recipe: BandRecipe
    size: int
    entries: Sequence[ChipEntry]
    cuts: Sequence[Cut]
    notes: Sequence[str]

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(*(bands_dtype(info, self.recipe) for info in self.infos))

    def read(self, settings: Settings) -> Iterator[ReadChip]:
        """All chips in the order of the entries.

        Raises
        ------
        InputError
            ``raster.corrupt``.
        """
        start = 0
        for number, info in enumerate(self.infos):
            own = [cut for cut in self.cuts if cut.raster == number]
            assert list(self.cuts[start : start + len(own)]) == own
            start += len(own)
            with open_bands(info, self.recipe, settings.threads) as reader:
                for cut in own:
                    image, valid = _read(reader, info, cut, self.size, self.dtype)
                    moved = info.transform @ type(info.transform).translation(cut.col, cut.row)
                    yield ReadChip(image, valid, Place(info.crs_wkt, moved.to_gdal()))


@dataclass
class _Labelled:
    """The labelled places of one source on one raster: pixels, classes, and shapes in pixel coordinates."""

    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    values: list[str]
    numbers: list[int]
    shapes: list[Any] = field(default_factory=list)
    outside: int = 0
    notes: tuple[str, ...] = ()


def cut_chips(settings: PrepareChipsSettings) -> RasterChips:
    """Find where chips are to be cut; pixels are read later, except to find chips of the rest.

    Raises
    ------
    InputError
        What rasters and vector layers refuse, ``labels.pairing``, ``labels.no-overlap``, ``chips.labels`` or
        ``chips.no-room``.
    """
    infos = [read_info(source) for source in settings.raster]
    first, size = infos[0], settings.size or DEFAULT_SIZE
    recipe = recipe_for(first, select_bands(first.path.name, first.band_names, settings.bands))
    for info in infos[1:]:
        match_bands(info.path.name, info.band_names, recipe.names)
    labelled = _on_rasters(settings, infos)
    notes = [note for info in infos for note in info.notes]
    notes += dict.fromkeys(note for one in labelled for note in one.notes)
    rest = _Rest(settings, infos, labelled, recipe, size)
    entries: list[ChipEntry] = []
    cuts: list[Cut] = []
    for number, (info, one) in enumerate(zip(infos, labelled, strict=True)):
        if one.outside:
            notes.append(f"{one.outside} points or polygons lie outside {info.path.name}.")
        places = [
            (row - size // 2, col - size // 2, value, str(feature))
            for row, col, value, feature in zip(
                one.rows.tolist(), one.cols.tolist(), one.values, one.numbers, strict=True
            )
        ]
        places += [
            (row, col, settings.rest_as or "", f"rest-{position}")
            for position, (row, col) in enumerate(rest.windows(number), start=1)
        ]
        for row, col, value, feature_name in places:
            name = f"{info.path.name}#{feature_name}"
            entries.append(ChipEntry(name, value, name, region=display_stem(info)))
            cuts.append(Cut(number, row, col))
    types = {str(bands_dtype(info, recipe)) for info in infos}
    if len(types) > 1:
        notes.append(
            f"The rasters have different number types ({', '.join(sorted(types))}); check that their values "
            "are in the same units."
        )
    return RasterChips(infos, recipe, size, entries, cuts, notes + rest.notes)


def _on_rasters(settings: PrepareChipsSettings, infos: Sequence[RasterInfo]) -> list[_Labelled]:
    """For each raster its labelled places; as many sources as rasters pair with them in order."""
    sources = settings.labels
    if len(sources) not in (1, len(infos)):
        raise InputError(
            "labels.pairing",
            f"There are {len(infos)} rasters but {len(sources)} label sources.",
            "Give one layer for all rasters, or one per raster in the same order.",
        )
    paired = sources * len(infos) if len(sources) == 1 else sources
    labelled = [
        _on_raster(source, settings.class_field, info)
        for source, info in zip(paired, infos, strict=True)
    ]
    if not any(len(one.rows) for one in labelled):
        raise InputError(
            "labels.no-overlap",
            f"No point or polygon of {', '.join(sources)} lies on "
            f"{', '.join(info.path.name for info in infos)}.",
            "Check that both show the same place and that each has its right CRS.",
        )
    return labelled


def _on_raster(source: str, class_field: str | None, info: RasterInfo) -> _Labelled:
    """Points or polygons on a raster; of a polygon a point inside it that stands for it."""
    if _has_points(source):
        points = read_points(source)
        values = points.texts(choose_field(source, class_field, list(points.fields)))
        rows, cols = points.pixels(info)
        shapes: list[Any] = []
        notes: tuple[str, ...] = ()
        nameless = sum(value == "" for value in values)
    else:
        polygons = read_polygons(source, class_field)
        values, notes, nameless = list(polygons.values), polygons.notes, polygons.dropped
        rows, cols, shapes = _inside(transform_to(polygons, info.crs_wkt), info)
    if nameless:
        notes += (f"{nameless} features of {source} without shape or class were left out.",)
    named = np.array([value != "" for value in values], bool)
    use = np.flatnonzero((rows >= 0) & named)
    return _Labelled(
        rows=rows[use],
        cols=cols[use],
        values=[values[n] for n in use],
        numbers=(use + 1).tolist(),
        shapes=shapes,
        outside=int((named & (rows < 0)).sum()),
        notes=notes,
    )


def _has_points(source: str) -> bool:
    try:
        return has_points(source)
    except InputError as error:
        if error.code != "labels.unreadable":
            raise
        raise InputError(
            "chips.labels",
            f"{source} is no vector layer.",
            "Give points or polygons with a class field; a chip is cut around each.",
        ) from error


def _inside(
    geometries: NDArray[Any], info: RasterInfo
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Any]]:
    """Row and column of a pixel inside each polygon, -1 outside the raster; polygons in pixel coordinates."""
    import shapely

    moved = shapely.transform(
        geometries, lambda xy: np.column_stack(~info.transform @ (xy[:, 0], xy[:, 1]))
    )
    # Of an empty polygon the coordinates are NaN.
    points = shapely.point_on_surface(moved)
    columns, rows = shapely.get_x(points), shapely.get_y(points)
    found = (rows >= 0) & (rows < info.height) & (columns >= 0) & (columns < info.width)
    row, col = (np.where(found, np.floor(v), -1).astype(np.int64) for v in (rows, columns))
    return row, col, list(moved)


class _Rest:
    """Draws chips of the rest; says in ``notes`` where there is no room for as many as were asked for."""

    def __init__(
        self,
        settings: PrepareChipsSettings,
        infos: Sequence[RasterInfo],
        labelled: Sequence[_Labelled],
        recipe: BandRecipe,
        size: int,
    ) -> None:
        self.settings, self.infos, self.labelled = settings, infos, labelled
        self.recipe, self.size = recipe, size
        self.notes: list[str] = []
        drawn = sum(len(one.rows) for one in labelled)
        self.count = settings.rest_count or REST_TIMES * drawn

    def windows(self, number: int) -> list[tuple[int, int]]:
        """First rows and columns of the chips of the rest on one raster."""
        import shapely

        if self.settings.rest_as is None:
            return []
        info, size = self.infos[number], self.size
        shapes: list[Any] = []
        for one in self._everything_on(number):
            shapes += one.shapes
            tops, lefts = one.rows - size // 2, one.cols - size // 2
            shapes += list(shapely.box(lefts, tops, lefts + size, tops + size))
        wanted = self._share(number)
        with open_bands(info, self.recipe, self.settings.threads) as reader:

            def usable(row: int, col: int) -> bool:
                if reader.always_valid:
                    return True
                return bool(reader.read(row, col, size, size)[1].mean() >= LEAST_KNOWN)

            found = rest_windows(
                (info.height, info.width),
                size,
                np.array(shapes, object),
                wanted,
                np.random.default_rng([self.settings.seed, 10, number]),
                usable,
            )
        if not found and len(self.infos) == 1:
            raise InputError(
                "chips.no-room",
                f"{info.path.name} has no room for chips of {size}×{size} pixels away from all points and "
                "polygons.",
                "Give a smaller --size or a larger raster, or label other classes yourself.",
            )
        if len(found) < wanted:
            self.notes.append(
                f"{info.path.name} has room for just {len(found)} of {wanted} chips of "
                f"'{self.settings.rest_as}'."
            )
        return found

    def _everything_on(self, number: int) -> list[_Labelled]:
        """All labelled places on one raster, also those of sources that are paired with other rasters."""
        others = [source for n, source in enumerate(self.settings.labels) if n != number]
        if len(self.settings.labels) == 1:
            others = []
        field_name, info = self.settings.class_field, self.infos[number]
        return [self.labelled[number], *(_on_raster(o, field_name, info) for o in others)]

    def _share(self, number: int) -> int:
        """How many of all chips of the rest this raster gives: by its pixels, the last one what is left."""
        ends = np.cumsum([0.0, *(info.height * info.width for info in self.infos)])
        marks = np.rint(self.count * ends / ends[-1]).astype(int)
        return int(marks[number + 1] - marks[number])


def _read(
    reader: BandReader, info: RasterInfo, cut: Cut, size: int, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """A chip; beyond the raster's edge it has no value and holds 0."""
    top, left = max(0, cut.row), max(0, cut.col)
    bottom, right = min(info.height, cut.row + size), min(info.width, cut.col + size)
    part, known = reader.read(top, left, bottom - top, right - left)
    image = np.zeros((len(part), size, size), dtype)
    valid = np.zeros((size, size), bool)
    inside = slice(top - cut.row, bottom - cut.row), slice(left - cut.col, right - cut.col)
    image[(slice(None), *inside)] = part
    valid[inside] = known
    return image, valid
