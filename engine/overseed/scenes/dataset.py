"""A data set: scenes with their labels and one class table, opened, counted and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.classes import (
    UNLABELLED,
    ClassTable,
    Rarity,
    build_table,
    read_overrides,
    sorted_values,
    with_counts,
)
from overseed.scenes.labels import Labels, is_vector, load_labels
from overseed.scenes.rasters import (
    RasterInfo,
    match_bands,
    open_raster,
    read_info,
    read_window,
    select_bands,
)

#: Rows read at once; 512 rows of a 10980 pixel wide raster with 4 uint16 bands are 45 MB.
STRIP = 512
MIN_SIDE = 32


@dataclass
class Scene:
    """A raster, the bands in use (numbers from 1), and its labels."""

    info: RasterInfo
    bands: list[int]
    labels: Labels
    valid_pixels: int = 0


@dataclass
class DataSet:
    """Scenes that share bands and classes. ``notes`` are sentences about what was odd."""

    scenes: list[Scene]
    table: ClassTable
    band_names: tuple[str, ...]
    rest_index: int | None
    rarity: Rarity
    notes: list[str] = field(default_factory=list)

    def read_labels(self, scene: Scene, valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Class indices ``(height, width)`` uint8 of a whole scene, 255 = unlabelled or not valid."""
        fill = UNLABELLED if self.rest_index is None else self.rest_index
        labels = scene.labels.read(self.table.index_of_value, fill=fill)
        labels[~valid] = UNLABELLED
        return labels


def load_dataset(
    rasters: list[Path],
    labels: list[str],
    *,
    class_field: str | None = None,
    classes: Path | None = None,
    rest_as: str | None = None,
    rare_below: float = 0.05,
    rare: list[str] | None = None,
    bands: list[str] | None = None,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> DataSet:
    """Open everything, count the labels and refuse what cannot work.

    Raises
    ------
    InputError
        Everything that rasters, polygons and class tables refuse, and ``labels.pairing``,
        ``raster.too-small``, ``raster.all-nodata``, ``classes.single`` and ``labels.none-valid``.
    """
    infos = [read_info(path) for path in rasters]
    for info in infos:
        _refuse_small(info)
    first = select_bands(infos[0], bands or [])
    names = tuple(infos[0].band_names[number - 1] for number in first)
    numbers = [first, *(match_bands(info, names) for info in infos[1:])]
    per_scene, notes = _pair_labels(labels, class_field, infos)
    overrides = read_overrides(classes) if classes else {}
    table, rest_index = _table(per_scene, overrides, rest_as)
    scenes = [
        Scene(info, chosen, entry)
        for info, chosen, entry in zip(infos, numbers, per_scene, strict=True)
    ]
    by_value = {value: row.get("rare", "") for value, row in overrides.items()}
    rarity = Rarity(rare_below, tuple(rare or ()), by_value)
    dataset = DataSet(scenes, table, names, rest_index, rarity, notes)
    _count(dataset, tick)
    return dataset


def valid_mask(
    scene: Scene, tick: Callable[[int, int], None] = lambda done, total: None
) -> NDArray[np.bool_]:
    """Where all bands in use have a value, ``(height, width)`` bool.

    Rasters of whole numbers without nodata, mask or alpha are valid everywhere and are not read.
    """
    from rasterio.enums import MaskFlags

    height, width = scene.info.height, scene.info.width
    with open_raster(scene.info.path) as dataset:
        flags = [dataset.mask_flag_enums[number - 1] for number in scene.bands]
        floating = any(np.dtype(dataset.dtypes[n - 1]).kind == "f" for n in scene.bands)
        if not floating and all(flag == [MaskFlags.all_valid] for flag in flags):
            return np.ones((height, width), bool)
        mask = np.empty((height, width), bool)
        for row in range(0, height, STRIP):
            rows = min(STRIP, height - row)
            _, mask[row : row + rows] = read_window(dataset, scene.bands, row, 0, rows, width)
            tick(row + rows, height)
    return mask


def _refuse_small(info: RasterInfo) -> None:
    if min(info.width, info.height) < MIN_SIDE:
        raise InputError(
            "raster.too-small",
            f"{info.path.name} has {info.width}×{info.height} pixels; Overseed needs at least "
            f"{MIN_SIDE}×{MIN_SIDE}.",
            "Give a larger raster.",
        )


def _pair_labels(
    sources: list[str], class_field: str | None, infos: list[RasterInfo]
) -> tuple[list[Labels], list[str]]:
    if len(sources) == 1 and (len(infos) == 1 or is_vector(sources[0])):
        return load_labels(sources[0], class_field, infos)
    if len(sources) != len(infos):
        raise InputError(
            "labels.pairing",
            f"There are {len(infos)} rasters but {len(sources)} label sources.",
            "Give one vector layer for all rasters, or one label source per raster in the same order.",
        )
    labels: list[Labels] = []
    notes: list[str] = []
    for source, info in zip(sources, infos, strict=True):
        entries, more = load_labels(source, class_field, [info])
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


def _count(dataset: DataSet, tick: Callable[[int, int], None]) -> None:
    """Fill in the table's pixels, polygons and rarity, and the scenes' valid pixels."""
    pixels = np.zeros(len(dataset.table), np.int64)
    polygons: Counter[str] = Counter()
    for number, scene in enumerate(dataset.scenes, start=1):
        valid = valid_mask(scene)
        scene.valid_pixels = int(valid.sum())
        if not scene.valid_pixels:
            raise InputError(
                "raster.all-nodata",
                f"{scene.info.path.name} holds nothing but nodata.",
                "Give a raster with values, or check its nodata value.",
            )
        labels = dataset.read_labels(scene, valid)
        pixels += np.bincount(labels.ravel(), minlength=256)[: len(dataset.table)]
        polygons += scene.labels.polygon_counts()
        tick(number, len(dataset.scenes))
    if not pixels.any():
        raise InputError(
            "labels.none-valid",
            "No labelled pixel lies on a valid pixel of the rasters.",
            "Draw polygons where the raster has values; polygons smaller than a pixel do not count.",
        )
    counts = [sum(polygons.get(v, 0) for v in c.values) for c in dataset.table.classes]
    table = with_counts(dataset.table, pixels.tolist(), counts)
    dataset.table = dataset.rarity.decide(table, pixels.tolist())
    for c in dataset.table.classes:
        if not c.pixels:
            dataset.notes.append(
                f"Class '{c.name}' has no pixel: its polygons cover no pixel centre."
            )
