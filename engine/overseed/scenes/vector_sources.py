"""Names of vector layers, as QGIS and people write them: a path and, after bars, which part of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple, NoReturn
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from overseed.errors import InputError

#: Types of geometry, in lower case, that hold or may hold polygons; and any type.
POLYGONAL, ANY_KIND = "polygon|surface|collection|unknown", ""
POLYGON_FILES = (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".kml", ".gml", ".gdb", ".sqlite")


class Source(NamedTuple):
    """One layer of a file: ``path`` for GDAL, ``layer`` by name or number, ``subset`` as a WHERE or SELECT."""

    path: str
    layer: str | int | None = None
    subset: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_present(self) -> bool:
        """Whether there is such a file; of GDAL's virtual file systems it is taken on trust."""
        return self.path.startswith("/vsi") or Path(self.path).exists()


def split_source(source: str, kinds: str = POLYGONAL) -> Source:
    """Split ``path|layername=NAME|layerid=N|geometrytype=Polygon|option:KEY=VALUE|subset=SQL``.

    The order is free, but ``subset`` runs to the end, since SQL may hold bars; QGIS also appends
    ``geometrytype`` after it. A path may be a ``file:`` address, whose percent signs are resolved; any
    other path is taken as it is. ``kinds`` is a regular expression of the geometry types that will do.

    Raises
    ------
    InputError
        ``labels.source`` for what is no file or for a part that is not understood, since ignoring a filter
        would change labels; ``labels.not-polygons`` when ``geometrytype`` asks for points or lines.
    """
    rest, geometry = _split_geometry(source)
    _refuse_kind(source, geometry, kinds)
    head, *filters = re.split(r"\|subset=", rest, maxsplit=1, flags=re.IGNORECASE)
    path, *parts = head.split("|")
    layer: str | int | None = None
    options = []
    for part in parts:
        key, _, value = part.partition("=")
        if key.lower() == "layername":
            layer = value
        elif key.lower() == "layerid" and value.isdigit():
            # QGIS writes both only where the number belongs to the name.
            layer = int(value) if layer is None else layer
        elif key.lower().startswith("option:"):
            options.append((key[len("option:") :], value))
        else:
            _refuse(source, f"'{part}' in the labels' source {source} is not understood.")
    return Source(_path(path, source), layer, "".join(filters).strip(), tuple(options))


def _split_geometry(source: str) -> tuple[str, str]:
    """The source without its parts on geometry types, and the type asked for."""
    plain = re.sub(r"\|uniquegeometrytype=\w*", "", source, flags=re.IGNORECASE)
    found = re.search(r"\|geometrytype=(\w*)", plain, flags=re.IGNORECASE)
    if not found:
        return plain, ""
    return plain[: found.start()] + plain[found.end() :], found[1]


def _refuse_kind(source: str, geometry: str, kinds: str) -> None:
    if geometry and not re.search(kinds, geometry.lower()):
        raise InputError(
            "labels.not-polygons",
            f"The source {source} asks for geometries of type {geometry}, not for polygons.",
            "Give a polygon layer.",
        )


def _path(text: str, source: str) -> str:
    if Path(text).exists():
        return text
    if re.match(r"\s*['\"]?\w+\s*=", text) or re.search(r"\?.*=", text):
        # Database connections, memory layers, virtual layers, delimited text, web services.
        _refuse(source, f"The labels' source {source} is no file but a layer that lives in QGIS.")
    if re.match(r"file:", text, flags=re.IGNORECASE):
        parts = urlsplit(text)
        host = f"//{parts.netloc}" if parts.netloc not in ("", "localhost") else ""
        # An address without the slashes (file:name.gpkg) is relative; only a full one has a drive letter.
        return (
            url2pathname(host + parts.path) if parts.path.startswith("/") else unquote(parts.path)
        )
    if re.match(r"\w{2,}://", text):
        _refuse(source, f"The labels' source {source} is an address, not a file.")
    return text


def _refuse(source: str, message: str) -> NoReturn:
    raise InputError(
        "labels.source",
        message,
        "Export the layer to a file (in QGIS: right-click it > Export > Save Features As) and give its path, "
        "or path|layername=NAME.",
    )
