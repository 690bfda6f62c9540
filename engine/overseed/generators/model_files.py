"""Files of models that others made: which hold tensors, whether they changed, and how they are listed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

#: Formats that can run code when they are opened.
UNSAFE = frozenset({".bin", ".ckpt", ".pt", ".pth"})
_SAMPLES, _SAMPLE = 64, 4096


def shards(found: Path) -> list[Path]:
    """The files with the tensors themselves: one, or the index of several and these."""
    if found.suffix != ".json":
        return [found]
    names = json.loads(found.read_text(encoding="utf-8"))["weight_map"].values()
    return [found, *(found.with_name(name) for name in sorted(set(names)))]


def digest_of(folder: Path, files: Sequence[Path]) -> str:
    """Of names, sizes and samples of the content, so that copies at other places are the same."""
    digest = hashlib.sha256()
    for path in files:
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as stream:
            for number in range(_SAMPLES):
                stream.seek(max(0, (size - _SAMPLE) * number // (_SAMPLES - 1)))
                digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()


def listed(names: Sequence[str]) -> str:
    """Names as part of a sentence."""
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def missing_sentence(given: str, missing: Sequence[str], unsafe: Sequence[str]) -> str:
    """What is missing of a model, and which of its files (by their endings) are not read."""
    also = f" Files in {', '.join(unsafe)} are not read, since they can run code." if unsafe else ""
    verb = "is" if len(missing) == 1 else "are"
    return f"The weights at {given} are not whole: {listed(missing)} {verb} missing.{also}"
