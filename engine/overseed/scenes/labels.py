"""Labels of a scene: polygons or a label raster, as class values on the scene's own grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.classes import UNLABELLED
from overseed.scenes.polygons import (
    Polygons,
    burn,
    read_polygons,
    split_source,
    touches,
    transform_to,
)
from overseed.scenes.rasters import RasterInfo, open_raster


@dataclass(frozen=True)
class PolygonLabels:
    """Polygons brought to one scene's CRS; only those that meet the scene."""

    geometries: NDArray[Any]
    values: tuple[str, ...]
    info: RasterInfo

    def polygon_counts(self) -> Counter[str]:
        """Polygons per class value."""
        return Counter(self.values)

    def read(self, index_of_value: Mapping[str, int]) -> NDArray[np.uint8]:
        """``(height, width)`` uint8 class indices, 255 where there is no label."""
        return burn(self.geometries, self.values, index_of_value, self.info)


@dataclass(frozen=True)
class RasterLabels:
    """A label raster; brought to the scene's grid by nearest neighbour where its own grid differs."""

    path: Path
    values: tuple[str, ...]
    info: RasterInfo

    def polygon_counts(self) -> Counter[str]:
        """A raster has no polygons."""
        return Counter()

    def read(self, index_of_value: Mapping[str, int]) -> NDArray[np.uint8]:
        """``(height, width)`` uint8 class indices, 255 where there is no label."""
        codes = _codes_on_grid(self.path, self.info)
        lookup = np.full(256, UNLABELLED, np.uint8)
        for value, index in index_of_value.items():
            if value in self.values:
                lookup[int(value)] = index
        return lookup[codes]


Labels = PolygonLabels | RasterLabels


def is_vector(source: str) -> bool:
    """Whether the labels' source is a vector file; a missing file counts as one, and is refused there."""
    from pyogrio import list_layers
    from pyogrio.errors import DataSourceError

    path, _ = split_source(source)
    if not path.startswith("/vsi") and not Path(path).exists():
        return True
    try:
        return len(list_layers(path)) > 0
    except DataSourceError:
        return Path(path).suffix.lower() in (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".kml")


def load_labels(
    source: str, class_field: str | None, infos: list[RasterInfo]
) -> tuple[list[Labels], list[str]]:
    """Read one label source for one or several scenes.

    Returns
    -------
    labels, notes
        One entry per scene, and what was odd, in sentences.

    Raises
    ------
    InputError
        What :func:`~overseed.scenes.polygons.read_polygons` refuses, and ``labels.no-overlap``.
    """
    if not is_vector(source):
        return [_load_raster(Path(source), info) for info in infos], []
    polygons = read_polygons(source, class_field)
    notes = []
    if polygons.repaired:
        notes.append(f"{polygons.repaired} invalid polygons of {source} were repaired.")
    if polygons.dropped:
        notes.append(
            f"{polygons.dropped} features of {source} without polygon or class were left out."
        )
    labels = [_on_scene(polygons, info) for info in infos]
    inside = sum(len(entry.values) for entry in labels)
    if not inside:
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
    values = tuple(v for v, use in zip(polygons.values, inside, strict=True) if use)
    return PolygonLabels(geometries[inside], values, info)


def _load_raster(path: Path, info: RasterInfo) -> RasterLabels:
    with open_raster(path) as dataset:
        if dataset.crs is None:
            raise InputError(
                "labels.no-crs",
                f"The label raster {path} has no coordinate reference system.",
                "Assign one (in QGIS: Raster > Projections > Assign Projection).",
            )
        if np.dtype(dataset.dtypes[0]).kind not in "iu":
            raise InputError(
                "labels.field-type",
                f"The label raster {path} holds {dataset.dtypes[0]} values, which cannot be classes.",
                "Give a raster of whole numbers from 1 to 255.",
            )
    counts = np.bincount(_codes_on_grid(path, info).ravel(), minlength=256)
    values = tuple(str(code) for code in range(1, 256) if counts[code])
    if not values:
        raise InputError(
            "labels.no-overlap",
            f"The label raster {path} holds no class on {info.path.name}.",
            "Check that both show the same place and that each has its right CRS.",
        )
    return RasterLabels(path, values, info)


def _codes_on_grid(path: Path, info: RasterInfo) -> NDArray[np.uint8]:
    """Codes 1…255 on the scene's grid, 0 where the label raster has none."""
    from rasterio.crs import CRS
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    with open_raster(path) as dataset:
        same = (
            (dataset.width, dataset.height) == (info.width, info.height)
            and dataset.transform.almost_equals(info.transform)
            and dataset.crs == CRS.from_wkt(info.crs_wkt)
        )
        if same:
            codes, valid = dataset.read(1), dataset.read_masks(1) != 0
        else:
            with WarpedVRT(
                dataset,
                crs=CRS.from_wkt(info.crs_wkt),
                transform=info.transform,
                width=info.width,
                height=info.height,
                resampling=Resampling.nearest,
                add_alpha=dataset.nodata is None,
            ) as warped:
                codes, valid = warped.read(1), warped.dataset_mask() != 0
    valid &= codes != 0
    if valid.any() and (codes[valid].min() < 1 or codes[valid].max() > 255):
        raise InputError(
            "labels.code-range",
            f"The label raster {path} holds codes outside 1 to 255.",
            "Renumber its classes.",
        )
    return np.where(valid, codes, 0).astype(np.uint8)
