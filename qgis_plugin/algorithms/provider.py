"""The Processing provider."""

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..icons import overseed_icon
from .classify_rare_classes import ClassifyRareClasses
from .engine_algorithm import EngineAlgorithm
from .steps import tables


class OverseedProvider(QgsProcessingProvider):
    """Overseed's group in the Processing toolbox."""

    def id(self) -> str:
        """Return the name by which models and scripts know the provider; it never changes."""
        return "overseed"

    def name(self) -> str:
        """Return the name in the toolbox."""
        return "Overseed"

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return overseed_icon()

    def loadAlgorithms(self) -> None:
        """Add every algorithm."""
        self.addAlgorithm(ClassifyRareClasses())
        for table in tables():
            self.addAlgorithm(EngineAlgorithm(table))

    def supportsNonFileBasedOutput(self) -> bool:
        """The engine writes files only."""
        return False

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """The engine writes GeoPackages only."""
        return ["gpkg"]

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:
        """Return the extension of temporary layers."""
        return "gpkg"

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """The engine writes GeoTIFFs only."""
        return ["tif", "tiff"]

    def defaultRasterFileExtension(self, hasGeometry: bool = True) -> str:
        """Return the extension of temporary maps."""
        return "tif"
