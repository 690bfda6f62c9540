"""What a chip GAN was told and learned from, as `chips train-gan` stores it and `chips sample` reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import ChipSet
from overseed.chips.clusters import Clusters
from overseed.errors import InputError
from overseed.files import read_json, write_json
from overseed.tiles.split import TRAIN

LESSONS = "lessons.json"
#: Fewer training chips than this teach a GAN nothing but themselves.
LEAST_CHIPS = 4


@dataclass(frozen=True)
class Lesson:
    """Chips that a GAN was told are of one kind: a class, or a cluster and the class that is its label."""

    label: str
    cluster: int | None
    chips: int


@dataclass(frozen=True)
class Lessons:
    """All of them, in the order of the condition numbers; ``told`` is ``none``, ``class`` or ``cluster``."""

    told: str
    kinds: tuple[Lesson, ...]

    @property
    def conditions(self) -> int:
        return 0 if self.told == "none" else len(self.kinds)

    def write(self, folder: Path) -> str:
        """Store them; returns the file's name."""
        content = {"told": self.told, "kinds": [asdict(kind) for kind in self.kinds]}
        write_json(folder / LESSONS, content)
        return LESSONS

    @classmethod
    def read(cls, folder: Path) -> Lessons:
        """What :meth:`write` stored."""
        stored = read_json(folder / LESSONS)
        return cls(stored["told"], tuple(Lesson(**kind) for kind in stored["kinds"]))


def choose_lessons(
    chips: ChipSet, told: str, names: Sequence[str], clusters: Clusters | None
) -> tuple[Lessons, NDArray[np.intp], NDArray[np.int64]]:
    """Which training chips a GAN learns from, and the number of the kind that each is of.

    ``names`` are classes; without any, all of them, or the rare ones where the GAN is told nothing.

    Raises
    ------
    InputError
        ``classes.unknown``, ``chips.no-rare``, ``chips.gan-empty`` for a class without a training chip, or
        ``chips.gan-few``.
    """
    wanted = sorted({chips.table.index_of(name) for name in names})
    if not wanted:
        wanted = rare_classes(chips) if told == "none" else list(range(len(chips.table)))
    numbers = chips.of_side(TRAIN)
    some = np.asarray(chips.valid[numbers]).any(axis=(1, 2))
    numbers = numbers[np.isin(chips.labels[numbers], wanted) & some]
    for index in wanted:
        if names and not (chips.labels[numbers] == index).any():
            raise InputError(
                "chips.gan-empty",
                f"No training chip is of the class '{chips.table.names[index]}'.",
                "Leave it out of --of, or prepare the chips with more of it.",
            )
    if len(numbers) < LEAST_CHIPS:
        raise InputError(
            "chips.gan-few",
            f"A GAN cannot learn from {len(numbers)} training chips; {LEAST_CHIPS} are the least.",
            "Name more classes with --of, or prepare more chips.",
        )
    if clusters is not None:
        own = clusters.numbers[numbers]
        numbers, own = numbers[own >= 0], own[own >= 0]
        # Clusters can hold several common classes, of which only some may be wanted.
        kinds, place = np.unique(own, return_inverse=True)
        labels = [clusters.classes[kind] for kind in kinds]
    else:
        kinds, place = np.unique(chips.labels[numbers], return_inverse=True)
        labels = kinds.tolist()
    counts = np.bincount(place, minlength=len(kinds))
    lessons = tuple(
        Lesson(
            chips.table.names[label],
            None if clusters is None else int(kind),
            int(count),
        )
        for kind, label, count in zip(kinds, labels, counts, strict=True)
    )
    return Lessons(told, lessons), numbers, place.astype(np.int64)


def rare_classes(chips: ChipSet) -> list[int]:
    """Indices of the rare classes.

    Raises
    ------
    InputError
        ``chips.no-rare`` when there is none.
    """
    rare = chips.table.rare_indices
    if not rare:
        raise InputError(
            "chips.no-rare",
            "None of the classes is rare.",
            "Name the classes to take with --of.",
        )
    return rare
