"""Class polygons: read from any OGR source, repaired, and brought to another CRS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.colours import as_hex
from overseed.scenes.rasters import RasterInfo, footprint
from overseed.scenes.vector_layers import (
    as_text,
    choose_field,
    layer_notes,
    read_layer,
    refuse_without_crs,
    wkt_of,
)
from overseed.scenes.vector_sources import Source, split_source


@dataclass(frozen=True)
class Polygons:
    """Polygons with their class values, in the CRS they came in.

    ``geometries`` are shapely (multi)polygons, valid and not empty; ``values`` are the class field's
    contents as text, one each. ``repaired`` and ``dropped`` count what was wrong in the source;
    ``known`` are all values of the layer, also of features without polygon; ``colours`` are ``#rrggbb`` by
    value, from the colour field; ``notes`` are sentences on what was odd.
    """

    source: str
    crs_wkt: str
    geometries: NDArray[Any]
    values: tuple[str, ...]
    repaired: int
    dropped: int
    known: frozenset[str] = frozenset()
    colours: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_polygons(
    source: str, class_field: str | None, colour_field: str | None = None
) -> Polygons:
    """Read class polygons.

    Parameters
    ----------
    source:
        A path with, after bars, its layer and filter, as
        :func:`~overseed.scenes.vector_sources.split_source` says. A filter goes to OGR as it is, as the
        condition of a WHERE or as a whole SELECT.
    class_field:
        Field with the class, text or whole numbers; may be left out when the layer has just one field.
    colour_field:
        Field with each polygon's colour (:func:`~overseed.scenes.colours.as_hex` says how it may be
        written). A class whose polygons disagree takes the colour that most of them have.

    Raises
    ------
    InputError
        ``labels.source``, ``labels.missing``, ``labels.unreadable``, ``labels.layer``, ``labels.filter``
        (with OGR's reason), ``labels.empty``, ``labels.no-crs``, ``labels.field-missing`` (lists the
        fields), ``labels.field-type``, ``labels.field-null`` or ``labels.not-polygons``.
    """
    import shapely

    parts = split_source(source)
    meta, raw, columns = read_layer(parts, source)
    fields = [str(name) for name in meta["fields"]]
    chosen = choose_field(source, class_field, [f for f in fields if f != colour_field] or fields)
    if colour_field is not None:
        choose_field(source, colour_field, fields)
    if raw is None or len(raw) == 0:
        _refuse_empty(source, parts)
    refuse_without_crs(source, meta)
    geometries, repaired = _repair(shapely.force_2d(shapely.from_wkb(raw, on_invalid="ignore")))
    values = as_text(columns[fields.index(chosen)], source, chosen)
    usable = np.array([g is not None for g in geometries]) & np.array([v != "" for v in values])
    if not usable.any():
        _refuse_useless(source, chosen, known=any(v != "" for v in values))
    kept = tuple(v for v, use in zip(values, usable, strict=True) if use)
    notes = layer_notes(parts)
    colours: dict[str, str] = {}
    if colour_field is not None:
        texts = columns[fields.index(colour_field)][usable]
        colours, more = _class_colours(kept, texts, source)
        notes += more
    return Polygons(
        source=source,
        crs_wkt=wkt_of(meta["crs"]),
        geometries=geometries[usable],
        values=kept,
        repaired=repaired,
        dropped=int((~usable).sum()),
        known=frozenset(values) - {""},
        colours=colours,
        notes=tuple(notes),
    )


def read_areas(source: str, crs_wkt: str) -> NDArray[Any]:
    """All polygons of a layer, whatever its fields, in another CRS (axis order x, y).

    Raises
    ------
    InputError
        What :func:`read_polygons` refuses, except for what it asks of fields.
    """
    import shapely

    parts = split_source(source)
    meta, raw, _ = read_layer(parts, source)
    if raw is None or len(raw) == 0:
        _refuse_empty(source, parts)
    refuse_without_crs(source, meta)
    geometries, _ = _repair(shapely.force_2d(shapely.from_wkb(raw, on_invalid="ignore")))
    usable = [g for g in geometries if g is not None]
    if not usable:
        _refuse_useless(source, "", known=True)
    areas = Polygons(source, wkt_of(meta["crs"]), np.array(usable, object), (), 0, 0)
    return transform_to(areas, crs_wkt)


def transform_to(polygons: Polygons, crs_wkt: str) -> NDArray[Any]:
    """Geometries in another CRS (axis order x, y); empty where a polygon lies beyond that CRS's reach.

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
    refusal = InputError(
        "labels.crs",
        f"The polygons of {polygons.source} cannot be brought from {source.name} to {target.name}.",
        "Give the layer its right CRS, or reproject it to the raster's CRS first.",
    )
    try:
        transformer = Transformer.from_crs(source, target, always_xy=True)
        moved = shapely.transform(
            polygons.geometries, lambda xy: np.column_stack(transformer.transform(*xy.T))
        )
    except ProjError as error:
        raise refusal from error
    finite = np.isfinite(shapely.bounds(moved)).all(axis=1)
    if not finite.any():
        raise refusal
    return moved if finite.all() else np.where(finite, moved, shapely.Polygon())


def touches(geometries: NDArray[Any], info: RasterInfo) -> NDArray[np.bool_]:
    """Which polygons meet the raster's footprint."""
    import shapely

    area = footprint(info)
    shapely.prepare(area)
    return np.asarray(shapely.intersects(area, geometries))


def _refuse_empty(source: str, parts: Source) -> None:
    if parts.subset:
        raise InputError(
            "labels.empty",
            f"The filter {parts.subset} leaves no features of {parts.path}.",
            "Change the filter, or remove it.",
        )
    raise InputError(
        "labels.empty",
        f"The polygon layer {source} has no features.",
        "Draw some class polygons first, or choose another layer.",
    )


def _refuse_useless(source: str, class_field: str, *, known: bool) -> None:
    if known:
        raise InputError(
            "labels.not-polygons", f"The layer {source} has no polygons.", "Give a polygon layer."
        )
    raise InputError(
        "labels.field-null",
        f"Every feature of {source} has an empty '{class_field}'.",
        "Fill the field or choose another one.",
    )


def _repair(geometries: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Valid polygons, ``None`` where there is none, and how many had to be repaired."""
    import shapely

    broken = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    geometries[broken] = shapely.make_valid(geometries[broken])
    repaired = np.empty(len(geometries), object)
    repaired[:] = [_polygonal(g) for g in geometries]
    return repaired, int(broken.sum())


def _class_colours(
    values: Sequence[str], texts: Sequence[Any], source: str
) -> tuple[dict[str, str], list[str]]:
    """The colour that most polygons of each class have, and notes on what was left aside."""
    found: dict[str, Counter[str]] = {}
    unread = Counter[str]()
    for value, text in zip(values, texts, strict=True):
        if text is None or not str(text).strip():
            continue
        shade = as_hex(str(text))
        if shade is None:
            unread[str(text)] += 1
        else:
            found.setdefault(value, Counter())[shade] += 1
    notes = []
    if unread:
        notes.append(
            f"{unread.total()} colours of {source} are not understood (for example "
            f"'{unread.most_common(1)[0][0]}')."
        )
    # The sorted order decides between colours that are equally frequent, whatever the file's order.
    colours = {v: max(sorted(counts), key=counts.__getitem__) for v, counts in found.items()}
    for value, counts in found.items():
        if len(counts) > 1:
            notes.append(
                f"The polygons of class '{value}' have {len(counts)} colours; the most frequent, "
                f"{colours[value]}, is used."
            )
    return colours, notes


def _polygonal(geometry: Any) -> Any:
    """The polygon part of a geometry, or ``None`` when it has none."""
    import shapely

    if geometry is None or geometry.is_empty:
        return None
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else None
