"""Points that the engine drew are filled in with QGIS, and the engine reads the answers."""

import json
import subprocess

import pytest
from osgeo import gdal
from qgis.core import QgsRasterLayer, QgsVectorLayer, edit


@pytest.fixture
def engine(engine_python):
    """Return a function that runs a command of the engine and returns its outputs."""

    def run(*words):
        command = [engine_python, "-m", "overseed", *map(str, words), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["outputs"]

    return run


def test_interpreters_choose_from_a_list_and_their_answers_count(engine, scene, tmp_path, qgis_app):
    # The truth stands for a map, so all answers will agree with it.
    points = engine("sample-points", scene["truth"], "--out", tmp_path / "p.gpkg", "--count", 40)
    layer = QgsVectorLayer(f"{points['points']}|layername=points", "points", "ogr")
    assert layer.isValid()
    assert layer.featureCount() == points["count"]
    field = layer.fields().indexOf("reference")
    widget = layer.editorWidgetSetup(field)
    assert widget.type() == "ValueMap"
    offered = {value for entry in widget.config()["map"] for value in entry.values()}
    truth = QgsRasterLayer(scene["truth"], "truth")
    assert layer.crs() == truth.crs()
    names = dict(zip(points["codes"].values(), points["codes"], strict=True))
    with edit(layer):
        for feature in layer.getFeatures():
            code, found = truth.dataProvider().sample(feature.geometry().asPoint(), 1)
            assert found
            assert names[int(code)] in offered
            layer.changeAttributeValue(feature.id(), field, names[int(code)])
    out = tmp_path / "assessment.json"
    found = engine("assess", scene["truth"], "--reference", points["points"], "--out", out)
    assert found["overall_accuracy"] == [1.0]
    assert json.loads(out.read_text(encoding="utf-8"))["maps"][0]["points"] == points["count"]


def test_places_to_label_come_styled(engine, scene, tmp_path, qgis_app):
    """QGIS takes the style beside the file: an outline that says why, and the rank."""
    sure = tmp_path / "sure.tif"
    copy = gdal.GetDriverByName("GTiff").CreateCopy(str(sure), gdal.Open(scene["truth"]))
    copy.GetRasterBand(1).Fill(60)
    copy = None
    places = engine(
        "suggest-labels", scene["truth"], "--confidence", sure, "--out", tmp_path / "p.gpkg"
    )
    layer = QgsVectorLayer(f"{places['places']}|layername=places", "places", "ogr")
    assert layer.featureCount() == places["count"] == 30
    assert layer.crs() == QgsRasterLayer(scene["truth"], "truth").crs()
    categories = layer.renderer().categories()
    assert [category.value() for category in categories] == ["unsure", "rare"]
    symbol = categories[0].symbol()
    assert symbol.symbolLayer(0).layerType() == "SimpleLine"
    assert layer.labelsEnabled()
    assert layer.labeling().settings().fieldName == "rank"
