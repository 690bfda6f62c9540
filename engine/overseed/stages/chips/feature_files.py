"""The features of a run's chips, and the network that they come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.files import whole
from overseed.stages.chips.chip_files import PreparedChips

if TYPE_CHECKING:
    from overseed.chips.networks import ChipNetwork

FEATURES, NETWORK = "features.npy", "model.safetensors"


def write_features(folder: Path, features: NDArray[np.float32]) -> str:
    """Store features ``(n, d)`` of all chips in their order; returns the file's name."""
    with whole(folder / FEATURES) as partial:
        np.save(partial, features)
    return FEATURES


def write_network(folder: Path, network: ChipNetwork, about: dict[str, Any]) -> str:
    """Store the network's weights, which ``--weights`` of other commands takes; returns the file's name."""
    from safetensors.torch import save_file

    tensors = {k: v.cpu().contiguous() for k, v in network.body.state_dict().items()}
    with whole(folder / NETWORK) as partial:
        save_file(tensors, partial, metadata={"overseed": json.dumps(about, ensure_ascii=False)})
    return NETWORK


def features_of(prepared: PreparedChips, seed: int) -> tuple[str, NDArray[np.float32]]:
    """Features ``(n, d)`` of all chips, memory-mapped, after the key of what they depend on.

    Raises
    ------
    InputError
        ``run.stage-missing`` with the command that makes them.
    """
    folder = prepared.run.chip_features(seed)
    command = f"chips features {prepared.run.root}" + (f" --seed {seed}" if seed else "")
    key = prepared.run.key_of(folder, command)
    return key, np.load(folder / FEATURES, mmap_mode="r")
