"""A layer to draw more polygons in: a copy of those that are there, in a file of the run folder."""

from pathlib import Path
from typing import Optional

from qgis.core import (
    QgsFeatureRenderer,
    QgsField,
    QgsFillSymbol,
    QgsProject,
    QgsSimpleFillSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..texts import tr
from .session import Session

LAYER = "polygons"


def layer_to_draw_in(session: Session) -> Optional[QgsVectorLayer]:
    """Return a layer with the polygons so far, which can be drawn in and trained from.

    The person's own file is never changed: the first time its polygons are copied to ``labels.gpkg`` in the
    run folder (only the selected ones where only these are learned from), with all fields and the style; a
    layer that is such a file already is returned as it is. None when there are no polygons or the copy cannot
    be written.
    """
    polygons = session.polygon_layer()
    if polygons is None:
        return None
    target = session.run.root / "labels.gpkg"
    own = Path(polygons.source().split("|")[0])
    if own.parent == target.parent and own.match("labels*.gpkg"):
        return polygons
    target = _free(target)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = LAYER
    options.onlySelectedFeatures = session.choices.selected_only
    # The source's own fid may repeat; the new file numbers anew.
    options.layerOptions = ["FID=overseed_fid"]
    project = QgsProject.instance()
    outcome = QgsVectorFileWriter.writeAsVectorFormatV3(
        polygons, str(target), project.transformContext(), options
    )
    if outcome[0] != QgsVectorFileWriter.WriterError.NoError:
        return None
    name = tr("{polygons} (to draw in)").format(polygons=polygons.name())
    copy = QgsVectorLayer(f"{target}|layername={LAYER}", name, "ogr")
    if not copy.isValid():
        return None
    copy.setRenderer(_seen_through(polygons.renderer()))
    _offer_classes(copy, session.choices.class_field)
    project.addMapLayer(copy)
    return copy


def _seen_through(renderer: QgsFeatureRenderer) -> QgsFeatureRenderer:
    """The layer's own style, or outlines where all polygons look alike: they must not hide the map."""
    if renderer.type() != "singleSymbol":
        return renderer.clone()
    outline = {"style": "no", "outline_color": "#ffffff", "outline_width": "0.5"}
    cased = QgsFillSymbol.createSimple(
        {**outline, "outline_color": "#000000", "outline_width": "0.9"}
    )
    cased.appendSymbolLayer(QgsSimpleFillSymbolLayer.create(outline))
    return QgsSingleSymbolRenderer(cased)


def _offer_classes(layer: QgsVectorLayer, field: str) -> None:
    """Let the form of new polygons offer the classes that there are."""
    from qgis.core import QgsEditorWidgetSetup

    index = layer.fields().lookupField(field)
    if index < 0:
        return
    kinds: QgsField = layer.fields().at(index)
    values = sorted(str(value) for value in layer.uniqueValues(index) if value not in (None, ""))
    if kinds.isNumeric() or not values:
        return
    setup = QgsEditorWidgetSetup("UniqueValues", {"Editable": True})
    layer.setEditorWidgetSetup(index, setup)


def _free(path: Path) -> Path:
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
