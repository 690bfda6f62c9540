"""The table of parameters, which form, help page and tests share."""

from collections.abc import Callable
from dataclasses import dataclass

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterString,
)

from ..preferences import EFFORTS, preferred
from ..texts import tr

RASTERS = "RASTERS"
POLYGONS = "POLYGONS"
CLASS_FIELD = "CLASS_FIELD"
RARE = "RARE"
REST_AS = "REST_AS"
AUGMENT = "AUGMENT"
EFFORT = "EFFORT"
OUTPUT = "OUTPUT"
REPORT = "REPORT"
#: An output without a parameter: the report's sentence on whether augmentation helped.
VERDICT = "VERDICT"

AUGMENTS = (
    "none",
    "spade",
    "pix2pix",
    "statistical",
    "replace",
    "copy-paste",
    "oversample",
    "oversample+spade",
    "oversample+copy-paste",
)
_CHOICES = {AUGMENT: AUGMENTS, EFFORT: EFFORTS}


@dataclass(frozen=True)
class Parameter:
    """One parameter; ``make`` builds QGIS's definition from its name and label."""

    name: str
    label: str
    help: str
    make: Callable[[str, str], QgsProcessingParameterDefinition]

    def definition(self) -> QgsProcessingParameterDefinition:
        """Return a new definition, with the help as its tooltip."""
        definition = self.make(self.name, self.label)
        definition.setHelp(self.help)
        return definition


def classify_rare_classes() -> list[Parameter]:
    """Return the parameters of ``overseed:classifyrareclasses`` in the order of the form."""
    return [
        Parameter(
            RASTERS,
            tr("Raster layers to classify"),
            tr(
                "One or several multispectral images with the same bands, of any band count and"
                " number type. They must be files with a CRS. Each gets a map of its own."
            ),
            lambda name, label: QgsProcessingParameterMultipleLayers(
                name, label, QgsProcessing.SourceType.TypeRaster
            ),
        ),
        Parameter(
            POLYGONS,
            tr("Polygons with known classes"),
            tr(
                "The areas to learn from. A filter on the layer and “Selected features only” "
                "are obeyed. Where polygons overlap, the smaller one counts. If the layer is "
                "styled by categories of the class field, the map takes over its colours."
            ),
            lambda name, label: QgsProcessingParameterFeatureSource(
                name, label, [QgsProcessing.SourceType.TypeVectorPolygon]
            ),
        ),
        Parameter(
            CLASS_FIELD,
            tr("Class field"),
            tr("The field of the polygon layer that says which class each polygon shows."),
            lambda name, label: QgsProcessingParameterField(
                name, label, parentLayerParameterName=POLYGONS
            ),
        ),
        Parameter(
            RARE,
            tr("Rare classes, separated by commas"),
            tr(
                "The classes to make more samples of. Left empty, these are all classes with "
                "less than 5 % of the labelled area."
            ),
            lambda name, label: QgsProcessingParameterString(name, label, optional=True),
        ),
        Parameter(
            REST_AS,
            tr("Class of everything outside the polygons"),
            tr(
                "If you only drew the rare class, give a name such as “background” and all "
                "other ground becomes a class of that name. Left empty, ground outside the "
                "polygons counts as unknown."
            ),
            lambda name, label: QgsProcessingParameterString(name, label, optional=True),
        ),
        Parameter(
            AUGMENT,
            tr("Augmentation"),
            tr(
                "How samples of rare classes are made. “spade” and the older “pix2pix” train a "
                "conditional generative adversarial network. “statistical” draws them from each "
                "class's colours and textures, “replace” weaves them from other real parcels of the class, and "
                "“copy-paste” puts real parcels in other places; these three take seconds. “oversample” "
                "makes none, but looks at each class as often as at the others; it can be joined with "
                "samples. The map is made with whichever model is best on ground kept apart, with or "
                "without samples; “none” trains on real samples alone."
            ),
            lambda name, label: QgsProcessingParameterEnum(
                name,
                label,
                list(AUGMENTS),
                defaultValue="oversample+copy-paste",
                usesStaticStrings=True,
            ),
        ),
        Parameter(
            EFFORT,
            tr("Effort"),
            tr(
                "How long to train. “quick” is for a first look (minutes on a laptop), “normal”"
                " for everyday use, “thorough” for final maps."
            ),
            lambda name, label: QgsProcessingParameterEnum(
                name,
                label,
                list(EFFORTS),
                defaultValue=preferred("effort", EFFORTS) or "normal",
                usesStaticStrings=True,
            ),
        ),
        Parameter(
            OUTPUT,
            tr("Classified map"),
            tr(
                "A GeoTIFF with one class code per pixel, 0 where the image has no data. "
                "Colours are in the file, class names in the style beside it. With several "
                "rasters the second map gets -002 at the end of its name, and so on."
            ),
            lambda name, label: QgsProcessingParameterRasterDestination(name, label),
        ),
        Parameter(
            REPORT,
            tr("Report"),
            tr(
                "A web page in one file: the classes, real beside synthetic samples, scores on "
                "ground that was kept apart, and whether augmentation helped."
            ),
            lambda name, label: QgsProcessingParameterFileDestination(
                name, label, fileFilter=tr("HTML files") + " (*.html)", optional=True
            ),
        ),
    ]


def with_choices_by_name(parameters: dict) -> dict:
    """Return a copy of ``parameters`` in which a choice given by its number has its name.

    The help that qgis_process prints asks for the number.
    """
    named = dict(parameters)
    for name, options in _CHOICES.items():
        number = str(named.get(name, ""))
        if number.isdigit() and int(number) < len(options):
            named[name] = options[int(number)]
    return named
