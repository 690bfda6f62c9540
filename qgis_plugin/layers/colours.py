"""Colours and labels that a polygon layer has for its classes, as a class table."""

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple, Optional

from qgis.core import QgsCategorizedSymbolRenderer, QgsVectorLayer


class ClassStyle(NamedTuple):
    """How the layer shows the class with ``value`` in the class field; colours are ``#rrggbb``."""

    value: str
    name: str
    colour: str


def class_styles(layer: Optional[QgsVectorLayer], class_field: str) -> list[ClassStyle]:
    """Return the styles, by value, where ``layer`` is styled by categories of ``class_field``.

    The category for "all other values" has no class of its own and is left out. Empty when the
    layer is styled in another way. Names are the legend's labels where these tell the classes
    apart, else the values.
    """
    renderer = layer.renderer() if layer is not None else None
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        return []
    if renderer.classAttribute().strip().strip('"') != class_field:
        return []
    styles = {}
    for category in renderer.categories():
        symbol, value = category.symbol(), category.value()
        # One category may stand for several values; then its value is a list.
        for one in value if isinstance(value, (list, tuple)) else [value]:
            text = _text(one)
            if text and symbol is not None:
                name = category.label().strip()
                styles[text] = ClassStyle(text, name, symbol.color().name())
    names = [style.name for style in styles.values()]
    if "" in names or len(set(names)) < len(names):
        styles = {value: style._replace(name=value) for value, style in styles.items()}
    return sorted(styles.values())


def styles_of(styles: list[ClassStyle], values: Iterable[object]) -> list[ClassStyle]:
    """Return the styles of those classes that occur in ``values``, the class field's contents."""
    present = {_text(value) for value in values}
    return [style for style in styles if style.value in present]


def classes_table(styles: list[ClassStyle]) -> str:
    """Return the styles as the text of a class table in CSV."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(ClassStyle._fields)
    table.writerows(styles)
    return stream.getvalue()


def names_of(typed: list[str], styles: list[ClassStyle]) -> list[str]:
    """Return the names of the classes that a person typed by name or by value."""
    names = {style.name for style in styles}
    by_value = {style.value: style.name for style in styles}
    return [text if text in names else by_value.get(text, text) for text in typed]


def _text(value: object) -> str:
    # A null value is a QVariant in Qt 5 and None in Qt 6.
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
