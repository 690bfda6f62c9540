"""The layer with labels as a file for the engine: its own where that is what QGIS shows, or a copy."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsFields,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProviderRegistry,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)

from ..texts import tr

#: The layer in a copy, which its file is named after as well.
COPY_LAYER, COPY_LAYER_OF_POINTS = "polygons", "label-points"
#: With fewer bytes than this on the disk, no copy of polygons could be written.
_LITTLE_ROOM = 1 << 20


def unwrapped(value: Any, context: QgsProcessingContext) -> Any:
    """Return what ``parameterAsVectorLayer`` understands: a definition (“selected only”) is
    opened and its layer, or the layer's name, returned; any other value is returned as it is.
    """
    if not isinstance(value, QgsProcessingFeatureSourceDefinition):
        return value
    inner = value.source.staticValue()
    if isinstance(inner, QgsVectorLayer):
        return inner
    return value.source.valueAsString(context.expressionContext())[0]


class Snapshot:
    """The features of a layer as they are now: edits, filter and all. ``has_points`` or else polygons.

    Made in the layer's thread and read in another, also when the layer has been removed from the project or
    changed meanwhile.
    """

    def __init__(self, layer: QgsVectorLayer, definition: Any) -> None:
        self._name, self._crs, self._fields = layer.name(), layer.crs(), QgsFields(layer.fields())
        self.has_points = layer.geometryType() == QgsWkbTypes.GeometryType.PointGeometry
        self._features = QgsVectorLayerFeatureSource(layer)
        self._only: Optional[set[int]] = None
        self._limit, self._filter = -1, ""
        if isinstance(definition, QgsProcessingFeatureSourceDefinition):
            if definition.selectedFeaturesOnly:
                self._only = set(layer.selectedFeatureIds())
            self._limit = definition.featureLimit
            # Newer versions of QGIS can filter here as well.
            self._filter = getattr(definition, "filterExpression", "") or ""

    def sourceName(self) -> str:
        """Return the layer's name."""
        return self._name

    def sourceCrs(self) -> QgsCoordinateReferenceSystem:
        """Return the layer's CRS."""
        return self._crs

    def fields(self) -> QgsFields:
        """Return the layer's fields."""
        return self._fields

    def features(self, attribute: int, geometry: bool = True) -> Iterator[QgsFeature]:
        """Yield the features, with the attribute of this number at least, whatever their geometry is worth."""
        request = QgsFeatureRequest()
        if not geometry:
            request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
        if self._filter:
            request.setFilterExpression(self._filter)
        else:
            request.setSubsetOfAttributes([attribute])
            if self._only is not None:
                request.setFilterFids(list(self._only))
        given = 0
        for feature in self._features.getFeatures(request):
            if given == self._limit:
                return
            if self._only is None or feature.id() in self._only:
                given += 1
                yield feature


def plain_path(layer: Optional[QgsVectorLayer], definition: Any, class_field: str) -> str:
    """Return ``path`` or ``path|layername=x`` when the layer's file is exactly what is to be used.

    Returns "" when it is not: a layer of another provider, with a filter, joins, unsaved edits, a
    CRS of its own, or a ``definition`` that asks for selected features only. Then a copy is
    needed.
    """
    if layer is None or not layer.isValid() or layer.providerType() != "ogr":
        return ""
    if _is_partial(definition) or layer.subsetString() or layer.isModified():
        return ""
    provider = layer.dataProvider()
    if provider.crs() != layer.crs():
        return ""
    # A joined, virtual or identifier field exists in QGIS only.
    index = provider.fields().lookupField(class_field)
    if index < 0 or index in layer.primaryKeyAttributes():
        return ""
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path, layer_name = parts.get("path") or "", parts.get("layerName") or ""
    if not os.path.isfile(path) or parts.get("openOptions") or parts.get("layerId") is not None:
        return ""
    if not layer_name and len(provider.subLayers()) > 1:
        return ""
    path = os.path.abspath(path)
    return f"{path}|layername={layer_name}" if layer_name else path


def copy_labels(source: Snapshot, class_field: str, folder: Path, feedback: Any) -> str:
    """Write the polygons or points of ``source`` with their class to a GeoPackage in ``folder``.

    Returns ``path|layername=…``. The file is named after its content, in whatever order the
    features come; one that is already there is left alone, so that its time stamp, and with it a
    cancelled run, stays valid. Curves become line segments and heights are dropped, since classes
    have neither; a feature of many points becomes many of one. Returns "" when ``feedback`` is
    cancelled meanwhile.

    Raises ``QgsProcessingException`` when there is no feature or the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"writing-{os.getpid()}-{id(source)}.gpkg"
    try:
        digest = _write(source, class_field, partial, feedback)
        if feedback.isCanceled():
            return ""
        name = COPY_LAYER_OF_POINTS if source.has_points else COPY_LAYER
        target = folder / f"{name}-{digest}.gpkg"
        if not target.exists():
            os.replace(partial, target)
    finally:
        for leftover in folder.glob(f"{partial.name}*"):
            leftover.unlink()
    return f"{target}|layername={name}"


def _is_partial(definition: Any) -> bool:
    if not isinstance(definition, QgsProcessingFeatureSourceDefinition):
        return False
    # Newer versions of QGIS can filter here as well.
    return (
        definition.selectedFeaturesOnly
        or definition.featureLimit != -1
        or bool(getattr(definition, "filterExpression", ""))
    )


def _write(source: Snapshot, class_field: str, path: Path, feedback: Any) -> str:
    index = source.fields().lookupField(class_field)
    fields = QgsFields()
    fields.append(source.fields().at(index))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = COPY_LAYER_OF_POINTS if source.has_points else COPY_LAYER
    # The class field may itself be called fid.
    options.layerOptions = ["FID=overseed_fid"]
    writer = QgsVectorFileWriter.create(
        str(path),
        fields,
        QgsWkbTypes.Type.Point if source.has_points else QgsWkbTypes.Type.MultiPolygon,
        source.sourceCrs(),
        QgsCoordinateTransformContext(),
        options,
    )
    _check(writer, path)
    digests = []
    # Invalid geometries are the engine's to judge.
    for feature in source.features(index):
        if feedback.isCanceled():
            break
        if not feature.hasGeometry():
            continue
        for geometry in _plain(feature.geometry(), source.has_points):
            copy = QgsFeature(fields)
            copy.setAttributes([feature.attributes()[index]])
            copy.setGeometry(geometry)
            writer.addFeature(copy)
            content = repr(copy.attributes()[0]).encode() + bytes(copy.geometry().asWkb())
            digests.append(hashlib.sha256(content).digest())
    writer.flushBuffer()
    _check(writer, path)
    del writer  # closes the file
    if not digests and not feedback.isCanceled():
        sentence = (
            tr("“{name}” has no point to learn from. Check its filter and its selection.")
            if source.has_points
            else tr("“{name}” has no polygon to learn from. Check its filter and its selection.")
        )
        raise QgsProcessingException(sentence.format(name=source.sourceName()))
    head = f"{source.sourceCrs().toWkt()}{class_field}".encode()
    return hashlib.sha256(head + b"".join(sorted(digests))).hexdigest()[:16]


def _plain(geometry: QgsGeometry, points: bool) -> list[QgsGeometry]:
    """The geometry as one multi-polygon without curves and heights, or as single points."""
    copy = QgsGeometry(geometry)
    copy.convertToStraightSegment()
    copy.get().dropZValue()
    copy.get().dropMValue()
    if points:
        return copy.asGeometryCollection()
    copy.convertToMultiType()
    return [copy]


def _check(writer: QgsVectorFileWriter, path: Path) -> None:
    if writer.hasError() == QgsVectorFileWriter.WriterError.NoError:
        return
    reason = writer.errorMessage()
    with contextlib.suppress(OSError):
        # SQLite's own words would be of tables that are not there.
        if shutil.disk_usage(path.parent).free < _LITTLE_ROOM:
            reason = tr("the disk is full")
    raise QgsProcessingException(
        tr("The polygons could not be copied to {path}: {reason}").format(path=path, reason=reason)
    )
