"""The plugin's life in QGIS: translation, provider and menu come and go with it."""

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt

from .algorithms.provider import OverseedProvider
from .translation import install_translator, remove_translator


class OverseedPlugin:
    """What QGIS loads. ``iface`` is None in qgis_process, which only asks for the provider."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._provider = None
        self._menu = None
        self._dock = None
        self._translator = None

    def initProcessing(self) -> None:
        """Register the provider; all that qgis_process needs."""
        self._translator = install_translator()
        self._provider = OverseedProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:
        """Register the provider and add buttons, menus and the page in the options."""
        self.initProcessing()
        # Only a QGIS with windows needs what this imports.
        from .menu import OverseedMenu

        self._menu = OverseedMenu(self._iface, self.show_dock)
        self._menu.add()

    def unload(self) -> None:
        """Take everything back."""
        if self._dock is not None:
            self._dock.let_go()
            self._iface.removeDockWidget(self._dock)
            self._dock.deleteLater()
            self._dock = None
        if self._menu is not None:
            # Nobody would be left to see how a set-up that runs ends.
            from .setup.session import shared_session

            shared_session().cancel()
            self._menu.remove()
            self._menu = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        remove_translator(self._translator)
        self._translator = None

    def show_dock(self, shown: bool = True) -> Any:
        """Show or hide the dock, which is made the first time, and return it."""
        if self._dock is None:
            # Here, so that QGIS's start does not wait for windows that nobody may open.
            from .dock.dock import OverseedDock

            self._dock = OverseedDock(self._iface, self._iface.mainWindow())
            self._dock.setToggleVisibilityAction(self._menu.dock_action)
            self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self._dock.setUserVisible(shown)
        return self._dock
