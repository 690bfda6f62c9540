"""Models run by PyTorch from their safetensors weights: for hardware that ONNX Runtime has no provider for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
    """A model that PyTorch runs; ``half`` asks for float16 where it pays, on CUDA."""

    network: Deployed
    device: Device
    half: bool

    @property
    def provider(self) -> str:
        return f"PyTorch on {self.device.name}" + (" in float16" if self.half else "")

    @property
    def on_gpu(self) -> bool:
        return self.device.kind != "cpu"

    @torch.no_grad()
    def predict(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities ``(n, classes, h, w)`` of images ``(n, bands, h, w)`` in the recipe's units."""
        place = self.device.torch_device()
        batch = torch.from_numpy(images).to(place, memory_format=torch.channels_last)
        with torch.autocast(self.device.kind, torch.float16, enabled=self.half):
            found = self.network(batch)
        return np.asarray(found.float().cpu().numpy(), np.float32)


def load_torch_model(path: Path, device: Device, half: bool = False) -> TorchModel:
    """Load a ``model.safetensors`` that `overseed train` wrote; nothing is unpickled.

    Raises
    ------
    InputError
        ``model.missing``, ``model.unreadable``, what
        :func:`~overseed.mapping.described.read_description` refuses, or ``device.half`` when float16 is wanted
        where it does not pay.
    """
    if half and device.kind != "cuda":
        raise InputError(
            "device.half",
            f"float16 pays on CUDA alone, and this is {device.name}.",
            "Leave out --half, or use a machine with CUDA.",
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
    placed = deployed.eval().to(device.torch_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return TorchModel(network=placed, device=device, half=half, **fields)
