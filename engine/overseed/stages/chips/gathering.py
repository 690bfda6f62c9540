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
        return np.asarray(self.images[number]), np.asarray(self.valid[number])


@contextlib.contextmanager
def gathered(
    source: ChipSource, folder: Path, settings: Settings, reporter: Reporter
) -> Iterator[Gathered]:
    """Read all chips of a source; their file in ``folder`` goes with the block's end.

    Raises
    ------
    InputError
        What the source refuses.
    """
    entries, size = source.entries, source.size
    count, side = len(entries), thumbnail_side(size)
    bands = len(source.recipe.all_names)
    with (
        _scratch(folder / "images.npy", source.dtype, (count, bands, size, size)) as images,
        _scratch(folder / "valid.npy", np.dtype(bool), (count, size, size)) as valid,
    ):
        found = Gathered(
            images=images,
            valid=valid,
            thumbnails=np.zeros((count, side, side), np.float32),
            empty=np.zeros(count, bool),
            constant=np.zeros(count, bool),
        )
        _fill(found, source, settings, reporter)
        yield found


def store_chosen(array: NDArray[Any], chosen: NDArray[np.intp], path: Path) -> NDArray[Any]:
    """Write the chosen rows of an array to their final file, a few at a time; returns them memory-mapped."""
    step = max(1, CHUNK // max(1, array[0].nbytes))
    with whole(path) as partial:
        target = open_memmap(
            partial, mode="w+", dtype=array.dtype, shape=(len(chosen), *array.shape[1:])
        )
        for start in range(0, len(chosen), step):
            target[start : start + step] = array[chosen[start : start + step]]
        _close(target)
    return np.asanyarray(np.load(path, mmap_mode="r"))


@contextlib.contextmanager
def _scratch(target: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Iterator[NDArray[Any]]:
    """An array in a file beside ``target`` that goes with the block's end."""
    path = target.with_name(f"{PARTIAL}{os.getpid()}-gathered-{target.name}")
    array = open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    try:
        yield array
    finally:
        _close(array)
        path.unlink(missing_ok=True)


def _close(array: NDArray[Any]) -> None:
    """Write an array out and let its file go, since Windows renames and removes no file that is mapped."""
    assert isinstance(array, np.memmap)
    array.flush()
    array._mmap.close()  # type: ignore[attr-defined]


def _fill(found: Gathered, source: ChipSource, settings: Settings, reporter: Reporter) -> None:
    count = len(source.entries)
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
                found.identical.append((first, number))
        reporter.progress(number + 1, count, "chip")


def _digest(chip: Chip) -> bytes:
    image, valid = chip
    seen = np.ascontiguousarray(np.where(valid, image, np.zeros((), image.dtype)))
    return hashlib.sha256(seen.tobytes() + valid.tobytes()).digest()
