"""A data set: scenes with their labels and one class table, read in row bands."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.band_reader import bands_dtype, open_bands
from overseed.scenes.bands import BandRecipe, make_indices, match_bands, select_bands
from overseed.scenes.classes import (
    ClassTable,
    Rarity,
    build_table,
    read_overrides,
    sorted_values,
)
from overseed.scenes.labels import Labels, is_vector, load_labels
from overseed.scenes.raster_sources import read_info
from overseed.scenes.rasters import RasterInfo, recipe_for
from overseed.unlabelled import UNLABELLED

MIN_SIDE = 32
#: A row band holds at most about this many bytes of image, but no fewer rows than ``LEAST_ROWS``.
STRIP_BYTES = 48 * 2**20
LEAST_ROWS = 16
#: Row bands that the reading thread may be ahead.
AHEAD = 1


@dataclass
class Scene:
    """A raster and its labels."""

    info: RasterInfo
    labels: Labels


@dataclass
class DataSet:
    """Scenes that share bands and classes. ``notes`` are sentences about what was odd.

    ``dtype`` is the type that all scenes' bands are read as.
    """

    scenes: list[Scene]
    table: ClassTable
    recipe: BandRecipe
    dtype: np.dtype[Any]
    rest_index: int | None
    rarity: Rarity
    notes: list[str] = field(default_factory=list)

    @property
    def band_names(self) -> tuple[str, ...]:
        return self.recipe.all_names

    @property
    def fill(self) -> int:
        """Class index of the ground that nobody drew on."""
        return UNLABELLED if self.rest_index is None else self.rest_index


@dataclass(frozen=True)
class Strip:
    """A row band of a scene, as wide as the scene.

    ``image`` ``(bands, rows, width)`` in the data set's type; ``valid`` ``(rows, width)`` bool; ``drawn`` and
    ``labels`` ``(rows, width)`` uint8 class indices, 255 = unlabelled. ``labels`` are those on valid pixels.
    """

    row: int
    image: NDArray[Any]
    valid: NDArray[np.bool_]
    drawn: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def load_dataset(
    rasters: list[str],
    labels: list[str],
    *,
    class_field: str | None = None,
    colour_field: str | None = None,
    classes: Path | None = None,
    rest_as: str | None = None,
    rare_below: float = 0.05,
    rare: list[str] | None = None,
    bands: list[str] | None = None,
    indices: list[str] | None = None,
    resolution: float | None = None,
) -> DataSet:
    """Open everything and refuse what cannot work; pixels are not read yet.

    Raises
    ------
    InputError
        Everything that rasters, polygons and class tables refuse, and ``labels.pairing``,
        ``raster.too-small`` and ``classes.single``.
    """
    infos = [read_info(source, resolution) for source in rasters]
    for info in infos:
        _refuse_small(info)
    first = infos[0]
    numbers = select_bands(first.path.name, first.band_names, bands or [])
    names = [first.band_names[number - 1] for number in numbers]
    recipe = replace(
        recipe_for(first, numbers, make_indices(indices or [], names)), resolution=resolution
    )
    for info in infos[1:]:
        match_bands(info.path.name, info.band_names, recipe.names)
    notes = [note for info in infos for note in info.notes]
    types = {bands_dtype(info, recipe) for info in infos}
    if len(types) > 1:
        notes.append(
            f"The rasters have different number types ({', '.join(sorted(map(str, types)))}); check that "
            "their values are in the same units."
        )
    per_scene, more = _pair_labels(labels, class_field, colour_field, infos)
    overrides = read_overrides(classes) if classes else {}
    table, rest_index = _table(per_scene, overrides, rest_as)
    by_value = {value: row.get("rare", "") for value, row in overrides.items()}
    return DataSet(
        scenes=[Scene(info, entry) for info, entry in zip(infos, per_scene, strict=True)],
        table=table,
        recipe=recipe,
        dtype=np.result_type(*types),
        rest_index=rest_index,
        rarity=Rarity(rare_below, tuple(rare or ()), by_value),
        notes=notes + more,
    )


def strips(
    dataset: DataSet,
    number: int,
    threads: int = 0,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Strip]:
    """Read a scene from top to bottom; a thread reads the next row band while the caller works.

    Parameters
    ----------
    number:
        Index of the scene.
    tick:
        Called with rows done and the scene's rows after each band.
    """
    scene = dataset.scenes[number]
    height, width = scene.info.height, scene.info.width
    rows = strip_rows(len(dataset.band_names), dataset.dtype.itemsize, width)
    with ExitStack() as stack:
        reader = stack.enter_context(open_bands(scene.info, dataset.recipe, threads))
        pool = ThreadPoolExecutor(1, "read-raster")
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        ahead: deque[tuple[int, Future[tuple[NDArray[Any], NDArray[np.bool_]]]]] = deque()

        def pop() -> Strip:
            row, future = ahead.popleft()
            image, valid = future.result()
            drawn = scene.labels.read(
                dataset.table.index_of_value, (row, row + len(valid)), fill=dataset.fill
            )
            labels = drawn if valid.all() else np.where(valid, drawn, np.uint8(UNLABELLED))
            return Strip(row, image.astype(dataset.dtype, copy=False), valid, drawn, labels)

        for row in range(0, height, rows):
            ahead.append((row, pool.submit(reader.read, row, 0, min(rows, height - row), width)))
            if len(ahead) > AHEAD:
                strip = pop()
                yield strip
                tick(strip.row + len(strip.valid), height)
        while ahead:
            strip = pop()
            yield strip
            tick(strip.row + len(strip.valid), height)


def strip_rows(bands: int, itemsize: int, width: int) -> int:
    """Rows of a row band: a power of two, so that blocks of GeoTIFFs are seldom decoded twice."""
    rows = STRIP_BYTES // max(1, bands * itemsize * width)
    return int(2 ** np.floor(np.log2(np.clip(rows, LEAST_ROWS, 1024))))


def _refuse_small(info: RasterInfo) -> None:
    if min(info.width, info.height) < MIN_SIDE:
        raise InputError(
            "raster.too-small",
            f"{info.path.name} has {info.width}×{info.height} pixels; Overseed needs at least "
            f"{MIN_SIDE}×{MIN_SIDE}.",
            "Give a larger raster.",
        )


def _pair_labels(
    sources: list[str], class_field: str | None, colour_field: str | None, infos: list[RasterInfo]
) -> tuple[list[Labels], list[str]]:
    if len(sources) == 1 and (len(infos) == 1 or is_vector(sources[0])):
        return load_labels(sources[0], class_field, infos, colour_field)
    if len(sources) != len(infos):
        raise InputError(
            "labels.pairing",
            f"There are {len(infos)} rasters but {len(sources)} label sources.",
            "Give one vector layer for all rasters, or one label source per raster in the same order.",
        )
    labels: list[Labels] = []
    notes: list[str] = []
    for source, info in zip(sources, infos, strict=True):
        entries, more = load_labels(source, class_field, [info], colour_field)
        labels += entries
        notes += more
    return labels, notes


def _table(
    per_scene: list[Labels], overrides: dict[str, dict[str, str]], rest_as: str | None
) -> tuple[ClassTable, int | None]:
    found = {value for labels in per_scene for value in labels.values}
    known = {value for labels in per_scene for value in labels.known}
    defaults: dict[str, Mapping[str, str]] = {}
    for labels in per_scene:
        defaults = {**labels.defaults, **defaults}
    table = build_table(sorted_values(found), overrides, defaults, known=known, rest=rest_as)
    if len(table) == 1:
        raise InputError(
            "classes.single",
            f"The labels hold just one class, '{table.names[0]}'.",
            "Use --rest-as NAME (for example --rest-as background) to make what lies outside the "
            "polygons a class of its own.",
        )
    rest = table.index_of_value.get(rest_as, UNLABELLED) if rest_as else UNLABELLED
    return table, None if rest == UNLABELLED else rest
