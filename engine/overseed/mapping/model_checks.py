"""A model file from a stranger is looked at before it is run: what it holds, and what it would reach for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from overseed.errors import InputError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, TensorProto

#: Networks for maps have tens of megabytes; protobuf itself ends at 2 GiB.
LARGEST = 1 << 30
#: Versions of the standard operators that models may use; ONNX Runtime reads from 7 on.
OLDEST_OPSET = 7
#: Operators outside the standard could be anybody's code; these names all mean the standard.
STANDARD = ("", "ai.onnx")
#: Operators that run graphs of their own, as often as they like; no network for maps needs them.
REFUSED = ("Loop", "Scan", "If")


def check_model_file(path: Path) -> None:
    """Look at an ONNX file without running it.

    Raises
    ------
    InputError
        ``model.too-large``, ``model.unreadable`` (no ONNX, or cut off), ``model.opset``,
        ``model.operators`` or ``model.external-data``.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise InputError(
            "model.too-large",
            f"The model {path} has {size / 2**30:.1f} GiB; {LARGEST / 2**30:.0f} GiB is the limit.",
            "Give a model.onnx that 'overseed train' wrote.",
        )
    model = _parsed(path)
    _check_opset(path, model)
    operators = sorted(
        {
            f"{node.domain}:{node.op_type}".lstrip(":")
            for graph in _graphs(model)
            for node in graph.node
            if node.domain not in STANDARD or node.op_type in REFUSED
        }
    )
    if operators or model.functions:
        named = ", ".join(operators or sorted(f.name for f in model.functions))
        raise InputError(
            "model.operators",
            f"The model {path} uses operators that no network for maps needs: {named}.",
            "Give a model made of standard ONNX operators, such as 'overseed train' writes.",
        )
    for tensor in (t for graph in _graphs(model) for t in _tensors(graph)):
        _check_inside(path, tensor)


def _parsed(path: Path) -> ModelProto:
    import onnx
    from google.protobuf.message import DecodeError

    # Read as what it will be run as, whatever its name ends in.
    model: ModelProto | None = None
    with contextlib.suppress(DecodeError, OSError):
        if path.suffix.lower() != ".ort":
            model = onnx.load_from_string(path.read_bytes())
    if model is None or not model.graph.node or not model.opset_import:
        raise InputError(
            "model.unreadable",
            f"{path} is not an ONNX model, or not a whole one.",
            "Give a model.onnx that 'overseed train' wrote; check that the file is whole.",
        )
    return model


def _check_opset(path: Path, model: ModelProto) -> None:
    import onnx

    newest = onnx.defs.onnx_opset_version()
    for entry in model.opset_import:
        if entry.domain in STANDARD and not OLDEST_OPSET <= entry.version <= newest:
            raise InputError(
                "model.opset",
                f"The model {path} uses version {entry.version} of ONNX's operators; this engine knows "
                f"{OLDEST_OPSET} to {newest}.",
                "Export the model with another opset version, or update Overseed.",
            )


def _check_inside(path: Path, tensor: TensorProto) -> None:
    """Weights lie in the file itself; what others would have read is not read at all."""
    from onnx import TensorProto as Kinds

    if tensor.data_location == Kinds.EXTERNAL or tensor.external_data:
        places = ", ".join(entry.value for entry in tensor.external_data if entry.key == "location")
        raise InputError(
            "model.external-data",
            f"The model {path} wants to read further files: '{places}'.",
            "Give a model that holds its weights itself, such as 'overseed train' writes.",
        )


def _graphs(model: ModelProto) -> Iterator[GraphProto]:
    """The model's graph and all graphs inside it."""
    waiting = [model.graph]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                waiting += [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    sparse = list(graph.sparse_initializer)
    for node in graph.node:
        for attribute in node.attribute:
            yield from attribute.tensors
            sparse += attribute.sparse_tensors
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("sparse_tensor"):
                sparse.append(attribute.sparse_tensor)
    for one in sparse:
        yield from (one.values, one.indices)
