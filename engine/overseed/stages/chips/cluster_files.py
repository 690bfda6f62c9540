"""The clusters of a run's chips: what `chips cluster` found, else what the chips' table says."""

from __future__ import annotations

from typing import Any

import numpy as np

from overseed.chips.chip_set import NO_CLUSTER
from overseed.chips.clusters import Clusters, apart
from overseed.errors import InputError
from overseed.files import read_json, write_json
from overseed.runs import RECORD
from overseed.stages.chips.chip_files import PreparedChips
from overseed.tiles.split import TRAIN

CLUSTERS = "clusters.json"


def write_clusters(
    prepared: PreparedChips, clusters: Clusters, seed: int, about: dict[str, Any] | None = None
) -> str:
    """Store clusters, and what is said of them, in the folder of `chips cluster`; returns the file's name."""
    content = (about or {}) | {
        "numbers": clusters.numbers.tolist(),
        "classes": list(clusters.classes),
        "for_review": list(clusters.for_review),
    }
    write_json(prepared.run.chip_clusters(seed) / CLUSTERS, content)
    return CLUSTERS


def clusters_of(prepared: PreparedChips, seed: int) -> tuple[str, Clusters]:
    """A run's clusters, and what they depend on as one short word.

    Raises
    ------
    InputError
        ``chips.no-clusters`` when none were found and none came with the chips.
    """
    folder, chips = prepared.run.chip_clusters(seed), prepared.chips
    if (folder / RECORD).is_file():
        stored = read_json(folder / CLUSTERS)
        found = Clusters(
            np.array(stored["numbers"], np.int64),
            tuple(stored["classes"]),
            tuple(stored["for_review"]),
        )
        return prepared.run.key_of(folder, "chips cluster"), found
    given = np.where(chips.sides == TRAIN, chips.given_clusters, NO_CLUSTER)
    if not (given != NO_CLUSTER).any():
        raise InputError(
            "chips.no-clusters",
            f"The chips in {prepared.run.root} have no clusters.",
            "Run 'overseed chips cluster' first, or give a table with a column cluster.",
        )
    return prepared.key, apart(given, chips.labels, chips.table.rare_indices)[0]
