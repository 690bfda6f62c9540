"""The plugin's coming and going in QGIS."""

from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QAction

from overseed_qgis import classFactory
from overseed_qgis.menu import MAIN_ALGORITHM


def provider():
    return QgsApplication.processingRegistry().providerById("overseed")


def test_button_menu_and_provider_come_and_go(interface):
    plugin = classFactory(interface)
    assert provider() is None
    plugin.initGui()
    assert [type(a) for a in interface.toolbar] == [QAction, QAction]
    assert {name for name, _ in interface.menu} == {"Overseed"}
    assert [action.objectName() for _, action in interface.menu] == [
        "overseedClassifyRareClasses",
        "overseedDock",
        "overseedOpenSample",
        "overseedHelp",
        "overseedSettings",
        "overseedAbout",
    ]
    assert [action for _, action in interface.menu[:2]] == interface.toolbar
    for _, action in interface.menu:
        assert action.toolTip() not in ("", action.text())
        assert not action.icon().isNull()
    assert [name for name, _ in interface.layer_actions] == ["Overseed"] * 3
    assert len(interface.options) == 1
    assert interface.shortcuts == [action for _, action in interface.menu]
    assert QgsApplication.processingRegistry().algorithmById(MAIN_ALGORITHM) is not None
    plugin.unload()
    assert (interface.toolbar, interface.menu, provider()) == ([], [], None)
    assert (interface.layer_actions, interface.options, interface.shortcuts) == ([], [], [])
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
