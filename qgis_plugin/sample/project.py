"""The sample as a QGIS project: true colour, polygons in the colours of their classes, the scene in view."""

from pathlib import Path

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsContrastEnhancement,
    QgsFillSymbol,
    QgsProject,
    QgsRasterLayer,
    QgsReferencedRectangle,
    QgsRendererCategory,
    QgsVectorLayer,
)

from ..texts import tr

PROJECT_FILE = "overseed-havel.qgz"
#: Digital numbers that become black and white: the 2nd and the 98th percentile of bands 1 to 3.
STRETCH = ((1, 624, 1936), (2, 864, 1824), (3, 1208, 2112))
#: Class → colour; told apart also by people who confuse red and green.
COLOURS = {
    "farm": "#e8c468",
    "forest": "#1b6e3c",
    "grass": "#b5d96b",
    "meadow": "#7fb069",
    "residential": "#c2452d",
    "scrub": "#8a6d3b",
    "water": "#2a6fb3",
    "wetland": "#9a6fb0",
}


def credit() -> str:
    """Return whose data the sample holds, as their licences ask for."""
    return tr(
        "Contains modified Copernicus Sentinel data 2017; land use © OpenStreetMap contributors, under "
        "the Open Database License (ODbL)."
    )


def write_project(path: Path, scene: dict) -> None:
    """Write the project for a ``scene`` with ``raster``, ``labels`` and ``class_field``.

    May run in any thread: it makes its own layers and leaves none behind. Raises ``OSError`` when QGIS
    cannot write the file.
    """
    project = QgsProject()
    raster = QgsRasterLayer(scene["raster"], tr("Sentinel-2 2017, Havel"))
    polygons = QgsVectorLayer(scene["labels"], tr("Land use (fclass)"), "ogr")
    if not (raster.isValid() and polygons.isValid()):
        raise OSError(tr("its layers cannot be read"))
    _stretch(raster)
    _colour(polygons, scene["class_field"])
    for layer in (raster, polygons):
        metadata = layer.metadata()
        metadata.setRights([credit()])
        layer.setMetadata(metadata)
    project.setCrs(raster.crs())
    project.setTitle(tr("Overseed sample: rare land cover along the Havel"))
    project.addMapLayers([raster, polygons])
    root = project.layerTreeRoot()
    # The polygons on top, whatever order QGIS's settings ask for.
    node = root.findLayer(polygons.id())
    root.insertChildNode(0, node.clone())
    root.removeChildNode(node)
    extent = raster.extent()
    extent.scale(1.02)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(extent, raster.crs()))
    if not project.write(str(path)):
        raise OSError(project.error())


def _stretch(raster: QgsRasterLayer) -> None:
    renderer = raster.renderer()
    setters = (
        (renderer.setRedBand, renderer.setRedContrastEnhancement),
        (renderer.setGreenBand, renderer.setGreenContrastEnhancement),
        (renderer.setBlueBand, renderer.setBlueContrastEnhancement),
    )
    for (band, darkest, brightest), (set_band, set_stretch) in zip(STRETCH, setters):
        stretch = QgsContrastEnhancement(raster.dataProvider().dataType(band))
        stretch.setContrastEnhancementAlgorithm(
            QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
        )
        stretch.setMinimumValue(darkest)
        stretch.setMaximumValue(brightest)
        set_band(band)
        set_stretch(stretch)


def _colour(polygons: QgsVectorLayer, field: str) -> None:
    values = sorted(map(str, polygons.uniqueValues(polygons.fields().lookupField(field))))
    categories = []
    for value in values:
        colour = COLOURS.get(value, "#888888")
        symbol = QgsFillSymbol.createSimple(
            {"color": colour, "outline_color": "#ffffff", "outline_width": "0.2"}
        )
        symbol.setOpacity(0.75)
        categories.append(QgsRendererCategory(value, symbol, value))
    polygons.setRenderer(QgsCategorizedSymbolRenderer(field, categories))
