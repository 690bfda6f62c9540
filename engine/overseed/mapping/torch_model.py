"""Models run by PyTorch from their safetensors weights: for hardware that ONNX Runtime has no provider for."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from overseed.devices import Device
from overseed.errors import InputError
from overseed.mapping.described import WRONG, DescribedModel, read_description, wrong_description
from overseed.segmentation.calibration import Calibration
from overseed.segmentation.description import KEY
from overseed.segmentation.export import Deployed
from overseed.segmentation.network import SpectralUNet


@dataclass(frozen=True)
class TorchModel(DescribedModel):
    """A model that PyTorch runs; with ``half`` in float16 on CUDA, in bfloat16 on a processor."""

    network: Deployed
    device: Device
    half: bool

    @property
    def provider(self) -> str:
        kind = "float16" if self.device.kind == "cuda" else "bfloat16"
        return f"PyTorch on {self.device.name}" + (f" in {kind}" if self.half else "")

    @property
    def on_gpu(self) -> bool:
        return self.device.kind != "cpu"

    @torch.no_grad()
    def predict(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities ``(n, classes, h, w)`` of images ``(n, bands, h, w)`` in the recipe's units."""
        place = self.device.torch_device()
        batch = torch.from_numpy(images).to(place, memory_format=torch.channels_last)
        with self._precision():
            found = self.network(batch)
        return np.asarray(found.float().cpu().numpy(), np.float32)

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        if not self.half:
            return contextlib.nullcontext()
        if self.device.kind == "cuda":
            return torch.autocast("cuda", torch.float16)
        return self.device.autocast()


def load_torch_model(path: Path, device: Device, half: bool = False) -> TorchModel:
    """Load a ``model.safetensors`` that `overseed train` wrote; nothing is unpickled.

    Raises
    ------
    InputError
        ``model.missing``, ``model.unreadable``, what
        :func:`~overseed.mapping.described.read_description` refuses, or ``device.half`` when half the precision
        is wanted where it does not pay.
    """
    if half and device.kind != "cuda" and not device.bf16:
        raise InputError(
            "device.half",
            f"Half the precision pays on CUDA and on processors with bfloat16 units; this is {device.name}.",
            "Leave out --half, or use another machine.",
        )
    if not path.is_file():
        raise InputError(
            "model.missing",
            f"There is no model file {path}.",
            "PyTorch wants the model.safetensors that 'overseed train' writes beside model.onnx.",
        )
    try:
        with safe_open(path, "pt") as stored:
            text = (stored.metadata() or {}).get(KEY)
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(
            "model.unreadable",
            f"{path} is not a safetensors file, or not a whole one.",
            "Give a model.safetensors that 'overseed train' wrote; check that the file is whole.",
        ) from error
    description, fields = read_description(path, text)
    try:
        calibration = description["calibration"]
        network = SpectralUNet(
            str(description["encoder"]), len(fields["fill"]), len(fields["table"]),
            str(description["architecture"]),
        )  # fmt: skip
        network.load_state_dict(weights)
        bias = tuple(float(value) for value in calibration["bias"])
        if fields["mean"] is None or not (fields["std"] > 0).all() or not np.isfinite(bias).all():
            raise ValueError("it does not say how the bands are scaled")
        if len(bias) != len(fields["table"]) or not float(calibration["temperature"]) > 0:
            raise ValueError("its calibration does not fit its classes")
        deployed = Deployed(
            network,
            fields["mean"],
            fields["std"],
            Calibration(bias, float(calibration["temperature"]), ""),
        )
    except (*WRONG, RuntimeError, InputError) as error:
        raise wrong_description(path, error) from error
    if half and device.kind == "cpu":
        _cast_convolutions(deployed.network)
    placed = deployed.eval().to(device.torch_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return TorchModel(network=placed, device=device, half=half, **fields)


def _cast_convolutions(network: torch.nn.Module) -> None:
    """Turn weights into bfloat16 that mixed precision would cast anew for every window.

    Depthwise convolutions are slower in bfloat16 on processors and stay as they are.
    """
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d) and module.groups == 1:
            module.to(torch.bfloat16)
