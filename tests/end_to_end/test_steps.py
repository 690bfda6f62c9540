"""The steps one by one and chained in a model, through `qgis_process` with the real engine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import QgsRasterLayer

gdal.UseExceptions()


def test_from_polygons_to_an_assessed_map_step_by_step(qgis_process, listed, scene, tmp_path):
    data = {
        "RASTERS": [scene["raster"]],
        "LABELS": scene["labels"],
        "CLASS_FIELD": scene["class_field"],
    }
    found = qgis_process("overseed:inspectclasses", **data, CLASSES_OUT=tmp_path / "c.csv")
    assert found["CLASS_COUNT"] > found["RARE_COUNT"] > 0
    run = tmp_path / "run ü"
    made = qgis_process("overseed:preparedataset", **data, TILE_SIZE=64, RUN=run)
    assert Path(made["RUN"], "classes.csv").is_file()
    few = {"RUN": run, "EFFORT": "quick"}
    method = {**few, "METHOD": "copy-paste"}
    qgis_process("overseed:traingenerator", **method, STEPS=12)
    samples = qgis_process("overseed:synthesizesamples", **method, COUNT=6)
    assert samples["MADE"] == 6
    reviewed = qgis_process("overseed:reviewsamples", RUN=run, METHOD="copy-paste", REJECT="2,5-6")
    assert (reviewed["ACCEPTED"], reviewed["REJECTED"]) == (3, 3)
    assert Path(reviewed["SHEETS"], "sheet-001.png").is_file()
    measured = qgis_process("overseed:measuresamples", RUN=run, METHOD="copy-paste")
    assert json.loads(Path(measured["FIGURES"]).read_text(encoding="utf-8"))
    assert Path(measured["PAGE"]).is_file()
    for arm in ("none", "copy-paste"):
        trained = qgis_process("overseed:trainsegmentation", **few, AUGMENT=arm, STEPS=4, BATCH=2)
        assert 0 <= trained["MACRO_F1"] <= 1
    short = {"EFFORT": "quick", "STEPS": 4, "BATCH": 2}
    compared = qgis_process(
        "overseed:compareaugmentations", RUN=run, ARMS="none,random-forest", TRAININGS=1, **short
    )
    assert Path(compared["COMPARISON"]).is_file()
    assert len(compared["VERDICT"]) > 20
    mapped = qgis_process(
        "overseed:classifyraster",
        RASTER=scene["raster"],
        MODEL=trained["MODEL"],
        OUTPUT=tmp_path / "map.tif",
        CONFIDENCE=tmp_path / "sure.tif",
        POLYGONS=tmp_path / "map.gpkg",
    )
    assert gdal.Open(mapped["OUTPUT"]).RasterXSize == gdal.Open(scene["raster"]).RasterXSize
    assert Path(mapped["POLYGONS"]).is_file()
    places = qgis_process(
        "overseed:suggestlabels", MAP=mapped["OUTPUT"], CONFIDENCE=mapped["CONFIDENCE"], COUNT=5,
        LEAVE_OUT=scene["labels"], SIZE=8, OUTPUT=tmp_path / "places.gpkg",
    )  # fmt: skip
    assert places["PLACES"] == places["UNSURE"] + places["LIKELY"] > 0
    points = qgis_process(
        "overseed:samplereferencepoints", MAP=scene["truth"], COUNT=40, OUTPUT=tmp_path / "p.gpkg"
    )
    assert points["POINTS"] == 40
    judged = qgis_process(
        "overseed:assessmap",
        MAPS=[mapped["OUTPUT"]],
        REFERENCE=scene["labels"],
        CLASS_FIELD=scene["class_field"],
        OUTPUT=tmp_path / "assessment.json",
    )
    assert 0 < judged["OVERALL_ACCURACY"] <= 1
    assert "meadow" in Path(judged["CLASSES"]).read_text(encoding="utf-8")
    assert all(Path(judged[name]).is_file() for name in ("OUTPUT", "CLASSES", "MATRIX"))
    report = qgis_process("overseed:makereport", RUN=run, OUTPUT=tmp_path / "report.html")
    assert "</html>" in Path(report["OUTPUT"]).read_text(encoding="utf-8")
    # The one that does all of it has tests of its own, and so have chips.
    assert set(qgis_process.ran) == {
        name
        for name, group in listed.items()
        if group != "Chips" and name != "overseed:classifyrareclasses"
    }


@pytest.fixture
def model_file(environment, home, tmp_path):
    """Return a model that chains prepare, train and classify, written by a QGIS of its own."""
    plugins = home / ".local/share/QGIS/QGIS3/profiles/default/python/plugins"
    path = tmp_path / "chain.model3"
    script = Path(__file__).with_name("write_model.py")
    subprocess.run(
        [sys.executable, script, plugins, path], env=environment, check=True, timeout=120
    )
    return path


def test_steps_chained_in_a_model(qgis_process, model_file, scene, tmp_path, qgis_app):
    results = qgis_process(
        model_file,
        rasters=[scene["raster"]],
        raster=scene["raster"],
        labels=scene["labels"],
        field=scene["class_field"],
        **{"classifyraster:OUTPUT": tmp_path / "map.tif"},
    )
    (made,) = (value for value in results.values() if str(value).endswith("map.tif"))
    layer = QgsRasterLayer(made, "map")
    legend = layer.renderer().legendSymbologyItems()
    assert len(legend) > 3
    assert all(name for name, _ in legend)
