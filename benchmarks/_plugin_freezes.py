"""One run of `plugin_freezes.py`, in QGIS's Python.

    python3 _plugin_freezes.py FOLDER

FOLDER/plugins holds the plugin as `overseed_qgis`; all files of the run go to FOLDER. Prints one line of JSON:
for each part of the run the longest time between two beats of the window's thread, in seconds and in seconds
of its processor time.
"""

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtTest import QTest

BEAT_MS = 5
POLYGONS = 30_000
SIDE = 4000

#: Stands in for the engine. FOLDER/wait has it wait to be cancelled.
ENGINE = """
import json, shutil, sys, time
from pathlib import Path
folder = Path({folder!r})
arguments = sys.argv[1:]
def say(event, **fields):
    sys.stdout.write(json.dumps(dict(fields, event=event)) + chr(10))
    sys.stdout.flush()
say("hello", protocol=1, engine="0.1.0", device="cpu", command=arguments[2])
if (folder / "wait").exists():
    sys.stdin.readline()
    sys.exit(3)
if arguments[2] in ("train", "run"):
    say("stage", stage="train", index=1, count=1, label="Train")
    for n in range(5000):
        say("metric", stage="train", name=f"metric {{n % 4}}", value=1 / (1 + n), step=n)
        say("progress", stage="train", done=n, total=5000, unit="step")
        if n % 250 == 0:
            say("preview", path=str(folder / "sheet.png"))
    for n in range(1000):
        say("log", level="info", message=f"{{n}} " + "long line " * 2000)
    for n in range(2000):
        print("no event at all " * 500)
target = [a.partition("=")[2] for a in arguments if a.startswith("--out=")]
target += [arguments[i + 1] for i, a in enumerate(arguments) if a == "--map"]
if target:
    shutil.copy(folder / "codes.tif", target[0])
    shutil.copy(folder / "codes.qml", Path(target[0]).with_suffix(".qml"))
if arguments[2] == "train":
    model = Path(arguments[-1]) / "split-0/models/none/seed-0"
    model.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "record.json", "scores.json"):
        (model / name).write_text("{{}}")
say("result", outputs=dict(maps=target, model="", verdict="fine"))
"""


class Pulse:
    """Beats in the window's thread and keeps the longest pause of each part."""

    def __init__(self):
        self.part = "nothing"
        self.longest = defaultdict(lambda: (0.0, 0.0))
        self._last = (time.monotonic(), time.thread_time())
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def _beat(self):
        now = (time.monotonic(), time.thread_time())
        gap = (now[0] - self._last[0], now[1] - self._last[1])
        self.longest[self.part] = max(self.longest[self.part], gap)
        self._last = now

    def until(self, done, seconds=60):
        """Let Qt's own loop run until something is so."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.part} does not end")
            QTest.qWait(20)
        QTest.qWait(300)


def make_files(folder):
    """Write the scene, the map that the engine is to make and a sheet of samples."""
    from osgeo import gdal, osr
    from qgis.core import QgsPalettedRasterRenderer

    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    options = ["COMPRESS=DEFLATE", "TILED=YES"]
    for name, bands, kind in (("scene", 4, gdal.GDT_UInt16), ("codes", 1, gdal.GDT_Byte)):
        path = str(folder / f"{name}.tif")
        made = gdal.GetDriverByName("GTiff").Create(path, SIDE, SIDE, bands, kind, options)
        made.SetProjection(reference.ExportToWkt())
        made.SetGeoTransform((400000, 10, 0, 5800000, 0, -10))
        for band in range(bands):
            row = bytes((n // 50 + band) % 5 + 1 for n in range(SIDE))
            for start in range(0, SIDE, 500):
                made.GetRasterBand(band + 1).WriteRaster(
                    0, start, SIDE, 500, row * 500, buf_type=gdal.GDT_Byte
                )
        if name == "codes":
            # As the engine writes its maps.
            colours = gdal.ColorTable()
            for code in range(1, 6):
                colours.SetColorEntry(code, QColor.fromHsv(60 * code, 200, 200).getRgb())
            made.GetRasterBand(1).SetColorTable(colours)
            made.BuildOverviews("NEAREST", [2, 4, 8, 16])
        made = None
    layer = QgsRasterLayer(str(folder / "codes.tif"), "codes")
    classes = [
        QgsPalettedRasterRenderer.Class(code, QColor.fromHsv(60 * code, 200, 200), f"class {code}")
        for code in range(1, 6)
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, classes))
    layer.saveNamedStyle(str(folder / "codes.qml"))
    image = QImage(1600, 1200, QImage.Format.Format_RGB32)
    for y in range(1200):
        for x in range(0, 1600, 7):
            image.setPixel(x, y, (x * y) & 0xFFFFFF)
    image.save(str(folder / "sheet.png"))


def make_polygons():
    """Return a memory layer with many polygons."""
    uri = "Polygon?crs=EPSG:32633&field=kind:string(20)"
    layer = QgsVectorLayer(uri, "polygons", "memory")
    features = []
    for number in range(POLYGONS):
        x, y = 400000 + number % 200 * 200, 5800000 - number // 200 * 200
        feature = QgsFeature(layer.fields())
        ring = f"{x} {y}, {x + 90} {y}, {x + 90} {y - 90}, {x} {y - 90}, {x} {y}"
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON(({ring}))"))
        feature.setAttributes([f"kind {number % 5}"])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return layer


def follow_events(pulse, way):
    """Let the parts of a run begin with the engine's events."""
    from overseed_qgis.engine import runner

    take = runner._Run._take_event

    def told(run, event):
        if event["event"] == "hello":
            pulse.part = f"{way()}, flood of events"
        elif event["event"] == "result":
            pulse.part = f"{way()}, end"
        take(run, event)

    runner._Run._take_event = told


def by_dock(pulse, folder, layers):
    """Train, prepare and cancel, and map, from the dock."""
    from overseed_qgis.dock.dock import OverseedDock
    from overseed_qgis.dock.session import DATA, MAP, TRAIN

    run = folder / "run"
    (run / "tiles").mkdir(parents=True)
    for name in ("bands.json", "tiles/record.json"):
        (run / name).write_text("{}")
    pulse.part = "dock, opening"
    dock = OverseedDock(None)
    dock.resize(420, 800)
    dock.show()
    raster, polygons = layers
    dock.session.set(
        rasters=[raster.id()], polygons=polygons.id(), class_field="kind", run=str(run), arm="none"
    )
    QTest.qWait(300)

    def idle():
        return dock.runner.running is None

    dock.open_step(TRAIN)
    QTest.qWait(200)
    pulse.part = "dock, start"
    dock.pages[TRAIN].train.button.click()
    pulse.until(idle)
    assert dock.message.text() == "", dock.message.text()
    assert len(dock.pages[TRAIN].curves.points("metric 0")) == 1250
    dock.open_step(DATA)
    (folder / "wait").touch()
    pulse.part = f"dock, start with {POLYGONS} polygons in memory"
    dock.pages[DATA].prepare.button.click()
    pulse.until(lambda: pulse.part.endswith("flood of events"))
    pulse.part = "dock, cancel"
    dock.cancel.click()
    pulse.until(idle)
    (folder / "wait").unlink()
    dock.open_step(MAP)
    QTest.qWait(200)
    before = len(QgsProject.instance().mapLayers())
    pulse.part = "dock, start of the map"
    dock.pages[MAP].classify.button.click()
    pulse.until(lambda: pulse.part.endswith("end"))
    pulse.until(idle)
    pulse.longest["dock, end and loading of the map"] = pulse.longest.pop("dock, end")
    assert len(QgsProject.instance().mapLayers()) == before + 1, dock.message.text()
    pulse.part = "nothing"
    dock.let_go()


def by_algorithm(pulse, folder, layers):
    """Run the main algorithm in Processing's own dialog, to the end and cancelled."""
    import processing.gui.ParametersPanel
    import processing.gui.Postprocessing
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    for module in (processing.gui.ParametersPanel, processing.gui.Postprocessing):
        module.iface = None
    raster, polygons = layers
    parameters = {
        "RASTERS": [raster.id()],
        "POLYGONS": polygons.id(),
        "CLASS_FIELD": "kind",
        "OUTPUT": str(folder / "map.tif"),
    }
    algorithm = QgsApplication.processingRegistry().algorithmById("overseed:classifyrareclasses")
    for ending in ("end", "cancel"):
        pulse.part = "algorithm, opening of QGIS's dialog"
        dialog = AlgorithmDialog(algorithm.create())
        dialog.setParameters(parameters)
        dialog.show()
        before = len(QgsProject.instance().mapLayers())
        QTest.qWait(300)
        if ending == "cancel":
            (folder / "wait").touch()
        pulse.part = f"algorithm, start with {POLYGONS} polygons in memory"
        dialog.runButton().click()
        if ending == "cancel":
            pulse.until(lambda: pulse.part.endswith("flood of events"))
            pulse.part = "algorithm, cancel"
            dialog.cancelButton().click()
        pulse.until(lambda: not QgsApplication.taskManager().countActiveTasks())
        made = len(QgsProject.instance().mapLayers()) - before
        assert made == (1 if ending == "end" else 0), dialog.txtLog.toPlainText()[-500:]
        dialog.close()
    pulse.longest["algorithm, end and loading of the map"] = pulse.longest.pop("algorithm, end")


def main():
    """Run all parts and print what they took."""
    folder = Path(sys.argv[1])
    application = QgsApplication([], True)
    application.initQgis()
    sys.path[:0] = [str(folder / "plugins"), "/usr/share/qgis/python/plugins"]
    from processing.core.Processing import Processing

    Processing.initialize()
    from overseed_qgis.algorithms.provider import OverseedProvider

    provider = OverseedProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    script, program = folder / "engine.py", folder / "python"
    script.write_text(ENGINE.format(folder=str(folder)), encoding="utf-8")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    program.chmod(0o755)
    os.environ["OVERSEED_ENGINE_PYTHON"] = str(program)
    make_files(folder)
    layers = [QgsRasterLayer(str(folder / "scene.tif"), "scene"), make_polygons()]
    QgsProject.instance().addMapLayers(layers)
    pulse = Pulse()
    way = "dock"
    follow_events(pulse, lambda: way)
    by_dock(pulse, folder, layers)
    way = "algorithm"
    by_algorithm(pulse, folder, layers)
    pulse.longest.pop("nothing", None)
    print(json.dumps(dict(pulse.longest)))
    sys.stdout.flush()
    # QGIS's own end is not looked at.
    os._exit(0)


if __name__ == "__main__":
    main()
