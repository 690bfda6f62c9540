"""The dock in QGIS, with an engine of a few lines: what it asks for, and what it makes of answers."""

import json
import shutil
import time
from pathlib import Path

import pytest
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtTest import QTest

from overseed_qgis.dock.as_commands import as_engine_command, as_python, as_qgis_process
from overseed_qgis.dock.dock import OverseedDock
from overseed_qgis.dock.jobs import Job
from overseed_qgis.dock.pages.page import Step
from overseed_qgis.dock.session import BALANCE, DATA, MAP, SAMPLES, TRAIN
from overseed_qgis.dock.widgets.stepper import DONE, FAILED, READY, STALE, WAITING

#: Does what each command leaves behind, as far as the dock looks at it.
ENGINE = """
from pathlib import Path
arguments = sys.argv[1:]
command = arguments[2]
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(arguments) + chr(10))
hello()
positional = arguments[arguments.index("--") + 1:]
options = dict(a[2:].split("=", 1) for a in arguments if a.startswith("--") and "=" in a)
run = Path(positional[0]) if positional else Path(".")

def leave(*parts, text="{{}}"):
    path = run.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

outputs = {{}}
if command == "inspect":
    row = {{"polygons": 9, "pixels": 5000, "colour": "#1b6e3c", "nearest": None, "separability": None}}
    outputs = {{
        "classes": [
            {{**row, "name": "forest", "share": 0.97, "rare": False}},
            {{**row, "name": "wetland", "share": 0.03, "rare": True, "polygons": 2}},
        ],
        "rasters": [], "notes": ["a note"], "prepare": {{"seconds": 3, "bytes": 5e6}}, "text": "fine",
    }}
elif command == "prepare":
    leave("bands.json")
    leave("tiles", "record.json")
elif command == "train-generator":
    {generator}
    for step in (10, 20):
        say("metric", stage=command, name="generator", value=1 / step, step=step)
    leave("split-0", "generators", options["method"], "seed-0", "record.json")
    outputs = {{"generator": "x"}}
elif command == "synthesize":
    leave("split-0", "synthetic", options["method"], "seed-0", "record.json")
    outputs = {{"samples": "x", "count": 3}}
elif command == "train":
    {train}
    leave("split-0", "models", options["augment"], "seed-0", "model.onnx", text="x")
    scores = {{"macro_f1": 0.6, "rare_macro_f1": 0.4,
              "classes": [{{"name": "wetland", "rare": True, "f1": None}}]}}
    leave("split-0", "models", options["augment"], "seed-0", "scores.json", text=json.dumps(scores))
    leave("split-0", "models", options["augment"], "seed-0", "record.json")
    outputs = {{"model": str(run), "scores": scores}}
say("result", outputs=outputs)
"""


@pytest.fixture
def engine_calls(engine_python, tmp_path, provider):
    """Return a function that installs the engine, with lines for its `train`, and one that reads its calls."""
    notes = tmp_path / "calls.jsonl"

    def install(train="pass", generator="pass"):
        engine_python(ENGINE.format(notes=str(notes), train=train, generator=generator))

    install()

    def calls():
        return [json.loads(line) for line in notes.read_text().splitlines()]

    return install, calls


@pytest.fixture
def project(layers):
    """Return the raster and the polygon layer of the project."""
    return layers


@pytest.fixture
def dock(engine_calls, project, qgis_app, tmp_path):
    """Return a dock with data chosen and a run folder to be."""
    dock = OverseedDock(None)
    dock.resize(380, 640)
    dock.show()
    _raster, polygons = project
    page = dock.pages[DATA]
    page.rasters.item(0).setCheckState(Qt.CheckState.Checked)
    page.polygons.setLayer(polygons)
    page.field.setField("kind")
    page.folder.setFilePath(str(tmp_path / "runs ü" / "run"))
    qgis_app.processEvents()
    yield dock
    dock.let_go()
    wait(dock, qgis_app)
    dock.close()
    dock.deleteLater()


def wait(dock, app, seconds=20):
    end = time.monotonic() + seconds
    while dock.runner.running is not None:
        assert time.monotonic() < end, "the job does not end"
        app.processEvents()
        time.sleep(0.01)
    app.processEvents()


def press(dock, app, step, bar):
    dock.open_step(step)
    button = getattr(dock.pages[step], bar).button
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    wait(dock, app)


def test_choices_are_made_with_the_widgets_and_kept_in_the_project(dock, project, tmp_path):
    choices = dock.session.choices
    assert choices.rasters == [project[0].id()]
    assert (choices.polygons, choices.class_field) == (project[1].id(), "kind")
    path = str(tmp_path / "project.qgz")
    assert QgsProject.instance().write(path)
    dock.session.set(effort="thorough")
    QgsProject.instance().write(path)
    other = OverseedDock(None)
    assert other.session.choices == dock.session.choices
    assert other.session.choices.effort == "thorough"
    other.let_go()
    other.deleteLater()


def test_what_somebody_else_wrote_into_the_project_does_no_harm(dock, project):
    for text in ("[]", '{"rasters": 3, "effort": "quick", "unknown": 1}', "{", '"x"'):
        QgsProject.instance().writeEntry("overseed", "choices", text)
        QgsProject.instance().writeEntry("overseed", "runs", text)
        dock.session.load()
        assert dock.session.choices.rasters == []
        assert dock.session.runs == []


def test_the_whole_way_up_to_training(dock, engine_calls, qgis_app):
    states = dock.session.states()
    assert states[DATA] == READY
    assert states[TRAIN] == WAITING
    press(dock, qgis_app, DATA, "look")
    table = dock.pages[DATA].classes
    assert table.rowCount() == 2
    assert table.rare() == ["wetland"]
    assert "Fewer than 5 polygons" in table.item(1, 0).toolTip()
    assert "2 classes, 1 rare" in dock.stepper.buttons[DATA].toolTip()
    press(dock, qgis_app, DATA, "prepare")
    assert dock.session.states()[DATA] == DONE
    dock.open_step(BALANCE)
    balance = dock.pages[BALANCE]
    balance.editor._numbers[1].setValue(40)
    assert dock.session.choices.target == "forest=0.6000,wetland=0.4000"
    press(dock, qgis_app, TRAIN, "train")
    commands = [call[2] for call in engine_calls[1]()]
    assert commands == ["inspect", "prepare", "train-generator", "synthesize", "train"]
    synthesize, train = engine_calls[1]()[3:]
    assert "--target=forest=0.6000,wetland=0.4000" in synthesize
    assert "--augment=oversample+copy-paste" in train
    assert dock.pages[TRAIN].curves.points("generator") == []  # the network's training began anew
    assert dock.session.states()[TRAIN] == DONE
    # There are some, but nobody has looked at them.
    assert dock.session.states()[SAMPLES] == READY
    scores = dock.pages[TRAIN].scores.text()
    assert "0.60" in scores
    assert "wetland: no test ground" in scores
    assert [entry["folder"] for entry in dock.session.runs] == [dock.session.choices.run]
    # Another choice of data makes all that came after it old.
    dock.session.set(tile_size=64)
    assert dock.session.states()[DATA] == STALE
    assert dock.session.states()[TRAIN] == STALE


def test_a_refusal_of_the_engine_is_shown_and_can_be_tried_again(dock, engine_calls, qgis_app):
    install, _ = engine_calls
    install('say("error", code="a.b", message="The disk is full.", hint="Free some."); sys.exit(4)')
    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    press(dock, qgis_app, TRAIN, "train")
    assert dock.session.states()[TRAIN] == FAILED
    assert "The disk is full." in dock.message.text()
    assert "Free some." in dock.message.text()
    assert dock.pages[TRAIN].train.button.isEnabled()
    install()
    press(dock, qgis_app, TRAIN, "train")
    assert dock.session.states()[TRAIN] == DONE
    assert dock.message.text() == ""


def test_cancel_stops_what_runs_and_what_would_have_followed(dock, engine_calls, qgis_app):
    install, calls = engine_calls
    install("sys.stdin.readline(); sys.exit(3)")
    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    dock.open_step(TRAIN)
    dock.pages[TRAIN].train.button.click()
    end = time.monotonic() + 20
    while len(calls()) < 5 and time.monotonic() < end:
        qgis_app.processEvents()
        time.sleep(0.01)
    dock.open_step(DATA)
    assert not dock.pages[DATA].look.button.isEnabled()
    assert dock.cancel.isVisible()
    QTest.mouseClick(dock.cancel, Qt.MouseButton.LeftButton)
    wait(dock, qgis_app)
    assert dock.session.states()[TRAIN] == READY
    assert "continues" in dock.message.text()
    assert not dock.cancel.isVisible()


def test_the_main_thread_is_never_held_up(dock, engine_calls, qgis_app):
    install, _ = engine_calls
    install('[say("metric", stage="train", name="f1", value=0.5, step=n) for n in range(2000)]')
    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    dock.open_step(TRAIN)
    dock.pages[TRAIN].train.button.click()
    longest, last = 0.0, time.monotonic()
    while dock.runner.running is not None:
        qgis_app.processEvents()
        time.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 1.0, "no test of speed: only of being stuck"


def test_steps_are_copied_as_commands(dock, engine_calls, qgis_app, project):
    bar = dock.pages[DATA].prepare
    bar._put(as_python)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("import processing\nprocessing.run(")
    compile(text, "console", "exec")
    bar._put(as_qgis_process)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("qgis_process run overseed:preparedataset -- ")
    assert project[0].source() in text
    assert project[1].source() in text
    bar._put(as_engine_command)
    text = QGuiApplication.clipboard().text()
    assert " -m overseed prepare " in text
    assert "--events" not in text
    assert "--class-field=kind" in text
    dock.session.set(selected_only=True)
    bar._put(as_qgis_process)
    assert "does not know which features are selected" in dock.message.text()


def test_a_folder_that_cannot_be_written_is_named_before_anything_starts(
    dock, engine_calls, qgis_app, tmp_path
):
    blocked = tmp_path / "a file"
    blocked.touch()
    dock.session.set(run=str(blocked / "run"))
    dock.open_step(DATA)
    dock.pages[DATA].prepare.button.click()
    assert str(blocked) in dock.message.text()
    assert dock.runner.running is None


def test_without_an_engine_it_says_so(dock, monkeypatch, tmp_path):
    monkeypatch.setenv("OVERSEED_ENGINE_PYTHON", str(tmp_path / "nowhere"))
    dock.refresh()
    assert dock.card_area.isVisible()
    assert not dock.stack.isVisible()
    dock.pages[DATA].look.button.click()
    assert dock.message.text()
    assert dock.runner.running is None


def test_the_history_opens_and_deletes_runs(dock, engine_calls, qgis_app, tmp_path):
    from overseed_qgis.dock.runs_dialog import RunsDialog

    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    first = dock.session.choices.run
    dock.new_run()
    dock.session.set(run=str(tmp_path / "second"))
    press(dock, qgis_app, DATA, "prepare")
    assert [e["folder"] for e in dock.session.runs] == [str(tmp_path / "second"), first]
    dialog = RunsDialog(dock.session)
    assert not dialog.open_button.isEnabled()
    dialog.table.selectRow(1)
    dialog.open_button.click()
    assert dock.session.choices.run == first
    assert dock.session.states()[DATA] == DONE
    dialog = RunsDialog(dock.session)
    dialog.table.selectRow(0)
    dialog.remove(sure=True)
    assert not Path(tmp_path / "second").exists()
    assert [e["folder"] for e in dock.session.runs] == [first]


def test_polygons_are_copied_to_draw_in_and_never_changed(dock, project, tmp_path):
    from overseed_qgis.dock.digitising import layer_to_draw_in

    run = Path(dock.session.choices.run)
    run.mkdir(parents=True)
    source = Path(project[1].source().split("|")[0])
    before = shutil.copy(source, tmp_path / "before.gpkg")
    copy = layer_to_draw_in(dock.session)
    assert copy.featureCount() == project[1].featureCount()
    assert copy.dataProvider().crs() == project[1].crs()
    assert copy.editorWidgetSetup(copy.fields().lookupField("kind")).type() == "UniqueValues"
    assert source.read_bytes() == Path(before).read_bytes()
    dock.session.set(polygons=copy.id())
    assert layer_to_draw_in(dock.session) is copy


def test_a_raster_from_the_list_of_layers_starts_the_dock(dock, project):
    dock.session.set(rasters=[])
    dock.use_raster(project[0].id())
    assert dock.session.choices.rasters == [project[0].id()]
    assert dock.stack.currentIndex() == DATA


def test_the_map_is_asked_for_with_the_model_and_its_confidence(dock, tmp_path):
    run = dock.session.run
    run.model("oversample+copy-paste").mkdir(parents=True)
    (run.model("oversample+copy-paste") / "model.onnx").touch()
    dock.open_step(MAP)
    page = dock.pages[MAP]
    assert page.classify.button.isEnabled()
    assert not page.suggest.button.isEnabled()
    [job] = page.classify.step.jobs()
    parameters = job.parameters()
    assert parameters["MODEL"].endswith("oversample+copy-paste/seed-0/model.onnx")
    assert parameters["CONFIDENCE"] == str(run.confidence)
    assert parameters["OUTPUT"].sink.staticValue() == str(run.map)


def slow_generator(install, seconds=1.0):
    """Have the generator take its time, so that something can happen meanwhile."""
    install("pass", generator=f"time.sleep({seconds})")


def test_layers_that_algorithms_refuse_do_not_leave_the_dock_waiting(dock, project, qgis_app):
    from qgis.core import QgsCoordinateReferenceSystem

    # Refused when the task looks at the layers, later than the check of the parameters.
    parameters = {**dock.pages[DATA].data_parameters(), "RASTERS": [project[0].id()]}
    project[0].setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    job = Job("x", "inspectclasses", lambda: parameters)
    step = Step("x", "x", DATA, lambda: [job])
    dock.run_step(step)
    wait(dock, qgis_app)
    assert "EPSG:3857" in dock.message.text()
    assert dock.session.states()[DATA] == FAILED


def test_parameters_that_cannot_be_found_end_the_step_with_a_sentence(dock, qgis_app):
    def broken():
        raise OSError("No space left on device")

    job = Job("x", "inspectclasses", broken)
    dock.run_step(Step("x", "x", DATA, lambda: [job]))
    wait(dock, qgis_app)
    assert "No space left on device" in dock.message.text()
    assert dock.session.running is None


def test_a_new_project_begins_anew(dock, engine_calls, qgis_app):
    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    assert dock.session.runs
    assert dock.session.inspection.classes
    QgsProject.instance().clear()
    qgis_app.processEvents()
    assert dock.session.choices.run == ""
    assert dock.session.choices.polygons == ""
    assert dock.session.runs == []
    assert dock.session.inspection.classes == []
    assert QgsProject.instance().readEntry("overseed", "choices", "")[0] == ""


def test_jobs_keep_the_choices_that_they_were_begun_with(dock, engine_calls, qgis_app, tmp_path):
    install, calls = engine_calls
    slow_generator(install)
    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    run = dock.session.choices.run
    dock.open_step(TRAIN)
    dock.pages[TRAIN].train.button.click()
    qgis_app.processEvents()
    dock.session.set(run=str(tmp_path / "other"), arm="oversample+spade")
    wait(dock, qgis_app)
    assert [call[2] for call in calls()][2:] == ["train-generator", "synthesize", "train"]
    assert all(call[-1] == run for call in calls()[2:])
    assert "--augment=oversample+copy-paste" in calls()[-1]
    assert dock.session.runs[0]["folder"] == run
    assert dock.session.choices.run == str(tmp_path / "other")


def test_what_was_begun_in_another_project_changes_nothing_in_this_one(
    dock, engine_calls, qgis_app
):
    install, calls = engine_calls
    slow_generator(install)
    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    dock.open_step(TRAIN)
    dock.pages[TRAIN].train.button.click()
    qgis_app.processEvents()
    QgsProject.instance().clear()
    qgis_app.processEvents()
    wait(dock, qgis_app)
    assert calls()[-1][2] == "train-generator", "what would have followed does not"
    assert "project was closed" in dock.message.text()
    assert dock.session.runs == []
    assert dock.session.states()[TRAIN] == WAITING


def test_another_run_folder_was_not_prepared_from_these_data(
    dock, engine_calls, qgis_app, tmp_path
):
    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    run = dock.session.choices.run
    shutil.copytree(run, tmp_path / "copy")
    dock.session.set(run=str(tmp_path / "copy"))
    assert dock.session.states()[DATA] == STALE
    dock.session.set(run=run)
    assert dock.session.states()[DATA] == DONE


def test_other_classes_take_what_was_found_and_set_with_them(dock, engine_calls, qgis_app):
    press(dock, qgis_app, DATA, "look")
    dock.session.set(rare=["forest"], rare_by_hand=True, target="forest=0.5000")
    dock.pages[DATA].field.setField("code")
    choices = dock.session.choices
    assert choices.class_field == "code"
    assert (choices.rare, choices.rare_by_hand, choices.target) == ([], False, "equal")
    assert dock.session.inspection.classes == []


def test_unticked_classes_are_not_rare(dock, engine_calls, qgis_app):
    press(dock, qgis_app, DATA, "look")
    dock.pages[DATA].classes.item(1, 4).setCheckState(Qt.CheckState.Unchecked)
    press(dock, qgis_app, DATA, "prepare")
    assert any(word.startswith("--rare-below=1e-06") for word in engine_calls[1]()[-1])


def test_the_likely_class_field_is_proposed(dock, project):
    from qgis.core import QgsCategorizedSymbolRenderer

    from overseed_qgis.dock.pages.data_page import likely_field

    assert likely_field(project[1]) == "kind", (
        "the first text, not the number that all features have"
    )
    project[1].setRenderer(QgsCategorizedSymbolRenderer("code"))
    assert likely_field(project[1]) == "code"


def test_a_map_that_is_made_again_is_read_again(dock, project, raster):
    from osgeo import gdal
    from qgis.core import QgsPointXY, QgsProcessingContext, QgsProcessingUtils

    from overseed_qgis.dock.jobs import load_layers

    layer = project[0]
    place = QgsPointXY(400100, 5799900)
    assert layer.dataProvider().sample(place, 1)[0] == 100
    other = Path(raster).with_name("other.tif")
    shutil.copy(raster, other)
    dataset = gdal.Open(str(other), gdal.GA_Update)
    dataset.GetRasterBand(1).Fill(7)
    dataset = None
    other.replace(raster)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    details = QgsProcessingContext.LayerDetails("map", QgsProject.instance())
    context.addLayerToLoadOnCompletion(str(raster), details)
    assert QgsProcessingUtils.mapLayerFromString(str(raster), context) is layer
    load_layers(context)
    assert layer.dataProvider().sample(place, 1)[0] == 7
    assert len(QgsProject.instance().mapLayers()) == 2


def test_on_windows_layers_let_go_of_files_that_are_written(dock, project, raster):
    from qgis.core import QgsProcessingOutputLayerDefinition

    from overseed_qgis.dock.jobs import release_layers

    parameters = {"OUTPUT": QgsProcessingOutputLayerDefinition(str(raster))}
    release_layers(parameters, windows=False)
    assert len(QgsProject.instance().mapLayers()) == 2
    release_layers(parameters, windows=True)
    assert [layer.name() for layer in QgsProject.instance().mapLayers().values()] == ["fields"]


def test_a_run_at_work_is_not_deleted_and_what_was_drawn_is_named(
    dock, engine_calls, qgis_app, monkeypatch
):
    from qgis.PyQt.QtWidgets import QMessageBox

    from overseed_qgis.dock.runs_dialog import RunsDialog

    press(dock, qgis_app, DATA, "look")
    press(dock, qgis_app, DATA, "prepare")
    run = Path(dock.session.choices.run)
    (run / "labels.gpkg").touch()
    busy = RunsDialog(dock.session, busy=str(run))
    busy.table.selectRow(0)
    assert not busy.remove_button.isEnabled()
    assert not busy.open_button.isEnabled()
    asked = []

    def question(parent, title, text):
        asked.append(text)
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", question)
    dialog = RunsDialog(dock.session)
    dialog.table.selectRow(0)
    dialog.remove_button.click()
    assert "labels.gpkg" in asked[0]
    assert run.exists()


def test_only_selected_polygons_are_copied_to_draw_in(dock, project):
    from overseed_qgis.dock.digitising import layer_to_draw_in

    Path(dock.session.choices.run).mkdir(parents=True)
    (Path(dock.session.choices.run) / "labels.gpkg").touch()
    project[1].selectByIds([1])
    dock.session.set(selected_only=True)
    copy = layer_to_draw_in(dock.session)
    assert copy.featureCount() == 1
    assert copy.source().split("|")[0].endswith("labels-2.gpkg")
    dock.session.set(polygons=copy.id(), selected_only=False)
    assert layer_to_draw_in(dock.session) is copy


def test_memory_layers_are_not_copied_for_a_shell(dock, polygons):
    QgsProject.instance().addMapLayer(polygons, False)
    dock.session.set(polygons=polygons.id())
    dock.pages[DATA].prepare._put(as_qgis_process)
    assert "no file holds yet" in dock.message.text()


def test_the_only_layers_of_a_project_are_proposed(
    engine_calls, project, qgis_app, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    dock = OverseedDock(None)
    choices = dock.session.choices
    assert (choices.rasters, choices.polygons) == ([project[0].id()], project[1].id())
    assert choices.class_field == "kind"
    assert choices.run == str(tmp_path / "overseed-runs" / "scene")
    dock.let_go()
    other = QgsRasterLayer(project[0].source(), "other")
    QgsProject.instance().addMapLayer(other)
    QgsProject.instance().removeEntry("overseed", "choices")
    second = OverseedDock(None)
    assert second.session.choices.rasters == [], "which of two is the person's to say"
    second.let_go()
