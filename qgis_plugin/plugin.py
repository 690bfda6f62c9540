"""The plugin's life in QGIS: provider, toolbar button and menu entry come and go with it."""

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAction

from .algorithms.provider import OverseedProvider
from .icons import overseed_icon
from .texts import tr

MAIN_ALGORITHM = "overseed:classifyrareclasses"


class OverseedPlugin:
    """What QGIS loads. ``iface`` is None in qgis_process, which only asks for the provider."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._provider = None
        self._action = None
        self._dock_action = None
        self._dock = None

    def initProcessing(self) -> None:
        """Register the provider; all that qgis_process needs."""
        self._provider = OverseedProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:
        """Register the provider and add the button and the menu entry."""
        self.initProcessing()
        self._action = QAction(
            overseed_icon(), tr("Classify rare classes…"), self._iface.mainWindow()
        )
        self._action.setObjectName("overseedClassifyRareClasses")
        self._action.setToolTip(
            tr("Overseed: map land cover, also classes with hardly any polygons")
        )
        self._action.triggered.connect(self.open_dialog)
        self._iface.addToolBarIcon(self._action)
        self._iface.addPluginToRasterMenu("Overseed", self._action)
        self._dock_action = QAction(
            overseed_icon(), tr("Overseed step by step"), self._iface.mainWindow()
        )
        self._dock_action.setObjectName("overseedDock")
        self._dock_action.setCheckable(True)
        self._dock_action.setToolTip(
            tr("Overseed step by step: from layers to a map that you can trust")
        )
        self._dock_action.toggled.connect(self.show_dock)
        self._iface.addToolBarIcon(self._dock_action)
        self._iface.addPluginToRasterMenu("Overseed", self._dock_action)

    def unload(self) -> None:
        """Take everything back."""
        if self._dock is not None:
            self._dock.let_go()
            self._iface.removeDockWidget(self._dock)
            self._dock.deleteLater()
            self._dock = None
        for action in (self._action, self._dock_action):
            if action is not None:
                self._iface.removePluginRasterMenu("Overseed", action)
                self._iface.removeToolBarIcon(action)
                action.deleteLater()
        self._action = self._dock_action = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None

    def show_dock(self, shown: bool = True) -> Any:
        """Show or hide the dock, which is made the first time, and return it."""
        if self._dock is None:
            # Here, so that QGIS's start does not wait for windows that nobody may open.
            from .dock.dock import OverseedDock

            self._dock = OverseedDock(self._iface, self._iface.mainWindow())
            self._dock.setToggleVisibilityAction(self._dock_action)
            self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self._dock.setUserVisible(shown)
        return self._dock

    def open_dialog(self) -> None:
        """Open the algorithm's dialog."""
        # QGIS's own Processing plugin; it may be loaded after this one.
        import processing

        processing.execAlgorithmDialog(MAIN_ALGORITHM, {})
