"""Styles of maps: colour tables, category names and the QML file that QGIS applies by itself."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from overseed.scenes.classes import ClassTable


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


def _xml_text(name: str) -> str:
    """Replace the control characters that XML cannot hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", name)


def _write(path: Path, root: ElementTree.Element, declaration: bool) -> None:
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=declaration)
