"""What `gui_session.py` has QGIS do after its start: no part of the plugin, runs inside QGIS."""

import json
import os
import subprocess
import time
import traceback
from pathlib import Path

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsRendererCategory,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QTimer
from qgis.PyQt.QtWidgets import QAction, QApplication, QDockWidget, QWidget
from qgis.utils import iface

#: Colours of the polygon layer in the pictures; Okabe and Ito's and three of Tol's.
COLOURS = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999933",
    "#332288", "#882255",
)  # fmt: skip


class GuiSession:
    """The steps of the session; each leaves control to QGIS's event loop and is called again."""

    def __init__(self, plan):
        self._plan = plan
        self._out = Path(plan["out"])
        self._dialog = None
        self._outcome = {"ok": False}
        self._started = time.monotonic()

    def load_layers(self):
        """Add the layers and open the dialog with the plugin's own button."""
        window = iface.mainWindow()
        window.showNormal()
        window.setGeometry(0, 0, *self._plan["size"])
        for dock in window.findChildren(QDockWidget):
            dock.setVisible(dock.objectName() == "Layers")
        rasters = [QgsRasterLayer(path, Path(path).stem) for path in self._plan["rasters"]]
        for raster in rasters:
            self._show_bands(raster)
        name = Path(self._plan["polygons"].partition("|")[0]).stem
        polygons = QgsVectorLayer(self._plan["polygons"], name, "ogr")
        if self._plan["colours"]:
            self._colour(polygons)
        QgsProject.instance().setCrs(rasters[0].crs())
        QgsProject.instance().addMapLayers([*rasters, polygons])
        iface.setActiveLayer(rasters[0])
        iface.zoomToActiveLayer()
        self._plan["parameters"]["RASTERS"] = [raster.id() for raster in rasters]
        self._plan["parameters"]["POLYGONS"] = polygons.id()
        later(3, self._press_button)

    def _press_button(self):
        later(3, self._fill_in)
        # Comes back only when the dialog is closed.
        iface.mainWindow().findChild(QAction, "overseedClassifyRareClasses").trigger()

    def _fill_in(self):
        self._dialog = next(
            widget
            for widget in QApplication.topLevelWidgets()
            if isinstance(widget, QWidget) and type(widget).__name__ == "AlgorithmDialog"
        )
        width, height = self._plan["size"]
        self._dialog.setGeometry(width // 2, height // 12, width * 49 // 100, height * 5 // 6)
        self._dialog.mainWidget().setParameters(self._plan["parameters"])
        later(2, self._run)

    def _run(self):
        self.photograph("dialog")
        self._dialog.algorithmFinished.connect(self._finished)
        self._dialog.runButton().click()
        self._started = time.monotonic()
        if self._plan["cancel_after"]:
            later(self._plan["cancel_after"], self._cancel)
        else:
            later(12, lambda: self.photograph("running"))

    def _cancel(self):
        self.photograph("running")
        self._started = time.monotonic()
        self._dialog.cancelButton().click()
        later(0.2, self._wait_for_cancel)

    def _wait_for_cancel(self):
        if self._dialog.cancelButton().isEnabled():
            later(0.2, self._wait_for_cancel)
            return
        seconds = round(time.monotonic() - self._started, 1)
        made = os.path.exists(self._plan["parameters"]["OUTPUT"])
        self._outcome = {"ok": not made, "seconds": seconds}
        later(1, self._end)

    def _finished(self, successful, results):
        self._outcome = {
            "ok": bool(successful),
            "seconds": round(time.monotonic() - self._started, 1),
            "results": {name: str(value) for name, value in results.items()},
        }
        later(2, self._show_map)

    def _show_map(self):
        for dock in iface.mainWindow().findChildren(QDockWidget):
            dock.setVisible(dock.objectName() == "Layers")
        iface.messageBar().clearWidgets()
        output = self._plan["parameters"]["OUTPUT"]
        maps = [
            layer
            for layer in QgsProject.instance().mapLayers().values()
            if layer.source() == output and isinstance(layer, QgsRasterLayer)
        ]
        if not self._outcome["ok"] or len(maps) != 1:
            self.fail("The algorithm failed or its map was not loaded; see failure.png.")
            return
        legend = maps[0].renderer().legendSymbologyItems()
        self._outcome["legend"] = {name: colour.name() for name, colour in legend}
        self._leave_only(maps[0])
        # The map goes to the left of the dialog.
        extent = QgsRectangle(maps[0].extent())
        width = extent.width()
        extent.setXMinimum(extent.xMinimum() - 0.05 * width)
        extent.setXMaximum(extent.xMaximum() + 1.75 * width)
        iface.mapCanvas().setExtent(extent)
        iface.mapCanvas().refresh()
        self._dialog.showParameters()
        later(4, self._show_map_alone)

    def _show_map_alone(self):
        self.photograph("finished")
        self._close_dialog()
        iface.zoomToActiveLayer()
        later(4, self._end)

    def _leave_only(self, layer):
        for node in QgsProject.instance().layerTreeRoot().findLayers():
            node.setItemVisibilityChecked(node.layerId() == layer.id())
            node.setExpanded(node.layerId() == layer.id())
        iface.setActiveLayer(layer)

    def _close_dialog(self):
        # Closing deletes it.
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.close()

    def _end(self):
        self.photograph("map" if "legend" in self._outcome else "cancelled")
        self._close_dialog()
        self.leave()

    def leave(self):
        """Write the outcome and close QGIS without a question."""
        text = json.dumps(self._outcome, indent=1)
        (self._out / "outcome.json").write_text(text, encoding="utf-8")
        # A map in a temporary folder would make QGIS ask whether it may go.
        QgsProject.instance().clear()
        later(0.5, iface.actionExit().trigger)

    def fail(self, reason):
        """End the session with a reason."""
        self._outcome = {"ok": False, "reason": reason}
        self.photograph("failure")
        self._close_dialog()
        self.leave()

    def photograph(self, name):
        """Take a picture of the whole display."""
        for _ in range(20):
            QCoreApplication.processEvents()
            time.sleep(0.02)
        path = self._out / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True, timeout=60)

    def _show_bands(self, raster):
        renderer = raster.renderer()
        setters = ("setRedBand", "setGreenBand", "setBlueBand")
        for setter, band in zip(setters, self._plan["bands"]):
            getattr(renderer, setter)(band)
        raster.setDefaultContrastEnhancement()

    def _colour(self, polygons):
        field = self._plan["parameters"]["CLASS_FIELD"]
        values = sorted(polygons.uniqueValues(polygons.fields().lookupField(field)))
        categories = [
            QgsRendererCategory(
                value,
                QgsFillSymbol.createSimple({"color": colour, "outline_color": "#444444"}),
                str(value),
            )
            for value, colour in zip(values, COLOURS * (len(values) // len(COLOURS) + 1))
        ]
        polygons.setRenderer(QgsCategorizedSymbolRenderer(field, categories))


def later(seconds, step):
    """Call ``step`` from the event loop; a step that fails ends the session."""

    def call():
        try:
            step()
        except Exception:
            session.fail(traceback.format_exc())

    QTimer.singleShot(int(1000 * seconds), call)


with open(os.environ["OVERSEED_GUI_PLAN"], encoding="utf-8") as stream:
    session = GuiSession(json.load(stream))
later(5, session.load_layers)
