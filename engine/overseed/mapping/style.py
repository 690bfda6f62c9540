"""Styles of maps: colour tables, category names and the QML file that QGIS applies by itself."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from overseed.scenes.classes import ClassTable

#: Percent, colour and opacity (of 255): ColorBrewer's YlOrRd (Brewer 2003), which all readers can order.
HEAT = (
    (0, "#ffffb2", 0),
    (25, "#fecc5c", 110),
    (50, "#fd8d3c", 190),
    (75, "#f03b20", 225),
    (100, "#bd0026", 255),
)


def colour_table(table: ClassTable) -> dict[int, tuple[int, int, int, int]]:
    """Colour of each code; 0 is transparent."""
    colours = {c.code: (*bytes.fromhex(c.colour[1:]), 255) for c in table.classes}
    return {0: (0, 0, 0, 0), **colours}


def write_category_names(path: Path, table: ClassTable) -> None:
    """Write GDAL's auxiliary metadata (``<raster>.aux.xml``) with a name per code.

    GDAL numbers categories from 0 without gaps, so codes that no class has get an empty name.
    """
    names = {c.code: c.name for c in table.classes}
    root = ElementTree.Element("PAMDataset")
    band = ElementTree.SubElement(root, "PAMRasterBand", band="1")
    categories = ElementTree.SubElement(band, "CategoryNames")
    for code in range(max(names) + 1):
        ElementTree.SubElement(categories, "Category").text = _xml_text(names.get(code, ""))
    # GDAL takes the document's first node for the root and finds nothing in an XML declaration.
    _write(path, root, declaration=False)


def write_qml(path: Path, table: ClassTable) -> None:
    """Write a paletted style that QGIS 3.22 and later load: names and colours, in table order."""
    root = ElementTree.Element("qgis", version="3.22.0", styleCategories="Symbology|Rendering")
    pipe = ElementTree.SubElement(root, "pipe")
    renderer = ElementTree.SubElement(
        pipe,
        "rasterrenderer",
        type="paletted",
        band="1",
        alphaBand="-1",
        opacity="1",
        nodataColor="",
    )
    ElementTree.SubElement(renderer, "rasterTransparency")
    palette = ElementTree.SubElement(renderer, "colorPalette")
    for c in table.classes:
        ElementTree.SubElement(
            palette,
            "paletteEntry",
            value=str(c.code),
            color=c.colour,
            alpha="255",
            label=_xml_text(c.name),
        )
    ElementTree.SubElement(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    ElementTree.SubElement(pipe, "huesaturation", saturation="0", grayscaleMode="0")
    # Codes are not quantities: the zoomed view must not interpolate between them.
    ElementTree.SubElement(pipe, "rasterresampler", maxOversampling="2")
    ElementTree.SubElement(root, "blendMode").text = "0"
    _write(path, root, declaration=True)


def write_heat_qml(path: Path, label: str) -> None:
    """Write a style for whole percent that QGIS 3.22 and later load: from transparent to dark red."""
    root = ElementTree.Element("qgis", version="3.22.0", styleCategories="Symbology|Rendering")
    pipe = ElementTree.SubElement(root, "pipe")
    renderer = ElementTree.SubElement(
        pipe, "rasterrenderer", type="singlebandpseudocolor", band="1", alphaBand="-1", opacity="1",
        nodataColor="", classificationMin="0", classificationMax="100",
    )  # fmt: skip
    ElementTree.SubElement(renderer, "rasterTransparency")
    shader = ElementTree.SubElement(renderer, "rastershader")
    ramp = ElementTree.SubElement(
        shader, "colorrampshader", colorRampType="INTERPOLATED", classificationMode="1", clip="0",
        minimumValue="0", maximumValue="100", labelPrecision="0",
    )  # fmt: skip
    for value, colour, alpha in HEAT:
        ElementTree.SubElement(
            ramp, "item", value=str(value), color=colour, alpha=str(alpha),
            label=_xml_text(f"{label}: {value} %"),
        )  # fmt: skip
    ElementTree.SubElement(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    ElementTree.SubElement(pipe, "huesaturation", saturation="0", grayscaleMode="0")
    ElementTree.SubElement(pipe, "rasterresampler", maxOversampling="2")
    ElementTree.SubElement(root, "blendMode").text = "0"
    _write(path, root, declaration=True)


def _xml_text(name: str) -> str:
    """Replace the control characters that XML cannot hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", name)


def _write(path: Path, root: ElementTree.Element, declaration: bool) -> None:
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=declaration)
