"""PyTorch as backend says what ONNX Runtime says, from the files that a training leaves."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
import torch

from overseed.devices import Device
from overseed.errors import InputError
from overseed.map_settings import ClassifySettings
from overseed.mapping.onnx_model import load_model
from overseed.mapping.torch_model import load_torch_model
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable, LandClass
from overseed.segmentation.calibration import Calibration
from overseed.segmentation.export import export_model
from overseed.segmentation.network import build_network
from overseed.stages.classify import classify
from overseed.tiles.statistics import BandStats
from tests.engine.mapping.model_maker import write_raster

BANDS = ("red", "nir")
CPU = Device("cpu", "a processor", 1, False)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a trained model, but for the training."""
    folder = tmp_path_factory.mktemp("model")
    network = build_network("resnet18", 2, 3, torch.Generator().manual_seed(1), weights="none")
    ones, means = (1.0,) * 2, (3000.0, 2000.0)
    names = ("water", "wood", "moor")
    table = ClassTable(
        tuple(LandClass(i, i + 1, name, "#112233", False, (name,)) for i, name in enumerate(names))
    )
    stats = BandStats(BANDS, means, (900.0, 700.0), ones, ones, ones, ones, "uint16")
    about = {
        "arm": "none",
        "seed": 0,
        "synthetic": False,
        "architecture": "unet",
        "encoder": "resnet18",
    }
    export_model(
        network.eval(), network, table, BandRecipe(BANDS, ones, (0.0,) * 2), stats,
        Calibration((0.3, -0.2, 0.1), 1.4, "areas"), 64, about, folder,
    )  # fmt: skip
    return folder


def test_both_backends_give_the_same_probabilities(model):
    image = np.random.default_rng(0).uniform(0, 6000, (2, 2, 64, 96)).astype(np.float32)
    by_torch = load_torch_model(model / "model.safetensors", CPU)
    by_onnx = load_model(model / "model.onnx", 1, "cpu")
    np.testing.assert_allclose(by_torch.predict(image), by_onnx.predict(image), atol=1e-4)
    assert by_torch.table == by_onnx.table
    assert by_torch.recipe == by_onnx.recipe


def test_both_backends_make_the_same_map(tmp_path, model):
    image = np.random.default_rng(1).integers(1, 6000, (2, 90, 110), dtype=np.uint16)
    raster = write_raster(tmp_path / "r.tif", image, BANDS)
    for backend in ("onnx", "torch"):
        settings = ClassifySettings(
            raster=[raster], model=model, out=tmp_path / f"{backend}.tif", backend=backend, device="cpu"
        )  # fmt: skip
        classify(settings)
    one, two = (rasterio.open(tmp_path / f"{name}.tif").read(1) for name in ("onnx", "torch"))
    assert (one == two).mean() > 0.999


def refusal(path, **more):
    with pytest.raises(InputError) as caught:
        load_torch_model(path, CPU, **more)
    return caught.value.code


def test_refusals(tmp_path, model):
    whole = (model / "model.safetensors").read_bytes()
    for name, content in (("cut", whole[:5000]), ("text", b"hello"), ("empty", b"")):
        (tmp_path / f"{name}.safetensors").write_bytes(content)
        assert refusal(tmp_path / f"{name}.safetensors") == "model.unreadable"
    assert refusal(tmp_path / "absent.safetensors") == "model.missing"
    assert refusal(model / "model.safetensors", half=True) == "device.half"


def test_half_the_precision_maps_nearly_the_same(model):
    """Any processor computes in bfloat16, if slowly; only those with units for it are let do so."""
    image = np.random.default_rng(0).uniform(0, 6000, (2, 2, 64, 96)).astype(np.float32)
    whole = load_torch_model(model / "model.safetensors", CPU).predict(image)
    half = load_torch_model(model / "model.safetensors", replace(CPU, bf16=True), half=True)
    assert "bfloat16" in half.provider
    rough = half.predict(image)
    np.testing.assert_allclose(rough.sum(axis=1), 1, atol=1e-3)
    assert 0 < np.abs(rough - whole).max() < 0.1
    assert (rough.argmax(axis=1) == whole.argmax(axis=1)).mean() > 0.97


def test_refuses_weights_of_another_network(tmp_path, model):
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    weights = load_file(model / "model.safetensors")
    with safe_open(model / "model.safetensors", "pt") as stored:
        about = stored.metadata()
    weights.pop("head.weight")
    save_file(weights, tmp_path / "m.safetensors", about)
    assert refusal(tmp_path / "m.safetensors") == "model.description"
    save_file(weights, tmp_path / "n.safetensors")
    assert refusal(tmp_path / "n.safetensors") == "model.not-overseed"
