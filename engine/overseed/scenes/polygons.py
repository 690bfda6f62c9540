"""Class polygons: read from any OGR source, reprojected, repaired and burnt into a raster's grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.classes import UNLABELLED
from overseed.scenes.rasters import RasterInfo


@dataclass(frozen=True)
class Polygons:
    """Polygons with their class values, in the CRS they came in.

    ``geometries`` are shapely (multi)polygons, valid and not empty; ``values`` are the class field's
    contents as text, one each. ``repaired`` and ``dropped`` count what was wrong in the source.
    """

    source: str
    crs_wkt: str
    geometries: NDArray[Any]
    values: tuple[str, ...]
    repaired: int
    dropped: int


def read_polygons(source: str, class_field: str | None) -> Polygons:
    """Read class polygons.

    Parameters
    ----------
    source:
        A path, or ``path|layername=NAME`` for one layer of several.
    class_field:
        Field with the class, text or whole numbers; may be left out when the layer has just one field.

    Raises
    ------
    InputError
        ``labels.missing``, ``labels.unreadable``, ``labels.layer``, ``labels.empty``, ``labels.no-crs``,
        ``labels.field-missing`` (lists the fields), ``labels.field-type``, ``labels.field-null`` or
        ``labels.not-polygons``.
    """
    import shapely
    from pyogrio.raw import read

    path, layer = split_source(source)
    meta, _, raw, columns = _read(read, path, layer)
    fields = [str(name) for name in meta["fields"]]
    field = _choose_field(source, class_field, fields)
    if raw is None or len(raw) == 0:
        raise InputError(
            "labels.empty",
            f"The polygon layer {source} has no features.",
            "Draw some class polygons first, or choose another layer.",
        )
    if not meta["crs"]:
        raise InputError(
            "labels.no-crs",
            f"The polygon layer {source} has no coordinate reference system.",
            "Set one (in QGIS: right-click the layer > Layer CRS) and save the layer again.",
        )
    geometries = shapely.force_2d(shapely.from_wkb(raw))
    values = _as_text(columns[fields.index(field)], source, field)
    broken = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    geometries[broken] = shapely.make_valid(geometries[broken])
    geometries = np.array([_polygonal(g) for g in geometries], dtype=object)
    usable = np.array([g is not None for g in geometries]) & np.array([v != "" for v in values])
    if not usable.any():
        known = any(v != "" for v in values)
        raise InputError(
            "labels.not-polygons" if known else "labels.field-null",
            f"The layer {source} has no polygons."
            if known
            else f"Every feature of {source} has an empty '{field}'.",
            "Give a polygon layer." if known else "Fill the field or choose another one.",
        )
    return Polygons(
        source=source,
        crs_wkt=_wkt(meta["crs"]),
        geometries=geometries[usable],
        values=tuple(v for v, use in zip(values, usable, strict=True) if use),
        repaired=int(broken.sum()),
        dropped=int((~usable).sum()),
    )


def split_source(source: str) -> tuple[str, str | None]:
    """Split ``path|layername=NAME`` into path and layer; other parts of a QGIS-style URI are refused.

    Raises
    ------
    InputError
        ``labels.source`` for a part that is not understood, since ignoring a filter would change labels.
    """
    path, *parts = source.split("|")
    layer = None
    for part in parts:
        key, _, value = part.partition("=")
        if key != "layername":
            raise InputError(
                "labels.source",
                f"'{part}' in the labels' source {source} is not understood.",
                "Give path or path|layername=NAME; export a filtered layer to a file first.",
            )
        layer = value
    return path, layer


def transform_to(polygons: Polygons, crs_wkt: str) -> NDArray[Any]:
    """Geometries in another CRS (axis order x, y).

    Raises
    ------
    InputError
        ``labels.crs`` when PROJ knows no way between the two.
    """
    import shapely
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    source, target = CRS.from_wkt(polygons.crs_wkt), CRS.from_wkt(crs_wkt)
    if source == target:
        return polygons.geometries
    try:
        transformer = Transformer.from_crs(source, target, always_xy=True)
        moved = shapely.transform(
            polygons.geometries, lambda xy: np.column_stack(transformer.transform(*xy.T))
        )
    except ProjError as error:
        raise InputError(
            "labels.crs",
            f"The polygons of {polygons.source} cannot be brought from {source.name} to {target.name}.",
            "Reproject the layer to the raster's CRS first.",
        ) from error
    finite = np.isfinite(shapely.bounds(moved)).all(axis=1)
    return moved[finite] if finite.all() else np.where(finite, moved, shapely.Polygon())


def burn(
    geometries: NDArray[Any],
    values: Sequence[str],
    index_of_value: Mapping[str, int],
    info: RasterInfo,
    rows: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """Rasterise polygons: a pixel belongs to a polygon that covers its centre, of several to the smallest.

    Returns
    -------
    ``(height, width)`` uint8 class indices of the raster's rows ``rows`` (all when left out), 255 where no
    polygon is.
    """
    import shapely
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    first, last = rows or (0, info.height)
    order = np.argsort(-shapely.area(geometries), kind="stable")
    shapes = [
        (geometries[i], index_of_value[values[i]])
        for i in order
        if not geometries[i].is_empty and values[i] in index_of_value
    ]
    if not shapes:
        return np.full((last - first, info.width), UNLABELLED, np.uint8)
    return rasterize(
        shapes,
        out_shape=(last - first, info.width),
        transform=info.transform * Affine.translation(0, first),
        fill=UNLABELLED,
        dtype="uint8",
    )


def touches(geometries: NDArray[Any], info: RasterInfo) -> NDArray[np.bool_]:
    """Which polygons meet the raster's footprint."""
    import shapely

    corners = [(0, 0), (info.width, 0), (info.width, info.height), (0, info.height)]
    footprint = shapely.Polygon([info.transform * corner for corner in corners])
    return np.asarray(shapely.intersects(geometries, footprint))


def _read(read: Any, path: str, layer: str | None) -> Any:
    from pyogrio.errors import DataLayerError, DataSourceError

    if not path.startswith("/vsi") and not Path(path).exists():
        raise InputError(
            "labels.missing", f"There is no file {path}.", "Check the path of the labels."
        )
    try:
        return read(path, layer=layer)
    except DataLayerError as error:
        from pyogrio import list_layers

        layers = ", ".join(str(name) for name in list_layers(path)[:, 0])
        raise InputError(
            "labels.layer", f"{path} has no layer '{layer}'.", f"Its layers are: {layers}."
        ) from error
    except DataSourceError as error:
        raise InputError(
            "labels.unreadable",
            f"{path} is not a vector file that GDAL can read.",
            "Give a GeoPackage, Shapefile, GeoJSON or another vector file, or a label raster.",
        ) from error


def _choose_field(source: str, wanted: str | None, fields: list[str]) -> str:
    listed = ", ".join(fields) or "none"
    if wanted is None:
        if len(fields) == 1:
            return fields[0]
        raise InputError(
            "labels.field-missing",
            f"The layer {source} needs a class field.",
            f"Name one of its fields: {listed}.",
        )
    if wanted not in fields:
        raise InputError(
            "labels.field-missing",
            f"The layer {source} has no field '{wanted}'.",
            f"Its fields are: {listed}.",
        )
    return wanted


def _as_text(column: NDArray[Any], source: str, field: str) -> list[str]:
    """Class values as text; whole numbers lose their decimals, NULL becomes an empty text."""
    if column.dtype.kind == "f":
        known = column[np.isfinite(column)]
        if not np.equal(known, np.round(known)).all():
            raise InputError(
                "labels.field-type",
                f"The field '{field}' of {source} holds fractions, which cannot be classes.",
                "Choose a field with text or whole numbers.",
            )
        return ["" if not np.isfinite(v) else str(int(v)) for v in column]
    return ["" if v is None else str(v).strip() for v in column]


def _polygonal(geometry: Any) -> Any:
    """The polygon part of a geometry, or ``None`` when it has none."""
    import shapely

    if geometry is None or geometry.is_empty:
        return None
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else None


def _wkt(crs: str) -> str:
    from pyproj import CRS

    return CRS.from_user_input(crs).to_wkt()
