"""The plugin's coming and going in QGIS."""

import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QAction, QMainWindow

from overseed_qgis import classFactory
from overseed_qgis.plugin import MAIN_ALGORITHM


class Interface:
    """The part of QGIS's interface that the plugin touches, with a real window."""

    def __init__(self):
        self.window = QMainWindow()
        self.toolbar, self.menu = [], []

    def mainWindow(self):
        return self.window

    def addToolBarIcon(self, action):
        self.toolbar.append(action)

    def removeToolBarIcon(self, action):
        self.toolbar.remove(action)

    def addPluginToRasterMenu(self, name, action):
        self.menu.append((name, action))

    def removePluginRasterMenu(self, name, action):
        self.menu.remove((name, action))


@pytest.fixture
def interface(qgis_app):
    return Interface()


def provider():
    return QgsApplication.processingRegistry().providerById("overseed")


def test_button_menu_and_provider_come_and_go(interface):
    plugin = classFactory(interface)
    assert provider() is None
    plugin.initGui()
    assert [type(a) for a in interface.toolbar] == [QAction]
    assert interface.menu == [("Overseed", interface.toolbar[0])]
    assert interface.toolbar[0].toolTip()
    assert QgsApplication.processingRegistry().algorithmById(MAIN_ALGORITHM) is not None
    plugin.unload()
    assert (interface.toolbar, interface.menu, provider()) == ([], [], None)
    plugin.initGui()
    assert provider() is not None
    plugin.unload()


def test_qgis_process_needs_no_window(qgis_app):
    plugin = classFactory(None)
    plugin.initProcessing()
    assert MAIN_ALGORITHM in [algorithm.id() for algorithm in provider().algorithms()]
    plugin.unload()
    assert provider() is None


def test_the_button_opens_the_dialog_of_the_algorithm(interface, qgis_processing, monkeypatch):
    import processing

    opened = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda *a: opened.append(a))
    plugin = classFactory(interface)
    plugin.initGui()
    interface.toolbar[0].trigger()
    plugin.unload()
    assert opened == [(MAIN_ALGORITHM, {})]


def test_the_dialog_can_be_built(interface, qgis_processing, monkeypatch):
    # The interface that pytest-qgis pretends to have is not real enough for the dialog.
    monkeypatch.setattr("processing.gui.ParametersPanel.iface", None)
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    plugin = classFactory(interface)
    plugin.initGui()
    algorithm = QgsApplication.processingRegistry().algorithmById(MAIN_ALGORITHM)
    dialog = AlgorithmDialog(algorithm.create(), parent=interface.window)
    widgets = dialog.mainWidget().wrappers
    dialog.deleteLater()
    plugin.unload()
    assert {"RASTERS", "POLYGONS", "CLASS_FIELD", "AUGMENT", "EFFORT"} <= set(widgets)
