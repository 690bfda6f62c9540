"""Overseed's entries in QGIS: toolbar, the menu Raster → Overseed, and the menu of raster layers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsMapLayer,
    QgsMapLayerType,
    QgsPalettedRasterRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QEvent, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction, QMessageBox, QWidget

from .about import about_text
from .help import index_url
from .icons import icon
from .options_page import PAGE_NAME, OptionsFactory
from .sample.dialog import SampleDialog
from .sample.project import PROJECT_FILE
from .sample.task import SampleTask
from .settings import child_environment, engine_problem, engine_python
from .texts import tr

MAIN_ALGORITHM = "overseed:classifyrareclasses"
POINTS_ALGORITHM = "overseed:samplereferencepoints"
MENU = "Overseed"


class OverseedMenu:
    """All entries; :meth:`remove` takes every one of them back."""

    def __init__(self, iface: Any, show_dock: Callable[[bool], Any]) -> None:
        self._iface = iface
        self._show_dock = show_dock
        self._icons = ThemedIcons(iface.mainWindow())
        self._menu: list[QAction] = []
        self._layer_actions: list[QAction] = []
        self._options = OptionsFactory()
        self._sample: Optional[SampleTask] = None

    def add(self) -> None:
        """Add all entries."""
        main = self._entry(
            "overseedClassifyRareClasses", tr("Classify rare classes…"), self.classify, "overseed",
            tr("Overseed: map land cover, also classes with hardly any polygons"),
        )  # fmt: skip
        self._iface.addToolBarIcon(main)
        self.dock_action = self._entry(
            "overseedDock", tr("Step by step"), lambda: None, "prepare",
            tr("Overseed's dock: from layers to a map and its report in numbered steps"),
        )  # fmt: skip
        self.dock_action.setCheckable(True)
        self.dock_action.toggled.connect(self._show_dock)
        self._iface.addToolBarIcon(self.dock_action)
        self._entry(
            "overseedOpenSample", tr("Open sample project…"), self.open_sample, "samples",
            tr("A real scene with polygons, to try Overseed on"),
        )  # fmt: skip
        self._entry(
            "overseedHelp", tr("Help"), self.open_help, "/mActionHelpContents.svg",
            tr("Pages about every step, which open without a network"),
        )  # fmt: skip
        self._entry(
            "overseedSettings", tr("Settings…"), self.open_settings, "settings",
            tr("Engine, folder of runs, effort and device"),
        )  # fmt: skip
        self._entry(
            "overseedAbout", tr("About Overseed"), self.show_about, "/mActionPropertiesWidget.svg",
            tr("Version, licence, and what leaves this machine"),
        )  # fmt: skip
        self._layer_entry(
            "overseedClassifyLayer", tr("Classify rare classes…"), self.classify_layers, "overseed"
        )
        self._layer_entry(
            "overseedStepsOfLayer", tr("Step by step…"), self.steps_of_layer, "prepare"
        )
        self._points = self._layer_entry(
            "overseedPointsOfLayer", tr("Sample reference points…"), self.sample_points, "points"
        )
        self._iface.currentLayerChanged.connect(self._look_at_layer)
        self._look_at_layer(self._iface.activeLayer())
        self._iface.registerOptionsWidgetFactory(self._options)

    def remove(self) -> None:
        """Take everything back; a sample on its way is cancelled."""
        if self._sample is not None:
            self._sample.cancel()
            self._sample = None
        self._iface.unregisterOptionsWidgetFactory(self._options)
        self._iface.currentLayerChanged.disconnect(self._look_at_layer)
        for action in self._layer_actions:
            self._iface.removeCustomActionForLayerType(action)
        for action in self._menu[:2]:
            self._iface.removeToolBarIcon(action)
        for action in self._menu:
            self._iface.unregisterMainWindowAction(action)
            self._iface.removePluginRasterMenu(MENU, action)
        for action in [*self._menu, *self._layer_actions]:
            action.deleteLater()
        self._menu, self._layer_actions = [], []
        self._icons.deleteLater()

    def classify(self) -> None:
        """Open the dialog of the main job."""
        self._open_algorithm(MAIN_ALGORITHM, {})

    def classify_layers(self) -> None:
        """Open the dialog of the main job with the chosen raster layers."""
        layers = [*self._iface.layerTreeView().selectedLayers(), self._iface.activeLayer()]
        chosen = [layer.id() for layer in layers if isinstance(layer, QgsRasterLayer)]
        parameters = {"RASTERS": list(dict.fromkeys(chosen)), **class_polygons()}
        self._open_algorithm(MAIN_ALGORITHM, parameters)

    def steps_of_layer(self) -> None:
        """Open the dock with the chosen raster layer."""
        self._show_dock(True).use_raster(self._iface.activeLayer().id())

    def sample_points(self) -> None:
        """Open the dialog that draws points on the chosen map."""
        self._open_algorithm(POINTS_ALGORITHM, {"MAP": self._iface.activeLayer().id()})

    def open_help(self) -> None:
        """Open the first help page in the browser."""
        address = index_url()
        if address:
            QDesktopServices.openUrl(QUrl(address))
        else:
            self._say(tr("The help pages cannot be written anywhere on this machine."))

    def open_settings(self) -> None:
        """Open QGIS's options at Overseed's page."""
        self._iface.showOptionsDialog(self._iface.mainWindow(), PAGE_NAME)

    def show_about(self) -> None:
        """Show version, licence and the privacy line."""
        box = QMessageBox(self._iface.mainWindow())
        box.setWindowTitle(tr("About Overseed"))
        box.setIconPixmap(icon("overseed").pixmap(64, 64))
        box.setText(about_text())
        box.exec()

    def open_sample(self) -> None:
        """Ask, then fetch the sample in the background and open its project."""
        problem = engine_problem()
        if problem:
            self._say(problem)
            return
        if self._sample is not None:
            self._say(tr("The sample is already on its way; QGIS's task bar shows how far it is."))
            return
        dialog = SampleDialog(self._iface.mainWindow())
        accepted = dialog.exec()
        folder, wheel = dialog.chosen_folder(), dialog.chosen_wheel()
        dialog.deleteLater()
        if not accepted:
            return
        if (folder / PROJECT_FILE).is_file():
            self._sample_ready(str(folder / PROJECT_FILE))
            return
        self._sample = SampleTask(folder, engine_python(), child_environment(), wheel)
        self._sample.ready.connect(self._sample_ready)
        self._sample.failed.connect(self._sample_failed)
        QgsApplication.taskManager().addTask(self._sample)

    def _sample_ready(self, path: str) -> None:
        self._sample = None
        # Asks by itself whether changes of the open project are to be kept.
        if Path(path).is_file():
            self._iface.addProject(path)

    def _sample_failed(self, sentence: str) -> None:
        self._sample = None
        if sentence:
            self._say(sentence)

    def _say(self, sentence: str) -> None:
        self._iface.messageBar().pushMessage("Overseed", sentence, Qgis.MessageLevel.Warning, 0)

    def _open_algorithm(self, algorithm: str, parameters: dict) -> None:
        # QGIS's own Processing plugin; it may be loaded after this one.
        import processing

        processing.execAlgorithmDialog(algorithm, parameters)

    def _look_at_layer(self, layer: Optional[QgsMapLayer]) -> None:
        self._points.setVisible(is_class_map(layer))

    def _entry(self, name: str, text: str, slot: Any, picture: str, tip: str) -> QAction:
        action = self._action(name, text, slot, picture)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        self._iface.addPluginToRasterMenu(MENU, action)
        # Lets people give it a key in Settings → Keyboard Shortcuts; it has none by itself.
        self._iface.registerMainWindowAction(action, "")
        self._menu.append(action)
        return action

    def _layer_entry(self, name: str, text: str, slot: Any, picture: str) -> QAction:
        action = self._action(name, text, slot, picture)
        self._iface.addCustomActionForLayerType(action, MENU, QgsMapLayerType.RasterLayer, True)
        self._layer_actions.append(action)
        return action

    def _action(self, name: str, text: str, slot: Any, picture: str) -> QAction:
        action = QAction(text, self._iface.mainWindow())
        action.setObjectName(name)
        action.triggered.connect(lambda *_: slot())
        self._icons.add(action, picture)
        return action


def is_class_map(layer: Optional[QgsMapLayer]) -> bool:
    """Return whether a layer shows one colour for each code, as classified maps do."""
    return isinstance(layer, QgsRasterLayer) and isinstance(
        layer.renderer(), QgsPalettedRasterRenderer
    )


def class_polygons() -> dict:
    """Return the parameters that name the project's first layer of polygons styled by class, else none."""
    for layer in QgsProject.instance().layerTreeRoot().layerOrder():
        if not isinstance(layer, QgsVectorLayer):
            continue
        renderer = layer.renderer()
        if layer.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
            continue
        if isinstance(renderer, QgsCategorizedSymbolRenderer):
            field = renderer.classAttribute()
            # An expression cannot be chosen as a field.
            if layer.fields().lookupField(field) >= 0:
                return {"POLYGONS": layer.id(), "CLASS_FIELD": field}
    return {}


class ThemedIcons(QWidget):
    """Keeps the icons of actions fit for light or dark: a hidden child hears of every change of colours."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.hide()
        self._targets: list[tuple[QAction, str]] = []

    def add(self, action: QAction, picture: str) -> None:
        """Give ``action`` a picture of the plugin, or one of QGIS's theme when it begins with a slash."""
        self._targets.append((action, picture))
        action.setIcon(_picture(picture))

    def changeEvent(self, event: QEvent) -> None:
        """Choose anew after a change of colours; called by Qt."""
        if event.type() == QEvent.Type.PaletteChange:
            for action, picture in self._targets:
                action.setIcon(_picture(picture))
        super().changeEvent(event)


def _picture(name: str) -> QIcon:
    return QgsApplication.getThemeIcon(name) if name.startswith("/") else icon(name)
