"""Entries in menus: what they open, and for which layers they are there."""

import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsPalettedRasterRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsRendererCategory,
)
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QColor, QDesktopServices
from qgis.PyQt.QtWidgets import QMessageBox

from overseed_qgis import classFactory


@pytest.fixture
def dialogs(qgis_processing, monkeypatch):
    """Return what is opened of Processing's dialogs."""
    import processing

    opened = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda *a: opened.append(a))
    return opened


@pytest.fixture
def actions(interface):
    """Start the plugin and return its actions by name."""
    plugin = classFactory(interface)
    plugin.initGui()
    pairs = [*interface.menu, *interface.layer_actions]
    yield {action.objectName(): action for _, action in pairs}
    plugin.unload()
    QgsProject.instance().removeAllMapLayers()


def test_a_raster_layer_goes_into_the_form_with_the_styled_polygons(
    actions, interface, dialogs, raster, polygons
):
    image = QgsRasterLayer(str(raster), "image")
    QgsProject.instance().addMapLayers([image, polygons])
    interface.choose(image)
    actions["overseedClassifyLayer"].trigger()
    categories = [QgsRendererCategory("farm", QgsFillSymbol(), "farm")]
    polygons.setRenderer(QgsCategorizedSymbolRenderer("kind", categories))
    actions["overseedClassifyLayer"].trigger()
    polygons.setRenderer(QgsCategorizedSymbolRenderer("upper(kind)", categories))
    actions["overseedClassifyLayer"].trigger()
    plain = ("overseed:classifyrareclasses", {"RASTERS": [image.id()]})
    assert dialogs[0] == dialogs[2] == plain
    assert dialogs[1][1] == {
        "RASTERS": [image.id()],
        "POLYGONS": polygons.id(),
        "CLASS_FIELD": "kind",
    }


def test_points_are_offered_for_maps_of_classes_only(actions, interface, dialogs, raster, polygons):
    points = actions["overseedPointsOfLayer"]
    image, classes = (QgsRasterLayer(str(raster), name) for name in ("image", "map"))
    QgsProject.instance().addMapLayers([image, classes, polygons])
    entry = QgsPalettedRasterRenderer.Class(100, QColor("green"), "forest")
    classes.setRenderer(QgsPalettedRasterRenderer(classes.dataProvider(), 1, [entry]))
    shown = {}
    for name, layer in (("none", None), ("image", image), ("map", classes), ("vector", polygons)):
        interface.choose(layer)
        shown[name] = points.isVisible()
    assert shown == {"none": False, "image": False, "map": True, "vector": False}
    interface.choose(classes)
    points.trigger()
    assert dialogs == [("overseed:samplereferencepoints", {"MAP": classes.id()})]


def test_settings_open_at_the_page_of_the_plugin(actions, interface):
    actions["overseedSettings"].trigger()
    assert interface.opened == [interface.options[0].createWidget(None).objectName()]


def test_help_opens_a_file_of_this_machine(actions, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url)))
    actions["overseedHelp"].trigger()
    assert opened[0].isLocalFile()
    with open(opened[0].toLocalFile(), encoding="utf-8") as stream:
        assert "Overseed" in stream.read()


def test_about_says_version_licence_and_privacy(actions, monkeypatch):
    texts = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: texts.append(box.text()))
    actions["overseedAbout"].trigger()
    assert "Overseed 0." in texts[0]
    assert "General Public License" in texts[0]
    assert "Nothing leaves this machine" in texts[0]


def test_the_sample_needs_an_engine(actions, interface, monkeypatch):
    monkeypatch.delenv("OVERSEED_ENGINE_PYTHON", raising=False)
    actions["overseedOpenSample"].trigger()
    assert "not set up" in interface.bar.currentItem().text()
