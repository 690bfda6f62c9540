"""Models in 8-bit integers for processors: static quantisation with scales from training ground.

Weights get a scale per channel, activations one per tensor, found on real images (Jacob et al.,
"Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018); ONNX
Runtime does the work.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.files import sha256_of
from overseed.mapping.onnx_model import INPUT

#: Under which an 8-bit model tells the digest of the file that it was made of.
SOURCE_KEY = "overseed_quantized_from"
#: Probabilities stay in float32.
KEPT = ("Softmax",)
#: Parts of the network at full resolution, by the names that the export gives to their nodes: few operations,
#: but they see single pixels, whose values have a wider range than 8 bits hold.
PIXELWISE = ("/network/spectral/", "/network/head/")


def quantize_model(source: Path, target: Path, images: Iterable[NDArray[np.float32]]) -> None:
    """Write an 8-bit version of a model, with the same metadata.

    Parameters
    ----------
    images:
        Batches ``(n, bands, h, w)`` in the recipe's units, on which the ranges of activations are found.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.registry import QDQRegistry
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with TemporaryDirectory() as place, _quiet():
        prepared = Path(place) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Images(images),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            op_types_to_quantize=[kind for kind in QDQRegistry if kind not in KEPT],
            nodes_to_exclude=_sensitive(onnx.load(str(prepared)).graph.node),
        )
    given = {
        p.key: p.value for p in onnx.load(str(source), load_external_data=False).metadata_props
    }
    given[SOURCE_KEY] = sha256_of(source)
    graph = onnx.load(str(target))
    onnx.helper.set_model_props(graph, given)
    onnx.save(graph, str(target))


def _sensitive(nodes: Iterable[Any]) -> list[str]:
    """Nodes that stay in float32: those outside the network's parts, and the pixelwise ones."""
    return [n.name for n in nodes if n.name.count("/") <= 2 or n.name.startswith(PIXELWISE)]


class _Images:
    """What ONNX Runtime asks for images one after the other."""

    def __init__(self, images: Iterable[NDArray[np.float32]]) -> None:
        self._images: Iterator[NDArray[np.float32]] = iter(images)

    def get_next(self) -> dict[str, Any] | None:
        image = next(self._images, None)
        return None if image is None else {INPUT: image}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's advice to prepare the model first, which is given in any case."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
