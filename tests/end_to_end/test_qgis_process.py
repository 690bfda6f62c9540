"""The whole job through `qgis_process`, as a script or a server would call it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
from qgis.core import QgsRasterLayer

gdal.UseExceptions()


@pytest.fixture
def qgis_process(environment):
    """Return a function that calls qgis_process with JSON output."""
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    assert program, "qgis_process is not installed"

    def call(*words):
        command = [program, "--json", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)

    return call


def words(parameters):
    """Yield the parameters as qgis_process wants them."""
    for name, value in parameters.items():
        for one in value if isinstance(value, list) else [value]:
            yield f"{name}={one}"


def test_main_job_makes_a_styled_map(qgis_process, scene, parameters, tmp_path, qgis_app):
    (tmp_path / "out").mkdir()
    parameters.update(AUGMENT="spade", REPORT=str(tmp_path / "out" / "report.html"))
    done = qgis_process("run", "overseed:classifyrareclasses", "--", *words(parameters))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    results = json.loads(done.stdout)["results"]
    assert results["OUTPUT"] == parameters["OUTPUT"]
    assert len(results["VERDICT"]) > 20
    assert "</html>" in Path(parameters["REPORT"]).read_text(encoding="utf-8")
    source, result = gdal.Open(scene["raster"]), gdal.Open(parameters["OUTPUT"])
    assert result.RasterXSize == source.RasterXSize
    assert result.RasterYSize == source.RasterYSize
    assert result.GetGeoTransform() == source.GetGeoTransform()
    assert result.GetSpatialRef().IsSame(source.GetSpatialRef())
    band = result.GetRasterBand(1)
    codes = {code for code in band.ReadRaster() if code != 0}
    assert len(codes) >= 2
    names, colours = band.GetCategoryNames(), band.GetColorTable()
    assert all(names[code] for code in codes)
    assert len({colours.GetColorEntry(code)[:3] for code in codes}) == len(codes)
    assert not [name for name in os.listdir(tmp_path / "out") if name.startswith(".")]
    # GDAL's own check: (warnings, errors, details).
    assert validate(parameters["OUTPUT"], full_check=True)[:2] == ([], [])
    # Beside the file lies the style that QGIS applies by itself, without the plugin.
    layer = QgsRasterLayer(parameters["OUTPUT"], "map")
    legend = dict(layer.renderer().legendSymbologyItems())
    assert set(legend) == {name for name in names if name}
    for code in codes:
        assert legend[names[code]].getRgb()[:3] == colours.GetColorEntry(code)[:3]


def test_refusal_of_the_engine_is_an_error_with_its_sentence(qgis_process, parameters, tmp_path):
    (tmp_path / "out").mkdir()
    done = qgis_process(
        "run", "overseed:classifyrareclasses", "--", *words({**parameters, "RARE": "moon"})
    )
    assert done.returncode != 0
    assert "There is no class 'moon'" in done.stdout + done.stderr
    assert not Path(parameters["OUTPUT"]).exists()
