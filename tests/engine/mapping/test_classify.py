"""The stage `classify`: which model, which files, and what is refused before any work."""

import json
import os

import numpy as np
import pytest
import rasterio

from overseed.config import ClassifySettings
from overseed.errors import InputError
from overseed.stages.classify import classify
from tests.engine.mapping.model_maker import (
    BANDS,
    CLASSES,
    Pixelwise,
    random_weights,
    write_model,
    write_raster,
)


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "model.onnx", Pixelwise(*random_weights(3, 5000.0)), 3)


@pytest.fixture
def rasters(tmp_path):
    """Two rasters of different size with the same file name, in two folders."""
    rng = np.random.default_rng(0)
    made = []
    for name, size in (("a", 40), ("b", 70)):
        (tmp_path / name).mkdir()
        image = rng.integers(1, 10_000, (3, size, size), dtype=np.uint16)
        made.append(write_raster(tmp_path / name / "scene.tif", image, BANDS))
    return made


def run(**settings):
    return classify(ClassifySettings(device="cpu", threads=1, **settings))


def refusal(**settings):
    with pytest.raises(InputError) as caught:
        run(**settings)
    assert caught.value.hint
    return caught.value.code


def test_one_raster_to_a_file(tmp_path, model, rasters):
    out = tmp_path / "maps" / "map.tif"

    outputs = run(raster=rasters[:1], model=model, out=out)

    assert outputs["maps"] == [str(out)]
    assert outputs["map"] == str(out)
    assert outputs["model"] == str(model)
    assert list(outputs["shares"]) == [c["name"] for c in CLASSES]
    with rasterio.open(out) as dataset:
        codes = dataset.read(1)
    for c in CLASSES:
        assert outputs["shares"][c["name"]] == pytest.approx((codes == c["code"]).mean(), abs=1e-6)
    assert sum(outputs["shares"].values()) == pytest.approx(1, abs=1e-5)


def test_several_rasters_to_a_folder(tmp_path, model, rasters):
    out = tmp_path / "maps"

    outputs = run(raster=rasters, model=model, out=out, confidence=tmp_path / "c.tif")

    assert outputs["maps"] == [str(out / "scene.tif"), str(out / "scene-002.tif")]
    assert [rasterio.open(path).width for path in outputs["maps"]] == [40, 70]
    assert outputs["confidence"] == [str(tmp_path / "c.tif"), str(tmp_path / "c-002.tif")]
    assert (out / "scene-002.tif.aux.xml").is_file()


def test_a_run_folder_means_its_best_model(tmp_path, model, rasters):
    leaf = tmp_path / "run" / "split-0" / "models" / "none" / "seed-0"
    leaf.mkdir(parents=True)
    model.rename(leaf / "model.onnx")
    (tmp_path / "run" / "best.json").write_text(
        json.dumps({"model": "split-0/models/none/seed-0", "arm": "none"})
    )

    outputs = run(raster=rasters[:1], model=tmp_path / "run", out=tmp_path / "map.tif")

    assert outputs["model"] == str(leaf / "model.onnx")
    assert str(leaf / "model.onnx") in outputs["text"]


def test_refuses_a_run_without_a_model(tmp_path, rasters):
    (tmp_path / "run").mkdir()
    out = tmp_path / "map.tif"
    assert refusal(raster=rasters[:1], model=tmp_path / "run", out=out) == "model.missing"


def test_refuses_a_map_over_its_raster(model, rasters):
    before = rasters[0].read_bytes()
    assert refusal(raster=rasters[:1], model=model, out=rasters[0]) == "output.clash"
    assert rasters[0].read_bytes() == before


def test_refuses_a_confidence_over_the_map(tmp_path, model, rasters):
    out = tmp_path / "map.tif"
    assert refusal(raster=rasters[:1], model=model, out=out, confidence=out) == "output.clash"


def test_refuses_another_ending(tmp_path, model, rasters):
    out = tmp_path / "map.png"
    assert refusal(raster=rasters[:1], model=model, out=out) == "output.not-tif"


def test_a_bad_raster_is_refused_before_the_first_map(tmp_path, model, rasters):
    bad = write_raster(tmp_path / "bad.tif", np.ones((2, 40, 40), np.uint8), ("x", "y"))
    out = tmp_path / "maps"

    assert refusal(raster=[rasters[0], bad], model=model, out=out) == "bands.mismatch"
    assert not list(tmp_path.glob("maps/*"))


@pytest.mark.skipif(os.name == "nt", reason="locks files by opening them")
def test_refuses_a_map_that_another_program_holds(tmp_path, model, rasters):
    import fcntl

    out = tmp_path / "map.tif"
    out.write_text("theirs")
    with out.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert refusal(raster=rasters[:1], model=model, out=out) == "output.busy"
    assert out.read_text() == "theirs"
