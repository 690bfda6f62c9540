"""The plugin's life in QGIS: provider, toolbar button and menu entry come and go with it."""

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QAction

from .algorithms.provider import OverseedProvider
from .icons import overseed_icon
from .texts import tr
from .translation import install_translator, remove_translator

MAIN_ALGORITHM = "overseed:classifyrareclasses"


class OverseedPlugin:
    """What QGIS loads. ``iface`` is None in qgis_process, which only asks for the provider."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._provider = None
        self._action = None
        self._translator = None

    def initProcessing(self) -> None:
        """Register the provider; all that qgis_process needs."""
        self._translator = install_translator()
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

    def unload(self) -> None:
        """Take everything back."""
        if self._action is not None:
            self._iface.removePluginRasterMenu("Overseed", self._action)
            self._iface.removeToolBarIcon(self._action)
            self._action.deleteLater()
            self._action = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        remove_translator(self._translator)
        self._translator = None

    def open_dialog(self) -> None:
        """Open the algorithm's dialog."""
        # QGIS's own Processing plugin; it may be loaded after this one.
        import processing

        processing.execAlgorithmDialog(MAIN_ALGORITHM, {})
