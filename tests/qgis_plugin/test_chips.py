"""The algorithms for chips: ways to begin, points as labels, and two commands of the engine in a row."""

import json
import textwrap
from pathlib import Path

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
)

from overseed_qgis.dock.as_commands import as_engine_command

#: Notes its arguments, then does what the test says.
NOTER = """
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(sys.argv[1:]) + chr(10))
hello()
"""
ANSWER = """
say("progress", stage="x", done=1, total=2, unit="step")
say("progress", stage="x", done=2, total=2, unit="step")
say("result", outputs={"generator": "r/generators/wgan-gp-cluster/seed-0", "samples": "s", "count": 8,
    "chips": 8, "classes": [{"rare": True}, {"rare": False}],
    "fidelity": {"all": {"estimate": [0.125, 0.1, 0.2]}},
    "text": "done " + sys.argv[4], "clusters": "nowhere", "for_review": 2, "class": "panel",
    "model": "m", "scores": {"other_region": None, "test": {"rare_macro_f1": 0.5, "macro_f1": 0.75,
        "rare_macro_average_precision": 0.25, "f1_at_threshold": None}}})
"""


@pytest.fixture
def calls(engine_python, tmp_path, provider):
    """Return a function that gives the engine a body and returns one that reads its calls."""

    def make(body=ANSWER):
        path = tmp_path / "notes.jsonl"
        engine_python(NOTER.format(notes=str(path)) + textwrap.dedent(body))
        return lambda: [json.loads(line) for line in path.read_text().splitlines()]

    yield make
    QgsProject.instance().removeAllMapLayers()


@pytest.fixture
def points(qgis_app):
    """Return a memory layer with multi-points: two panels in one feature, a tank, and one without a place."""
    layer = QgsVectorLayer("MultiPointZ?crs=EPSG:32633&field=kind:string(20)", "objects", "memory")
    features = []
    for kind, places in (
        ("panel", "(400050 5799950 1), (400150 5799850 2)"),
        ("tank", "(400250 5799750 3)"),
        ("lost", ""),
    ):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([kind])
        if places:
            feature.setGeometry(QgsGeometry.fromWkt(f"MULTIPOINTZ({places})"))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    QgsProject.instance().addMapLayer(layer)
    return layer


def algorithm(name):
    return QgsApplication.processingRegistry().algorithmById(f"overseed:{name}")


def refusal(name, **parameters):
    fine, message = algorithm(name).checkParameterValues(parameters, QgsProcessingContext())
    assert not fine
    return message


def labels_of(call):
    (path,) = (word.partition("=")[2] for word in call if word.startswith("--labels="))
    return path


def kinds_in(path):
    # The refusal that a test goes on to expect keeps its frame, and QGIS crashes at its end over a layer in it.
    return [feature["kind"] for feature in QgsVectorLayer(path, "copy", "ogr").getFeatures()]


def test_chips_have_a_group_of_their_own(provider):
    found = {a.name() for a in provider.algorithms() if a.groupId() == "chips"}
    assert found == {"preparechips", "clusterchips", "trainchipgan", "classifychips", "mapchips"}
    assert algorithm("preparechips").group() != algorithm("preparedataset").group()


def test_chips_are_cut_around_points_that_no_file_holds(calls, points, raster, tmp_path):
    read = calls()
    results = processing.run(
        "overseed:preparechips",
        {
            "RASTERS": [str(raster)], "LABELS": points.id(), "CLASS_FIELD": "kind", "SIZE": 32,
            "REST_AS": "nothing", "REST_COUNT": 5, "RUN": str(tmp_path / "run"),
        },
    )  # fmt: skip
    assert results["RUN"] == str(tmp_path / "run")
    assert (results["CHIPS"], results["RARE_COUNT"]) == (8, 1)
    (call,) = read()
    assert call[:4] == ["-m", "overseed", "chips", "prepare"]
    assert call[call.index("--") + 1 :] == [str(tmp_path / "run")]
    assert {
        f"--raster={raster}", "--class-field=kind", "--size=32", "--rest-as=nothing",
        "--rest-count=5",
    } <= set(call)  # fmt: skip
    # The engine's command knows no table of classes, nor what is not given.
    told = tuple(f"--{name}" for name in ("classes", "folder", "table", "crs", "thin", "seed"))
    assert not [word for word in call if word.startswith(told)]
    copy = QgsVectorLayer(labels_of(call), "copy", "ogr")
    places = sorted((f["kind"], f.geometry().asWkt()) for f in copy.getFeatures())
    assert places == [
        ("panel", "Point (400050 5799950)"),
        ("panel", "Point (400150 5799850)"),
        ("tank", "Point (400250 5799750)"),
    ]


def test_selected_points_alone_are_used_and_none_is_told(calls, points, raster, tmp_path):
    read = calls()
    given = {"RASTERS": [str(raster)], "CLASS_FIELD": "kind", "RUN": str(tmp_path / "run")}
    given["LABELS"] = QgsProcessingFeatureSourceDefinition(points.id(), selectedFeaturesOnly=True)
    points.selectByExpression("kind = 'tank'")
    processing.run("overseed:preparechips", given)
    assert kinds_in(labels_of(read()[0])) == ["tank"]
    points.selectByExpression("kind = 'lost'")
    with pytest.raises(QgsProcessingException, match="has no point to learn from"):
        processing.run("overseed:preparechips", given)


def test_chips_come_from_a_folder_or_a_table_as_well(calls, tmp_path):
    read = calls()
    table = tmp_path / "chips.csv"
    table.write_text("file,class\n")
    run = {"RUN": str(tmp_path / "run"), "CLASS_FIELD": "left over"}
    processing.run("overseed:preparechips", {"FOLDER": str(tmp_path), **run})
    processing.run(
        "overseed:preparechips",
        {
            "TABLE": str(table),
            "TABLE_CRS": "EPSG:25832",
            "OTHER_REGION": '"west, old", east',
            **run,
        },
    )
    first, second = read()
    assert f"--folder={tmp_path}" in first
    assert {
        f"--table={table}",
        "--crs=EPSG:25832",
        "--other-region=west, old",
        "--other-region=east",
    } <= set(second)
    foreign = ("--raster", "--labels", "--class-field")
    assert not [word for word in first + second if word.startswith(foreign)]


def test_a_form_that_says_too_little_or_too_much_is_refused(calls, points, raster, tmp_path):
    calls()
    run = {"RUN": str(tmp_path / "run")}
    nothing = refusal("preparechips", **run)
    assert "“Raster layers” and “Points or polygons with known classes”; “Folder with" in nothing
    both = refusal("preparechips", FOLDER=str(tmp_path), RASTERS=[str(raster)], **run)
    assert "Too much is chosen" in both
    half = refusal("preparechips", RASTERS=[str(raster)], **run)
    assert half == "“Raster layers” needs “Points or polygons with known classes” as well."
    parameters = {"RASTERS": [str(raster)], "LABELS": points, **run}
    assert "Its fields are: kind." in refusal("preparechips", **parameters)
    assert "moon" in refusal("preparechips", CLASS_FIELD="moon", **parameters)


def test_a_gan_is_trained_and_then_makes_chips(calls, feedback, tmp_path):
    read = calls()
    results = processing.run(
        "overseed:trainchipgan",
        {
            "RUN": str(tmp_path), "GAN": 2, "CONDITION": "cluster", "OF": "panel, tank",
            "LEARN_FROM": "panel", "STEPS": 7, "COUNT": 9, "CLUSTER": "0, 3", "SEED": 4,
            "FORCE": True, "TILES": str(tmp_path / "tiles"),
        },
        feedback=feedback,
    )  # fmt: skip
    train, sample = read()
    assert train[:4] == ["-m", "overseed", "chips", "train-gan"]
    assert sample[:4] == ["-m", "overseed", "chips", "sample"]
    for call in (train, sample):
        assert {"--gan=wgan-gp", "--condition=cluster", "--seed=4"} <= set(call)
        assert call[-2:] == ["--", str(tmp_path)]
    own = {"--steps=7", "--of=panel"}
    others = {
        "--of=panel", "--of=tank", "--count=9", "--cluster=0", "--cluster=3", "--force",
        f"--export-tiles={tmp_path / 'tiles'}",
    }  # fmt: skip
    assert own <= set(train)
    assert others <= set(sample)
    assert not (others - own) & set(train)
    assert "--steps=7" not in sample
    assert results == {
        "RUN_FOLDER": str(tmp_path), "GENERATOR": "r/generators/wgan-gp-cluster/seed-0",
        "SAMPLES": "s", "MADE": 8, "KID": 0.125, "WAY": "wgan-gp-cluster", "TILES": str(tmp_path / "tiles"),
    }  # fmt: skip
    assert feedback.fractions == pytest.approx([25, 50, 75, 100])
    assert [line for line in feedback.infos if line.startswith("done")] == [
        "done train-gan",
        "done sample",
    ]


def test_clusters_follow_features_and_their_failure_is_told(calls, feedback, tmp_path):
    read = calls(
        """
        if "cluster" in sys.argv:
            say("error", code="chips.few", message="Four chips are too few.", hint="Add some.", log=None)
            sys.exit(2)
        say("result", outputs={"features": "f"})
        """
    )
    with pytest.raises(QgsProcessingException, match="Four chips are too few"):
        processing.run("overseed:clusterchips", {"RUN": str(tmp_path)}, feedback=feedback)
    assert [call[3] for call in read()] == ["features", "cluster"]
    assert any("What was finished before is kept" in line for line in feedback.infos)


def test_what_clustering_has_written_is_found(calls, tmp_path):
    folder = tmp_path / "clusters"
    folder.mkdir()
    (folder / "review.csv").touch()
    calls(ANSWER.replace('"nowhere"', repr(str(folder))))
    results = processing.run("overseed:clusterchips", {"RUN": str(tmp_path)})
    # Few chips make no picture.
    assert results == {
        "RUN_FOLDER": str(tmp_path), "FOUND": 8, "TO_REVIEW": 2, "REVIEW": str(folder / "review.csv"),
        "TEXT": "done cluster",
    }  # fmt: skip


@pytest.mark.parametrize(("word", "ran"), [("features", ["features"]), ("cluster", None)])
def test_a_cancel_ends_either_command(word, ran, calls, feedback, tmp_path):
    body = """
    if WORD in sys.argv:
        say("stage", stage="slow", index=1, count=1, label="slow")
        json.loads(sys.stdin.readline())["cmd"] == "cancel" and sys.exit(3)
    say("result", outputs={"count": 3, "clusters": "c", "for_review": 0})
    """.replace("WORD", repr(word))
    read = calls(body)
    shown = feedback.setProgressText
    feedback.setProgressText = lambda text: (shown(text), feedback.cancel())
    results = processing.run("overseed:clusterchips", {"RUN": str(tmp_path)}, feedback=feedback)
    assert results == {}
    assert [call[3] for call in read()] == (ran or ["features", "cluster"])


def test_a_cancel_between_commands_starts_no_other(calls, feedback, tmp_path):
    read = calls()
    shown = feedback.pushInfo
    feedback.pushInfo = lambda text: (shown(text), text.startswith("done") and feedback.cancel())
    assert processing.run("overseed:clusterchips", {"RUN": str(tmp_path)}, feedback=feedback) == {}
    assert len(read()) == 1


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (["flips", "wgan-gp-class"], "--augment=flips+wgan-gp-class"),
        ("oversample,sagan", "--augment=oversample+sagan"),
        ([1, 2], "--augment=oversample+flips"),
        ([], None),
        (None, None),
    ],
)
def test_ways_to_treat_rare_classes_are_joined(chosen, told, calls, tmp_path):
    read = calls()
    results = processing.run("overseed:classifychips", {"RUN": str(tmp_path), "AUGMENT": chosen})
    found = [word for word in read()[0] if word.startswith("--augment")]
    assert found == ([told] if told else [])
    # What was not evaluated is left out instead of 0.
    model = str(Path("m", "model.onnx"))
    scores = {"RARE_F1": 0.5, "AVERAGE_PRECISION": 0.25, "MACRO_F1": 0.75}
    assert results == {"RUN_FOLDER": str(tmp_path), "MODEL": model, **scores}


def test_both_commands_can_be_pasted_into_a_shell(calls, tmp_path):
    calls()
    text = as_engine_command(
        "overseed:clusterchips", {"RUN": str(tmp_path)}, QgsProcessingContext()
    )
    first, second = text.split(" && ")
    assert "overseed chips features" in first
    assert "overseed chips cluster" in second
    assert "--events" not in text
    assert "stdin" not in text
