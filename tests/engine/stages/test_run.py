"""The main job on a small scene, as a person at a shell would do it: once whole, once cut short."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import rasterio

from overseed.config import RunSettings
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.stages.run import run
from tests.engine.conftest import last_json

FEW = ["--effort", "quick", "--tile-size", "64", "--augment", "spade"]


def arguments(scene, folder, *more):
    return [
        "run", folder, "--raster", scene["raster"], "--labels", scene["labels"],
        "--class-field", scene["class_field"], *FEW, *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def done(scene, tmp_path_factory):
    """A finished run: its folder, its events, and where map and report were asked for."""
    folder = tmp_path_factory.mktemp("main")
    command = [
        sys.executable, "-m", "overseed",
        *arguments(scene, folder / "run", "--map", folder / "out.tif", "--report", folder / "out.html"),
        "--events",
    ]  # fmt: skip
    found = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return folder, [json.loads(line) for line in found.stdout.splitlines()]


def test_events_tell_the_story(done):
    _, events = done
    assert events[0]["event"] == "hello"
    assert events[0]["protocol"] == 1
    assert events[-1]["event"] == "result"
    stages = [e["stage"] for e in events if e["event"] == "stage"]
    assert stages == [
        "prepare", "train-generator", "synthesize", "train", "train", "train", "classify", "report",
    ]  # fmt: skip
    assert len({e["count"] for e in events if e["event"] == "stage"}) == 1
    assert any(e["event"] == "heartbeat" for e in events)
    for event in events:
        if event["event"] == "progress":
            assert 0 <= event["done"] <= event["total"]


def test_the_map_is_whole_and_dressed(done, scene):
    folder, events = done
    outputs = events[-1]["outputs"]
    assert outputs["map"] == str(folder / "out.tif")
    with rasterio.open(folder / "out.tif") as made, rasterio.open(scene["raster"]) as source:
        assert made.crs == source.crs
        assert made.transform == source.transform
        valid = source.dataset_mask() != 0
        codes = made.read(1)
        assert (codes[valid] > 0).all()
        assert (codes[~valid] == 0).all()
        assert len(set(made.colormap(1).values())) > 5
    assert (folder / "out.tif.aux.xml").is_file()
    assert "orchard" in (folder / "out.qml").read_text(encoding="utf-8")


def test_samples_are_real_outside_the_change_and_labelled_by_their_layout(done):
    from overseed.tiles.grid import Window
    from overseed.tiles.store import open_store, read_crop

    run = done[0] / "run"
    folder = run / "split-0/synthetic/spade/seed-0"
    images, labels, changed = (
        np.load(folder / f"{n}.npy") for n in ("images", "labels", "changed")
    )
    scenes = open_store(run / "tiles")
    index = json.loads((folder / "index.json").read_text())
    assert index["synthetic"] is True
    assert index["count"] == len(images) > 0
    rare = [i for i, row in enumerate(_classes(run)) if row["rare"]]
    for number, entry in enumerate(index["samples"]):
        scene, row, col = entry["source"]
        crop = read_crop(scenes[scene], Window(row, col, 64, 64), 0)
        kept = crop.visible & ~changed[number]
        np.testing.assert_array_equal(images[number][:, kept], crop.image[:, kept])
        np.testing.assert_array_equal(labels[number][kept], crop.labels[kept])
        assert changed[number].any()
        assert entry["scores"], "a sample that nothing was judged of"
        assert set(np.unique(labels[number][changed[number]])) <= set(rare)


def test_records_say_what_made_what(done):
    records = [json.loads(p.read_text()) for p in (done[0] / "run").rglob("record.json")]
    assert {r["stage"] for r in records} == {
        "prepare", "train-generator", "synthesize", "train", "classify",
    }  # fmt: skip
    for record in records:
        assert record["versions"]["overseed"]
        assert record["seed"] == 0
        assert record["seconds"] >= 0
    fidelity = next(r for r in records if r["stage"] == "synthesize")["figures"]["fidelity"]
    assert fidelity["lda"]["mean_ratio"] is not None
    assert len(fidelity["spectral"]["bands"]) == 4


def test_scores_come_from_the_test_blocks_alone(done):
    run = done[0] / "run"
    split = json.loads((run / "split-0/split.json").read_text())
    labels, side = (np.load(run / f"tiles/scene-001/{n}.npy") for n in ("labels", "side"))
    expected = int(((labels != 255) & (side == 2)).sum())
    assert expected
    for arm in ("none", "spade", "random-forest"):
        folder = run / "split-0/models" / arm / "seed-0"
        scores = json.loads((folder / "scores.json").read_text())
        assert scores["pixels"] == expected
        blocks = np.load(folder / "blocks.npz")["confusion"]
        assert len(blocks) == sum(b["side"] == "test" for b in split["blocks"])
        np.testing.assert_array_equal(blocks.sum(axis=0), scores["confusion"])


def test_the_same_command_does_nothing_twice(done, scene, overseed):
    folder = done[0]
    before = {p: p.stat().st_mtime_ns for p in (folder / "run").rglob("record.json")}
    found = overseed(*arguments(scene, folder / "run"), "--json")
    assert found.returncode == 0, found.stderr
    assert last_json(found.stdout)["outputs"]["verdict"]
    assert before == {p: p.stat().st_mtime_ns for p in (folder / "run").rglob("record.json")}


def test_export_writes_tiles_in_the_scenes_units_and_codes(done, scene, overseed, tmp_path):
    found = overseed(
        "synthesize",
        done[0] / "run",
        "--effort",
        "quick",
        "--export-tiles",
        tmp_path / "tiles",
        "--json",
    )
    assert found.returncode == 0, found.stderr
    images = sorted((tmp_path / "tiles").glob("*_image.tif"))
    assert len(images) == last_json(found.stdout)["outputs"]["count"]
    with rasterio.open(images[0]) as image, rasterio.open(scene["raster"]) as source:
        assert image.dtypes == source.dtypes
        assert image.crs == source.crs
        assert image.tags()["OVERSEED_SYNTHETIC"] == "yes"
        changed_path = str(images[0]).replace("_image", "_changed")
        with rasterio.open(changed_path) as changed:
            kept = changed.read(1) == 0
        window = source.window(*image.bounds)
        original = source.read(window=window.round_offsets().round_lengths())
        inside = kept & (original != 0).all(axis=0)
        same = (image.read() == original).all(axis=0)
        assert same[inside].mean() > 0.9
    codes = {row["code"] for row in _classes(done[0] / "run")} | {0}
    with rasterio.open(str(images[0]).replace("_image", "_label")) as label:
        assert set(np.unique(label.read(1))) <= codes


def test_samples_beside_oversampling_are_held_against_oversampling_alone(
    scene, tmp_path, monkeypatch
):
    few = EFFORTS["quick"].model_copy(
        update={"train_steps": 3, "samples": 6, "forest_trees": 8, "crop_batches": 6}
    )
    monkeypatch.setitem(EFFORTS, "quick", few)
    stages = []

    class Watching(Reporter):
        def _emit(self, event):
            if event["event"] == "stage":
                stages.append((event["stage"], event["count"]))

    found = run(
        RunSettings(
            run=tmp_path / "run", raster=[scene["raster"]], labels=[scene["labels"]],
            class_field=scene["class_field"], effort="quick", tile_size=64,
            augment="copy-paste+oversample",
        ),
        Watching(),
    )  # fmt: skip
    trainings = [("train", 9)] * 4
    assert stages == [
        ("prepare", 9), ("train-generator", 9), ("synthesize", 9), *trainings, ("classify", 9), ("report", 9),
    ]  # fmt: skip
    written = json.loads((tmp_path / "run/split-0/comparison.json").read_text())
    assert [(p["arm"], p["against"]) for p in written["pairs"]] == [
        ("oversample+copy-paste", "oversample"), ("oversample", "none"),
        ("oversample+copy-paste", "none"), ("random-forest", "none"),
    ]  # fmt: skip
    assert "copy-paste samples beside oversample" in written["verdict"]
    assert set(found["scores"]) == {"none", "oversample", "oversample+copy-paste", "random-forest"}
    assert "oversample+copy-paste" in (tmp_path / "run/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("arm", ["random-forest", "spade+noise", "cyclegan"])
def test_what_no_map_is_made_with_is_refused(scene, overseed, tmp_path, arm):
    found = overseed(*arguments(scene, tmp_path / "run", "--augment", arm))
    assert found.returncode == 2
    assert arm.split("+")[-1] in found.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals")
@pytest.mark.parametrize("how", ["SIGTERM", "cancel line", "end of input"])
def test_cancel_ends_with_3_leaves_no_partial_file_and_continues(scene, tmp_path, how):
    command = [
        sys.executable,
        "-m",
        "overseed",
        *arguments(scene, tmp_path / "run", "--augment", "none"),
    ]
    command += ["--events", "--control", "stdin"]
    process = subprocess.Popen(
        list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress" and event["stage"] == "train" and event["done"] >= 2:
            break
    if how == "SIGTERM":
        os.kill(process.pid, signal.SIGTERM)
    elif how == "cancel line":
        process.stdin.write('{"cmd":"cancel"}\n')
        process.stdin.flush()
    else:
        process.stdin.close()
    # What it does after that is counted in steps, since a slow disk may take its time for the checkpoint.
    after = [json.loads(line) for line in process.stdout.read().splitlines()]
    assert process.wait(timeout=60) == 3
    assert all(
        e["stage"] == "train" and e["done"] < e["total"] for e in after if e["event"] == "progress"
    )
    model = tmp_path / "run/split-0/models/none/seed-0"
    assert not list((tmp_path / "run").rglob(".partial-*"))
    assert not (model / "scores.json").exists()
    assert (model / "checkpoint.safetensors").is_file()
    if how == "SIGTERM":
        assert _first_training_step(command) >= 2


def _first_training_step(command):
    """Start the same command again and return the step at which its training goes on."""
    process = subprocess.Popen(
        list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "progress" and event["stage"] == "train":
                return event["done"]
    finally:
        process.kill()
        process.wait()
    return -1


def test_only_the_rare_class_drawn_and_two_rasters(scene, tmp_path, overseed):
    import pyogrio.raw

    meta, _, shapes, fields = pyogrio.raw.read(scene["labels"])
    values = fields[list(meta["fields"]).index("landuse")]
    kept = np.isin(values, ["forest"])
    pyogrio.raw.write(
        tmp_path / "forest.gpkg", geometry=shapes[kept], field_data=[values[kept]],
        fields=np.array(["landuse"]), geometry_type="Polygon", crs=meta["crs"],
    )  # fmt: skip
    again = tmp_path / "again.tif"
    again.write_bytes(_bytes(scene["raster"]))
    found = overseed(
        "run", tmp_path / "run", "--raster", scene["raster"], "--raster", again, "--labels",
        tmp_path / "forest.gpkg", "--rest-as", "background", "--rare", "forest", "--augment", "none",
        *FEW, "--map", tmp_path / "map.tif", "--json",
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    outputs = last_json(found.stdout)["outputs"]
    assert outputs["maps"] == [str(tmp_path / "map.tif"), str(tmp_path / "map-002.tif")]
    with rasterio.open(tmp_path / "map.tif") as one, rasterio.open(tmp_path / "map-002.tif") as two:
        assert set(np.unique(one.read(1))) <= {0, 1, 2}
        np.testing.assert_array_equal(one.read(1), two.read(1))
    assert {row["name"] for row in _classes(tmp_path / "run")} == {"forest", "background"}


def _classes(run):
    return json.loads((run / "inspect.json").read_text())["classes"]


def _bytes(path):
    with open(path, "rb") as stream:
        return stream.read()
