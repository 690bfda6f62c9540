"""`simulate`: files, limit and result; bounded memory; cancel."""

import json
import subprocess
import sys
from pathlib import Path

import pyogrio.raw
import pytest
import rasterio
from pydantic import ValidationError

from overseed.config import SimulateSettings
from overseed.errors import Cancelled
from overseed.events import Reporter
from overseed.stages.simulate import simulate


def test_files(tmp_path):
    folder = tmp_path / "new"
    settings = SimulateSettings(folder=folder, width=200, height=150, bands=5, seed=2, cloud=0.1)

    outputs = simulate(settings)

    with rasterio.open(outputs["raster"]) as raster, rasterio.open(outputs["truth"]) as truth:
        assert (raster.width, raster.height, raster.count) == (200, 150, 5)
        assert raster.crs.to_epsg() == truth.crs.to_epsg() == 32633
        assert raster.transform == truth.transform
        assert (raster.nodata, truth.nodata) == (0, 0)
        assert all(raster.descriptions)
        assert raster.compression.name == "deflate"
        assert truth.colormap(1)[4] == (44, 111, 179, 255)
    meta, _, _, (values,) = pyogrio.raw.read(outputs["labels"], layer="parcels")
    assert meta["crs"] == "EPSG:32633"
    assert list(meta["fields"]) == [outputs["class_field"]] == ["landuse"]
    assert "water" in values
    assert sorted(p.name for p in folder.iterdir()) == [
        "cloud.tif",
        "limit.json",
        "polygons.gpkg",
        "scene.tif",
        "truth.tif",
    ]


def test_the_limit_is_stored_and_returned(tmp_path):
    outputs = simulate(SimulateSettings(folder=tmp_path, width=160, height=128, bands=3))

    stored = json.loads(Path(outputs["limit_file"]).read_text(encoding="utf-8"))
    for scope in ("expected", "pure", "labelled"):
        assert stored[scope] == outputs["limit"][scope]
        assert stored["about"][scope]
        for priors in ("by_share", "equal"):
            scores = stored[scope][priors]
            assert 0 < scores["overall_accuracy"] < 1
            assert 0 < scores["mean_recall"] < 1
            assert [entry["name"] for entry in scores["classes"] if entry["rare"]] == [
                "orchard",
                "wetland",
            ]
    assert len(stored["parameters"]["means"]) == len(stored["parameters"]["classes"]) == 7
    assert f"{stored['expected']['equal']['mean_recall']:.3f}" in outputs["text"]


def test_a_scene_too_small_for_pure_pixels_says_so(tmp_path):
    outputs = simulate(SimulateSettings(folder=tmp_path, width=32, height=32, bands=1, cloud=0.9))

    assert outputs["limit"]["pure"]["equal"]["pixels"] == 0
    assert outputs["limit"]["expected"]["equal"]["mean_recall"] is None
    assert "has no limit" in outputs["text"]


def test_command_line(tmp_path, overseed):
    options = ["--width", 64, "--height", 48, "--bands", 2, "--separability", 3, "--json"]
    done = overseed("simulate", tmp_path / "s", *options)

    assert done.returncode == 0, done.stderr
    with rasterio.open(json.loads(done.stdout)["outputs"]["raster"]) as raster:
        assert (raster.width, raster.height, raster.count) == (64, 48, 2)


@pytest.mark.parametrize(
    "wrong",
    [{"width": 10981}, {"rare_share": 0.3}, {"rare_share": 0}, {"separability": 0}, {"cloud": 1}],
)
def test_settings_have_limits(tmp_path, wrong):
    with pytest.raises(ValidationError):
        SimulateSettings(folder=tmp_path, **wrong)


def test_cancelled_while_writing(tmp_path):
    class Impatient(Reporter):
        def progress(self, done, total, unit="step"):
            if done > total / 2:
                self.cancel.set()
            super().progress(done, total, unit)

    with pytest.raises(Cancelled):
        simulate(SimulateSettings(folder=tmp_path, width=64, height=600, bands=1), Impatient())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_does_not_grow_with_the_scene(tmp_path):
    """4096 x 4096 pixels in less than 500 MB, of which the libraries take about 180.

    VmHWM is the process's own; the maximum that getrusage gives starts at that of the parent.
    """
    code = (
        "import sys, pathlib\n"
        "from overseed.config import SimulateSettings\n"
        "from overseed.stages.simulate import simulate\n"
        "simulate(SimulateSettings(folder=sys.argv[1], width=4096, height=4096, bands=1,"
        " labelled=0.05))\n"
        "lines = pathlib.Path('/proc/self/status').read_text().splitlines()\n"
        "print(next(line.split()[1] for line in lines if line.startswith('VmHWM')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 500 * 1024
