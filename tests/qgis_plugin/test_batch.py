"""Every algorithm in QGIS's own batch dialog, two rows each, with a note-taking child in the engine's place."""

import json
import shutil
import sys
import time
import traceback

import pytest
from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication

from overseed_qgis.algorithms.steps import tables

MAIN = "classifyrareclasses"
#: What each algorithm needs in a row of the table, as people write it; {n} is the row's number.
ROWS = {
    MAIN: {
        "RASTERS": "{raster}", "POLYGONS": "{polygons}", "CLASS_FIELD": "kind", "AUGMENT": "none",
        "OUTPUT": "{folder}/map{n}.tif",
    },
    "inspectclasses": {"RASTERS": "{raster}", "LABELS": "{polygons}", "CLASS_FIELD": "kind"},
    "preparedataset": {
        "RASTERS": "{raster}", "LABELS": "{polygons}", "CLASS_FIELD": "kind", "RUN": "{folder}/run{n}",
    },
    "traingenerator": {"RUN": "{folder}"},
    "synthesizesamples": {"RUN": "{folder}", "COUNT": 10},
    "measuresamples": {"RUN": "{folder}"},
    "trainsegmentation": {"RUN": "{folder}", "AUGMENT": "none"},
    "compareaugmentations": {"RUN": "{folder}"},
    "classifyraster": {
        "RASTER": "{raster}", "MODEL": "{folder}/m.onnx", "OUTPUT": "{folder}/map{n}.tif",
    },
    "samplereferencepoints": {"MAP": "{raster}", "OUTPUT": "{folder}/points{n}.gpkg"},
    "assessmap": {
        "MAPS": "{raster}", "REFERENCE": "{polygons}", "CLASS_FIELD": "kind",
        "OUTPUT": "{folder}/assessment{n}.json",
    },
    "reviewsamples": {"RUN": "{folder}"},
    "suggestlabels": {
        "MAP": "{raster}", "CONFIDENCE": "{raster}", "OUTPUT": "{folder}/places{n}.gpkg",
    },
    "makereport": {"RUN": "{folder}", "OUTPUT": "{folder}/report{n}.html"},
    "preparechips": {
        "RASTERS": "{raster}", "LABELS": "{polygons}", "CLASS_FIELD": "kind", "RUN": "{folder}/run{n}",
    },
    "clusterchips": {"RUN": "{folder}", "CLUSTERS": 3},
    "trainchipgan": {"RUN": "{folder}", "GAN": "dcgan"},
    "classifychips": {"RUN": "{folder}", "AUGMENT": ["flips"]},
    "mapchips": {
        "RASTER": "{raster}", "MODEL": "{folder}/m.onnx", "OUTPUT": "{folder}/heat{n}.tif",
    },
}  # fmt: skip
#: Notes its arguments, makes the map of `run`, and answers with all that the steps look for.
NOTER = """
import shutil
arguments = sys.argv[1:]
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(arguments) + chr(10))
hello()
if "--map" in arguments:
    shutil.copy(arguments[arguments.index("--raster") + 1], arguments[arguments.index("--map") + 1])
say("result", outputs={{"run": ".", "count": 3, "maps": [], "text": "fine", "verdict": "It helped.",
    **dict.fromkeys(["generator", "samples", "gallery", "model", "page", "comparison",
                     "instructions", "classes_csv", "matrix", "report", "folder", "clusters",
                     "class"], "x"), "scores": {{"test": None, "other_region": None}}, "for_review": 1,
    "chips": 9,
    "fidelity": {{"all": None}} if "sample" in arguments else "x",
    "index": "x", "accepted": 3, "rejected": [], "by": {{"unsure": 2, "rare": 1}},
    "made": 3, "overall_accuracy": [0.5], "classes": []}})
"""


@pytest.fixture
def batch(provider, interface_off, complaints, engine_python, tmp_path):
    """Return a function that runs rows in the batch dialog and returns (dialog, calls of the engine)."""
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    notes = tmp_path / "notes.jsonl"
    engine_python(NOTER.format(notes=str(notes)))
    (tmp_path / "m.onnx").touch()
    dialogs = []

    def run(name, *rows):
        algorithm = QgsApplication.processingRegistry().algorithmById(f"overseed:{name}")
        dialog = BatchAlgorithmDialog(algorithm.create())
        dialogs.append(dialog)
        panel = dialog.mainWidget()
        panel.addRow(len(rows) - 1)
        for number, row in enumerate(rows):
            fill(panel, number, row)
        dialog.show()  # QGIS 3.40 and later delete one that nobody sees when it is done
        dialog.runButton().click()
        wait_for(dialog)
        assert complaints == []
        lines = notes.read_text().splitlines() if notes.exists() else []
        return dialog, [json.loads(line) for line in lines]

    yield run
    for dialog in dialogs:
        dialog.close()
        dialog.deleteLater()
    QgsProject.instance().removeAllMapLayers()


@pytest.fixture
def complaints(monkeypatch):
    """Return a list that gathers exceptions out of Qt's events, which would else end the process.

    QGIS 3.22 to 3.44 has one of its own: its list of HTML results asks for a time that its batch dialog
    does not give. By then all rows have run.
    """
    found = []

    def note(kind, error, trace):
        if "addResult() missing 1 required positional argument" not in str(error):
            found.append(str(error))
        # Else the trace would hold QGIS's task for the batch, whose end QGIS waits for at its own.
        traceback.clear_frames(trace)

    monkeypatch.setattr(sys, "excepthook", note)
    return found


@pytest.fixture
def interface_off(qgis_processing, monkeypatch):
    """The interface that pytest-qgis pretends to have is not real enough for the dialogs."""
    monkeypatch.setattr("processing.gui.BatchPanel.iface", None)
    monkeypatch.setattr("processing.gui.BatchAlgorithmDialog.iface", None)
    monkeypatch.setattr("processing.gui.Postprocessing.iface", None, raising=False)


def fill(panel, number, row):
    """Write values into the cells of a row, as a person does."""
    for name, value in row.items():
        column = panel.parameter_to_column[name]
        if panel.alg.parameterDefinition(name).isDestination():
            panel.tblParameters.cellWidget(number + 1, column).setValue(value)
        else:
            wrapper = panel.wrappers[number][column]
            wrapper.setParameterValue(value, panel.processing_context)


def wait_for(dialog):
    """QGIS 3.40 runs the rows in the background, 3.22 in the dialog's own thread."""
    deadline = time.monotonic() + 60
    QCoreApplication.processEvents()
    if Qgis.QGIS_VERSION_INT < 34000:
        return
    while dialog.cancelButton().isEnabled():
        assert time.monotonic() < deadline, "the batch does not end"
        QCoreApplication.processEvents()
        time.sleep(0.01)


def rows_of(name, raster, polygons, folder):
    """Return two rows, the second with files of its own."""
    second = folder / "second.tif"
    shutil.copy(raster, second)
    return [
        {
            key: value.format(
                raster=image, polygons=f"{polygons}|layername=fields", folder=folder, n=number
            )
            if isinstance(value, str)
            else value
            for key, value in ROWS[name].items()
        }
        for number, image in enumerate((raster, second), start=1)
    ]


def test_every_algorithm_is_here():
    assert set(ROWS) == {MAIN, *(table.name for table in tables())}


@pytest.mark.parametrize("name", ROWS)
def test_two_rows_are_two_runs_each_with_its_own_values(
    name, batch, raster, saved_polygons, tmp_path
):
    rows = rows_of(name, raster, saved_polygons, tmp_path)
    dialog, calls = batch(name, *rows)
    commands = {table.name: table.commands for table in tables()}.get(name, ("run",))
    assert len(calls) == 2 * len(commands), log_of(dialog)
    for number, call in enumerate(calls):
        row, command = rows[number // len(commands)], commands[number % len(commands)]
        assert call[: 2 + len(command.split())] == ["-m", "overseed", *command.split()]
        told = " ".join(call)
        for key, value in row.items():
            if key in ("RASTER", "RASTERS", "MAP", "MAPS", "OUTPUT", "RUN", "MODEL"):
                assert value in told, key
    assert "failed" not in log_of(dialog), log_of(dialog)
    # An optional output whose cell was left empty is not made.
    if name == "classifyraster":
        optional = ("--confidence", "--poly")
        assert not [word for call in calls for word in call if word.startswith(optional)]


def test_a_row_that_fails_does_not_stop_the_next(batch, engine_python, raster, tmp_path):
    body = """
    hello()
    if "first" in " ".join(sys.argv):
        say("error", code="x.y", message="The first is broken.", hint="Mend it.", log=None)
        sys.exit(2)
    say("result", outputs={"run": ".", "made": 3})
    """
    engine_python(body)
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    dialog, _ = batch(
        "makereport", *({"RUN": str(f), "OUTPUT": str(f / "r.html")} for f in folders)
    )
    log = log_of(dialog)
    assert "The first is broken." in log
    assert str(folders[1] / "r.html") in log.rpartition("Results")[2]


def log_of(dialog):
    """Return the text of the dialog's log."""
    from qgis.PyQt.QtWidgets import QTextEdit

    return "\n".join(edit.toPlainText() for edit in dialog.findChildren(QTextEdit))
