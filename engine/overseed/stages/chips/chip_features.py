"""Features that made and real chips are held against each other by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import ChipSet
from overseed.devices import Device
from overseed.errors import InputError
from overseed.files import read_json
from overseed.runs import RECORD
from overseed.segmentation.features import BATCH, Features, imagenet_features, three_bands
from overseed.segmentation.network import OFFLINE_ENCODER

MODEL = "model.safetensors"


def encoder_of(
    chips: ChipSet, weights: Path | None, seed: int, device: Device
) -> tuple[str, Features]:
    """A function from standardised chips to features ``(n, d)``, and what it is called.

    ImageNet's encoder, or the network of a chip classifier: a run folder's best one, the folder of one, or its
    ``model.safetensors``.

    Raises
    ------
    InputError
        ``chips.no-classifier`` when there is no such file, or what refuses it.
    """
    if weights is None:
        stats = chips.stats
        shown = three_bands(stats.names)
        low, high = (
            np.array([(value[i] - stats.mean[i]) / stats.std[i] for i in shown], np.float32)
            for value in (stats.low, stats.high)
        )
        names = ", ".join(stats.names[i] for i in shown)
        return f"ImageNet ({OFFLINE_ENCODER}; {names})", imagenet_features(shown, low, high, device)
    import torch

    from overseed.chips.networks import build_chip_network

    file = _classifier_file(weights)
    record = file.parent / RECORD
    settings = read_json(record)["settings"] if record.is_file() else {}
    name = settings.get("network", OFFLINE_ENCODER)
    place = device.torch_device()
    network = build_chip_network(
        name, chips.bands, 2, torch.Generator().manual_seed(seed), str(file)
    )
    network = network.to(place).eval()

    def features(crops: NDArray[np.float32]) -> NDArray[np.float32]:
        found = []
        with torch.no_grad():
            for start in range(0, len(crops), BATCH):
                part = torch.from_numpy(np.ascontiguousarray(crops[start : start + BATCH]))
                found.append(network.features(part.to(place)).float().cpu().numpy())
        return np.concatenate(found)

    return f"{name} of {file.parent.name}/{file.name}", features


def _classifier_file(path: Path) -> Path:
    if path.is_dir():
        best = path / "best.json"
        path = path / (read_json(best)["model"] if best.is_file() else "") / MODEL
    if not path.is_file():
        raise InputError(
            "chips.no-classifier",
            f"There is no chip classifier {path}.",
            "Run 'overseed chips classify-chips' first, give its model.safetensors, or leave out --weights.",
        )
    return path
