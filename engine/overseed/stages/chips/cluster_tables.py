"""Tables of `chips cluster`: all tries, the cluster of each chip, chips for review, and a text for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import CHIP_SIDES, NO_CLUSTER, ChipSet
from overseed.chips.clustering import Try
from overseed.chips.clusters import Clusters

SCORE_COLUMNS = (
    "method", "metric", "linkage", "clusters", "silhouette", "comparable_silhouette",
    "calinski_harabasz", "smallest", "largest", "too_small", "chosen",
)  # fmt: skip
CHIP_COLUMNS = (
    "number", "file", "class", "found_cluster", "final_cluster", "side", "for_review", "distance",
)  # fmt: skip
REVIEW_COLUMNS = (
    "number", "file", "class", "found_cluster", "final_cluster", "mostly", "own_share", "distance",
)  # fmt: skip


@dataclass(frozen=True)
class FoundClusters:
    """The clusters of a run.

    Parameters
    ----------
    found:
        ``(n,)`` clusters as they were found; for chips of other sides than training the one whose centre is
        nearest.
    distances:
        ``(n,)`` distances from these clusters' centres, by the distance that the clusters were found with.
    origin:
        For each final cluster which found one it is a part of.
    """

    found: NDArray[np.int64]
    distances: NDArray[np.float64]
    clusters: Clusters
    origin: NDArray[np.int64]

    def inside(self, found: int) -> NDArray[np.intp]:
        """Numbers of the training chips in a found cluster."""
        return np.flatnonzero((self.found == found) & (self.clusters.numbers != NO_CLUSTER))


@dataclass(frozen=True)
class ReviewGroup:
    """Rare chips that lie among others.

    ``chips`` and ``others`` are numbers of chips, those nearest to the found cluster's centre first; ``mostly``
    is the class that most chips of the found cluster have.
    """

    cluster: int
    found: int
    label: int
    mostly: int
    chips: NDArray[np.intp]
    others: NDArray[np.intp]


def review_groups(chips: ChipSet, result: FoundClusters) -> list[ReviewGroup]:
    """The clusters for review, in their order."""
    groups = []
    for cluster, flagged in enumerate(result.clusters.for_review):
        if not flagged:
            continue
        found = int(result.origin[cluster])
        inside = result.inside(found)
        inside = inside[np.argsort(result.distances[inside], kind="stable")]
        own = result.clusters.numbers[inside] == cluster
        label = result.clusters.classes[cluster]
        mostly = int(np.bincount(chips.labels[inside]).argmax())
        groups.append(ReviewGroup(cluster, found, label, mostly, inside[own], inside[~own]))
    return groups


def score_rows(tries: Sequence[Try], chosen: int, least: int) -> list[Sequence[object]]:
    """All tries as rows of a table."""
    rows: list[Sequence[object]] = [SCORE_COLUMNS]
    for number, one in enumerate(tries):
        sizes = one.sizes
        rows.append(
            (
                one.way.method, one.way.metric, one.way.linkage, one.clusters,
                round(one.silhouette, 5), round(one.comparable_silhouette, 5),
                round(one.calinski_harabasz, 3), int(sizes.min()), int(sizes.max()),
                "yes" if sizes.min() < least else "no", "yes" if number == chosen else "no",
            )
        )  # fmt: skip
    return rows


def chip_rows(chips: ChipSet, result: FoundClusters) -> list[Sequence[object]]:
    """All chips as rows of a table; those of other sides than training have no final cluster."""
    rows: list[Sequence[object]] = [CHIP_COLUMNS]
    for number, name in enumerate(chips.names):
        final = int(result.clusters.numbers[number])
        inside = final != NO_CLUSTER
        rows.append(
            (
                number, name, chips.table.names[chips.labels[number]], int(result.found[number]),
                final if inside else "", CHIP_SIDES[chips.sides[number]],
                "yes" if inside and result.clusters.for_review[final] else "no",
                _figure(result.distances[number]),
            )
        )  # fmt: skip
    return rows


def review_rows(
    chips: ChipSet, result: FoundClusters, groups: Sequence[ReviewGroup]
) -> list[Sequence[object]]:
    """Chips for review as rows of a table: those most like the others among which they lie first."""
    rows: list[Sequence[object]] = [REVIEW_COLUMNS]
    for group in groups:
        share = len(group.chips) / (len(group.chips) + len(group.others))
        for number in group.chips.tolist():
            rows.append(
                (
                    number, chips.names[number], chips.table.names[group.label], group.found,
                    group.cluster, chips.table.names[group.mostly], round(share, 4),
                    _figure(result.distances[number]),
                )
            )  # fmt: skip
    return rows


def about_tries(
    tries: Sequence[Try], chosen: int, least: int, reason: str, kept: float
) -> dict[str, Any]:
    """What `clusters.json` says beside the clusters."""
    names = SCORE_COLUMNS[:-2]
    return {
        "chosen": dict(zip(names, score_rows(tries, chosen, least)[chosen + 1], strict=False)),
        "reason": reason,
        "variance_kept": round(kept, 4),
        "tries": [
            dict(zip(names, row, strict=False)) for row in score_rows(tries, chosen, least)[1:]
        ],
    }


def table_of_tries(tries: Sequence[Try], chosen: int, least: int) -> list[str]:
    """Lines with the comparable silhouette of each way and number of clusters.

    The chosen one has a star; brackets stand around those with a cluster that is too small.
    """
    names = list(dict.fromkeys(t.way.name for t in tries))
    numbers = sorted({t.clusters for t in tries})
    cells = {
        (t.way.name, t.clusters): _cell(t, number == chosen, least)
        for number, t in enumerate(tries)
    }
    width = max(map(len, names))
    lines = [" " * width + "".join(f"{k:>9}" for k in numbers)]
    for name in names:
        row = "".join(f"{cells.get((name, k), ''):>9}" for k in numbers)
        lines.append(f"{name:{width}}{row}")
    return lines


def table_of_clusters(chips: ChipSet, result: FoundClusters) -> list[str]:
    """Lines with the number, class and size of each final cluster, and what it is a part of."""
    sizes = np.bincount(
        result.clusters.numbers[result.clusters.numbers != NO_CLUSTER],
        minlength=len(result.clusters),
    )
    lines = []
    for cluster, label in enumerate(result.clusters.classes):
        inside = result.clusters.numbers == cluster
        share = float((chips.labels[inside] == label).mean())
        words = f"{chips.table.names[label]}" + ("" if share == 1 else f" ({share:.0%})")
        found = int(result.origin[cluster])
        part = f", part of found cluster {found}" if (result.origin == found).sum() > 1 else ""
        review = ", for review" if result.clusters.for_review[cluster] else ""
        chips_word = "chip" if sizes[cluster] == 1 else "chips"
        lines.append(f"{cluster:3}  {sizes[cluster]:5} {chips_word}, {words}{part}{review}")
    return lines


def _cell(one: Try, chosen: bool, least: int) -> str:
    text = f"{one.comparable_silhouette:.3f}"
    text = f"({text})" if one.sizes.min() < least else text
    return f"*{text}" if chosen else text


def _figure(value: float) -> float:
    return float(f"{value:.5g}")
