"""What a person changes while a job of the dock runs: layers, choices, the project, the plugin itself."""

import json
import time

import pytest
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt

from overseed_qgis import classFactory
from overseed_qgis.dock import jobs
from overseed_qgis.dock.dock import OverseedDock
from overseed_qgis.dock.session import DATA, MAP
from overseed_qgis.dock.widgets.stepper import DONE, FAILED, READY, STALE
from overseed_qgis.engine import runner
from overseed_qgis.engine.runner import Patience

#: Notes its arguments and its labels as they are at its start; then waits for a file, or for a cancel.
ENGINE = """
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
arguments = sys.argv[1:]
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(arguments) + chr(10))
hello()
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
while not Path({go!r}).exists():
    if stop.wait(0.02):
        os._exit(3)
if arguments[2] == "prepare":
    run = Path(arguments[-1])
    (run / "tiles").mkdir(parents=True)
    for name in ("bands.json", "tiles/record.json"):
        (run / name).write_text("{{}}")
child.kill()
say("result", outputs={{}})
"""


@pytest.fixture
def engine(engine_python, qgis_processing, tmp_path):
    """Install the engine; return a function that reads its calls and one that lets it end."""
    notes, go = tmp_path / "calls.jsonl", tmp_path / "go"
    engine_python(ENGINE.format(notes=str(notes), go=str(go)))

    def calls():
        return (
            [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
        )

    return calls, go.touch


@pytest.fixture
def dock(engine, provider, layers, tmp_path):
    dock = OverseedDock(None)
    choose(dock, layers, tmp_path)
    yield dock
    dock.let_go()
    wait(lambda: dock.runner.running is None)
    dock.close()
    dock.deleteLater()


def choose(dock, layers, folder):
    dock.show()
    page = dock.pages[DATA]
    page.rasters.item(0).setCheckState(Qt.CheckState.Checked)
    page.polygons.setLayer(layers[1])
    page.field.setField("kind")
    page.folder.setFilePath(str(folder / "run ü"))


def wait(done, seconds=20):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it does not happen"
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        time.sleep(0.01)
    QCoreApplication.processEvents()


def start(dock, calls):
    dock.pages[DATA].prepare.button.click()
    wait(lambda: len(calls()) == 1)


def ended(dock):
    wait(lambda: dock.runner.running is None)


def option(call, name):
    return next(word.partition("=")[2] for word in call if word.startswith(f"--{name}="))


def test_layers_removed_meanwhile(dock, engine, layers, no_orphans):
    calls, go = engine
    start(dock, calls)
    QgsProject.instance().removeMapLayers([layer.id() for layer in layers])
    go()
    ended(dock)
    assert dock.message.text() == ""
    # Prepared from layers that are chosen no longer.
    assert dock.session.states()[DATA] == STALE
    no_orphans()


def test_choices_changed_meanwhile_are_for_the_next_time(dock, engine):
    calls, go = engine
    start(dock, calls)
    assert not dock.runs_button.isEnabled()
    dock.pages[DATA].tile.setValue(64)
    go()
    ended(dock)
    assert dock.session.states()[DATA] == STALE
    dock.pages[DATA].tile.setValue(128)
    assert dock.session.states()[DATA] == DONE
    assert dock.runs_button.isEnabled()


def test_another_run_folder_is_not_taken_for_the_prepared_one(dock, engine, tmp_path):
    calls, go = engine
    start(dock, calls)
    dock.pages[DATA].folder.setFilePath(str(tmp_path / "other"))
    go()
    ended(dock)
    assert dock.session.choices.run not in dock.session.choices.prepared_from
    assert dock.session.states()[DATA] == READY


@pytest.mark.parametrize("way", ["closed", "another"])
def test_the_project_is_left_meanwhile(dock, engine, tmp_path, no_orphans, way):
    calls, go = engine
    other = QgsProject()
    other.setTitle("other")
    assert other.write(str(tmp_path / "other.qgz"))
    project = QgsProject.instance()
    mine = str(tmp_path / "mine.qgz")
    assert project.write(mine)
    start(dock, calls)
    if way == "closed":
        project.clear()
    else:
        assert project.read(str(tmp_path / "other.qgz"))
    ended(dock)
    assert "stopped, since its project was closed" in dock.message.text()
    no_orphans()
    assert project.mapLayers() == {}
    assert dock.session.choices.run == ""
    assert dock.session.runs == []
    assert FAILED not in dock.session.states()
    # Back in its own project it goes on.
    assert project.read(mine)
    wait(lambda: dock.session.choices.run != "")
    go()
    dock.pages[DATA].prepare.button.click()
    ended(dock)
    assert dock.message.text() == ""
    assert dock.session.states()[DATA] == DONE
    assert calls()[0] == calls()[1]


def test_a_closed_project_leaves_nothing_in_the_next(dock):
    QgsProject.instance().setDirty(False)
    QgsProject.instance().clear()
    QCoreApplication.processEvents()
    assert dock.session.choices == type(dock.session.choices)()
    assert QgsProject.instance().readEntry("overseed", "choices", "none")[0] == "none"
    assert not QgsProject.instance().isDirty()


def test_a_sentence_of_one_project_is_not_shown_in_the_next(dock):
    dock.say("The disk is full.")
    QgsProject.instance().clear()
    assert dock.message.text() == ""


@pytest.mark.parametrize("obedient", [True, False])
def test_the_plugin_is_unloaded_meanwhile(
    interface, engine, engine_python, layers, tmp_path, no_orphans, monkeypatch, obedient
):
    calls, _ = engine
    monkeypatch.setattr(runner.run_engine, "__defaults__", (Patience(cancel=1.0),))
    interface.addDockWidget = interface.window.addDockWidget
    interface.removeDockWidget = interface.window.removeDockWidget
    plugin = classFactory(interface)
    plugin.initGui()
    dock = plugin.show_dock()
    choose(dock, layers, tmp_path)
    if not obedient:
        notes = str(tmp_path / "calls.jsonl")
        engine_python(f"hello(); open({notes!r}, 'w').write('[]' + chr(10)); time.sleep(300)")
    start(dock, calls)
    assert no_orphans.living()
    assert len(jobs._used_by_tasks) == 1
    gone = []
    dock.destroyed.connect(lambda: gone.append(True))
    del dock
    plugin.unload()
    wait(lambda: gone)
    wait(lambda: not jobs._used_by_tasks)
    assert QgsApplication.taskManager().countActiveTasks() == 0
    no_orphans()


def test_unsaved_edits_of_a_layer_in_another_crs_than_raster_and_project(dock, engine, layers):
    calls, go = engine
    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    layer = QgsVectorLayer("Polygon?crs=EPSG:4326&field=kind:string", "drawn", "memory")
    project.addMapLayer(layer)
    layer.startEditing()
    features = list(layers[1].getFeatures())
    for feature in features:
        feature.setFields(layer.fields(), True)
        feature["kind"] = "meadow"
    layer.addFeatures(features)
    dock.pages[DATA].polygons.setLayer(layer)
    go()
    start(dock, calls)
    ended(dock)
    assert dock.message.text() == ""
    copy = QgsVectorLayer(option(calls()[0], "labels"), "copy", "ogr")
    assert [f["kind"] for f in copy.getFeatures()] == ["meadow"] * 4
    assert copy.crs().authid() == "EPSG:4326"
    assert layer.isModified()
    layer.rollBack()


def test_a_crs_that_only_qgis_knows_is_refused_with_a_sentence(dock, engine, layers):
    layers[0].setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    dock.pages[DATA].prepare.button.click()
    ended(dock)
    assert "EPSG:32632 in QGIS, but its file says EPSG:32633" in dock.message.text()
    assert dock.session.states()[DATA] == FAILED


def test_a_run_folder_on_a_read_only_disk(dock, engine, mounted):
    calls, _ = engine
    folder = mounted(read_only=True)
    dock.session.set(run=str(folder / "run"))
    dock.pages[DATA].prepare.button.click()
    assert f"Nothing can be written to {folder / 'run'}" in dock.message.text()
    assert calls() == []


def test_a_project_in_a_read_only_folder_keeps_its_runs_at_home(
    dock, layers, monkeypatch, mounted, tmp_path
):
    folder = mounted(read_only=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    QgsProject.instance().setFileName(str(folder / "project.qgz"))
    dock.new_run()
    assert dock.session.choices.run == str(tmp_path / "home" / "overseed-runs" / "scene")


def test_a_folder_that_cannot_be_made_for_the_map_is_a_sentence(dock, engine):
    run = dock.session.run
    run.model("oversample+copy-paste").mkdir(parents=True)
    (run.model("oversample+copy-paste") / "model.onnx").touch()
    (run.root / "map").touch()
    dock.open_step(MAP)
    dock.pages[MAP].classify.button.click()
    assert str(run.root / "map") in dock.message.text()
    assert "Nothing can be written to" in dock.message.text()
    assert dock.session.states()[MAP] == FAILED
    assert dock.session.running is None
