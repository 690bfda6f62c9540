"""What the engine inherits from QGIS, and what its command line looks like."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from overseed_qgis.engine.command import ClassifyJob
from overseed_qgis.engine.environment import engine_environment

JOB = ClassifyJob(rasters=("/d/a.tif", "/d/b.tif"), labels="/d/p.gpkg", class_field="kind")


@pytest.mark.parametrize(
    "name",
    [
        "PYTHONHOME",
        "PYTHONPATH",
        "GDAL_DATA",
        "GDAL_DRIVER_PATH",
        "PROJ_LIB",
        "PROJ_DATA",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "QT_PLUGIN_PATH",
        "QGIS_PREFIX_PATH",
        "OSGEO4W_ROOT",
        "__PYVENV_LAUNCHER__",
        "OPENSSL_MODULES",
        "MPLBACKEND",
        "CONDA_PREFIX",
    ],
)
def test_variables_of_qgis_are_removed(name):
    cleaned = engine_environment({name: "/qgis", "HOME": "/home/me", "CUDA_VISIBLE_DEVICES": "0"})
    assert name not in cleaned
    assert cleaned["HOME"] == "/home/me"
    assert cleaned["CUDA_VISIBLE_DEVICES"] == "0"


def test_a_python_starts_in_spite_of_a_foreign_home(tmp_path):
    spoilt = {**os.environ, "PYTHONHOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", "import json, sys; print(sys.flags.utf8_mode)"]
    assert subprocess.run(command, env=spoilt, capture_output=True).returncode != 0
    child = subprocess.run(command, env=engine_environment(spoilt), capture_output=True, text=True)
    assert child.stdout.strip() == "1"


def test_only_the_programs_of_qgis_leave_the_path_of_windows():
    path = r"C:\Windows;C:\OSGeo4W\bin;C:\OSGeo4W64\bin;c:\osgeo4w\apps\Qt5\bin;C:\Tools"
    cleaned = engine_environment({"Path": path}, [r"C:\OSGeo4W"], windows=True)
    assert cleaned["Path"] == r"C:\Windows;C:\OSGeo4W64\bin;C:\Tools"
    assert engine_environment({"PATH": "/usr/bin"}, ["/usr"], windows=False)["PATH"] == "/usr/bin"


def test_certificates_of_qgis_are_not_the_systems():
    environ = {"SSL_CERT_FILE": r"C:\OSGeo4W\bin\curl-ca-bundle.crt", "SSL_CERT_DIR": r"C:\mine"}
    cleaned = engine_environment(environ, [r"C:\OSGeo4W"], windows=True)
    assert "SSL_CERT_FILE" not in cleaned
    assert cleaned["SSL_CERT_DIR"] == r"C:\mine"
    kept = engine_environment({"SSL_CERT_FILE": "/usr/share/x.pem"}, ["/usr"], windows=False)
    assert kept["SSL_CERT_FILE"] == "/usr/share/x.pem"


def test_command_names_every_input_and_setting():
    job = ClassifyJob(
        rasters=("/d/a.tif", "/d/b.tif"),
        labels="/d/p.gpkg|layername=x",
        class_field="kind",
        classes_csv="/t/classes.csv",
        rare=("grass", "--help"),
        rest_as="background",
        augment="none",
        effort="quick",
    )
    command = job.command("/e/python", Path("/t/run"), "/o/map.tif", "/o/report.html")
    assert command == [
        *("/e/python", "-m", "overseed", "run", "/t/run"),
        *("--raster", "/d/a.tif", "--raster", "/d/b.tif"),
        *("--labels", "/d/p.gpkg|layername=x", "--class-field=kind"),
        *("--classes", "/t/classes.csv", "--rare=grass", "--rare=--help"),
        *("--rest-as=background", "--augment", "none", "--effort", "quick"),
        *("--map", "/o/map.tif", "--report", "/o/report.html", "--events", "--control", "stdin"),
    ]


def test_command_leaves_out_what_was_not_asked_for():
    command = JOB.command("python", Path("run"), "map.tif", "")
    joined = " ".join(command)
    for option in ("--classes ", "--rare", "--rest-as", "--report"):
        assert option not in joined


def test_the_same_job_gets_the_same_folder_and_another_job_another():
    same = ClassifyJob(rasters=("/d/a.tif", "/d/b.tif"), labels="/d/p.gpkg", class_field="kind")
    assert same.key() == JOB.key()
    others = [
        ClassifyJob(rasters=("/d/b.tif", "/d/a.tif"), labels="/d/p.gpkg", class_field="kind"),
        ClassifyJob(rasters=JOB.rasters, labels="/d/p.gpkg|layername=x", class_field="kind"),
        ClassifyJob(rasters=JOB.rasters, labels="/d/p.gpkg", class_field="kind", effort="quick"),
        ClassifyJob(rasters=JOB.rasters, labels="/d/p.gpkg", class_field="kind", rare=("a",)),
    ]
    assert len({JOB.key(), *(job.key() for job in others)}) == 5
