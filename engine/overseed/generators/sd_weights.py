"""Where the weights of an inpainting pipeline lie, whether all of them are there, and whether they changed.

A pipeline is a folder in the format of diffusers, one ``.safetensors`` file, or a name on the Hugging Face hub
with a commit. Only safetensors are read: other formats can run code when they are opened. Nothing here asks the
network unless a name on the hub is given whose files are not on this machine.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overseed.errors import InputError
from overseed.generators.model_files import (
    UNSAFE,
    digest_of,
    listed,
    missing_sentence,
    shards,
)

#: Families by the beginning of the class that ``model_index.json`` names; the first that fits counts.
FAMILIES = {"StableDiffusionXL": "sdxl", "StableDiffusion": "sd"}
NETWORKS = {
    "unet": "diffusion_pytorch_model",
    "vae": "diffusion_pytorch_model",
    "text_encoder": "model",
    "text_encoder_2": "model",
}
TOKENIZERS = ("tokenizer", "tokenizer_2")
#: A file's name for what its header holds beside tensors: the small files of a pipeline.
SMALL_FILES = "overseed_pipeline"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_WANTED = ["model_index.json", "*/*.json", "*/merges.txt"] + [
    f"{part}/{stem}{end}"
    for part, stem in NETWORKS.items()
    for end in (".safetensors", "-*-of-*.safetensors")
]


@dataclass(frozen=True)
class BaseWeights:
    """Weights that are whole.

    Parameters
    ----------
    given, revision:
        The whole path, or the name on the hub and the commit.
    folder:
        In the format of diffusers, where they are a folder or on the hub; for a file the folder with its small
        files, or None where these are in the file itself.
    file:
        The file with all tensors, if it is one.
    family:
        ``sd`` or ``sdxl``.
    fingerprint:
        Changes when the weights, the tokenizer or a configuration do.
    """

    given: str
    revision: str | None
    folder: Path | None
    file: Path | None
    family: str
    fingerprint: str

    def small_files(self) -> dict[str, str]:
        """Configurations and tokenizers by their place in the pipeline, as text."""
        if self.folder is None:
            assert self.file is not None
            return _small_files_in(self.file)
        return _small_files_of(self.folder)


def find_weights(given: str | None, revision: str | None) -> BaseWeights:
    """Find weights by path or name.

    Raises
    ------
    InputError
        ``diffusion.no-weights`` with the files that are missing and where they belong,
        ``diffusion.unsafe-weights`` for formats that can run code, ``diffusion.no-revision`` for a name on the
        hub without a commit, ``diffusion.not-inpainting`` for other kinds of pipelines.
    """
    if not given:
        raise InputError(
            "diffusion.no-weights",
            "The method sd-inpaint starts from an inpainting model, and --weights names none.",
            f"Put the model into a folder that holds {listed(_files_of('sd'))}, and give --weights FOLDER; or "
            "give one .safetensors file of it.",
        )
    path = Path(given).expanduser()
    if path.is_dir():
        return _in_folder(str(path.resolve()), None, path.resolve())
    if path.is_file():
        return _in_file(str(path.resolve()), path.resolve())
    if not _HUB_NAME.fullmatch(given):
        raise InputError(
            "diffusion.no-weights",
            f"There are no weights at {given}.",
            f"--weights wants a folder that holds {listed(_files_of('sd'))}, a .safetensors file, or "
            "OWNER/NAME on the Hugging Face hub with --revision.",
        )
    if not _COMMIT.fullmatch(revision or ""):
        raise InputError(
            "diffusion.no-revision",
            f"There is no folder {given} here, and as a name on the Hugging Face hub it needs a commit, so "
            "that the weights cannot change.",
            "Correct the folder, or give --revision the 40 characters of a commit (on the hub under 'Files and "
            "versions', 'History').",
        )
    return _in_folder(given, revision, _from_hub(given, str(revision)))


def find_again(given: str, revision: str | None, fingerprint: str) -> BaseWeights:
    """The weights that a generator was trained from.

    Raises
    ------
    InputError
        ``diffusion.weights-moved`` or ``diffusion.weights-changed``.
    """
    advice = "Put them back, or train again with 'overseed train-generator --method sd-inpaint --weights …'."
    try:
        found = find_weights(given, revision)
    except InputError as error:
        raise InputError(
            "diffusion.weights-moved",
            f"The weights that this generator was trained from are no longer whole at {given}: {error.message}",
            advice,
        ) from error
    if found.fingerprint != fingerprint:
        raise InputError(
            "diffusion.weights-changed",
            f"The weights at {given} are not those that this generator was trained from.",
            advice,
        )
    return found


def weights_file(folder: Path, part: str) -> tuple[Path, str | None] | None:
    """The weights of a network in a pipeline's folder (a file, or the index of several) and their variant."""
    stem = NETWORKS[part]
    for variant, names in {
        None: (f"{stem}.safetensors", f"{stem}.safetensors.index.json"),
        "fp16": (f"{stem}.fp16.safetensors", f"{stem}.safetensors.index.fp16.json"),
    }.items():
        for name in names:
            if (folder / part / name).is_file():
                return folder / part / name, variant
    return None


def _in_folder(given: str, revision: str | None, folder: Path) -> BaseWeights:
    family = _family(given, folder)
    missing = _missing(folder, family)
    if missing:
        _refuse_incomplete(given, folder, missing)
    files = sorted(folder / name for name in _small_files_of(folder))
    for part in _networks_of(family):
        found = weights_file(folder, part)
        assert found is not None
        files += shards(found[0])
    return BaseWeights(given, revision, folder, None, family, digest_of(folder, files))


def _in_file(given: str, file: Path) -> BaseWeights:
    if file.suffix.lower() != ".safetensors":
        raise InputError(
            "diffusion.unsafe-weights",
            f"{file.name} is no .safetensors file; Overseed reads no other weights, since those can run code.",
            "Take the .safetensors version of the model, or convert it with a tool that you trust.",
        )
    small, folder = _small_files_in(file), file.with_suffix("")
    beside = _small_files_of(folder) if folder.is_dir() else {}
    content = small or beside
    family = (
        _family_of(json.loads(content["model_index.json"]))
        if "model_index.json" in content
        else None
    )
    missing = [name for name in _small_names(family or "sd") if not _has(content, name)]
    if missing or family is None:
        raise InputError(
            "diffusion.no-weights",
            f"{file.name} holds weights alone; the pipeline's small files are missing: "
            f"{listed(missing or ['model_index.json'])}.",
            f"Put them, as the model's page on the hub has them, into the folder {folder} beside the file.",
        )
    texts = "".join(f"{name}\n{text}\n" for name, text in sorted(content.items()))
    digest = hashlib.sha256(texts.encode() + digest_of(file.parent, [file]).encode()).hexdigest()
    return BaseWeights(given, None, None if small else folder, file, family, digest)


def _from_hub(name: str, revision: str) -> Path:
    """The folder of one commit: from the machine's cache, else fetched."""
    from huggingface_hub import snapshot_download

    def snapshot(local: bool) -> Path:
        return Path(
            snapshot_download(
                name, revision=revision, allow_patterns=_WANTED, local_files_only=local
            )
        )

    try:
        kept = snapshot(local=True)
        if not _missing(kept, _family(name, kept)):
            return kept
    except Exception:
        # Whatever is wrong with what lies here, fetching mends it.
        pass
    try:
        return snapshot(local=False)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            "diffusion.no-weights",
            f"The weights {name} are not on this machine and could not be fetched ({reason}).",
            "Check name, commit and connection; or copy the model's folder, which holds "
            f"{listed(_files_of('sd'))}, to this machine and give --weights FOLDER.",
        ) from error


def _family(given: str, folder: Path) -> str:
    index = folder / "model_index.json"
    if not index.is_file():
        _refuse_incomplete(given, folder, _missing(folder, "sd"))
    family = _family_of(json.loads(index.read_text(encoding="utf-8")))
    if family is None:
        raise InputError(
            "diffusion.not-inpainting",
            f"{given} is no pipeline of the Stable Diffusion type.",
            "Take an inpainting model of Stable Diffusion 1, 2 or XL.",
        )
    return family


def _family_of(index: Mapping[str, Any]) -> str | None:
    name = str(index.get("_class_name", ""))
    return next((family for start, family in FAMILIES.items() if name.startswith(start)), None)


def _networks_of(family: str) -> list[str]:
    return [part for part in NETWORKS if family == "sdxl" or not part.endswith("_2")]


def _small_names(family: str) -> list[str]:
    """The small files that a pipeline needs; tokenizers have two forms, see :func:`_has`."""
    tokenizers = [part for part in TOKENIZERS if family == "sdxl" or not part.endswith("_2")]
    return [
        "model_index.json",
        *(f"{part}/config.json" for part in _networks_of(family)),
        *(f"{part}/vocab.json" for part in tokenizers),
        *(f"{part}/merges.txt" for part in tokenizers),
        "scheduler/scheduler_config.json",
    ]


def _files_of(family: str) -> list[str]:
    weights = [f"{part}/{NETWORKS[part]}.safetensors" for part in _networks_of(family)]
    return [*_small_names(family), *weights]


def _missing(folder: Path, family: str) -> list[str]:
    there = _small_files_of(folder)
    missing = [name for name in _small_names(family) if not _has(there, name)]
    for part in _networks_of(family):
        found = weights_file(folder, part)
        if found is None:
            missing.append(f"{part}/{NETWORKS[part]}.safetensors")
        else:
            missing += [f"{part}/{file.name}" for file in shards(found[0]) if not file.is_file()]
    return missing


def _has(there: Mapping[str, str], name: str) -> bool:
    """Whether a small file is there; a tokenizer may also be one file."""
    part = name.split("/")[0]
    return name in there or (part in TOKENIZERS and f"{part}/tokenizer.json" in there)


def _refuse_incomplete(given: str, folder: Path, missing: list[str]) -> None:
    unsafe = {path.suffix for part in NETWORKS for path in (folder / part).glob("*.*")} & UNSAFE
    raise InputError(
        "diffusion.no-weights",
        missing_sentence(given, missing, sorted(unsafe)),
        f"Put them into {folder}, as the model's page on the Hugging Face hub has them.",
    )


def _small_files_of(folder: Path) -> dict[str, str]:
    places = [folder / "model_index.json"]
    for part in (*NETWORKS, *TOKENIZERS, "scheduler"):
        places += [p for p in (folder / part).glob("*") if p.suffix in (".json", ".txt")]
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in places
        if path.is_file() and ".safetensors.index" not in path.name
    }


def _small_files_in(file: Path) -> dict[str, str]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as stored:
            about = stored.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise InputError(
            "diffusion.no-weights",
            f"{file} cannot be read as safetensors: {error}.",
            "The file is damaged or not whole; copy it once more.",
        ) from error
    return dict(json.loads(about.get(SMALL_FILES, "{}")))
