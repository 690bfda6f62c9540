"""The real engine where a machine is not as it should be: full and read-only disks, odd paths, three CRSs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import processing
import pytest
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProcessingException,
    QgsProject,
    QgsVectorLayer,
)

gdal.UseExceptions()
PREPARE = "overseed:preparedataset"


@pytest.fixture
def prepare(home, environment, engine_python, scene, qgis_processing, monkeypatch):
    """Return a function that prepares the scene, or other layers, in this QGIS with the real engine."""
    monkeypatch.setenv("OVERSEED_ENGINE_PYTHON", engine_python)
    monkeypatch.setenv("OVERSEED_TEST_MARK", environment["OVERSEED_TEST_MARK"])
    plugins = home / ".local/share/QGIS/QGIS3/profiles/default/python/plugins"
    monkeypatch.syspath_prepend(str(plugins))
    from overseed_qgis import classFactory

    plugin = classFactory(None)
    plugin.initProcessing()

    def run(folder, **changed):
        parameters = {
            "RASTERS": [scene["raster"]], "LABELS": scene["labels"],
            "CLASS_FIELD": scene["class_field"], "TILE_SIZE": 64, "RUN": str(folder), **changed,
        }  # fmt: skip
        return processing.run(PREPARE, parameters)

    yield run
    plugin.unload()
    QgsProject.instance().clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "overseed_qgis"]:
        del sys.modules[name]


@pytest.fixture
def mounted(tmp_path):
    """Return a function that mounts a small file system; mode bits would stop nobody who is root."""
    folders = []

    def mount(options):
        folder = tmp_path / f"disk {len(folders)}"
        folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(words, check=False).returncode:
            pytest.skip("no right to mount a small file system")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_and_a_read_only_disk(prepare, engines, mounted, engine_python):
    seen = mounted("size=1m") / "seen"
    seen.touch()
    question = [
        engine_python,
        "-c",
        "import os, sys; sys.exit(not os.path.exists(sys.argv[1]))",
        seen,
    ]
    if subprocess.run(question, check=False).returncode != 0:
        pytest.skip("the engine lives outside this chroot and does not see what is mounted in it")
    for options, words in (
        ("size=300k", ("space", "full")),
        ("size=1m,ro", ("Read-only", "written")),
    ):
        folder = mounted(options)
        with pytest.raises(QgsProcessingException) as failure:
            prepare(folder / "run")
        said = str(failure.value)
        assert any(word in said for word in words), said
        assert "ro" not in options or str(folder) in said, said
        assert "again" in said or "Choose" in said or "Give" in said, "what to do about it"
        assert "Traceback" not in said
        assert engines() == {}


def test_odd_paths_and_three_crss(prepare, scene, engines, tmp_path):
    """Raster in UTM, polygons in degrees with unsaved edits, the project in Web Mercator."""
    odd = tmp_path / "Füße & Söhne (1) 森 'x'"
    odd.mkdir()
    raster = str(odd / "Szene №1.tif")
    shutil.copy(scene["raster"], raster)
    moved = processing.run(
        "native:reprojectlayer",
        {
            "INPUT": scene["labels"], "TARGET_CRS": QgsCoordinateReferenceSystem("EPSG:4326"),
            "OUTPUT": str(odd / "Flächen é.gpkg"),
        },
    )["OUTPUT"]  # fmt: skip
    QgsProject.instance().setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    layer = QgsVectorLayer(moved, "Flächen", "ogr")
    QgsProject.instance().addMapLayer(layer)
    layer.startEditing()
    kept = layer.featureCount() - 1
    layer.deleteFeature(next(layer.getFeatures()).id())
    plain = prepare(tmp_path / "plain")["RUN"]
    run = prepare(odd / "Lauf ß", RASTERS=[raster], LABELS=layer.id())["RUN"]
    assert layer.isModified()
    counts = [polygons_in(folder) for folder in (plain, run)]
    assert counts == [kept + 1, kept]
    assert engines() == {}
    layer.rollBack()


def polygons_in(folder):
    """Return the number of polygons that a prepared folder's class table counts."""
    import csv

    with Path(folder, "classes.csv").open(encoding="utf-8", newline="") as table:
        return sum(int(row["polygons"]) for row in csv.DictReader(table))


def test_the_provider_is_gone_afterwards():
    assert QgsApplication.processingRegistry().providerById("overseed") is None
