"""Makes the plugin importable under its installed name, and engines of a few lines for it."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import uuid
from pathlib import Path

import pytest

from build_tools.translations import compile_into

ROOT = Path(__file__).parents[2]


def _install_plugin() -> Path:
    """Put the plugin into a folder `overseed_qgis` as the zip does."""
    plugins = Path(tempfile.mkdtemp(prefix="overseed-plugins-"))
    atexit.register(shutil.rmtree, plugins, ignore_errors=True)
    folder = plugins / "overseed_qgis"
    shutil.copytree(
        ROOT / "qgis_plugin", folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    compile_into(folder / "i18n")
    if (ROOT / "metadata.txt").is_file():
        shutil.copy(ROOT / "metadata.txt", folder)
    return plugins


sys.path.insert(0, str(_install_plugin()))

#: What every stand-in for the engine begins with.
PRELUDE = """
import json, os, signal, subprocess, sys, threading, time

def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)

def hello(protocol=1):
    say("hello", protocol=protocol, engine="0.1.0", device="cpu", command="run")
"""


@pytest.fixture
def engine(tmp_path):
    """Return a function that turns lines of Python into the command of an engine."""

    def make(body: str) -> list[str]:
        script = tmp_path / "engine.py"
        script.write_text(PRELUDE + textwrap.dedent(body), encoding="utf-8")
        return [sys.executable, str(script)]

    return make


@pytest.fixture
def engine_python(tmp_path, monkeypatch):
    """Return a function that installs lines of Python as the plugin's engine interpreter."""

    def make(body: str) -> Path:
        script = tmp_path / "engine.py"
        script.write_text(PRELUDE + textwrap.dedent(body), encoding="utf-8")
        program = tmp_path / "python"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        program.chmod(0o755)
        monkeypatch.setenv("OVERSEED_ENGINE_PYTHON", str(program))
        return program

    return make


@pytest.fixture
def feedback(qgis_app):
    """Return a feedback that remembers what it was told."""
    from qgis.core import QgsProcessingFeedback

    class Recorder(QgsProcessingFeedback):
        def __init__(self):
            super().__init__(False)
            self.infos, self.warnings, self.details, self.stages = [], [], [], []
            self.fractions = []
            self.progressChanged.connect(self.fractions.append)

        def pushInfo(self, info):
            self.infos.append(info)

        def pushWarning(self, warning):
            self.warnings.append(warning)

        def pushDebugInfo(self, info):
            self.details.append(info)

        def setProgressText(self, text):
            self.stages.append(text)

    return Recorder()


@pytest.fixture
def raster(tmp_path):
    """Return the path of a small raster with two bands."""
    from osgeo import gdal, osr

    path = tmp_path / "scene ü.tif"
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 40, 30, 2, gdal.GDT_UInt16)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((400000, 10, 0, 5800000, 0, -10))
    for number in (1, 2):
        dataset.GetRasterBand(number).Fill(100 * number)
    dataset = None
    return path


@pytest.fixture
def polygons(qgis_app):
    """Return a memory layer with four polygons of three classes and a field more than is needed."""
    from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

    uri = "Polygon?crs=EPSG:32633&field=kind:string(20)&field=code:integer"
    layer = QgsVectorLayer(uri, "fields", "memory")
    features = []
    for number, kind in enumerate(("water", "grass", "farm", "farm")):
        west = 400000 + 100 * number
        feature = QgsFeature(layer.fields())
        ring = f"{west} 5799900, {west + 80} 5799900, {west + 80} 5799990, {west} 5799990"
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON(({ring}, {west} 5799900))"))
        feature.setAttributes([kind, number + 1])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return layer


@pytest.fixture
def saved_polygons(polygons, tmp_path):
    """Return the path of a GeoPackage with two layers, of which `fields` holds the polygons."""
    from qgis.core import QgsProject, QgsVectorFileWriter

    path = tmp_path / "reference.gpkg"
    for name in ("fields", "other"):
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.layerName = name
        if path.exists():
            options.actionOnExistingFile = (
                QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
            )
        QgsVectorFileWriter.writeAsVectorFormatV3(
            polygons, str(path), QgsProject.instance().transformContext(), options
        )
    return path


@pytest.fixture
def layers(raster, saved_polygons):
    """Return raster and polygons, which are layers of the project."""
    from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer

    project = QgsProject.instance()
    project.clear()
    made = [
        QgsRasterLayer(str(raster), "scene"),
        QgsVectorLayer(f"{saved_polygons}|layername=fields", "fields", "ogr"),
    ]
    project.addMapLayers(made)
    yield made
    project.clear()


@pytest.fixture
def provider(qgis_app, qgis_processing):
    """Register Overseed's provider and take it back afterwards."""
    from qgis.core import QgsApplication

    from overseed_qgis.algorithms.provider import OverseedProvider

    provider = OverseedProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    yield provider
    QgsApplication.processingRegistry().removeProvider(provider)


@pytest.fixture
def interface(qgis_app):
    """Return the part of QGIS's interface that the plugin touches, with a real window and real signals."""
    from qgis.core import QgsLayerTreeModel, QgsProject
    from qgis.gui import QgsLayerTreeView, QgsMessageBar
    from qgis.PyQt.QtCore import QObject, pyqtSignal
    from qgis.PyQt.QtWidgets import QMainWindow

    class Interface(QObject):
        currentLayerChanged = pyqtSignal(object)

        def __init__(self):
            super().__init__()
            self.window, self.bar = QMainWindow(), QgsMessageBar()
            self.tree = QgsLayerTreeView(self.window)
            root = QgsProject.instance().layerTreeRoot()
            self.tree.setModel(QgsLayerTreeModel(root, self.tree))
            self.toolbar, self.menu, self.layer_actions, self.options = [], [], [], []
            self.opened, self.shortcuts, self.layer = [], [], None

        def mainWindow(self):
            return self.window

        def messageBar(self):
            return self.bar

        def layerTreeView(self):
            return self.tree

        def activeLayer(self):
            return self.layer

        def choose(self, layer):
            self.layer = layer
            self.currentLayerChanged.emit(layer)

        def addToolBarIcon(self, action):
            self.toolbar.append(action)

        def removeToolBarIcon(self, action):
            self.toolbar.remove(action)

        def addPluginToRasterMenu(self, name, action):
            self.menu.append((name, action))

        def removePluginRasterMenu(self, name, action):
            self.menu.remove((name, action))

        def registerMainWindowAction(self, action, key):
            assert key == ""
            self.shortcuts.append(action)

        def unregisterMainWindowAction(self, action):
            self.shortcuts.remove(action)

        def addCustomActionForLayerType(self, action, menu, kind, all_layers):
            assert all_layers
            self.layer_actions.append((menu, action))

        def removeCustomActionForLayerType(self, action):
            self.layer_actions = [pair for pair in self.layer_actions if pair[1] is not action]

        def registerOptionsWidgetFactory(self, factory):
            self.options.append(factory)

        def unregisterOptionsWidgetFactory(self, factory):
            self.options.remove(factory)

        def showOptionsDialog(self, parent, page):
            self.opened.append(page)

        def addProject(self, path):
            self.opened.append(path)

    return Interface()


@pytest.fixture
def preferences(qgis_app):
    """Return QGIS's settings; what a test has set under `overseed` and `locale` is taken back."""
    from qgis.core import QgsSettings

    settings = QgsSettings()
    yield settings
    settings.remove("overseed")
    settings.remove("locale")


@pytest.fixture
def no_orphans(monkeypatch):
    """Mark all that the test starts; return a function that fails when some of it still lives in 5 s."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv("OVERSEED_TEST_MARK", mark)

    def check():
        end = time.monotonic() + 5
        while marked(mark) and time.monotonic() < end:
            time.sleep(0.05)
        assert marked(mark) == {}, "processes are left"

    check.living = lambda: marked(mark)
    return check


def marked(mark):
    """Return the living processes that were started with a mark in their environment: {pid: command}."""
    wanted, found = f"OVERSEED_TEST_MARK={mark}".encode(), {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        # One that only waits to be collected does nothing any more.
        if state != "Z":
            found[int(folder.name)] = " ".join(words)
    return found


@pytest.fixture
def mounted(tmp_path):
    """Return a function that mounts a small file system, a few kilobytes or read-only, and returns its folder.

    Mode bits would not do: they stop nobody who is root.
    """
    folders = []

    def mount(kilobytes=256, read_only=False):
        folder = tmp_path / f"mounted {len(folders)} ü"
        folder.mkdir()
        options = f"size={kilobytes}k" + (",ro" if read_only else "")
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(words, check=False).returncode:
            pytest.skip("no right to mount a small file system")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
