"""Bad input: exit 2, one sentence that names it, a hint, and nothing half-written."""

import fcntl
import json
import sys

import numpy as np
import pytest

from tests.engine.conftest import last_json

BOXES = [("a", (0, 0, 60, 160)), ("b", (60, 0, 110, 160)), ("c", (110, 0, 160, 160))]


@pytest.fixture
def good(write_raster, write_polygons):
    image = np.random.default_rng(0).integers(1, 999, (3, 160, 160)).astype(np.uint16)
    return {"raster": write_raster(image), "labels": write_polygons(BOXES)}


@pytest.fixture
def refused(overseed, tmp_path):
    """Run `prepare`, expect a refusal, return its error event; assert that nothing was left."""

    def run(raster, labels, *more, command="prepare"):
        folder = tmp_path / "run"
        done = overseed(command, folder, "--raster", raster, "--labels", labels, *more, "--events")
        assert done.returncode == 2, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert "result" not in {event["event"] for event in events}
        errors = [event for event in events if event["event"] == "error"]
        assert len(errors) == 1
        assert errors[0]["message"].endswith(".")
        assert errors[0]["hint"].endswith(".")
        assert "Traceback" not in done.stderr
        left = [p for p in folder.rglob("*") if p.is_file() and p.name not in (".lock", "run.yaml")]
        assert left == []
        return errors[0]

    return run


def test_no_such_file(good, refused, tmp_path):
    error = refused(tmp_path / "none.tif", good["labels"])
    assert error["code"] == "raster.missing"
    assert "none.tif" in error["message"]
    assert refused(good["raster"], tmp_path / "none.gpkg")["code"] == "labels.missing"


def test_not_a_raster(good, refused, tmp_path):
    (tmp_path / "text.tif").write_text("hello")
    assert refused(tmp_path / "text.tif", good["labels"])["code"] == "raster.unreadable"


def test_raster_without_crs(good, refused, write_raster):
    raster = write_raster(np.ones((1, 64, 64), np.uint8), name="nocrs.tif", crs=None)
    error = refused(raster, good["labels"])
    assert error["code"] == "raster.no-crs"
    assert "nocrs.tif" in error["message"]


def test_polygons_without_crs(good, refused, write_polygons):
    labels = write_polygons(BOXES, name="nocrs.shp", crs=None)
    assert refused(good["raster"], labels)["code"] == "labels.no-crs"


def test_polygons_that_miss_the_raster(good, refused, write_polygons):
    far = write_polygons([("a", (5000, 0, 5050, 50)), ("b", (5100, 0, 5150, 50))], name="far.gpkg")
    assert refused(good["raster"], far)["code"] == "labels.no-overlap"


def test_empty_layer(good, refused, write_polygons):
    assert refused(good["raster"], write_polygons([], name="empty.gpkg"))["code"] == "labels.empty"


def test_missing_class_field_lists_the_fields(good, refused):
    error = refused(good["raster"], good["labels"], "--class-field", "landuse")
    assert error["code"] == "labels.field-missing"
    assert "landuse" in error["message"]
    assert "class" in error["hint"]


def test_wrong_layer_lists_the_layers(good, refused):
    error = refused(good["raster"], f"{good['labels']}|layername=nope")
    assert error["code"] == "labels.layer"
    assert "polygons" in error["hint"]


def test_a_part_of_the_source_is_not_ignored_silently(good, refused):
    assert refused(good["raster"], f"{good['labels']}|style=plain")["code"] == "labels.source"
    error = refused(good["raster"], f"{good['labels']}|subset=klass='a'")
    assert error["code"] == "labels.filter"
    assert "klass" in error["message"]


def test_a_single_class_names_rest_as(good, refused, write_polygons):
    error = refused(good["raster"], write_polygons(BOXES[:1], name="one.gpkg"))
    assert error["code"] == "classes.single"
    assert "--rest-as" in error["hint"]


def test_classes_too_small_to_split(good, refused, write_polygons):
    tiny = write_polygons([("a", (3, 3, 6, 6)), ("b", (9, 9, 12, 12))], name="tiny.gpkg")
    error = refused(good["raster"], tiny)
    assert error["code"] == "split.impossible"
    assert "too small to split" in error["message"]


@pytest.mark.parametrize("band", ["4", "0", "nir"])
def test_band_out_of_range(good, refused, band):
    error = refused(good["raster"], good["labels"], "--bands", band)
    assert error["code"] in ("bands.out-of-range", "bands.unknown")
    assert f"{band}" in error["message"]


def test_all_nodata_raster(good, refused, write_raster):
    empty = write_raster(np.zeros((2, 96, 96), np.uint8), name="empty.tif", nodata=0)
    assert refused(empty, good["labels"])["code"] == "raster.all-nodata"


def test_raster_under_32_pixels(good, refused, write_raster):
    small = write_raster(np.ones((2, 31, 200), np.uint8), name="small.tif")
    error = refused(small, good["labels"])
    assert error["code"] == "raster.too-small"
    assert "200×31" in error["message"]


def test_complex_numbers(good, refused, write_raster):
    radar = write_raster(np.ones((1, 64, 64), np.complex64), name="slc.tif")
    assert refused(radar, good["labels"])["code"] == "raster.complex"


def test_mixed_band_counts(good, refused, write_raster):
    other = write_raster(np.ones((2, 160, 160), np.uint16), name="two.tif")
    error = refused(good["raster"], good["labels"], "--raster", other)
    assert error["code"] == "bands.mismatch"
    assert "two.tif has 2 bands" in error["message"]


def test_fractions_are_no_classes(good, refused, write_polygons):
    labels = write_polygons(BOXES, name="f.gpkg", values=[0.5, 1.0, 2.0])
    assert refused(good["raster"], labels)["code"] == "labels.field-type"


@pytest.mark.parametrize("option", ["--map", "--report"])
def test_outputs_never_overwrite_inputs(good, overseed, tmp_path, option):
    target = good["raster"] if option == "--map" else good["labels"]
    before = target.read_bytes()
    done = overseed(
        "run", tmp_path / "run", "--raster", good["raster"], "--labels", good["labels"], option, target,
        "--events",
    )  # fmt: skip
    assert done.returncode == 2
    assert last_json(done.stdout)["code"] == "output.is-input"
    assert target.read_bytes() == before


def test_a_refusal_leaves_a_finished_stage_valid(good, overseed, tmp_path):
    data = ["--raster", good["raster"], "--labels", good["labels"], "--tile-size", 32]
    assert overseed("prepare", tmp_path / "run", *data).returncode == 0
    record = (tmp_path / "run/tiles/record.json").read_bytes()
    assert overseed("prepare", tmp_path / "run", *data, "--class-field", "typo").returncode == 2
    assert (tmp_path / "run/tiles/record.json").read_bytes() == record


def test_too_little_ground_for_training(good, overseed, tmp_path):
    done = overseed(
        "prepare", tmp_path / "run", "--raster", good["raster"], "--labels", good["labels"],
        "--val", 0.45, "--test", 0.5, "--events",
    )  # fmt: skip
    assert done.returncode == 2
    assert "--val and --test" in last_json(done.stdout)["message"]


def test_unknown_rare_class_lists_the_classes(good, refused):
    error = refused(good["raster"], good["labels"], "--rare", "orchid")
    assert error["code"] == "classes.unknown"
    assert "a, b, c" in error["hint"]


def test_output_folder_that_cannot_be_made(good, overseed, tmp_path):
    (tmp_path / "file").write_text("")
    done = overseed(
        "prepare", tmp_path / "file" / "run", "--raster", good["raster"], "--labels",
        good["labels"], "--events",
    )  # fmt: skip
    assert done.returncode == 2
    assert last_json(done.stdout)["code"] == "output.not-writable"


@pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX locks")
def test_output_held_open_by_another_program(good, overseed, tmp_path):
    held = tmp_path / "map.tif"
    held.write_bytes(b"old")
    with held.open("r+b") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        done = overseed(
            "run", tmp_path / "run", "--raster", good["raster"], "--labels", good["labels"],
            "--map", held, "--events",
        )  # fmt: skip
    assert done.returncode == 2
    assert last_json(done.stdout)["code"] == "output.busy"
    assert held.read_bytes() == b"old"
    assert not (tmp_path / "run" / "tiles").exists()


def test_a_stage_without_its_predecessor_names_the_command(good, overseed, tmp_path):
    done = overseed("train", tmp_path / "none", "--events")
    assert last_json(done.stdout)["code"] == "run.missing"
    assert (
        overseed(
            "prepare", tmp_path / "run", "--raster", good["raster"], "--labels", good["labels"],
            "--tile-size", 32, "--rare", "c",
        ).returncode
        == 0
    )  # fmt: skip
    done = overseed("synthesize", tmp_path / "run", "--events")
    error = last_json(done.stdout)
    assert error["code"] == "run.stage-missing"
    assert "overseed train-generator" in error["hint"]


def test_bad_settings_name_the_option(overseed, tmp_path):
    done = overseed("synthesize", tmp_path, "--target", "grass=2", "--events")
    assert done.returncode == 2
    assert "--target" in last_json(done.stdout)["message"]


def test_a_small_raster_gets_smaller_tiles_and_says_so(
    write_raster, write_polygons, overseed, tmp_path
):
    image = np.random.default_rng(0).integers(1, 999, (2, 100, 100)).astype(np.uint16)
    boxes = [("a", (0, 0, 100, 50)), ("b", (0, 50, 100, 100))]
    done = overseed(
        "prepare", tmp_path / "run", "--raster", write_raster(image), "--labels",
        write_polygons(boxes), "--events",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    warnings = [json.loads(line) for line in done.stdout.splitlines() if '"warning"' in line]
    assert "tiles.shrunk" in {w["code"] for w in warnings}
    assert json.loads((tmp_path / "run/tiles/windows.json").read_text())["tile_size"] == 96


def test_crs_that_cannot_be_brought_together(good, refused, write_raster):
    plan = 'LOCAL_CS["site plan",UNIT["metre",1]]'
    local = write_raster(np.ones((3, 160, 160), np.uint16), name="plan.tif", crs=plan)
    error = refused(good["raster"], good["labels"], "--raster", local)
    assert error["code"] in ("raster.crs", "labels.crs")
    assert "plan.tif" in error["message"] or "site plan" in error["message"]
