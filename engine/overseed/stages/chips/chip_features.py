"""Features that made and real chips are held against each other by."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from overseed.chips.chip_set import ChipSet
from overseed.devices import Device
from overseed.errors import InputError
from overseed.files import read_json
from overseed.segmentation.features import BATCH, Features, imagenet_features, three_bands
from overseed.segmentation.network import OFFLINE_ENCODER

MODEL = "model.safetensors"


def encoder_of(
    chips: ChipSet, weights: Path | None, seed: int, device: Device
) -> tuple[str, Features]:
    """A function from standardised chips to features ``(n, d)``, and what it is called.

    ImageNet's encoder, or the network of a chip classifier or of `chips features`: a run folder's best
    classifier, the folder of a network, or its ``model.safetensors``.

    Raises
    ------
    InputError
        ``chips.no-classifier`` when there is no such file, ``fidelity.bands`` when it sees other bands, or what
        refuses it.
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
    name = _network_of(file, chips)
    place = device.torch_device()
    rng = torch.Generator().manual_seed(seed)
    network = build_chip_network(name, chips.bands, 2, rng, str(file)).to(place).eval()

    def features(crops: NDArray[np.float32]) -> NDArray[np.float32]:
        found = []
        with torch.no_grad():
            for start in range(0, len(crops), BATCH):
                part = torch.from_numpy(np.ascontiguousarray(crops[start : start + BATCH]))
                found.append(network.features(part.to(place)).float().cpu().numpy())
        return np.concatenate(found)

    return f"{name}, weights {file.parent.name}/{file.name}", features


def _network_of(file: Path, chips: ChipSet) -> str:
    """Name of the network whose weights a file holds, as this engine wrote it there, or the offline encoder."""
    if file.suffix != ".safetensors":
        return OFFLINE_ENCODER
    try:
        with safe_open(file, framework="np") as stored:
            about = json.loads((stored.metadata() or {}).get("overseed", "{}"))
    except Exception as error:
        raise InputError(
            "train.weights-file",
            f"{file} cannot be read as weights ({type(error).__name__}).",
            "Give the model.safetensors of 'overseed chips classify-chips' or 'overseed chips features'.",
        ) from error
    bands = about.get("bands", list(chips.stats.names))
    if bands != list(chips.stats.names):
        raise InputError(
            "fidelity.bands",
            f"The network {file} sees the bands {', '.join(bands)}, the chips have "
            f"{', '.join(chips.stats.names)}.",
            "Give a network that was trained on the chips' bands.",
        )
    return str(about.get("network", OFFLINE_ENCODER))


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
