"""Point layers: where the points lie, and their fields as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.rasters import RasterInfo
from overseed.scenes.vector_layers import as_text, layer_names, read_layer, wkt_of
from overseed.scenes.vector_sources import ANY_KIND, split_source


@dataclass(frozen=True)
class Points:
    """Points of a layer.

    ``xy`` is ``(n, 2)`` in the layer's CRS, NaN where a feature has no point; ``fields`` are the columns as
    they come, one entry each.
    """

    source: str
    path: str
    crs_wkt: str
    xy: NDArray[np.float64]
    fields: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.xy)

    def texts(self, field: str) -> list[str]:
        """A field as texts, empty where there is nothing.

        Raises
        ------
        InputError
            ``labels.field-missing`` or ``labels.field-type``.
        """
        if field not in self.fields:
            raise InputError(
                "labels.field-missing",
                f"The layer {self.source} has no field '{field}'.",
                f"Its fields are: {', '.join(self.fields) or 'none'}.",
            )
        return as_text(self.fields[field], self.source, field)

    def pixels(self, info: RasterInfo) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column ``(n,)`` of the raster's pixel that each point lies in; -1 where in none.

        Raises
        ------
        InputError
            ``labels.crs`` when PROJ knows no way from the layer's CRS to the raster's.
        """
        from pyproj import CRS, Transformer
        from pyproj.exceptions import ProjError

        source, target = CRS.from_wkt(self.crs_wkt), CRS.from_wkt(info.crs_wkt)
        x, y = self.xy.T
        if source != target:
            try:
                x, y = Transformer.from_crs(source, target, always_xy=True).transform(x, y)
            except ProjError as error:
                raise InputError(
                    "labels.crs",
                    f"The points of {self.source} cannot be brought from {source.name} to {target.name}.",
                    "Give the layer its right CRS, or reproject it to the raster's CRS first.",
                ) from error
        inverse = ~info.transform
        found = np.isfinite(x) & np.isfinite(y)
        column = inverse.a * x + inverse.b * y + inverse.c
        row = inverse.d * x + inverse.e * y + inverse.f
        found &= (row >= 0) & (row < info.height) & (column >= 0) & (column < info.width)
        rows, columns = (np.where(found, np.floor(v), -1).astype(np.int64) for v in (row, column))
        return rows, columns


def has_points(source: str) -> bool:
    """Whether a vector layer's geometries are points, by its first one where the layer does not say."""
    import shapely

    parts = split_source(source, ANY_KIND)
    _, raw, _ = read_layer(parts, source)
    if raw is None or len(raw) == 0:
        return False
    kinds = {g.geom_type for g in shapely.from_wkb(raw[:100], on_invalid="ignore") if g is not None}
    return bool(kinds) and kinds <= {"Point", "MultiPoint"}


def read_points(source: str) -> Points:
    """Read a point layer; of a MultiPoint its one point.

    Raises
    ------
    InputError
        What :func:`~overseed.scenes.vector_layers.read_layer` refuses, ``labels.empty``, ``labels.no-crs`` or
        ``labels.not-points``.
    """
    import shapely

    parts = split_source(source, ANY_KIND)
    meta, raw, columns = read_layer(parts, source)
    if raw is None or len(raw) == 0:
        raise InputError(
            "labels.empty",
            f"The point layer {source} has no features.",
            "Choose another layer, or remove its filter.",
        )
    if not meta["crs"]:
        raise InputError(
            "labels.no-crs",
            f"The point layer {source} has no coordinate reference system.",
            "Set one (in QGIS: right-click the layer > Layer CRS) and save the layer again.",
        )
    xy = np.full((len(raw), 2), np.nan)
    for number, geometry in enumerate(shapely.from_wkb(raw, on_invalid="ignore")):
        if geometry is None or geometry.is_empty:
            continue
        single = shapely.get_parts(geometry)
        if len(single) != 1 or single[0].geom_type != "Point":
            raise InputError(
                "labels.not-points",
                f"The layer {source} holds more than single points.",
                "Give a layer of points.",
            )
        xy[number] = single[0].x, single[0].y
    fields = {str(name): column for name, column in zip(meta["fields"], columns, strict=True)}
    return Points(source, parts.path, wkt_of(meta["crs"]), xy, fields)


def read_table(path: str, layer: str) -> dict[str, NDArray[Any]] | None:
    """Columns of a layer without geometries by name; ``None`` when the file has no such layer."""
    from pyogrio.raw import read

    if layer not in layer_names(path):
        return None
    meta, _, _, columns = read(path, layer=layer, read_geometry=False)
    return {str(name): column for name, column in zip(meta["fields"], columns, strict=True)}
