"""What `gui_session.py --dock` has QGIS do: the whole way through the dock, with mouse and keyboard."""

import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

from qgis.core import QgsApplication, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QApplication, QDialogButtonBox, QDockWidget, QScrollArea
from qgis.utils import iface, plugins

#: How often the window's thread is asked whether it is free, in milliseconds.
BEAT = 10


class Walk:
    """A person's way through the dock; :meth:`steps` gives the seconds to wait between two actions."""

    def __init__(self, plan):
        self.plan = plan
        self.out = Path(plan["out"])
        self.outcome = {"ok": False, "freezes_ms": {}}
        self._number = 0
        self._stage = "start"
        self._beaten = time.monotonic()
        self._pulse = QTimer()
        self._pulse.timeout.connect(self._beat)
        self._pulse.start(BEAT)
        self._way = self.steps()
        # QGIS would show a window that waits for a person.
        sys.excepthook = self._unexpected

    def go(self):
        """Take the next action."""
        try:
            seconds = next(self._way)
        except StopIteration:
            if "reason" not in self.outcome:
                self.outcome["ok"] = True
                self.leave()
        except Exception:
            self.outcome["reason"] = traceback.format_exc()
            self.photograph("failure")
            self.leave()
        else:
            QTimer.singleShot(int(1000 * seconds), self.go)

    def steps(self):
        """Do what a person does who has two layers and wants a map."""
        window = iface.mainWindow()
        window.showNormal()
        window.setGeometry(0, 0, *self.plan["size"])
        for dock in window.findChildren(QDockWidget):
            dock.setVisible(dock.objectName() == "Layers")
        if self.plan["rasters"]:
            raster, polygons = self.add_layers()
        else:
            yield from self.open_sample()
            layers = QgsProject.instance().mapLayers().values()
            raster = next(layer for layer in layers if isinstance(layer, QgsRasterLayer))
            polygons = next(layer for layer in layers if isinstance(layer, QgsVectorLayer))
        yield 3
        self._stage = "dock"
        window.findChild(QAction, "overseedDock").trigger()
        yield 1
        self.dock = plugins["overseed_qgis"].show_dock()
        window.resizeDocks([self.dock], [400], Qt.Orientation.Horizontal)
        yield 1
        self.photograph("opened")
        yield from self.choose_data(raster, polygons)
        yield from self.balance()
        yield from self.press(2, "train", "Train", "training")
        yield from self.press(3, "look", "Samples")
        self.reject_one()
        self.photograph("rejected")
        yield from self.press(3, "keep", None)
        yield from self.press(2, "network_only", None)
        yield from self.press(4, "classify", "Map")
        yield 3
        self.photograph("mapped")
        yield from self.press(4, "suggest", "Places")
        yield 2
        self.photograph("places")
        yield from self.press(5, "draw", "Points")
        yield 1
        self.photograph("points")
        self.dock.pages[6].take_results = lambda job, results: None
        yield from self.press(6, "write", "Report")
        self.outcome["states"] = self.dock.session.states()

    def add_layers(self):
        raster = QgsRasterLayer(self.plan["rasters"][0], Path(self.plan["rasters"][0]).stem)
        polygons = QgsVectorLayer(self.plan["polygons"], "polygons", "ogr")
        QgsProject.instance().setCrs(raster.crs())
        QgsProject.instance().addMapLayers([raster, polygons])
        if self.plan["bands"]:
            renderer = raster.renderer()
            for setter, band in zip(
                ("setRedBand", "setGreenBand", "setBlueBand"), self.plan["bands"]
            ):
                getattr(renderer, setter)(band)
            raster.setDefaultContrastEnhancement()
        iface.setActiveLayer(raster)
        iface.zoomToActiveLayer()
        return raster, polygons

    def open_sample(self):
        """Open the sample project by its menu entry; its dialog asks before it downloads."""
        QTimer.singleShot(1500, self._agree)
        iface.mainWindow().findChild(QAction, "overseedOpenSample").trigger()
        for _ in range(240):
            yield 0.5
            if len(QgsProject.instance().mapLayers()) > 1:
                return
        raise AssertionError("the sample project does not open")

    def _agree(self):
        dialog = QApplication.activeModalWidget()
        self.photograph("sample")
        box = dialog.findChild(QDialogButtonBox)
        self.click(box.button(QDialogButtonBox.StandardButton.Ok))

    def choose_data(self, raster, polygons):
        page = self.dock.pages[0]
        item = next(
            page.rasters.item(i)
            for i in range(page.rasters.count())
            if page.rasters.item(i).text() == raster.name()
        )
        box = page.rasters.visualItemRect(item)
        if item.checkState() != Qt.CheckState.Checked:
            # The only raster of a project is ticked already.
            self.click(page.rasters.viewport(), QPoint(box.left() + 10, box.center().y()))
        page.polygons.setLayer(polygons)
        page.field.setField(self.plan["parameters"]["CLASS_FIELD"])
        self.type_into(page.folder.lineEdit(), str(self.out / "run"))
        if self.plan["tile_size"]:
            self.type_into(page.tile.lineEdit(), str(self.plan["tile_size"]))
        yield 0.5
        yield from self.press(0, "look", "Classes")
        self.photograph("classes")
        yield from self.press(0, "prepare", "Prepared")

    def balance(self):
        self._stage = "balance"
        self.open(1)
        page = self.dock.pages[1]
        page.arm.setFocus()
        page.arm.setCurrentIndex(page.arm.findData(self.plan["parameters"]["AUGMENT"]))
        page.effort.setCurrentIndex(page.effort.findData(self.plan["parameters"]["EFFORT"]))
        yield 0.5
        bars = page.editor._bars
        if bars:
            self.click(bars[-1], QPoint(bars[-1].width() // 2, bars[-1].height() // 2))
            assert page.target.currentData() == "own", "a dragged bar makes the target one's own"
        yield 0.5
        self.photograph("balance")

    def press(self, step, bar, picture, while_running=None):
        """Open a step, press its button and wait for the end."""
        self._stage = f"{step + 1} {bar}"
        self.open(step)
        yield 0.3
        button = getattr(self.dock.pages[step], bar).button
        assert button.isEnabled(), f"the button of {bar} is off: {self.dock.message.text()}"
        self.reveal(button)
        self.click(button)
        yield 0.5
        waited = 0
        photographed = False
        while self.dock.runner.running is not None:
            yield 0.5
            waited += 1
            if while_running and waited > 24 and not photographed:
                photographed = True
                self.photograph(while_running)
        assert not self.dock.session.failed, self.dock.session.failed
        yield 0.5
        if picture:
            self.photograph(picture.lower())

    def reject_one(self):
        buttons = self.dock.pages[3].gallery._buttons
        assert buttons, "no samples are shown"
        self.click(buttons[0])
        assert self.dock.pages[3].gallery.rejected() == [buttons[0].cell.number]

    def open(self, step):
        button = self.dock.stepper.buttons[step]
        self.click(button)
        assert self.dock.stack.currentIndex() == step

    def reveal(self, widget):
        area = widget
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(widget)
        QApplication.processEvents()

    def click(self, widget, where=None):
        place = where or widget.rect().center()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)

    def type_into(self, line, text):
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    def photograph(self, name):
        """Take a picture of the whole display, numbered in order."""
        self._number += 1
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            QApplication.processEvents()
        path = self.out / f"{self._number:02d}-{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True, timeout=60)
        self._beaten = time.monotonic()

    def leave(self):
        """Write the outcome and close QGIS without a question."""
        text = json.dumps(self.outcome, indent=1)
        (self.out / "outcome.json").write_text(text, encoding="utf-8")
        for layer in QgsProject.instance().mapLayers().values():
            if isinstance(layer, QgsVectorLayer) and layer.isEditable():
                layer.rollBack()
        QgsProject.instance().clear()
        QTimer.singleShot(500, iface.actionExit().trigger)

    def _unexpected(self, kind, error, trace):
        self.outcome["reason"] = "".join(traceback.format_exception(kind, error, trace))
        sys.excepthook = sys.__excepthook__
        self._way = iter(())
        self.photograph("failure")
        self.leave()

    def _beat(self):
        now = time.monotonic()
        freezes = self.outcome["freezes_ms"]
        gap = round(1000 * (now - self._beaten)) - BEAT
        freezes[self._stage] = max(freezes.get(self._stage, 0), gap)
        self._beaten = now


with open(os.environ["OVERSEED_GUI_PLAN"], encoding="utf-8") as stream:
    walk = Walk(json.load(stream))
if walk.plan["dark"]:
    QgsApplication.instance().setUITheme("Night Mapping")
QTimer.singleShot(5000, walk.go)
