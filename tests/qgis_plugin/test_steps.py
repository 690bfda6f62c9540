"""The engine's commands as algorithms: frozen names, the engine's limits in forms, and what it is told."""

import json
from pathlib import Path

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterDefinition,
    QgsProject,
    QgsVectorLayer,
)

from overseed_qgis.algorithms.fields import OUTPUTS
from overseed_qgis.algorithms.steps import tables

#: Id → parameters, then results. Changing a name breaks the models of users.
FROZEN = {
    "inspectclasses": (
        "RASTERS LABELS CLASS_FIELD CLASSES RARE RARE_BELOW REST_AS CLASSES_OUT",
        "CLASS_COUNT RARE_COUNT TEXT",
    ),
    "preparedataset": (
        "RASTERS LABELS CLASS_FIELD CLASSES RARE RARE_BELOW REST_AS BANDS INDICES TILE_SIZE BLOCK_SIZE FOLDS "
        "VALIDATION TEST SEED RUN",
        "",
    ),
    "traingenerator": (
        "RUN METHOD EFFORT STEPS PREDICTION WEIGHTS REVISION SHOWN_BANDS LORA_RANK PRIOR_WEIGHT PROMPT SEED "
        "DEVICE MODEL_FILE",
        "RUN_FOLDER GENERATOR",
    ),
    "synthesizesamples": (
        "RUN METHOD TARGET COUNT LAYOUTS BACKGROUNDS LABEL_PRECISION SAMPLING_STEPS SAMPLER GUIDANCE PROMPT "
        "NEGATIVE_PROMPT STRENGTH MASK_LABELS AGREEMENT_WEIGHTS EFFORT SEED DEVICE TILES",
        "RUN_FOLDER SAMPLES MADE",
    ),
    "reviewsamples": (
        "RUN METHOD REJECT ACCEPT SEED",
        "RUN_FOLDER SHEETS INDEX ACCEPTED REJECTED",
    ),
    "measuresamples": ("RUN METHOD SEED DEVICE", "RUN_FOLDER FIGURES PAGE"),
    "trainsegmentation": (
        "RUN AUGMENT EFFORT ARCHITECTURE ENCODER ENCODER_WEIGHTS LOSS SHARE STEPS BATCH SEED DEVICE",
        "RUN_FOLDER MODEL RARE_F1 MACRO_F1",
    ),
    "compareaugmentations": (
        "RUN ARMS TRAININGS EFFORT STEPS BATCH JOBS WEIGHTS REVISION SHOWN_BANDS SEED DEVICE",
        "RUN_FOLDER COMPARISON VERDICT",
    ),
    "classifyraster": (
        "RASTER MODEL EXTENT AREA MIN_PATCH MEASURE VIEWS QUANTIZED WINDOW OVERLAP DEVICE OUTPUT CONFIDENCE "
        "PROBABILITIES POLYGONS",
        "",
    ),
    "suggestlabels": (
        "MAP CONFIDENCE PROBABILITIES COUNT BY RARE LEAVE_OUT MIN_DISTANCE SIZE SEED OUTPUT",
        "PLACES UNSURE LIKELY TEXT",
    ),
    "samplereferencepoints": (
        "MAP COUNT DESIGN ALLOCATION LEAST EXPECT ERROR LEAVE_OUT LEAVE_OUT_RUN KEEP SEED OUTPUT",
        "POINTS INSTRUCTIONS",
    ),
    "assessmap": (
        "MAPS REFERENCE CLASS_FIELD DESIGN STRATA STRATA_PIXELS OUTPUT",
        "OVERALL_ACCURACY CLASSES MATRIX TEXT",
    ),
    "makereport": ("RUN TITLE OUTPUT", "RUN_FOLDER"),
    "preparechips": (
        "RASTERS LABELS CLASS_FIELD REST_AS REST_COUNT FOLDER TABLE TABLE_CRS PIXEL_SIZE SIZE RARE RARE_BELOW "
        "BANDS GROUP_BY OTHER_REGION BLOCK_SIZE VALIDATION TEST THIN SEED RUN",
        "CHIPS RARE_COUNT TEXT",
    ),
    "clusterchips": (
        "RUN METHOD CLUSTERS LEAST MOST METRIC LINKAGE COMPONENTS PERPLEXITY EFFORT NETWORK WEIGHTS STEPS "
        "BATCH LEARNING_RATE SEED DEVICE",
        "RUN_FOLDER FOUND TO_REVIEW REVIEW PICTURE TEXT",
    ),
    "trainchipgan": (
        "RUN GAN CONDITION OF COUNT EFFORT LEARN_FROM CONDITIONING STEPS CRITIC_STEPS BATCH WIDTH LATENT "
        "LEARNING_RATE CLUSTER TRUNCATION MEASURE_BY FORCE SEED DEVICE TILES",
        "RUN_FOLDER GENERATOR SAMPLES MADE KID WAY",
    ),
    "classifychips": (
        "RUN AUGMENT SHARE GAN_SEED EFFORT NETWORK WEIGHTS STEPS BATCH LEARNING_RATE SEED DEVICE",
        "RUN_FOLDER MODEL RARE_F1 AVERAGE_PRECISION F1_AT_THRESHOLD MACRO_F1 OTHER_RARE_F1 "
        "OTHER_AVERAGE_PRECISION",
    ),
    "mapchips": ("RASTER MODEL OF STEP DEVICE OUTPUT", "CLASS"),
}
each_table = pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)

#: Notes its arguments and answers with what the test gives.
NOTER = """
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(sys.argv[1:]) + chr(10))
hello()
say("result", outputs=json.loads({outputs!r}))
"""


@pytest.fixture
def notes(engine_python, tmp_path, provider):
    """Return a function that sets what the engine answers and returns one that reads its calls."""

    def make(**outputs):
        path = tmp_path / "notes.jsonl"
        engine_python(NOTER.format(notes=str(path), outputs=json.dumps(outputs)))
        return lambda: [json.loads(line) for line in path.read_text().splitlines()]

    yield make
    QgsProject.instance().removeAllMapLayers()


def algorithm(name):
    return QgsApplication.processingRegistry().algorithmById(f"overseed:{name}")


def test_ids_parameters_and_results_are_frozen(provider):
    assert {a.name() for a in provider.algorithms()} == {"classifyrareclasses", *FROZEN}
    for name, (parameters, results) in FROZEN.items():
        found = algorithm(name)
        assert [d.name() for d in found.parameterDefinitions()] == parameters.split(), name
        own = [o.name() for o in found.outputDefinitions() if o.name() not in parameters.split()]
        assert own == results.split(), name


@each_table
def test_forms_have_the_engines_limits_defaults_and_sentences(table, provider):
    found = algorithm(table.name)
    for field in table.fields:
        definition = found.parameterDefinition(field.name)
        assert definition.help().endswith("."), field.name
        assert definition.help() in found.shortHelpString()
        if not field.setting:
            continue
        engine = field.engine_setting(table.commands)
        if field.kind in ("integer", "number"):
            assert definition.defaultValue() == engine.default
            if engine.minimum is not None:
                assert definition.minimum() == engine.minimum
            if engine.maximum is not None:
                assert definition.maximum() == engine.maximum
        if field.kind == "choice":
            options = definition.options()
            assert definition.defaultValue() == engine.default
            assert engine.default in options
            assert not engine.choices or set(options) <= set(engine.choices)
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    for field in table.fields:
        flags = found.parameterDefinition(field.name).flags()
        assert bool(flags & optional) == field.optional
        assert bool(flags & advanced) == field.advanced


def test_a_run_is_prepared_from_layers(notes, raster, saved_polygons, tmp_path):
    calls = notes(run="there")
    results = processing.run(
        "overseed:preparedataset",
        {
            "RASTERS": [str(raster)], "LABELS": f"{saved_polygons}|layername=fields",
            "CLASS_FIELD": "kind", "RARE": "grass, water", "TILE_SIZE": 64, "BANDS": "1,2",
            "RUN": str(tmp_path / "run"),
        },
    )  # fmt: skip
    assert results == {"RUN": str(tmp_path / "run")}
    (call,) = calls()
    assert call[:3] == ["-m", "overseed", "prepare"]
    assert call[call.index("--") + 1 :] == [str(tmp_path / "run")]
    assert {
        f"--raster={raster}", f"--labels={saved_polygons}|layername=fields", "--class-field=kind",
        "--rare=grass", "--rare=water", "--tile-size=64", "--bands=1", "--bands=2",
    } <= set(call)  # fmt: skip
    # What the engine would take anyway is not said.
    assert not [word for word in call if word.startswith(("--val", "--seed", "--folds"))]
    assert call[call.index("--events") : call.index("--")] == ["--events", "--control", "stdin"]


def test_selected_features_of_a_memory_layer_are_prepared(notes, raster, polygons, tmp_path):
    calls = notes()
    QgsProject.instance().addMapLayer(polygons)
    polygons.selectByExpression("kind <> 'grass'")
    source = QgsProcessingFeatureSourceDefinition(polygons.id(), selectedFeaturesOnly=True)
    processing.run(
        "overseed:preparedataset",
        {
            "RASTERS": [str(raster)], "LABELS": source, "CLASS_FIELD": "kind",
            "RUN": str(tmp_path / "run"),
        },
    )  # fmt: skip
    (path,) = (word.partition("=")[2] for word in calls()[0] if word.startswith("--labels="))
    copy = QgsVectorLayer(path, "copy", "ogr")
    assert sorted(f["kind"] for f in copy.getFeatures()) == ["farm", "farm", "water"]


def test_a_wrong_field_is_told_before_the_engine_starts(notes, raster, saved_polygons):
    notes()
    found = algorithm("preparedataset")
    parameters = {
        "RASTERS": [str(raster)], "LABELS": f"{saved_polygons}|layername=fields", "CLASS_FIELD": "moon",
        "RUN": "TEMPORARY_OUTPUT",
    }  # fmt: skip
    fine, message = found.checkParameterValues(parameters, QgsProcessingContext())
    assert not fine
    assert "moon" in message
    assert "kind" in message


def test_training_gives_model_and_scores_to_models(notes, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.onnx").touch()
    calls = notes(model=str(folder), scores={"rare_macro_f1": 0.25, "macro_f1": 0.5})
    results = processing.run(
        "overseed:trainsegmentation", {"RUN": str(tmp_path), "AUGMENT": 4, "STEPS": 7}
    )
    assert results == {
        "RUN_FOLDER": str(tmp_path),
        "MODEL": str(folder / "model.onnx"),
        "RARE_F1": 0.25,
        "MACRO_F1": 0.5,
    }
    (call,) = calls()
    assert "--augment=oversample" in call
    assert "--steps=7" in call
    assert call[-1] == str(tmp_path)


def test_a_raster_is_mapped_in_part(notes, raster, saved_polygons, tmp_path):
    calls = notes(maps=[])
    (tmp_path / "m.onnx").touch()
    processing.run(
        "overseed:classifyraster",
        {
            "RASTER": str(raster), "MODEL": str(tmp_path / "m.onnx"), "VIEWS": True,
            "EXTENT": "400000,400200,5799800,5800000 [EPSG:32633]",
            "AREA": f"{saved_polygons}|layername=fields", "OUTPUT": str(tmp_path / "map.tif"),
        },
    )  # fmt: skip
    (call,) = calls()
    assert "--extent=400000,5799800,400200,5800000" in call
    assert f"--aoi={saved_polygons}|layername=fields" in call
    assert "--views" in call
    assert f"--out={tmp_path / 'map.tif'}" in call
    assert call[-1] == str(raster)
    assert not [word for word in call if word.startswith(("--confidence", "--polygons", "--quant"))]


def test_maps_are_assessed_against_the_layers_own_file(notes, raster, saved_polygons, tmp_path):
    """How points were drawn stands in their file, so a copy of the layer would not do."""
    calls = notes(overall_accuracy=[0.75], classes="c.csv", matrix="m.csv", text="fine")
    results = processing.run(
        "overseed:assessmap",
        {
            "MAPS": [str(raster)], "REFERENCE": f"{saved_polygons}|layername=fields",
            "CLASS_FIELD": "kind", "OUTPUT": str(tmp_path / "a.json"),
        },
    )  # fmt: skip
    assert results["OVERALL_ACCURACY"] == 0.75
    (call,) = calls()
    assert f"--reference={saved_polygons}|layername=fields" in call
    assert "--class-field=kind" in call
    assert call[-1] == str(raster)


def test_places_to_label_are_suggested(notes, raster, saved_polygons, tmp_path):
    calls = notes(count=3, by={"unsure": 2, "rare": 1}, text="there")
    common = {"MAP": str(raster), "CONFIDENCE": str(raster)}
    results = processing.run(
        "overseed:suggestlabels",
        {
            **common, "RARE": "grass, water", "LEAVE_OUT": f"{saved_polygons}|layername=fields",
            "BY": 2, "MIN_DISTANCE": 250, "OUTPUT": str(tmp_path / "p.gpkg"),
        },
    )  # fmt: skip
    assert (results["PLACES"], results["UNSURE"], results["LIKELY"]) == (3, 2, 1)
    processing.run(
        "overseed:suggestlabels",
        {**common, "PROBABILITIES": str(raster), "OUTPUT": str(tmp_path / "q.gpkg")},
    )
    call, other = calls()
    assert call[2] == "suggest-labels"
    assert call[-1] == str(raster)
    assert {
        f"--confidence={raster}", "--rare=grass", "--rare=water", "--by=rare", "--min-distance=250",
        f"--leave-out={saved_polygons}|layername=fields", f"--out={tmp_path / 'p.gpkg'}",
    } <= set(call)  # fmt: skip
    assert not [word for word in call if word.startswith(("--probabilities", "--size"))]
    assert f"--probabilities={raster}" in other


def test_samples_are_rejected_by_number(notes, tmp_path):
    calls = notes(folder="sheets", index="sheets.json", accepted=17, rejected=[3, 18, 19])
    results = processing.run(
        "overseed:reviewsamples", {"RUN": str(tmp_path), "METHOD": "replace", "REJECT": "3,18-19"}
    )
    assert results == {
        "RUN_FOLDER": str(tmp_path), "SHEETS": "sheets", "INDEX": "sheets.json", "ACCEPTED": 17,
        "REJECTED": 3,
    }  # fmt: skip
    (call,) = calls()
    assert call[2] == "review"
    assert "--method=replace" in call
    assert "--reject=3,18-19" in call
    assert not [word for word in call if word.startswith("--accept")]


def test_the_engines_sentence_is_the_error(engine_python, provider, raster, tmp_path):
    engine_python(
        """
        hello()
        say("error", code="map.not-classes", message="It is no map.", hint="Give a map.", log=None)
        sys.exit(2)
        """
    )
    with pytest.raises(QgsProcessingException, match="It is no map"):
        processing.run(
            "overseed:samplereferencepoints",
            {"MAP": str(raster), "OUTPUT": str(tmp_path / "p.gpkg")},
        )
    assert not Path(tmp_path / "p.gpkg").exists()


def test_files_of_the_engine_are_outputs(provider):
    for table in tables():
        for field in table.fields:
            if field.kind in OUTPUTS:
                assert algorithm(table.name).parameterDefinition(field.name).isDestination()
