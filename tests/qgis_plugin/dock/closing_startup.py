"""What `test_closing.py` has a real QGIS do: start a job of the dock, then close QGIS as a person does."""

import json
import os
import sys
import traceback
from pathlib import Path

from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication, QMessageBox
from qgis.utils import iface, plugins

PLAN = json.loads(Path(os.environ["OVERSEED_TEST_PLAN"]).read_text(encoding="utf-8"))
LOG = Path(PLAN["log"])


def note(text):
    """Tell the test something."""
    with LOG.open("a", encoding="utf-8") as stream:
        stream.write(text + "\n")


def begin():
    """Choose layers in the dock and prepare them."""
    layers = [QgsRasterLayer(PLAN["raster"], "scene"), QgsVectorLayer(PLAN["polygons"], "p", "ogr")]
    QgsProject.instance().addMapLayers(layers)
    dock = plugins["overseed_qgis"].show_dock()
    page = dock.pages[0]
    page.rasters.item(0).setCheckState(Qt.CheckState.Checked)
    page.polygons.setLayer(layers[1])
    page.field.setField("kind")
    page.folder.setFilePath(PLAN["run"])
    page.prepare.button.click()
    note("running " + dock.message.text())
    timer.timeout.connect(look)
    timer.start(100)


def look():
    """Once the engine works: close QGIS, and say yes to whatever it asks."""
    if not Path(PLAN["started"]).exists():
        return
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        note("asked: " + box.text().partition("\n")[0])
        standard = QMessageBox.StandardButton
        for kind in (standard.Yes, standard.Discard, standard.Ok):
            if box.button(kind) is not None:
                box.button(kind).click()
                return
    if box is None and not QApplication.instance().property("closing"):
        QApplication.instance().setProperty("closing", True)
        QgsProject.instance().setDirty(False)
        note("closing")
        QTimer.singleShot(0, close)


def close():
    """Close the main window; QGIS refuses while tasks run, so that a person does it again."""
    iface.actionExit().trigger()
    QTimer.singleShot(500, lambda: QApplication.instance().setProperty("closing", False))


def failed(kind, error, trace):
    """QGIS would show a window that waits for a person."""
    note("failed: " + "".join(traceback.format_exception(kind, error, trace)))
    os._exit(9)


sys.excepthook = failed
timer = QTimer()
QTimer.singleShot(500, begin)
