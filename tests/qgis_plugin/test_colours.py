"""Which class styles the engine gets from a polygon layer."""

import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
)

from overseed_qgis.layers.colours import class_styles, classes_table, names_of, styles_of


def style(layer, field, categories):
    """Style ``layer`` by (value, colour, label)."""
    layer.setRenderer(
        QgsCategorizedSymbolRenderer(
            field,
            [
                QgsRendererCategory(value, QgsFillSymbol.createSimple({"color": colour}), label)
                for value, colour, label in categories
            ],
        )
    )


def test_categories_of_the_class_field_give_names_and_colours(polygons):
    style(
        polygons,
        "kind",
        [("water", "#0000ff", "Water, lakes"), ("farm", "#FFcc00", "Farmland"), (None, "red", "")],
    )
    assert classes_table(class_styles(polygons, "kind")) == (
        'value,name,colour\nfarm,Farmland,#ffcc00\nwater,"Water, lakes",#0000ff\n'
    )


@pytest.mark.parametrize("labels", [("same", "same"), ("", "x")])
def test_labels_that_do_not_tell_classes_apart_are_left_out(polygons, labels):
    style(polygons, "kind", [("b", "#000001", labels[0]), ("a", "#000002", labels[1])])
    assert [s.name for s in class_styles(polygons, "kind")] == ["a", "b"]


def test_numbers_lists_and_quoted_fields(polygons):
    style(polygons, '"code"', [(1, "#000001", ""), ([2, 3], "#000002", ""), (4.0, "#000003", "")])
    styles = class_styles(polygons, "code")
    assert [(s.value, s.colour[-1]) for s in styles] == [
        ("1", "1"),
        ("2", "2"),
        ("3", "2"),
        ("4", "3"),
    ]


def test_other_styles_give_nothing(polygons):
    style(polygons, "kind", [("water", "#0000ff", "")])
    assert class_styles(polygons, "code") == []
    polygons.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple({})))
    assert class_styles(polygons, "kind") == []
    assert class_styles(None, "kind") == []


def test_classes_are_found_by_name_or_value(polygons):
    style(polygons, "code", [(3, "#000001", "Reed"), (4, "#000002", "3")])
    styles = class_styles(polygons, "code")
    assert names_of(["Reed", "3", "4", "moss"], styles) == ["Reed", "3", "3", "moss"]
    assert names_of(["3"], []) == ["3"]


def test_styles_of_classes_without_features_are_left_out(polygons):
    style(polygons, "kind", [("b", "#000001", "B"), ("3", "#000002", "Three"), ("z", "red", "Z")])
    styles = styles_of(class_styles(polygons, "kind"), ["b", 3.0, None])
    assert [one.value for one in styles] == ["3", "b"]
