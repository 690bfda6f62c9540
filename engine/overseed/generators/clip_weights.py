"""Where the weights of a CLIP model lie, whether all of them are there, and what makes them these.

A model is a folder on this machine in the format of transformers. Nothing here asks the network, and only
safetensors are read: other formats can run code when they are opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overseed.errors import InputError
from overseed.generators.model_files import UNSAFE, digest_of, listed, missing_sentence, shards

CONFIG, PICTURES, WEIGHTS = "config.json", "preprocessor_config.json", "model.safetensors"
#: A tokenizer is one file, or these two.
TOKENIZER, WORDS = "tokenizer.json", ("vocab.json", "merges.txt")
NEEDED = (CONFIG, PICTURES, *WORDS, WEIGHTS)
_INDEX = f"{WEIGHTS}.index.json"


@dataclass(frozen=True)
class ClipWeights:
    """Weights that are whole.

    Parameters
    ----------
    folder:
        Where all files lie.
    mean, std:
        What the model's pictures with values in [0, 1] are standardised by: red, green, blue.
    fingerprint:
        Changes when the weights, the tokenizer or a configuration do.
    """

    folder: Path
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    fingerprint: str


def find_clip(given: Path) -> ClipWeights:
    """Find a CLIP model in a folder.

    Raises
    ------
    InputError
        ``agreement.no-weights`` with the files that are missing and where they belong, ``agreement.not-clip``
        for other kinds of models.
    """
    folder = given.expanduser().resolve()
    if not folder.is_dir():
        why = "it is no folder" if folder.exists() else "nothing is there"
        raise InputError(
            "agreement.no-weights",
            f"There is no CLIP model at {given}: {why}.",
            f"--agreement-weights wants a folder in the format of transformers that holds {listed(NEEDED)}.",
        )
    missing = _missing(folder)
    if missing:
        unsafe = {path.suffix for path in folder.glob("*.*")} & UNSAFE
        raise InputError(
            "agreement.no-weights",
            missing_sentence(str(given), missing, sorted(unsafe)),
            f"Put them into {folder}, as the page of the CLIP model on the Hugging Face hub has them.",
        )
    kind = _content(folder / CONFIG).get("model_type")
    if kind != "clip":
        raise InputError(
            "agreement.not-clip",
            f"The model at {given} is of the kind '{kind}', not 'clip'.",
            "Take a CLIP model in the format of transformers, such as those of OpenAI or OpenCLIP.",
        )
    about = _content(folder / PICTURES)
    found = weights_file(folder)
    assert found is not None
    small = [CONFIG, PICTURES, TOKENIZER, *WORDS]
    files = [folder / name for name in small if (folder / name).is_file()] + shards(found)
    return ClipWeights(
        folder,
        _colours(about, "image_mean", folder),
        _colours(about, "image_std", folder),
        digest_of(folder, files),
    )


def weights_file(folder: Path) -> Path | None:
    """The file with the tensors, or the index of several."""
    names = (name for name in (WEIGHTS, _INDEX) if (folder / name).is_file())
    return next((folder / name for name in names), None)


def _missing(folder: Path) -> list[str]:
    missing = [name for name in (CONFIG, PICTURES) if not (folder / name).is_file()]
    if not (folder / TOKENIZER).is_file():
        missing += [name for name in WORDS if not (folder / name).is_file()]
    found = weights_file(folder)
    if found is None:
        return [*missing, WEIGHTS]
    return missing + [path.name for path in shards(found) if not path.is_file()]


def _content(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unreadable(file, str(error)) from error
    if not isinstance(content, dict):
        raise _unreadable(file, "it holds no names with values")
    return content


def _colours(about: dict[str, Any], name: str, folder: Path) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(value) for value in about[name])
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(folder / PICTURES, f"'{name}' is not three numbers") from error
    return red, green, blue


def _unreadable(file: Path, why: str) -> InputError:
    return InputError(
        "agreement.no-weights",
        f"{file} cannot be read as part of a CLIP model: {why}.",
        "The file is damaged or of another model; copy it once more.",
    )
