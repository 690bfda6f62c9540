"""What an engine can do wrong, as real processes, on each way to it: a sentence, and nothing left running."""

import time

import processing
import pytest
from qgis.core import QgsProcessingException
from qgis.PyQt.QtCore import QCoreApplication, Qt

from overseed_qgis.dock.dock import OverseedDock
from overseed_qgis.dock.session import DATA
from overseed_qgis.engine import runner
from overseed_qgis.engine.runner import Patience

#: An engine that does not stop at its own end: what it has started would go on for minutes.
CHILD = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
"""
#: What the engine does, and what the person is told.
FAULTS = {
    "not in this Python": ('sys.exit("No module named overseed")', "does not hold the engine"),
    "wrong version": ("hello(7); time.sleep(60)", "Install plugin and engine of the same release"),
    "crash": ('hello(); raise SystemError("broken wheel")', "SystemError: broken wheel"),
    "crash at once": ("os.abort()", "SIGABRT"),
    "killed": ("hello(); os.kill(os.getpid(), signal.SIGKILL)", "killed by the system"),
    "garbage": (
        'sys.stdout.buffer.write(bytes(range(256)) * 2000); print("{" * 100000)',
        "ended without a result",
    ),
    "result without a greeting": ('say("result", outputs={})', "ended without a result"),
    "result of another shape": ('hello(); say("result", outputs=3)', "ended without a result"),
    "hangs": ("hello(); time.sleep(60)", "no sign of life"),
    "hangs before a word": ("time.sleep(60)", "no sign of life"),
    "disk full": (
        'hello(); say("error", code="disk.full", message="The disk is full.", hint="Free 2 GB.", log=None);'
        "sys.exit(4)",
        "Free 2 GB.",
    ),
    "stopped by somebody": ("hello(); sys.exit(3)", "Press Run to continue"),
}
each_fault = pytest.mark.parametrize("fault", FAULTS)


@pytest.fixture
def impatient(monkeypatch):
    """Let an engine be silent for a moment only."""
    patience = Patience(cancel=1.0, silence=0.5, stuck=1.5, poll=0.05, drain=0.5)
    monkeypatch.setattr(runner.run_engine, "__defaults__", (patience,))


@pytest.fixture
def by_algorithm(provider, layers, tmp_path):
    """Return a function that runs an algorithm and returns the sentence of its failure."""
    raster, polygons = (layer.id() for layer in layers)
    parameters = {
        "overseed:classifyrareclasses": {
            "RASTERS": [raster], "POLYGONS": polygons, "OUTPUT": str(tmp_path / "map ü.tif"),
        },
        "overseed:preparedataset": {
            "RASTERS": [raster], "LABELS": polygons, "RUN": str(tmp_path / "run ü"),
        },
    }  # fmt: skip

    def run(algorithm):
        with pytest.raises(QgsProcessingException) as failure:
            processing.run(algorithm, {**parameters[algorithm], "CLASS_FIELD": "kind"})
        return str(failure.value)

    return run


@pytest.fixture
def by_dock(provider, layers, tmp_path, qgis_app):
    """Return a function that looks at the classes in the dock and returns what the dock says."""
    dock = OverseedDock(None)
    dock.show()
    page = dock.pages[DATA]
    page.rasters.item(0).setCheckState(Qt.CheckState.Checked)
    page.polygons.setLayer(layers[1])
    page.field.setField("kind")
    page.folder.setFilePath(str(tmp_path / "run ü"))

    def run():
        page.look.button.click()
        end = time.monotonic() + 20
        while dock.runner.running is not None:
            assert time.monotonic() < end, "the job does not end"
            QCoreApplication.processEvents()
            time.sleep(0.01)
        assert page.look.button.isEnabled()
        assert not dock.cancel.isVisible()
        return dock.message.text()

    yield run
    dock.let_go()
    dock.close()
    dock.deleteLater()


@pytest.mark.parametrize("algorithm", ["overseed:classifyrareclasses", "overseed:preparedataset"])
@each_fault
def test_an_algorithm_fails_with_a_sentence(
    by_algorithm, engine_python, impatient, no_orphans, algorithm, fault
):
    body, sentence = FAULTS[fault]
    engine_python(CHILD + body)
    assert sentence in by_algorithm(algorithm)
    no_orphans()


@each_fault
def test_the_dock_fails_with_a_sentence(by_dock, engine_python, impatient, no_orphans, fault):
    body, sentence = FAULTS[fault]
    engine_python(CHILD + body)
    assert sentence in by_dock()
    no_orphans()


@pytest.mark.parametrize("algorithm", ["overseed:classifyrareclasses", "overseed:preparedataset"])
def test_a_missing_engine_is_told_on_each_way(
    by_algorithm, by_dock, monkeypatch, tmp_path, algorithm
):
    monkeypatch.setenv("OVERSEED_ENGINE_PYTHON", str(tmp_path / "nowhere"))
    for said in (by_algorithm(algorithm), by_dock()):
        assert str(tmp_path / "nowhere") in said
        assert "does not exist" in said


def test_a_program_that_cannot_be_started_is_told(by_algorithm, by_dock, monkeypatch, tmp_path):
    program = tmp_path / "python"
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o755)
    monkeypatch.setenv("OVERSEED_ENGINE_PYTHON", str(program))
    for said in (by_algorithm("overseed:preparedataset"), by_dock()):
        assert "could not be started" in said


@pytest.mark.parametrize("algorithm", ["overseed:classifyrareclasses", "overseed:preparedataset"])
@pytest.mark.parametrize("read_only", [True, False])
def test_no_room_for_copies_of_polygons_is_told(
    by_algorithm, by_dock, layers, engine_python, preferences, mounted, algorithm, read_only
):
    folder = mounted(read_only=read_only)
    if not read_only:
        (folder / "filler").write_bytes(b"x" * 240 * 1024)
    engine_python("hello(); time.sleep(60)")
    preferences.setValue("overseed/runs_folder", str(folder))
    layers[1].setSubsetString("kind <> 'water'")
    for said in (by_algorithm(algorithm), by_dock()):
        assert str(folder) in said
        assert ("Read-only" if read_only else "the disk is full") in said
    assert [path.name for path in folder.iterdir()] == ([] if read_only else ["filler"])


def test_a_result_with_nothing_in_it_is_told(provider, engine_python, tmp_path):
    engine_python('hello(); say("result", outputs={})')
    with pytest.raises(QgsProcessingException, match=r"result is not complete.*same release"):
        processing.run("overseed:synthesizesamples", {"RUN": str(tmp_path)})
