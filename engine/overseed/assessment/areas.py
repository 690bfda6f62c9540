"""How much ground an arm's maps give each rare class, with each way to correct the class areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

REFERENCE = "reference"
SIDES = ("validation", "test")


def mapped_areas(
    arm: str,
    trainings: Sequence[Mapping[str, Mapping[str, Sequence[int]]]],
    taken: Sequence[str],
    names: Sequence[str],
    rare: Sequence[int],
) -> list[dict[str, Any]]:
    """One row for each correction that was tried in any of an arm's trainings.

    Parameters
    ----------
    trainings:
        For each training the pixels of all classes by side (``validation``, ``test``): ``reference`` and, by
        correction, as mapped.
    taken:
        The correction that each training took.

    Returns
    -------
    Rows with ``arm``, ``correction``, ``taken`` (by how many trainings), ``trainings`` (that tried it) and
    ``classes``: for each rare class its mapped over its reference area on both sides, pixels of those trainings
    added up; ``None`` where the reference has none of it.
    """
    rows = []
    for correction in dict.fromkeys(name for areas in trainings for name in areas):
        if correction == REFERENCE:
            continue
        own = [areas for areas in trainings if correction in areas]
        sums = {
            (side, kind): np.sum([areas[kind][side] for areas in own], axis=0)
            for side in SIDES
            for kind in (REFERENCE, correction)
        }
        classes = [
            {
                "name": names[index],
                **{s: _ratio(sums[s, correction][index], sums[s, REFERENCE][index]) for s in SIDES},
            }
            for index in rare
        ]
        rows.append(
            {
                "arm": arm,
                "correction": correction,
                "taken": sum(name == correction for name in taken),
                "trainings": len(own),
                "classes": classes,
            }
        )
    return rows


def _ratio(mapped: int, reference: int) -> float | None:
    return round(float(mapped / reference), 3) if reference else None
