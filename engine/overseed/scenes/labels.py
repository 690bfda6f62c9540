"""Labels of a scene: polygons or a label raster, as class values on the scene's own grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.burning import Outlines, outlines
from overseed.scenes.label_rasters import RasterLabels, load_raster
from overseed.scenes.polygons import Polygons, read_polygons, touches, transform_to
from overseed.scenes.rasters import RasterInfo
from overseed.scenes.vector_sources import POLYGON_FILES, split_source
from overseed.unlabelled import UNLABELLED


@dataclass(frozen=True)
class PolygonLabels:
    """Polygons brought to one scene's CRS; only those that meet the scene, ``outside`` others do not.

    ``values`` are the class values of the polygons, one each. ``known`` are those of the whole layer, on
    this scene or not; ``defaults`` holds what the layer says about them (``colour``), by value.
    """

    geometries: NDArray[Any]
    values: tuple[str, ...]
    info: RasterInfo
    defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    outside: int = 0

    def polygon_counts(self) -> Counter[str]:
        """Polygons per class value."""
        return Counter(self.values)

    def read(
        self,
        index_of_value: Mapping[str, int],
        rows: tuple[int, int] | None = None,
        *,
        fill: int = UNLABELLED,
    ) -> NDArray[np.uint8]:
        """``(rows, width)`` uint8 class indices of some of the scene's rows (all when left out).

        A pixel belongs to the smallest polygon that covers its centre. Polygons whose value is not in
        ``index_of_value`` are as if not there; those with index 255 say that there is no label, also where
        ``fill`` gives the ground outside all polygons to a class.
        """
        indices = np.array([index_of_value.get(value, -1) for value in self.values], np.int64)
        return self._outlines.burn(indices, rows, fill=fill)

    @cached_property
    def _outlines(self) -> Outlines:
        return outlines(self.geometries, self.info)


Labels = PolygonLabels | RasterLabels


def is_vector(source: str) -> bool:
    """Whether the labels' source is a vector file; a missing file counts as one, and is refused there."""
    from pyogrio import list_layers
    from pyogrio.errors import DataSourceError

    parts = split_source(source)
    if not parts.is_present or parts.layer is not None or parts.subset:
        return True
    try:
        return len(list_layers(parts.path)) > 0
    except DataSourceError:
        return parts.path.lower().endswith(POLYGON_FILES)


def load_labels(
    source: str,
    class_field: str | None,
    infos: list[RasterInfo],
    colour_field: str | None = None,
) -> tuple[list[Labels], list[str]]:
    """Read one label source for one or several scenes.

    Returns
    -------
    labels, notes
        One entry per scene, and what was odd, in sentences.

    Raises
    ------
    InputError
        What :func:`~overseed.scenes.polygons.read_polygons` and
        :func:`~overseed.scenes.label_rasters.load_raster` refuse, and ``labels.no-overlap``.
    """
    if is_vector(source):
        return _load_polygons(source, class_field, infos, colour_field)
    labels: list[Labels] = []
    notes: list[str] = []
    for info in infos:
        entry, more = load_raster(Path(split_source(source).path), info)
        labels.append(entry)
        notes += [note for note in more if note not in notes]
    return labels, notes


def _load_polygons(
    source: str, class_field: str | None, infos: list[RasterInfo], colour_field: str | None
) -> tuple[list[Labels], list[str]]:
    polygons = read_polygons(source, class_field, colour_field)
    notes = list(polygons.notes)
    if polygons.repaired:
        notes.append(f"{polygons.repaired} invalid polygons of {source} were repaired.")
    if polygons.dropped:
        notes.append(
            f"{polygons.dropped} features of {source} without polygon or class were left out."
        )
    labels = [_on_scene(polygons, info) for info in infos]
    if not any(entry.values for entry in labels):
        names = ", ".join(info.path.name for info in infos)
        raise InputError(
            "labels.no-overlap",
            f"No polygon of {source} lies on {names}.",
            "Check that both show the same place and that each has its right CRS.",
        )
    return list(labels), notes


def _on_scene(polygons: Polygons, info: RasterInfo) -> PolygonLabels:
    geometries = transform_to(polygons, info.crs_wkt)
    inside = touches(geometries, info)
    return PolygonLabels(
        geometries=geometries[inside],
        values=tuple(v for v, use in zip(polygons.values, inside, strict=True) if use),
        info=info,
        defaults={value: {"colour": shade} for value, shade in polygons.colours.items()},
        known=polygons.known,
        outside=int((~inside).sum()),
    )
