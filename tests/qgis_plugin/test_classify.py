"""The algorithm as a whole, with a child process in the engine's place that takes notes."""

import json
import threading
import time

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsPalettedRasterRenderer,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QTimer
from qgis.PyQt.QtGui import QColor

ALGORITHM = "overseed:classifyrareclasses"

#: Notes its arguments, then puts a copy of the raster and a style where the map belongs.
MAPPER = """
import shutil
from pathlib import Path
arguments = sys.argv[1:]
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(arguments) + chr(10))
hello()
rasters = [arguments[i + 1] for i, a in enumerate(arguments) if a == "--raster"]
first = Path(arguments[arguments.index("--map") + 1])
maps = [first.with_name(f"{{first.stem}}-{{n:03}}.tif") if n > 1 else first
        for n in range(1, len(rasters) + 1)]
for raster, path in zip(rasters, maps):
    shutil.copy(raster, path)
    shutil.copy({style!r}, path.with_suffix(".qml"))
if "--report" in arguments:
    Path(arguments[arguments.index("--report") + 1]).write_text("<p>Report</p>")
say("result", outputs={{"map": str(first), "maps": [str(m) for m in maps],
                        "verdict": "It helped a little."}})
"""


@pytest.fixture
def style(raster, tmp_path):
    layer = QgsRasterLayer(str(raster), "styled")
    classes = [
        QgsPalettedRasterRenderer.Class(100, QColor("#1b6e3c"), "forest"),
        QgsPalettedRasterRenderer.Class(200, QColor("#0072b2"), "water"),
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, classes))
    layer.saveNamedStyle(str(tmp_path / "style.qml"))
    return tmp_path / "style.qml"


@pytest.fixture
def notes(engine_python, tmp_path, style):
    """Install the note-taking engine; return a function that reads what it was called with."""
    path = tmp_path / "notes.jsonl"
    engine_python(MAPPER.format(notes=str(path), style=str(style)))
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def arguments(provider, raster, saved_polygons, tmp_path):
    yield {
        "RASTERS": [str(raster)],
        "POLYGONS": f"{saved_polygons}|layername=fields",
        "CLASS_FIELD": "kind",
        "EFFORT": "quick",
        "OUTPUT": str(tmp_path / "map.tif"),
        "REPORT": str(tmp_path / "report.html"),
    }
    QgsProject.instance().removeAllMapLayers()


def option(call, name):
    return call[call.index(name) + 1]


def test_outputs_and_the_command_that_made_them(arguments, notes, raster, saved_polygons):
    results = processing.run(ALGORITHM, {**arguments, "RARE": "grass, water,", "REST_AS": " rest "})
    assert results == {
        "OUTPUT": arguments["OUTPUT"],
        "REPORT": arguments["REPORT"],
        "VERDICT": "It helped a little.",
    }
    call = notes()[0]
    assert call[:3] == ["-m", "overseed", "run"]
    assert option(call, "--raster") == str(raster)
    assert option(call, "--labels") == f"{saved_polygons}|layername=fields"
    assert {"--rare=grass", "--rare=water", "--rest-as=rest", "--class-field=kind"} < set(call)
    assert option(call, "--augment") == "oversample+copy-paste"
    assert option(call, "--effort") == "quick"
    assert option(call, "--map") == arguments["OUTPUT"]
    assert call[-3:] == ["--events", "--control", "stdin"]
    assert "--classes" not in call


def test_the_report_is_optional(arguments, notes):
    del arguments["REPORT"]
    assert set(processing.run(ALGORITHM, arguments)) == {"OUTPUT", "VERDICT"}
    assert "--report" not in notes()[0]


def test_selected_features_of_a_styled_memory_layer(arguments, notes, polygons):

    symbol = QgsFillSymbol.createSimple({"color": "#12ab34"})
    polygons.setRenderer(
        QgsCategorizedSymbolRenderer("kind", [QgsRendererCategory("farm", symbol, "Farmland")])
    )
    QgsProject.instance().addMapLayer(polygons)
    polygons.selectByExpression("kind <> 'grass'")
    source = QgsProcessingFeatureSourceDefinition(polygons.id(), selectedFeaturesOnly=True)
    processing.run(ALGORITHM, {**arguments, "POLYGONS": source, "RARE": "farm"})
    call = notes()[0]
    copy = QgsVectorLayer(option(call, "--labels"), "copy", "ogr")
    assert sorted(f["kind"] for f in copy.getFeatures()) == ["farm", "farm", "water"]
    with open(option(call, "--classes"), encoding="utf-8") as table:
        assert table.read() == "value,name,colour\nfarm,Farmland,#12ab34\n"
    assert "--rare=Farmland" in call


def test_maps_are_loaded_with_names_and_colours(arguments, notes, raster, feedback, monkeypatch):
    from processing.gui.Postprocessing import handleAlgorithmResults

    # The interface that pytest-qgis pretends to have is not real enough for QGIS 3.44.
    monkeypatch.setattr("processing.gui.Postprocessing.iface", None, raising=False)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    output = QgsProcessingOutputLayerDefinition(arguments["OUTPUT"], QgsProject.instance())
    arguments.update(RASTERS=[str(raster)] * 2, OUTPUT=output)
    algorithm = QgsApplication.processingRegistry().algorithmById(ALGORITHM)
    results, ok = algorithm.run(arguments, context, feedback)
    assert ok
    # QGIS 3.40 has no `showResults` before the parameters any more.
    assert handleAlgorithmResults(algorithm, context, feedback, parameters=results)
    layers = QgsProject.instance().mapLayers().values()
    assert len(layers) == 2
    for layer in layers:
        legend = [(name, colour.name()) for name, colour in layer.renderer().legendSymbologyItems()]
        assert legend == [("forest", "#1b6e3c"), ("water", "#0072b2")]


def test_nothing_is_loaded_that_was_not_asked_for(arguments, notes, feedback):
    context = QgsProcessingContext()
    algorithm = QgsApplication.processingRegistry().algorithmById(ALGORITHM)
    assert algorithm.run(arguments, context, feedback)[1]
    assert context.layersToLoadOnCompletion() == {}


def test_failure_carries_the_sentence_of_the_engine(arguments, engine_python):
    engine_python(
        """
        hello()
        say("error", code="x.y", message="The disk is full.", hint="Make room.", log=None)
        sys.exit(4)
        """
    )
    with pytest.raises(QgsProcessingException, match=r"disk is full\.\nMake room\."):
        processing.run(ALGORITHM, arguments)


def test_success_without_a_map_is_a_failure(arguments, engine_python):
    engine_python('hello()\nsay("result", outputs={"map": "elsewhere.tif"})')
    with pytest.raises(QgsProcessingException, match="no map at"):
        processing.run(ALGORITHM, arguments)


def test_run_after_a_cancel_continues_in_the_same_folder(
    arguments, engine_python, feedback, notes, tmp_path, style
):
    waiting = tmp_path / "waiting.jsonl"
    engine_python(
        f"""
        with open({str(waiting)!r}, "w") as stream:
            json.dump(sys.argv[1:], stream)
        hello()
        sys.stdin.readline()
        sys.exit(3)
        """
    )
    threading.Timer(0.7, feedback.cancel).start()
    assert processing.run(ALGORITHM, arguments, feedback=feedback) == {}
    assert any("the same inputs continues" in info for info in feedback.infos)
    engine_python(MAPPER.format(notes=str(tmp_path / "notes.jsonl"), style=str(style)))
    other_place = {**arguments, "OUTPUT": str(tmp_path / "other.tif")}
    processing.run(ALGORITHM, other_place)
    assert notes()[0][3] == json.loads(waiting.read_text())[3]


def test_qgis_stays_responsive_while_the_engine_works(arguments, engine_python, feedback):
    engine_python(
        """
        hello()
        time.sleep(1)
        say("error", code="x", message="Enough.", hint="")
        sys.exit(2)
        """
    )
    algorithm = QgsApplication.processingRegistry().algorithmById(ALGORITHM).create()
    context = QgsProcessingContext()
    task = QgsProcessingAlgRunnerTask(algorithm, arguments, context, feedback)
    ended, ticks = [], []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(None))
    timer.start(20)
    task.executed.connect(lambda ok, results: ended.append(ok))
    QgsApplication.taskManager().addTask(task)
    end = time.monotonic() + 15
    while not ended and time.monotonic() < end:
        QCoreApplication.processEvents()
        time.sleep(0.005)
    timer.stop()
    assert ended == [False]
    assert len(ticks) > 10


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"RASTERS": ["/nowhere/scene.tif"]}, "“/nowhere/scene.tif” cannot be read"),
        ({"CLASS_FIELD": "species"}, "no field “species”. Its fields are: fid, kind, code"),
        ({"AUGMENT": "cyclegan"}, "AUGMENT"),
        ({"POLYGONS": "/nowhere/p.gpkg"}, "/nowhere/p.gpkg"),
        ({"OUTPUT": "/tmp/map.png"}, "png"),
    ],
)
def test_bad_parameters_are_refused_with_a_sentence(arguments, notes, change, sentence):
    algorithm = QgsApplication.processingRegistry().algorithmById(ALGORITHM)
    ok, message = algorithm.checkParameterValues({**arguments, **change}, QgsProcessingContext())
    assert not ok
    assert sentence in message


def test_one_unreadable_raster_of_two_is_not_left_out_silently(arguments, notes, raster):
    arguments["RASTERS"] = [str(raster), "/nowhere/second.tif"]
    with pytest.raises(QgsProcessingException, match=r"/nowhere/second\.tif"):
        processing.run(ALGORITHM, arguments)


def test_rasters_from_servers_are_refused(arguments, notes):
    uri = "type=xyz&url=http://localhost:1/{x}/{y}/{z}.png"
    layer = QgsProject.instance().addMapLayer(QgsRasterLayer(uri, "Tiles", "wms"))
    arguments["RASTERS"] = [layer.id()]
    with pytest.raises(QgsProcessingException, match="“Tiles” is not a file"):
        processing.run(ALGORITHM, arguments)


def test_a_crs_that_only_qgis_knows_is_refused(arguments, notes, raster):
    layer = QgsProject.instance().addMapLayer(QgsRasterLayer(str(raster), "Scene"))
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    arguments["RASTERS"] = [layer.id()]
    with pytest.raises(QgsProcessingException, match=r"EPSG:32632 in QGIS, but .* EPSG:32633"):
        processing.run(ALGORITHM, arguments)


@pytest.mark.parametrize(
    ("python", "sentence"), [("", "not set up yet"), ("/nowhere/python", "does not exist")]
)
def test_without_an_engine_the_way_to_one_is_told(arguments, monkeypatch, python, sentence):
    monkeypatch.delenv("OVERSEED_ENGINE_PYTHON", raising=False)
    QgsSettings().setValue("overseed/engine_python", python)
    try:
        algorithm = QgsApplication.processingRegistry().algorithmById(ALGORITHM)
        can, message = algorithm.canExecute()
        assert not can
        assert sentence in message
        assert "set-up card" in message
        assert "overseed/engine_python" in message
        with pytest.raises(QgsProcessingException, match=sentence):
            processing.run(ALGORITHM, arguments)
    finally:
        QgsSettings().remove("overseed/engine_python")


def test_the_environment_wins_over_the_setting(provider, monkeypatch, engine_python):
    from overseed_qgis.settings import engine_python as chosen

    QgsSettings().setValue("overseed/engine_python", "/from/settings")
    try:
        monkeypatch.delenv("OVERSEED_ENGINE_PYTHON", raising=False)
        assert chosen() == "/from/settings"
        program = engine_python("")
        assert chosen() == str(program)
    finally:
        QgsSettings().remove("overseed/engine_python")
