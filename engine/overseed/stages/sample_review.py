"""What people decided about samples: kept beside them, and obeyed by every stage that uses them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.errors import InputError
from overseed.files import read_json, sha256_of, write_json

REVIEW = "review.json"
#: How the name of a stage's input ends that holds the numbers of rejected samples.
BY_HAND = "-rejected-by-hand"
#: Files that make samples what they are.
_OF_SAMPLES = ("index.json", "images.npy", "labels.npy", "changed.npy")


def samples_fingerprint(folder: Path) -> dict[str, str]:
    """Digests of the files of a series; other samples have others, the same ones made again have the same."""
    return {name: sha256_of(folder / name) for name in _OF_SAMPLES}


def rejected_by_hand(folder: Path) -> list[int]:
    """Numbers, from 1, of the samples that somebody has rejected; none where other samples were meant."""
    content = _decisions(folder)
    if (
        content is None
        or not content["rejected"]
        or content["samples"] != samples_fingerprint(folder)
    ):
        return []
    return [int(number) for number in content["rejected"]]


def is_void(folder: Path) -> bool:
    """Whether decisions were made about other samples than those that are there now."""
    content = _decisions(folder)
    return content is not None and content["samples"] != samples_fingerprint(folder)


def kept_samples(folder: Path, count: int) -> NDArray[np.int64]:
    """Places ``(n,)``, from 0, of the samples that nobody has rejected.

    Raises
    ------
    InputError
        ``review.all-rejected``.
    """
    rejected = [number - 1 for number in rejected_by_hand(folder)]
    kept = np.setdiff1d(np.arange(count), rejected)
    if not len(kept):
        raise all_rejected(folder)
    return kept


def all_rejected(folder: Path) -> InputError:
    """The refusal of a series of which nothing would be left."""
    return InputError(
        "review.all-rejected",
        f"All samples in {folder} are rejected by hand, so there is nothing to learn from.",
        "Accept some again with 'overseed review --accept', or make others with 'overseed synthesize'.",
    )


def write_decisions(folder: Path, rejected: list[int]) -> None:
    """Keep the numbers of the rejected samples; with none, there is no file."""
    if not rejected:
        (folder / REVIEW).unlink(missing_ok=True)
        return
    write_json(
        folder / REVIEW,
        {
            "rejected": rejected,
            "samples": samples_fingerprint(folder),
            "decided": datetime.now(UTC).isoformat(timespec="seconds"),
            "engine": __version__,
        },
    )


def _decisions(folder: Path) -> dict[str, Any] | None:
    if not (folder / REVIEW).is_file():
        return None
    try:
        content: dict[str, Any] = read_json(folder / REVIEW)
        sound = all(isinstance(number, int) for number in content["rejected"])
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound or "samples" not in content:
        raise InputError(
            "review.damaged",
            f"The decisions in {folder / REVIEW} cannot be read.",
            "Remove the file and reject the samples again.",
        )
    return content
