"""The page in QGIS's options, and that algorithms really do what it says."""

import json
import time

import processing
import pytest
from qgis.core import QgsApplication, QgsProcessingException
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtWidgets import QLabel, QMessageBox, QPushButton, QSpinBox

from overseed_qgis.options_page import PAGE_NAME, OptionsFactory, OptionsPage, readable_size
from overseed_qgis.work_folders import in_use, leftovers, work_folder

NOTER = """
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(sys.argv[1:]) + chr(10))
hello()
say("result", outputs={{}})
"""


@pytest.fixture
def calls(engine_python, tmp_path, provider):
    path = tmp_path / "notes.jsonl"
    engine_python(NOTER.format(notes=str(path)))
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        QgsApplication.processEvents()
        time.sleep(0.01)


def measured(page):
    wait_until(lambda: page.size.text() != "being measured…")
    return page


def fresh(name):
    return QgsApplication.processingRegistry().createAlgorithmById(f"overseed:{name}")


def test_what_is_chosen_is_stored_and_shown_again(preferences, tmp_path):
    page = OptionsFactory().createWidget(None)
    assert page.objectName() == PAGE_NAME
    page.folder.setFilePath(str(tmp_path))
    page.effort.setCurrentIndex(page.effort.findData("thorough"))
    page.device.setCurrentIndex(page.device.findData("cpu"))
    page.threads.setValue(3)
    assert preferences.value("overseed/effort") is None
    page.apply()
    again = OptionsPage()
    assert again.folder.filePath() == str(tmp_path)
    assert (again.effort.currentData(), again.device.currentData()) == ("thorough", "cpu")
    assert again.threads.value() == 3
    for box in (again.effort, again.device):
        box.setCurrentIndex(0)
    again.threads.setValue(0)
    again.folder.setFilePath("")
    again.apply()
    preferences.sync()
    assert [k for k in preferences.allKeys() if k.startswith("overseed/")] == []
    measured(page), measured(again)


def test_forms_propose_what_is_preferred(preferences, provider):
    assert fresh("traingenerator").parameterDefinition("EFFORT").defaultValue() == "normal"
    preferences.setValue("overseed/effort", "quick")
    preferences.setValue("overseed/device", "cpu")
    for name, parameter in (("traingenerator", "EFFORT"), ("classifyrareclasses", "EFFORT")):
        assert fresh(name).parameterDefinition(parameter).defaultValue() == "quick"
    assert fresh("classifyraster").parameterDefinition("DEVICE").defaultValue() == "cpu"
    preferences.setValue("overseed/effort", "nonsense")
    assert fresh("traingenerator").parameterDefinition("EFFORT").defaultValue() == "normal"


def test_the_engine_is_told_of_threads_and_device(
    preferences, calls, raster, saved_polygons, tmp_path
):
    parameters = {
        "RASTERS": [str(raster)], "POLYGONS": f"{saved_polygons}|layername=fields",
        "CLASS_FIELD": "kind", "OUTPUT": str(tmp_path / "map.tif"),
    }  # fmt: skip
    (tmp_path / "map.tif").touch()
    processing.run("overseed:classifyrareclasses", parameters)
    preferences.setValue("overseed/threads", 2)
    preferences.setValue("overseed/device", "cpu")
    processing.run("overseed:classifyrareclasses", parameters)
    processing.run(
        "overseed:makereport", {"RUN": str(tmp_path), "OUTPUT": str(tmp_path / "r.html")}
    )
    without, job, step = calls()
    assert not [word for word in without if word.startswith(("--threads", "--device"))]
    assert {"--threads=2", "--device=cpu"} <= set(job)
    assert "--threads=2" in step[: step.index("--")]


def test_runs_are_kept_in_the_folder_for_runs(preferences, calls, raster, saved_polygons, tmp_path):
    base = tmp_path / "my runs"
    preferences.setValue("overseed/runs_folder", str(base))
    data = {"RASTERS": [str(raster)], "CLASS_FIELD": "kind"}
    polygons = f"{saved_polygons}|layername=fields"
    (tmp_path / "map.tif").touch()
    processing.run(
        "overseed:classifyrareclasses",
        {**data, "POLYGONS": polygons, "OUTPUT": str(tmp_path / "map.tif")},
    )
    results = processing.run(
        "overseed:preparedataset", {**data, "LABELS": polygons, "RUN": "TEMPORARY_OUTPUT"}
    )
    chosen = processing.run(
        "overseed:preparedataset", {**data, "LABELS": polygons, "RUN": str(tmp_path / "own")}
    )
    job, prepared, elsewhere = calls()
    assert job[job.index("run") + 1].startswith(str(base / "run-"))
    assert prepared[-1].startswith(str(base / "run-"))
    assert results["RUN"] == prepared[-1]
    assert chosen["RUN"] == elsewhere[-1] == str(tmp_path / "own")


def test_a_folder_that_cannot_be_written_is_named(preferences, tmp_path):
    (tmp_path / "file").touch()
    preferences.setValue("overseed/runs_folder", str(tmp_path / "file" / "runs"))
    with pytest.raises(QgsProcessingException, match=r"file/runs.*Choose another"):
        work_folder()
    assert measured(OptionsPage()).size.text() == "0 kB"


@pytest.fixture
def stored(preferences, tmp_path):
    """Return a folder with runs and with files of somebody else."""
    folder = tmp_path / "runs"
    preferences.setValue("overseed/runs_folder", str(folder))
    (folder / "run-1" / "map").mkdir(parents=True)
    (folder / "run-1" / "run.yaml").touch()
    (folder / "run-1" / "map" / "classified.tif").write_bytes(b"x" * 3_000_000)
    (folder / "polygons-abc.gpkg").touch()
    (folder / "run-holiday").mkdir()  # no run of Overseed's
    (folder / "thesis.gpkg").touch()
    (folder / "run-2").symlink_to(tmp_path)
    (tmp_path / "run.yaml").touch()
    return folder


def test_clearing_removes_runs_and_nothing_else(stored, monkeypatch, tmp_path):
    page = measured(OptionsPage())
    assert page.size.text() == "3 MB"
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *a: asked.append(a[2]) or answers.pop(0))
    page.clear.click()
    assert (stored / "run-1").is_dir()
    page.clear.click()
    wait_until(lambda: page.size.text() == "0 kB")
    assert sorted(path.name for path in stored.iterdir()) == ["run-2", "run-holiday", "thesis.gpkg"]
    assert (tmp_path / "run.yaml").is_file()
    assert "3 MB" in asked[0]
    assert not page.clear.isEnabled()


def test_nothing_is_cleared_while_the_engine_works(stored, monkeypatch):
    page = measured(OptionsPage())
    said = []
    monkeypatch.setattr(QMessageBox, "information", lambda *a: said.append(a[2]))
    with in_use(stored / "run-1"):
        page.clear.click()
    assert "at work" in said[0]
    assert (stored / "run-1") in leftovers(stored)


def test_every_field_can_be_reached_by_key_and_read_aloud(preferences):
    page = measured(OptionsPage())
    fields = [page.effort, page.device, page.threads, page.folder]
    labels = {label.buddy(): label.text() for label in page.findChildren(QLabel) if label.buddy()}
    for field in fields:
        assert field.accessibleName()
        assert field.toolTip()
        assert "&" in labels[field]
    for field in page.findChildren(QgsFileWidget):
        assert field.lineEdit().accessibleName() == field.accessibleName()
    # The card has keys of its own; where two things have the same one, Qt goes from one to the other.
    buttons = [b for b in page.findChildren(QPushButton) if not page.card.isAncestorOf(b)]
    texts = [t for w, t in labels.items() if not page.card.isAncestorOf(w)]
    keys = [
        text[text.index("&") + 1].lower()
        for text in [*texts, *(b.text() for b in buttons)]
        if "&" in text
    ]
    assert len(keys) == len(set(keys))
    assert isinstance(page.threads, QSpinBox)


def test_sizes_are_said_as_people_do():
    assert [readable_size(n) for n in (0, 41_000, 2_600_000, 7_240_000_000)] == [
        "0 kB",
        "41 kB",
        "3 MB",
        "7.2 GB",
    ]
