"""Raster layers as paths for the engine; what is no file, or not only its file, is refused."""

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsProviderRegistry,
    QgsRasterLayer,
)

from ..texts import tr


def raster_paths(
    value: Any, layers: list[QgsMapLayer], context: QgsProcessingContext
) -> tuple[str, ...]:
    """Return the path of each raster layer.

    ``value`` is what was given and ``layers`` what Processing could load of it; it says nothing
    about the others, so this does.

    Raises ``QgsProcessingException`` like :func:`raster_path`, and when a raster cannot be loaded
    or there is none.
    """
    given = value if isinstance(value, (list, tuple)) else str(value or "").split(";")
    if len(layers) < len(given):
        for one in given:
            if isinstance(one, str) and QgsProcessingUtils.mapLayerFromString(one, context) is None:
                raise QgsProcessingException(
                    tr("“{path}” cannot be read as a raster layer.").format(path=one)
                )
    if not layers:
        raise QgsProcessingException(tr("Choose at least one raster layer."))
    return tuple(raster_path(layer) for layer in layers)


def raster_path(layer: QgsMapLayer) -> str:
    """Return what GDAL has to open to read ``layer``: an absolute path or a GDAL dataset name.

    Raises ``QgsProcessingException`` with a sentence when the layer comes from a server or a
    database, is opened with options of its own, or was given a CRS in QGIS that its file does not
    have.
    """
    if not isinstance(layer, QgsRasterLayer) or not layer.isValid():
        raise QgsProcessingException(
            tr("“{name}” is not a readable raster layer.").format(name=layer.name())
        )
    if layer.providerType() != "gdal":
        raise QgsProcessingException(
            tr(
                "Raster layer “{name}” is not a file (its provider is “{provider}”). "
                "Save it as a GeoTIFF (Export → Save As…) and choose that layer."
            ).format(name=layer.name(), provider=layer.providerType())
        )
    _check_crs(layer)
    source = layer.source()
    parts = QgsProviderRegistry.instance().decodeUri("gdal", source)
    if parts.get("openOptions"):
        raise QgsProcessingException(
            tr(
                "Raster layer “{name}” is opened with driver options, which the engine does not"
                " know. Save it as a GeoTIFF (Export → Save As…) and choose that layer."
            ).format(name=layer.name())
        )
    path = Path(source)
    return str(path.absolute()) if path.exists() else source


def _check_crs(layer: QgsRasterLayer) -> None:
    provider = layer.dataProvider()
    own = provider.crs() if provider is not None else None
    if own is None or layer.crs() == own:
        return
    raise QgsProcessingException(
        tr(
            "Raster layer “{name}” was given the CRS {given} in QGIS, but its file says {own}. "
            "Write the CRS into the file (Raster → Projections → Assign Projection…) and choose"
            " it again."
        ).format(
            name=layer.name(),
            given=layer.crs().authid() or layer.crs().description(),
            own=own.authid() or own.description() or tr("none"),
        )
    )
