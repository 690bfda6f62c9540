"""Model files from strangers: what a map does not need is refused before anything runs."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from overseed.errors import InputError
from overseed.mapping import model_checks
from overseed.mapping.model_checks import check_model_file
from tests.engine.mapping.model_maker import Pixelwise, random_weights, write_model


def saved(path, nodes, initializers=(), opset=17, domains=()):
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
        list(initializers),
    )  # fmt: skip
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    onnx.save(helper.make_model(graph, opset_imports=opsets), str(path))
    return path


def refusal(path):
    with pytest.raises(InputError) as caught:
        check_model_file(path)
    assert str(path) in caught.value.message
    return caught.value.code


def test_our_own_models_pass(tmp_path):
    check_model_file(write_model(tmp_path / "m.onnx", Pixelwise(*random_weights(3, 1.0)), 3))


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00" * 100])
def test_refuses_what_is_no_onnx(tmp_path, content):
    (tmp_path / "m.onnx").write_bytes(content)
    assert refusal(tmp_path / "m.onnx") == "model.unreadable"


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_refuses_a_truncated_file(tmp_path, part):
    path = write_model(tmp_path / "m.onnx", Pixelwise(*random_weights(3, 1.0)), 3)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    assert refusal(path) == "model.unreadable"


def test_refuses_operators_of_others(tmp_path):
    node = helper.make_node("Telephone", ["x"], ["y"], domain="stranger")
    path = saved(tmp_path / "m.onnx", [node], domains=["stranger"])
    assert refusal(path) == "model.operators"


def test_refuses_graphs_within_graphs(tmp_path):
    inner = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["z"])], "inner", [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1])],
    )  # fmt: skip
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    assert refusal(saved(tmp_path / "m.onnx", [node])) == "model.operators"


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "", "weights.bin"])
def test_refuses_weights_outside_the_file(tmp_path, location):
    tensor = numpy_helper.from_array(np.ones(1, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    path = saved(tmp_path / "m.onnx", [helper.make_node("Add", ["x", "w"], ["y"])], [tensor])
    assert refusal(path) == "model.external-data"


def test_refuses_operators_of_the_future(tmp_path):
    path = saved(tmp_path / "m.onnx", [helper.make_node("Neg", ["x"], ["y"])], opset=999)
    assert refusal(path) == "model.opset"


def test_refuses_a_giant(tmp_path, monkeypatch):
    monkeypatch.setattr(model_checks, "LARGEST", 100)
    path = write_model(tmp_path / "m.onnx", Pixelwise(*random_weights(3, 1.0)), 3)
    assert refusal(path) == "model.too-large"


def test_what_is_checked_is_what_would_run_whatever_the_name(tmp_path):
    for name in ("best.json", "m.onnxtxt", "m.textproto"):
        (tmp_path / name).write_text("{}")
        assert refusal(tmp_path / name) == "model.unreadable"
    path = write_model(tmp_path / "m.onnx", Pixelwise(*random_weights(3, 1.0)), 3)
    assert refusal(path.rename(tmp_path / "m.ort")) == "model.unreadable"
