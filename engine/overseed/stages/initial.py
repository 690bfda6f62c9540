"""Where the weights lie that a training is asked to start from."""

from __future__ import annotations

from pathlib import Path

from overseed.errors import InputError
from overseed.files import read_json


def initial_file(path: Path) -> Path:
    """The ``model.safetensors`` of a run folder's best model, or the file itself.

    Raises
    ------
    InputError
        ``train.initial`` when there is none.
    """
    best = path / "best.json"
    if best.is_file():
        path = path / read_json(best)["model"]
    if path.is_dir():
        path = path / "model.safetensors"
    if not path.is_file():
        raise InputError(
            "train.initial",
            f"There is no trained model at {path}.",
            "Give a run folder with a trained model, or its model.safetensors.",
        )
    return path
