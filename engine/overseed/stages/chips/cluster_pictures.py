"""Pictures of `chips cluster`: chips for review beside their neighbours, and all chips in a plane."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overseed.chip_settings import ClusterChipsSettings
from overseed.chips.chip_set import ChipSet
from overseed.chips.clustering import COSINE, Way
from overseed.chips.feature_map import (
    FEWEST_CHIPS,
    chosen_for_map,
    fitting_perplexity,
    plane_of,
)
from overseed.chips.feature_space import on_sphere
from overseed.csv_tables import as_csv
from overseed.events import Reporter
from overseed.files import whole, write_text
from overseed.stages.chips.cluster_tables import FoundClusters, ReviewGroup
from overseed.tiles.split import TRAIN

REVIEW_PICTURE, MAP_PICTURE, MAP_TABLE = "review.png", "tsne.png", "tsne.csv"


def draw_review_sheet(
    chips: ChipSet,
    result: FoundClusters,
    groups: list[ReviewGroup],
    folder: Path,
    reporter: Reporter,
) -> list[str]:
    """Draw the chips for review; returns the file's name, where there are any."""
    if not groups:
        return []
    from overseed.reporting.chip_review import ReviewSection, draw_review

    names = chips.table.names
    sections = [
        ReviewSection(
            f"Cluster {group.cluster}, {names[group.label]}: {len(group.chips)} of "
            f"{len(group.chips) + len(group.others)} chips in found cluster {group.found}, mostly "
            f"{names[group.mostly]}",
            group.chips,
            group.others,
        )
        for group in groups
    ]
    with whole(folder / REVIEW_PICTURE) as partial:
        draw_review(sections, chips, partial)
    reporter.preview(folder / REVIEW_PICTURE)
    return [REVIEW_PICTURE]


def draw_map(
    chips: ChipSet,
    points: NDArray[np.float64],
    result: FoundClusters,
    way: Way,
    settings: ClusterChipsSettings,
    folder: Path,
    reporter: Reporter,
) -> list[str]:
    """Draw training chips in a plane, and write where they lie."""
    train = chips.of_side(TRAIN)
    if len(train) < FEWEST_CHIPS:
        reporter.warning(
            "chips.no-map", f"{len(train)} training chips are too few for a t-SNE picture."
        )
        return []
    rare = np.isin(chips.labels[train], chips.table.rare_indices)
    shown = train[chosen_for_map(rare, settings.seed)]
    if len(shown) < len(train):
        reporter.warning(
            "chips.map-sample",
            f"The t-SNE picture shows {len(shown)} of {len(train)} training chips, rare ones first.",
        )
    perplexity = fitting_perplexity(settings.perplexity, len(shown))
    if perplexity < settings.perplexity:
        reporter.warning(
            "chips.perplexity",
            f"The perplexity of the t-SNE picture is {perplexity:.1f}: {len(shown)} chips are too few for "
            f"{settings.perplexity:g}.",
        )
    reporter.check()
    from overseed.reporting.chip_maps import draw_chip_map

    space = on_sphere(points[shown]) if way.metric == COSINE else points[shown]
    places = plane_of(space, perplexity, settings.seed)
    final = result.clusters.numbers
    names = chips.table.names
    rows: list[tuple[object, ...]] = [
        ("number", "file", "class", "found_cluster", "final_cluster", "x", "y")
    ]
    for number, (x, y) in zip(shown.tolist(), places.tolist(), strict=True):
        label = names[chips.labels[number]]
        found = int(result.found[number])
        rows.append(
            (number, chips.names[number], label, found, int(final[number]), f"{x:.4f}", f"{y:.4f}")
        )
    write_text(folder / MAP_TABLE, as_csv(rows))
    title = f"{len(shown)} training chips by their features (t-SNE, perplexity {perplexity:.3g})"
    with whole(folder / MAP_PICTURE) as partial:
        draw_chip_map(places, shown, chips, result.clusters, title, partial)
    reporter.preview(folder / MAP_PICTURE)
    return [MAP_TABLE, MAP_PICTURE]
