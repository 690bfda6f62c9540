"""Which polygons reach the engine: the layer's own file, or exactly what QGIS shows of it."""

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsField,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

from overseed_qgis.layers.polygons import Snapshot, copy_labels, plain_path, unwrapped


@pytest.fixture
def in_project():
    def add(layer):
        return QgsProject.instance().addMapLayer(layer)

    yield add
    QgsProject.instance().removeAllMapLayers()


def copied(value, folder, field="kind"):
    """Copy what Processing makes of ``value``; return the path and the copy as a layer."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    layer = QgsProcessingUtils.mapLayerFromString(unwrapped(value, context), context)
    source = Snapshot(layer, value)
    path = copy_labels(source, field, folder, QgsProcessingFeedback())
    layer = QgsVectorLayer(path, "copy", "ogr")
    assert layer.isValid()
    return path, layer


def kinds(layer, field="kind"):
    return sorted(feature[field] for feature in layer.getFeatures())


def test_a_plain_file_is_used_as_it_is(saved_polygons):
    layer = QgsVectorLayer(f"{saved_polygons}|layername=fields", "x", "ogr")
    assert plain_path(layer, layer.id(), "kind") == f"{saved_polygons}|layername=fields"


def test_whatever_is_not_the_whole_file_is_copied(saved_polygons):
    def layer():
        return QgsVectorLayer(f"{saved_polygons}|layername=fields", "x", "ogr")

    selection = QgsProcessingFeatureSourceDefinition("x", selectedFeaturesOnly=True)
    assert plain_path(layer(), selection, "kind") == ""
    assert plain_path(layer(), QgsProcessingFeatureSourceDefinition("x", False), "kind") != ""
    filtered = layer()
    filtered.setSubsetString("kind = 'farm'")
    assert plain_path(filtered, "x", "kind") == ""
    moved = layer()
    moved.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    assert plain_path(moved, "x", "kind") == ""
    edited = layer()
    edited.startEditing()
    assert plain_path(edited, "x", "kind") != ""
    edited.deleteFeature(next(edited.getFeatures()).id())
    assert plain_path(edited, "x", "kind") == ""
    edited.rollBack()
    assert plain_path(layer(), "x", "fid") == ""
    virtual = layer()
    virtual.addExpressionField("upper(kind)", QgsField("big", QVariant.String))
    assert plain_path(virtual, "x", "big") == ""
    assert plain_path(None, "x", "kind") == ""


def test_a_memory_layer_is_copied_whole_with_its_crs_and_class(polygons, in_project, tmp_path):
    in_project(polygons)
    assert plain_path(polygons, polygons.id(), "kind") == ""
    path, copy = copied(polygons.id(), tmp_path)
    assert path.endswith("|layername=polygons")
    assert kinds(copy) == ["farm", "farm", "grass", "water"]
    assert copy.crs().authid() == "EPSG:32633"
    assert [f.name() for f in copy.fields()] == ["overseed_fid", "kind"]
    area = sum(feature.geometry().area() for feature in copy.getFeatures())
    assert area == pytest.approx(4 * 80 * 90)


def test_only_selected_features_are_copied(polygons, in_project, tmp_path):
    in_project(polygons)
    polygons.selectByExpression("kind = 'farm'")
    definition = QgsProcessingFeatureSourceDefinition(polygons.id(), selectedFeaturesOnly=True)
    assert kinds(copied(definition, tmp_path)[1]) == ["farm", "farm"]


def test_a_filter_and_unsaved_edits_are_obeyed(saved_polygons, in_project, tmp_path):
    layer = in_project(QgsVectorLayer(f"{saved_polygons}|layername=fields", "x", "ogr"))
    layer.setSubsetString("kind <> 'water'")
    layer.startEditing()
    grass = next(f for f in layer.getFeatures() if f["kind"] == "grass")
    layer.changeAttributeValue(grass.id(), layer.fields().lookupField("kind"), "meadow")
    assert kinds(copied(layer.id(), tmp_path)[1]) == ["farm", "farm", "meadow"]
    layer.rollBack()


def test_a_snapshot_outlives_its_layer_and_later_edits(polygons, saved_polygons, tmp_path):
    project = QgsProject.instance()
    for layer in (polygons, QgsVectorLayer(f"{saved_polygons}|layername=fields", "x", "ogr")):
        project.addMapLayer(layer)
        layer.startEditing()
        layer.deleteFeature(next(f for f in layer.getFeatures() if f["kind"] == "water").id())
        source = Snapshot(layer, layer.id())
        layer.deleteFeature(next(f for f in layer.getFeatures() if f["kind"] == "grass").id())
        layer.rollBack()
        project.removeMapLayer(layer.id())
        path = copy_labels(source, "kind", tmp_path, QgsProcessingFeedback())
        assert kinds(QgsVectorLayer(path, "copy", "ogr")) == ["farm", "farm", "grass"]


def test_whole_numbers_stay_numbers(polygons, in_project, tmp_path):
    in_project(polygons)
    assert kinds(copied(polygons.id(), tmp_path, "code")[1], "code") == [1, 2, 3, 4]


def test_a_class_field_called_fid_is_no_trouble(saved_polygons, in_project, tmp_path):
    layer = in_project(QgsVectorLayer(f"{saved_polygons}|layername=fields", "x", "ogr"))
    assert kinds(copied(layer.id(), tmp_path, "fid")[1], "fid") == [1, 2, 3, 4]


def test_curves_and_heights_become_plain_polygons(polygons, in_project, tmp_path):
    layer = QgsVectorLayer("CurvePolygonZ?crs=EPSG:32633&field=kind:string", "c", "memory")
    feature = next(polygons.getFeatures())
    circle = "CURVEPOLYGONZ(CIRCULARSTRINGZ(0 0 1, 10 0 1, 20 0 1, 10 -10 1, 0 0 1))"
    feature.setGeometry(QgsGeometry.fromWkt(circle))
    feature.setAttributes(["water"])
    layer.dataProvider().addFeatures([feature])
    in_project(layer)
    copy = next(copied(layer.id(), tmp_path)[1].getFeatures()).geometry()
    assert copy.asWkt().startswith("MultiPolygon (")
    assert copy.asWkt().count(",") > 20


def test_the_same_polygons_give_the_same_untouched_file(polygons, in_project, tmp_path):
    in_project(polygons)
    path, _ = copied(polygons.id(), tmp_path)
    file = tmp_path / path.partition("|")[0]
    before = file.stat().st_mtime_ns
    assert copied(polygons.id(), tmp_path)[0] == path
    assert file.stat().st_mtime_ns == before
    polygons.dataProvider().deleteFeatures([1])
    assert copied(polygons.id(), tmp_path)[0] != path
    assert not list(tmp_path.glob("writing-*"))


def test_an_empty_selection_is_refused(polygons, in_project, tmp_path):
    in_project(polygons)
    definition = QgsProcessingFeatureSourceDefinition(polygons.id(), selectedFeaturesOnly=True)
    with pytest.raises(QgsProcessingException, match="no polygon to learn from"):
        copied(definition, tmp_path)
    assert not list(tmp_path.glob("*.gpkg"))
