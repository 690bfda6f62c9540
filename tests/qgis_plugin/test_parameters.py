"""What models, scripts and saved command lines rely on, and the help that goes with it."""

import pytest
from qgis.core import QgsApplication, QgsProcessing, QgsProcessingParameterDefinition

from overseed_qgis.algorithms.classify_rare_classes import ClassifyRareClasses
from overseed_qgis.algorithms.parameters import with_choices_by_name

#: Name → (kind, optional, default). Changing a line breaks the models of users.
FROZEN = {
    "RASTERS": ("multilayer", False, None),
    "POLYGONS": ("source", False, None),
    "CLASS_FIELD": ("field", False, None),
    "RARE": ("string", True, None),
    "REST_AS": ("string", True, None),
    "AUGMENT": ("enum", False, "oversample+copy-paste"),
    "EFFORT": ("enum", False, "normal"),
    "OUTPUT": ("rasterDestination", False, None),
    "REPORT": ("fileDestination", True, None),
}


@pytest.fixture
def algorithm(provider):
    return QgsApplication.processingRegistry().algorithmById("overseed:classifyrareclasses")


def test_ids_parameters_and_outputs_are_frozen(algorithm):
    assert algorithm is not None
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    assert {
        d.name(): (d.type(), bool(d.flags() & optional), d.defaultValue())
        for d in algorithm.parameterDefinitions()
    } == FROZEN
    assert [o.name() for o in algorithm.outputDefinitions()] == ["OUTPUT", "REPORT", "VERDICT"]
    assert algorithm.parameterDefinition("AUGMENT").options() == [
        "none",
        "spade",
        "pix2pix",
        "statistical",
        "replace",
        "copy-paste",
        "oversample",
        "oversample+spade",
        "oversample+copy-paste",
    ]
    assert algorithm.parameterDefinition("EFFORT").options() == ["quick", "normal", "thorough"]


def test_layers_are_asked_for_by_kind(algorithm):
    rasters, polygons = (algorithm.parameterDefinition(n) for n in ("RASTERS", "POLYGONS"))
    assert rasters.layerType() == QgsProcessing.SourceType.TypeRaster
    assert polygons.dataTypes() == [QgsProcessing.SourceType.TypeVectorPolygon]
    assert algorithm.parameterDefinition("CLASS_FIELD").parentLayerParameterName() == "POLYGONS"
    assert "*.html" in algorithm.parameterDefinition("REPORT").fileFilter()


@pytest.mark.parametrize("name", FROZEN)
def test_every_parameter_has_help_in_form_and_page(algorithm, name):
    definition = algorithm.parameterDefinition(name)
    assert len(definition.help()) > 30
    assert definition.help().endswith(".")
    assert definition.help() in algorithm.shortHelpString()
    assert definition.description() in algorithm.shortHelpString()


def test_icon_is_drawn(algorithm):
    picture = algorithm.icon().pixmap(24, 24).toImage()
    colours = {picture.pixel(x, y) for x in range(24) for y in range(24)}
    assert len(colours) > 20


def test_every_run_has_an_algorithm_of_its_own():
    algorithm = ClassifyRareClasses()
    assert algorithm.createInstance() is not algorithm.createInstance()


def test_choices_may_be_given_by_number():
    assert with_choices_by_name({"AUGMENT": 0, "EFFORT": "2", "RARE": "1"}) == {
        "AUGMENT": "none",
        "EFFORT": "thorough",
        "RARE": "1",
    }
    assert with_choices_by_name({"AUGMENT": "9", "EFFORT": "quick"}) == {
        "AUGMENT": "9",
        "EFFORT": "quick",
    }


@pytest.mark.parametrize("output", ["map.tif", "map.png"])
def test_maps_are_geotiffs_only(provider, output):
    accepted, _ = provider.isSupportedOutputValue(
        output,
        QgsApplication.processingRegistry()
        .algorithmById("overseed:classifyrareclasses")
        .parameterDefinition("OUTPUT"),
        __import__("qgis.core").core.QgsProcessingContext(),
    )
    assert accepted == (output == "map.tif")
