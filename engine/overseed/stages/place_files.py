"""Suggested places as files: a GeoPackage to digitise on, and a style for QGIS beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from overseed.files import whole
from overseed.mapping.label_places import RARE, UNSURE, Place
from overseed.scenes.rasters import RasterInfo

PLACES, ABOUT = "places", "about"
#: Okabe & Ito's (2008) orange and reddish purple, which all readers tell apart.
COLOURS = {UNSURE: "230,159,0,255", RARE: "204,121,167,255"}
WORDS = {UNSURE: "the map is unsure", RARE: "a rare class is likely"}


@dataclass(frozen=True)
class Described:
    """A place in words: why it is suggested, and the names of what is mapped there and what may be there."""

    place: Place
    sentence: str
    mapped: str
    likely: str | None


def write_places(
    path: Path, described: Sequence[Described], info: RasterInfo, size: int, about: dict[str, Any]
) -> None:
    """Write the layer ``places``, squares in the map's CRS by rank, and how they were chosen (``about``)."""
    import pyogrio

    places = [one.place for one in described]
    layers = {
        PLACES: {
            "rank": np.arange(1, len(places) + 1, dtype=np.int32),
            "why": _texts([place.why for place in places]),
            "sentence": _texts([one.sentence for one in described]),
            "mapped_code": np.array([place.code for place in places], np.int32),
            "mapped_class": _texts([one.mapped for one in described]),
            "confidence": np.array([round(place.surety, 1) for place in places], float),
            "likely_class": _texts([one.likely for one in described]),
            "likely_percent": np.array(
                [round(p.likely, 1) if p.why == RARE else np.nan for p in places], float
            ),
            "score": np.array([round(place.score, 4) for place in places], float),
        },
        ABOUT: {
            "key": _texts(list(about)),
            "value": _texts([json.dumps(value, ensure_ascii=False) for value in about.values()]),
        },
    }
    with whole(path) as partial:
        for name, fields in layers.items():
            squares = _squares(places, info, size) if name == PLACES else None
            pyogrio.raw.write(
                str(partial), squares, list(fields.values()), list(fields), layer=name, driver="GPKG",
                geometry_type=None if squares is None else "Polygon", crs=info.crs_wkt or None,
                append=partial.exists(),
                # People draw beside it with QGIS, also with an older one.
                dataset_options={} if partial.exists() else {"VERSION": "1.2"},
            )  # fmt: skip


def _squares(places: Sequence[Place], info: RasterInfo, size: int) -> NDArray[Any]:
    """The outline of each place as WKB, no farther than the map."""
    import shapely

    shapes = []
    for place in places:
        left, top = place.col * size, place.row * size
        right, bottom = min(left + size, info.width), min(top + size, info.height)
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        shapes.append(shapely.Polygon([info.transform @ corner for corner in corners]))
    found: NDArray[Any] = shapely.to_wkb(np.array(shapes, object))
    return found


def write_style(path: Path) -> None:
    """A style for QGIS 3.22 and later: an outline whose colour says why, and the rank."""
    root = ElementTree.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling")
    renderer = ElementTree.SubElement(
        root,
        "renderer-v2",
        type="categorizedSymbol",
        attr="why",
        forceraster="0",
        enableorderby="0",
    )
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, (why, colour) in enumerate(COLOURS.items()):
        ElementTree.SubElement(
            categories, "category", symbol=str(number), value=why, label=WORDS[why], render="true"
        )
        symbol = ElementTree.SubElement(
            symbols, "symbol", name=str(number), type="fill", alpha="1", clip_to_extent="1"
        )
        layer = ElementTree.SubElement(
            symbol, "layer", attrib={"class": "SimpleLine", "enabled": "1"}
        )
        options = ElementTree.SubElement(layer, "Option", type="Map")
        for key, value in (
            ("line_color", colour),
            ("line_width", "0.8"),
            ("line_width_unit", "MM"),
        ):
            ElementTree.SubElement(options, "Option", name=key, type="QString", value=value)
    labeling = ElementTree.SubElement(root, "labeling", type="simple")
    settings = ElementTree.SubElement(labeling, "settings")
    text = ElementTree.SubElement(
        settings,
        "text-style",
        fieldName="rank",
        fontSize="10",
        fontSizeUnit="Point",
        textColor="0,0,0,255",
    )
    ElementTree.SubElement(
        text, "text-buffer", bufferDraw="1", bufferSize="1", bufferSizeUnits="MM",
        bufferColor="255,255,255,255",
    )  # fmt: skip
    ElementTree.SubElement(settings, "placement", placement="1")
    ElementTree.SubElement(settings, "rendering", drawLabels="1", displayAll="1")
    ElementTree.indent(root)
    with whole(path) as partial:
        ElementTree.ElementTree(root).write(partial, encoding="utf-8", xml_declaration=True)


def _texts(values: Sequence[Any]) -> NDArray[Any]:
    found = np.empty(len(values), object)
    found[:] = values
    return found
