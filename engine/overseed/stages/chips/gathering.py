"""All chips of a data set on disk, before it is known which of them stay: read once, looked at on the way."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from overseed.chips.chip_set import Place
from overseed.chips.near_duplicates import Chip, is_constant, thumbnail, thumbnail_side
from overseed.config import Settings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import PARTIAL, whole
from overseed.scenes.bands import BandRecipe
from overseed.stages.chips.chip_sources import ChipEntry
from overseed.stages.chips.reading_files import ReadChip

#: Bytes of images that are copied at once.
CHUNK = 64 * 2**20


class ChipSource(Protocol):
    """Where chips come from. ``notes`` are sentences on what was odd."""

    @property
    def entries(self) -> Sequence[ChipEntry]: ...
    @property
    def size(self) -> int: ...
    @property
    def recipe(self) -> BandRecipe: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    def read(self, settings: Settings) -> Iterator[ReadChip]: ...


@dataclass
class Gathered:
    """Chips ``(n, bands, size, size)`` in a file of their own, with what was seen of each.

    ``identical`` are pairs of chips with the same values; ``empty`` ``(n,)`` have no value at all, ``constant``
    ``(n,)`` one value everywhere.
    """

    images: NDArray[Any]
    valid: NDArray[np.bool_]
    thumbnails: NDArray[np.float32]
    empty: NDArray[np.bool_]
    constant: NDArray[np.bool_]
    places: list[Place] = field(default_factory=list)
    identical: list[tuple[int, int]] = field(default_factory=list)

    def chip(self, number: int) -> Chip:
        return np.asarray(self.images[number]), self.valid[number]


@contextlib.contextmanager
def gathered(
    source: ChipSource, folder: Path, settings: Settings, reporter: Reporter
) -> Iterator[Gathered]:
    """Read all chips of a source; their file in ``folder`` goes with the block's end.

    Raises
    ------
    InputError
        What the source refuses, and ``chips.contradiction`` for chips with the same values but different
        classes.
    """
    path = folder / f"{PARTIAL}{os.getpid()}-gathered.npy"
    entries, size = source.entries, source.size
    shape = len(entries), len(source.recipe.all_names), size, size
    side = thumbnail_side(size)
    images = open_memmap(path, mode="w+", dtype=source.dtype, shape=shape)
    try:
        found = Gathered(
            images=images,
            valid=np.zeros((len(entries), size, size), bool),
            thumbnails=np.zeros((len(entries), side, side), np.float32),
            empty=np.zeros(len(entries), bool),
            constant=np.zeros(len(entries), bool),
        )
        _fill(found, source, settings, reporter)
        yield found
    finally:
        # Windows removes no file that is still mapped.
        images._mmap.close()  # type: ignore[attr-defined]
        path.unlink(missing_ok=True)


def store_images(found: Gathered, chosen: NDArray[np.intp], path: Path) -> NDArray[Any]:
    """Write the chosen chips to their final file, a few at a time; returns them memory-mapped."""
    shape = len(chosen), *found.images.shape[1:]
    step = max(1, CHUNK // max(1, found.images[0].nbytes))
    with whole(path) as partial:
        target = open_memmap(partial, mode="w+", dtype=found.images.dtype, shape=shape)
        for start in range(0, len(chosen), step):
            target[start : start + step] = found.images[chosen[start : start + step]]
        target.flush()
        target._mmap.close()  # type: ignore[attr-defined]
    return np.asanyarray(np.load(path, mmap_mode="r"))


def _fill(found: Gathered, source: ChipSource, settings: Settings, reporter: Reporter) -> None:
    entries = source.entries
    first_of: dict[bytes, int] = {}
    for number, read in enumerate(source.read(settings)):
        chip = read.image, read.valid
        found.images[number], found.valid[number] = chip
        found.places.append(read.place)
        found.empty[number] = not read.valid.any()
        found.constant[number] = is_constant(chip)
        if not found.constant[number]:
            found.thumbnails[number] = thumbnail(chip)
            first = first_of.setdefault(_digest(chip), number)
            if first != number:
                _refuse_contradiction(entries[first], entries[number])
                found.identical.append((first, number))
        reporter.progress(number + 1, len(entries), "chip")


def _digest(chip: Chip) -> bytes:
    image, valid = chip
    seen = np.ascontiguousarray(np.where(valid, image, np.zeros((), image.dtype)))
    return hashlib.sha256(seen.tobytes() + valid.tobytes()).digest()


def _refuse_contradiction(one: ChipEntry, other: ChipEntry) -> None:
    if one.value != other.value:
        raise InputError(
            "chips.contradiction",
            f"{one.where} and {other.where} are the same picture, but one is '{one.value}' and the other "
            f"'{other.value}'.",
            "Remove one of them, or give both the same class.",
        )
