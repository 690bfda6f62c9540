"""Export of a trained network: ``model.onnx``, which describes itself, its weights, a model card.

The ONNX graph takes native units and gives probabilities: scaling and calibration are inside, so that any
ONNX program can run it.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.files import whole, write_text
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable
from overseed.segmentation.calibration import Calibration
from overseed.segmentation.description import KEY, describe, model_card, properties
from overseed.tiles.grid import STRIDE
from overseed.tiles.statistics import BandStats

OPSET = 17


class Deployed(nn.Module):
    """Native units in, calibrated probabilities out.

    Parameters
    ----------
    mean, std:
        Of each band, in native units.
    """

    def __init__(
        self,
        network: nn.Module,
        mean: Sequence[float] | NDArray[np.float32],
        std: Sequence[float] | NDArray[np.float32],
        calibration: Calibration,
    ) -> None:
        super().__init__()
        self.network = network
        columns = (np.array(v, np.float32)[:, None, None] for v in (mean, std))
        self.mean, self.std = (nn.Buffer(torch.from_numpy(column)) for column in columns)
        self.bias = nn.Buffer(torch.tensor(calibration.bias)[:, None, None])
        self.temperature = calibration.temperature

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        logits = self.network((image - self.mean) / self.std)
        return ((logits + self.bias) / self.temperature).softmax(dim=1)


def export_model(
    network: nn.Module,
    last: nn.Module,
    table: ClassTable,
    recipe: BandRecipe,
    stats: BandStats,
    calibration: Calibration,
    tile: int,
    about: dict[str, Any],
    folder: Path,
) -> None:
    """Write the files atomically and check the ONNX graph against the network.

    Parameters
    ----------
    network, last:
        The chosen weights, and those at the training's end, which only go to ``last.safetensors``.
    about:
        Further metadata: ``arm``, ``seed``, ``synthetic`` (whether made samples were used); see
        :func:`~overseed.segmentation.description.describe`.

    Raises
    ------
    RuntimeError
        When ONNX Runtime's probabilities differ from the network's by more than 0.001.
    """
    import onnx
    from safetensors.torch import save_file

    # Windows of a map must fit the graph as they are; tiles of a training need not.
    tile = -(-tile // STRIDE) * STRIDE
    deployed = Deployed(network.cpu().float(), stats.mean, stats.std, calibration).eval()
    example = torch.from_numpy(np.array(stats.mean, np.float32))[None, :, None, None]
    example = example.expand(1, -1, tile, tile).contiguous()
    dynamic = {0: "n", 2: "h", 3: "w"}
    constants = {"bias": list(calibration.bias), "temperature": calibration.temperature}
    description = describe(table, recipe, stats, tile, {**about, "calibration": constants})
    with whole(folder / "model.onnx") as partial:
        with warnings.catch_warnings():
            # The exporter that needs no further package is the older one, and says so each time.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                deployed,
                (example,),
                str(partial),
                input_names=["image"],
                output_names=["probabilities"],
                dynamic_axes={"image": dynamic, "probabilities": dynamic},
                opset_version=OPSET,
                dynamo=False,
            )
        graph = onnx.load(str(partial))
        onnx.helper.set_model_props(graph, properties(description))
        onnx.save(graph, str(partial))
        _compare(deployed, stats, partial, tile)
    for name, source in (("last", last), ("model", network)):
        tensors = {k: v.cpu().contiguous() for k, v in source.state_dict().items()}
        with whole(folder / f"{name}.safetensors") as partial:
            save_file(tensors, partial, metadata={KEY: json.dumps(description)})
    write_text(folder / "model.md", model_card(description))


def _compare(deployed: nn.Module, stats: BandStats, path: Path, tile: int) -> None:
    import onnxruntime

    rng = np.random.default_rng(0)
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (stats.mean, stats.std))
    noise = rng.standard_normal((2, len(stats.names), tile, tile + 32)).astype(np.float32)
    image = noise * std + mean
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        wanted = deployed(torch.from_numpy(image)).numpy()
    found = session.run(["probabilities"], {"image": image})[0]
    if np.abs(wanted - found).max() > 1e-3:
        raise RuntimeError("The exported ONNX model does not agree with the trained network")
