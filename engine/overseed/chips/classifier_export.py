"""Export of a chip classifier: ``model.onnx``, which describes itself, and its weights.

The ONNX graph takes chips ``(n, bands, size, size)`` in native units and gives probabilities ``(n, classes)``:
scaling is inside. Probabilities are the classifier's own; training with balanced classes raises those of rare
ones, which is why a threshold goes with them.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d
from torch.overrides import TorchFunctionMode

from overseed.chips.chip_set import ChipSet
from overseed.files import whole
from overseed.scenes.bands import BandRecipe
from overseed.segmentation.description import CHIPS, KEY, KIND, describe
from overseed.segmentation.export import OPSET
from overseed.tiles.statistics import BandStats

#: Largest difference of probabilities between the network and its file.
TOLERANCE = 1e-3


class DeployedClassifier(nn.Module):
    """Native units in, probabilities out."""

    def __init__(self, network: nn.Module, stats: BandStats) -> None:
        super().__init__()
        self.network = network
        columns = (np.array(v, np.float32)[:, None, None] for v in (stats.mean, stats.std))
        self.mean, self.std = (nn.Buffer(torch.from_numpy(column)) for column in columns)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network((image - self.mean) / self.std)
        return logits.softmax(dim=1)


def export_classifier(
    network: nn.Module, chips: ChipSet, recipe: BandRecipe, about: Mapping[str, Any], folder: Path
) -> None:
    """Write ``model.onnx`` and ``model.safetensors`` atomically; checks the former against the network.

    Parameters
    ----------
    recipe:
        How the chips' bands came from files or rasters; heat maps read theirs so.
    about:
        Further metadata: ``arm``, ``seed``, ``synthetic``, ``network``, ``thresholds`` by class name,
        ``pixel_metres`` where known.

    Raises
    ------
    RuntimeError
        When ONNX Runtime's probabilities differ from the network's by more than 0.001.
    """
    import onnx
    from safetensors.torch import save_file

    stats = chips.stats
    description = describe(chips.table, recipe, stats, chips.size, {KIND: CHIPS, **about})
    deployed = DeployedClassifier(network.cpu().float().eval(), stats).eval()
    mean = torch.from_numpy(np.array(stats.mean, np.float32))[None, :, None, None]
    example = mean.expand(1, -1, chips.size, chips.size).contiguous()
    with whole(folder / "model.onnx") as partial:
        with warnings.catch_warnings(), PoolingByProducts():
            # The exporter that needs no further package is the older one, and says so each time.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                deployed,
                (example,),
                str(partial),
                input_names=["image"],
                output_names=["probabilities"],
                dynamic_axes={"image": {0: "n"}, "probabilities": {0: "n"}},
                opset_version=OPSET,
                dynamo=False,
            )
        graph = onnx.load(str(partial))
        text = json.dumps(description, ensure_ascii=False)
        onnx.helper.set_model_props(graph, {KEY: text})
        onnx.save(graph, str(partial))
        _compare(deployed, chips, partial)
    tensors = {k: v.cpu().contiguous() for k, v in network.state_dict().items()}
    with whole(folder / "model.safetensors") as partial:
        save_file(tensors, partial, metadata={KEY: json.dumps(description)})


def _compare(deployed: nn.Module, chips: ChipSet, path: Path) -> None:
    import onnxruntime

    rng = np.random.default_rng(0)
    mean, std = (
        np.array(v, np.float32)[:, None, None] for v in (chips.stats.mean, chips.stats.std)
    )
    noise = rng.standard_normal((3, chips.bands, chips.size, chips.size)).astype(np.float32)
    image = noise * std + mean
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        wanted = deployed(torch.from_numpy(image)).numpy()
    found = session.run(["probabilities"], {"image": image})[0]
    if np.abs(wanted - found).max() > TOLERANCE:
        raise RuntimeError("The exported ONNX model does not agree with the trained network")


class PoolingByProducts(TorchFunctionMode):
    """Adaptive average pooling as two matrix products, which ONNX has for any size.

    VGG pools 2 × 2 features of a small chip to 7 × 7; the exporter only knows sizes that divide each other.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is not adaptive_avg_pool2d:
            return func(*args, **(kwargs or {}))
        return _pooled(*args, **(kwargs or {}))


def _pooled(input: torch.Tensor, output_size: Any) -> torch.Tensor:
    wanted = output_size if isinstance(output_size, Sequence) else (output_size, output_size)
    lengths = [int(length) for length in input.shape[-2:]]
    rows, columns = (
        _means(length, length if size is None else int(size))
        for length, size in zip(lengths, wanted, strict=True)
    )
    return rows @ input @ columns.T


def _means(length: int, size: int) -> torch.Tensor:
    """``(size, length)``: output ``i`` is the mean of inputs from ``floor(i·length/size)`` to the next ceil."""
    weights = torch.zeros(size, length)
    for i in range(size):
        start, stop = i * length // size, -(-(i + 1) * length // size)
        weights[i, start:stop] = 1 / (stop - start)
    return weights
