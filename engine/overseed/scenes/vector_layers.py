"""Vector layers as GDAL gives them: one layer with its filter, its fields as texts, and refusals in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.vector_sources import Source


def read_layer(parts: Source, source: str) -> tuple[dict[str, Any], Any, Any]:
    """Metadata, WKB geometries and columns of one layer, filtered.

    Raises
    ------
    InputError
        ``labels.missing``, ``labels.unreadable``, ``labels.layer`` or ``labels.filter`` (with OGR's reason).
    """
    from pyogrio.errors import DataLayerError, DataSourceError
    from pyogrio.raw import read

    if not parts.is_present:
        raise InputError(
            "labels.missing", f"There is no file {parts.path}.", "Check the path of the labels."
        )
    _refuse_layer(parts)
    wanted: dict[str, Any] = {"layer": _layer(parts), **dict(parts.options)}
    if parts.subset:
        whole = parts.subset.lower().startswith("select")
        wanted |= {"sql": parts.subset, "layer": None} if whole else {"where": parts.subset}
    try:
        meta, _, raw, columns = read(parts.path, **wanted)
    except DataSourceError as error:
        raise _unreadable(parts.path) from error
    except (DataLayerError, ValueError) as error:
        if not parts.subset:
            raise _unreadable(parts.path) from error
        raise InputError(
            "labels.filter",
            f"The filter of {source} cannot be used: {_reason(parts, error)}.",
            "Mend the filter (in QGIS: right-click the layer > Filter), or export the layer to a file.",
        ) from error
    return meta, raw, columns


def layer_names(path: str) -> list[str]:
    """Names of a file's layers; raises ``labels.unreadable``."""
    from pyogrio import list_layers
    from pyogrio.errors import DataSourceError

    try:
        return [str(name) for name in list_layers(path)[:, 0]]
    except DataSourceError as error:
        raise _unreadable(path) from error


def layer_notes(parts: Source) -> list[str]:
    """Which layer was taken, in a sentence, where a file has several and none was named."""
    names = layer_names(parts.path)
    if parts.layer is not None or parts.subset.lower().startswith("select") or len(names) < 2:
        return []
    return [
        f"{parts.path} has {len(names)} layers; '{names[0]}' is used "
        "(write path|layername=NAME for another one)."
    ]


def choose_field(source: str, wanted: str | None, fields: list[str]) -> str:
    """The wanted field, or the only one; raises ``labels.field-missing``, which lists the fields."""
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


def as_text(column: NDArray[Any], source: str, field: str) -> list[str]:
    """Class values as text; whole numbers lose their decimals, NULL becomes an empty text.

    Raises ``labels.field-type`` for fractions, dates, lists and binary data.
    """
    if column.dtype.kind == "f":
        known = column[np.isfinite(column)]
        if not np.equal(known, np.round(known)).all():
            raise _field_type(source, field, "fractions")
        return ["" if not np.isfinite(v) else str(int(v)) for v in column]
    if column.dtype.kind in "mM":
        raise _field_type(source, field, "dates")
    if any(isinstance(v, (bytes, list, np.ndarray)) for v in column):
        raise _field_type(source, field, "lists or binary data")
    return ["" if v is None else str(v).strip() for v in column]


def refuse_without_crs(source: str, meta: Mapping[str, Any]) -> None:
    """Raise ``labels.no-crs`` for a layer without a CRS."""
    if not meta["crs"]:
        raise InputError(
            "labels.no-crs",
            f"The layer {source} has no coordinate reference system.",
            "Set one (in QGIS: right-click the layer > Layer CRS) and save the layer again.",
        )


def wkt_of(crs: str) -> str:
    """A layer's CRS as WKT."""
    from pyproj import CRS

    return CRS.from_user_input(crs).to_wkt()


def _unreadable(path: str) -> InputError:
    return InputError(
        "labels.unreadable",
        f"{path} is not a vector file that GDAL can read.",
        "Give a GeoPackage, Shapefile, GeoJSON or another vector file, or a label raster.",
    )


def _layer(parts: Source) -> str | int:
    """The layer to read; the file's first when none is named."""
    return 0 if parts.layer is None else parts.layer


def _refuse_layer(parts: Source) -> None:
    names = layer_names(parts.path)
    if parts.options:
        # Open options may show layers that a plain look does not list.
        return
    number = isinstance(parts.layer, int) and parts.layer < len(names)
    if parts.layer is not None and parts.layer not in names and not number:
        raise InputError(
            "labels.layer",
            f"{parts.path} has no layer '{parts.layer}'.",
            f"Its layers are: {', '.join(names)}.",
        )


def _reason(parts: Source, error: Exception) -> str:
    """What OGR has against a filter, in its own words."""
    from pyogrio.raw import read

    text = str(error)
    if isinstance(error, ValueError):
        # Of drivers that use OGR's own SQL, the reason comes only with a whole statement.
        names = layer_names(parts.path)
        layer = names[parts.layer] if isinstance(parts.layer, int) else parts.layer or names[0]
        try:
            read(parts.path, sql=f'SELECT * FROM "{layer}" WHERE {parts.subset}', max_features=1)
        except Exception as whole:
            text = str(whole)
    return " ".join(text.rpartition(f"{parts.subset}: ")[2].split()).rstrip(". ")


def _field_type(source: str, field: str, what: str) -> InputError:
    return InputError(
        "labels.field-type",
        f"The field '{field}' of {source} holds {what}, which cannot be classes.",
        "Choose a field with text or whole numbers.",
    )
