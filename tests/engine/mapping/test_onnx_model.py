"""Models that are ours load; all others are refused in a sentence."""

import json

import numpy as np
import onnx
import pytest

from overseed.devices import has_cuda_device
from overseed.errors import InputError
from overseed.mapping.onnx_model import load_model
from tests.engine.mapping.model_maker import (
    CLASSES,
    Pixelwise,
    random_weights,
    recipe_of,
    write_model,
)


@pytest.fixture
def network():
    return Pixelwise(*random_weights(3, 1.0))


def test_describes_itself_and_predicts(tmp_path, network):
    model = load_model(write_model(tmp_path / "m.onnx", network, 3), threads=1, device="cpu")

    assert model.table.names == [c["name"] for c in CLASSES]
    assert model.table.codes == [3, 7, 1]
    assert model.table.rare_indices == [1]
    assert model.bands == ("B02", "B03", "B08")
    assert (model.arm, model.synthetic, model.tile_size) == ("pix2pix", True, 64)
    assert model.provider == "CPUExecutionProvider"
    probabilities = model.predict(np.zeros((2, 3, 32, 64), np.float32))
    assert probabilities.shape == (2, 3, 32, 64)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def refusal(path):
    with pytest.raises(InputError) as caught:
        load_model(path, device="cpu")
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.code


def test_refuses_a_missing_file(tmp_path):
    assert refusal(tmp_path / "none.onnx") == "model.missing"


def test_refuses_a_file_that_is_not_onnx(tmp_path):
    path = tmp_path / "text.onnx"
    path.write_text("no model")
    assert refusal(path) == "model.unreadable"


def test_refuses_a_truncated_model(tmp_path, network):
    path = write_model(tmp_path / "m.onnx", network, 3)
    path.write_bytes(path.read_bytes()[:200])
    assert refusal(path) == "model.unreadable"


def test_refuses_a_model_without_description(tmp_path, network):
    assert refusal(write_model(tmp_path / "m.onnx", network, 3, overseed=None)) == (
        "model.not-overseed"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": 2},
        {"recipe": recipe_of(["a", "b"]), "fill": [0, 0]},
        {"recipe": recipe_of(["a", "b", "c"]), "fill": [0, 0]},
        {"recipe": {"names": ["a"]}},
        {"fill": [0, float("nan"), 0]},
        {"tile_size": 100},
        {"tile_size": float("inf")},
        {"seed": float("inf")},
        {"recipe": recipe_of(list("abc")) | {"scales": [1.0]}},
        {"recipe": recipe_of(list("abc")) | {"resolution": float("nan")}},
        {"recipe": recipe_of(list("abc")) | {"resolution": -10}},
        {"statistics": {"mean": [0.0], "std": [1.0]}},
        {"statistics": {"mean": [0.0] * 3, "std": [1.0, float("nan"), 1.0]}},
        {"classes": CLASSES[:2]},
        {"classes": [{**c, "code": 1} for c in CLASSES]},
        {"classes": [{**c, "code": c["code"] + 250} for c in CLASSES]},
        {"classes": [{**c, "colour": "red"} for c in CLASSES]},
        {"classes": "none"},
    ],
)
def test_refuses_a_wrong_description(tmp_path, network, wrong):
    assert refusal(write_model(tmp_path / "m.onnx", network, 3, **wrong)) == "model.description"


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, json.dumps({"format": 1})])
def test_refuses_a_damaged_description(tmp_path, network, text):
    path = write_model(tmp_path / "m.onnx", network, 3, overseed=None)
    model = onnx.load(str(path))
    entry = model.metadata_props.add()
    entry.key, entry.value = "overseed", text
    onnx.save(model, str(path))
    assert refusal(path) in ("model.description", "model.not-overseed")


def test_insisting_on_cuda_without_it_is_refused(tmp_path, network):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is CUDA here")
    with pytest.raises(InputError) as caught:
        load_model(write_model(tmp_path / "m.onnx", network, 3), device="cuda")
    assert caught.value.code == "device.absent"


def test_tensorrt_is_insisted_on(tmp_path, network):
    """Where it does not load, nothing else takes its place in silence."""
    path = write_model(tmp_path / "m.onnx", network, 3)
    if has_cuda_device():
        pytest.skip("TensorRT may load here")
    with pytest.raises(InputError) as caught:
        load_model(path, tensorrt=True)
    assert caught.value.code == "device.absent"
    assert "TensorRT" in caught.value.message
