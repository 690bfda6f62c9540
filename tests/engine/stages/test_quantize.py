"""An 8-bit model maps nearly the same, says so, and is refused where it does not."""

import onnx
import pytest
import rasterio

from overseed.config import TrainSettings
from overseed.errors import InputError
from overseed.map_settings import ClassifySettings, QuantizeSettings
from overseed.stages import quantize as module
from overseed.stages.classify import classify
from overseed.stages.quantize import quantize
from overseed.stages.train import train


@pytest.fixture(scope="module")
def run(prepared_run):
    """A run with a network that was trained a little."""
    folder = prepared_run()
    train(TrainSettings(run=folder, augment="none", steps=24, batch=4, device="cpu"))
    return folder


@pytest.fixture
def any_loss(monkeypatch):
    monkeypatch.setattr(module, "MOST_LOST", 1.0)


def test_an_8_bit_model_maps_nearly_the_same(run, scene, tmp_path, any_loss):
    result = quantize(QuantizeSettings(model=run))
    assert result["equal"] > 0.85
    for quantized in (False, True):
        classify(
            ClassifySettings(
                raster=[scene["raster"]], model=run, out=tmp_path / f"{quantized}.tif", quantized=quantized
            )
        )  # fmt: skip
    whole, small = (rasterio.open(tmp_path / f"{q}.tif") for q in (False, True))
    assert whole.tags()["OVERSEED_MODEL"] == "model.onnx"
    assert small.tags()["OVERSEED_MODEL"] == "model.int8.onnx"
    assert (whole.read(1) == small.read(1)).mean() > 0.8
    # What is in 8 bits is the convolutions, not only a name.
    operators = [node.op_type for node in onnx.load(result["model"]).graph.node]
    assert operators.count("QuantizeLinear") > 30


def test_an_8_bit_version_of_an_older_training_is_refused(run, scene, tmp_path, any_loss):
    quantize(QuantizeSettings(model=run))
    train(TrainSettings(run=run, augment="none", steps=12, batch=4, device="cpu"))
    with pytest.raises(InputError, match="trained anew since"):
        classify(
            ClassifySettings(
                raster=[scene["raster"]], model=run, out=tmp_path / "map.tif", quantized=True
            )
        )


def test_a_model_that_loses_too_much_is_refused(run, monkeypatch):
    target = run / "split-0" / "models" / "none" / "seed-0" / module.INT8_FILE
    target.unlink(missing_ok=True)
    monkeypatch.setattr(module, "MOST_LOST", -1.0)
    with pytest.raises(InputError, match="no int8 model was written") as caught:
        quantize(QuantizeSettings(model=run))
    assert caught.value.code == "quantize.worse"
    assert not list(target.parent.glob("*int8*"))


def test_a_model_outside_a_run_is_refused(run, tmp_path):
    lone = tmp_path / "model.onnx"
    lone.write_bytes((run / "split-0/models/none/seed-0/model.onnx").read_bytes())
    with pytest.raises(InputError) as caught:
        quantize(QuantizeSettings(model=lone))
    assert caught.value.code == "quantize.no-run"


def test_a_map_in_8_bits_takes_an_8_bit_model(run, scene, tmp_path):
    (run / "split-0/models/none/seed-0" / module.INT8_FILE).unlink(missing_ok=True)
    with pytest.raises(InputError, match="overseed quantize"):
        classify(
            ClassifySettings(
                raster=[scene["raster"]], model=run, out=tmp_path / "map.tif", quantized=True
            )
        )
