"""`chips cluster`: clusters of training chips by their features, and rare chips that lie among others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.chip_settings import ClusterChipsSettings
from overseed.chips.chip_set import NO_CLUSTER, ChipSet
from overseed.chips.clustering import (
    AGGLOMERATIVE,
    ALL,
    K_MEANS,
    LARGEST_TREE,
    Try,
    Way,
    centres_of,
    distances_to,
    least_size,
    propose,
    try_ways,
    ways_of,
)
from overseed.chips.clusters import apart
from overseed.chips.feature_space import fit_space
from overseed.csv_tables import as_csv
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import read_json, write_text
from overseed.runs import Leaf, open_leaf, settings_record
from overseed.stages.chips.chip_files import PreparedChips, open_chips
from overseed.stages.chips.cluster_files import CLUSTERS, write_clusters
from overseed.stages.chips.cluster_pictures import (
    MAP_PICTURE,
    MAP_TABLE,
    REVIEW_PICTURE,
    draw_map,
    draw_review_sheet,
)
from overseed.stages.chips.cluster_tables import (
    FoundClusters,
    ReviewGroup,
    about_tries,
    chip_rows,
    review_groups,
    review_rows,
    score_rows,
    table_of_clusters,
    table_of_tries,
)
from overseed.stages.chips.feature_files import features_of
from overseed.tiles.split import TRAIN

TABLES = ("scores.csv", "clusters.csv", "review.csv")


def cluster(settings: ClusterChipsSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/clusters/seed-<n>``; returns the folder, the chosen way, counts and tables as text.

    Raises
    ------
    InputError
        ``run.stage-missing`` without features, ``chips.too-few`` or ``chips.too-many`` training chips for what
        is asked, ``chips.features-equal``.
    """
    reporter = reporter or Reporter()
    reporter.stage("chips cluster", "Find clusters of chips")
    prepared = open_chips(settings.run)
    key, features = features_of(prepared, settings.seed)
    record = settings_record(settings)
    if settings.clusters is not None:
        del record["least"], record["most"]
    folder = prepared.run.chip_clusters(settings.seed)
    with open_leaf(
        folder, "chips cluster", record, {"features": key}, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            # The limit reaches only libraries that are loaded already.
            import sklearn.cluster
            import sklearn.manifold  # noqa: F401
            from threadpoolctl import threadpool_limits

            with threadpool_limits(settings.threads or None):
                _fill(prepared, features, settings, leaf, reporter)
    content = read_json(folder / CLUSTERS)
    return {
        "clusters": str(folder),
        "count": len(content["classes"]),
        "for_review": sum(content["for_review"]),
        "chosen": content["chosen"],
        "text": "\n".join([*content["text"], f"Files: {folder}"]),
    }


def _fill(
    prepared: PreparedChips,
    features: NDArray[np.float32],
    settings: ClusterChipsSettings,
    leaf: Leaf,
    reporter: Reporter,
) -> None:
    chips = prepared.chips
    train = chips.of_side(TRAIN)
    numbers = _numbers(settings, len(train), reporter)
    ways = _ways(settings, len(train), reporter)
    space = fit_space(features[train], settings.components, settings.seed)
    points = space.place(features)
    tries = try_ways(
        points[train], ways, numbers, settings.seed,
        lambda done, total: reporter.progress(done, total, "clustering"),
    )  # fmt: skip
    if not tries:
        raise InputError(
            "chips.too-few",
            f"Fewer than {numbers[0]} of the {len(train)} training chips differ.",
            "Look for duplicates among the chips, or ask for fewer clusters.",
        )
    least = least_size(chips.labels[train])
    chosen, sound = propose(tries, least)
    reason = _reason(tries, chosen, sound, least)
    if not sound:
        reporter.warning("chips.small-clusters", reason)
    result = _parted(chips, points, train, tries[chosen])
    groups = review_groups(chips, result)
    if not chips.table.rare_indices:
        reporter.warning(
            "chips.no-rare",
            "No class is rare, so no chips are listed for review; 'overseed chips prepare --rare NAME' names "
            "one.",
        )
    leaf.begin()
    for name in (REVIEW_PICTURE, MAP_PICTURE, MAP_TABLE):
        (leaf.folder / name).unlink(missing_ok=True)
    rows = (
        score_rows(tries, chosen, least),
        chip_rows(chips, result),
        review_rows(chips, result, groups),
    )
    for name, table in zip(TABLES, rows, strict=True):
        write_text(leaf.folder / name, as_csv(table))
    text = [
        "Silhouettes (from -1 to 1) by number of clusters:",
        *table_of_tries(tries, chosen, least),
        reason,
        "Clusters:",
        *table_of_clusters(chips, result),
        _review_sentence(groups),
    ]
    about = about_tries(tries, chosen, least, reason, space.explained) | {
        "origin": result.origin.tolist(),
        "text": text,
    }
    files = [*TABLES, write_clusters(prepared, result.clusters, settings.seed, about)]
    files += draw_review_sheet(chips, result, groups, leaf.folder, reporter)
    files += draw_map(chips, points, result, tries[chosen].way, settings, leaf.folder, reporter)
    leaf.figures = {
        "chosen": about["chosen"],
        "variance_kept": about["variance_kept"],
        "for_review": sum(len(group.chips) for group in groups),
    }
    leaf.finish(files, reporter)


def _numbers(settings: ClusterChipsSettings, chips: int, reporter: Reporter) -> list[int]:
    """Numbers of clusters to try; there must be more training chips than clusters."""
    least, most = settings.least, settings.most
    if settings.clusters is not None:
        least = most = settings.clusters
    if chips <= least:
        raise InputError(
            "chips.too-few",
            f"{chips} training {'chip does' if chips == 1 else 'chips do'} not make {least} clusters.",
            "Ask for fewer clusters, or prepare more chips.",
        )
    if most >= chips:
        reporter.warning(
            "chips.fewer-clusters",
            f"At most {chips - 1} clusters are tried, since there are {chips} training chips.",
        )
    return list(range(least, min(most, chips - 1) + 1))


def _ways(settings: ClusterChipsSettings, chips: int, reporter: Reporter) -> list[Way]:
    ways = ways_of(settings.method, settings.metric, settings.linkage)
    if chips <= LARGEST_TREE or all(way.method == K_MEANS for way in ways):
        return ways
    if settings.method == AGGLOMERATIVE or settings.linkage != ALL:
        raise InputError(
            "chips.too-many",
            f"Agglomerative clustering of {chips} training chips would hold the distance of each pair; "
            f"{LARGEST_TREE} chips are the most.",
            "Use --method k-means.",
        )
    reporter.warning(
        "chips.only-k-means",
        f"Only k-means is tried: agglomerative clustering holds the distance of each pair, and {chips} "
        f"training chips are more than {LARGEST_TREE}.",
    )
    return [way for way in ways if way.method == K_MEANS]


def _reason(tries: list[Try], chosen: int, sound: bool, least: int) -> str:
    """Why the chosen try is proposed, in one or two sentences."""
    one = tries[chosen]
    what = f"{one.clusters} clusters ({one.way.name})"
    small = int(one.sizes.min())
    if len(tries) == 1:
        note = (
            f", though one of them has only {small} of the {len(one.found)} chips"
            if not sound
            else ""
        )
        return f"{what} are taken, as asked{note}."
    alike = (
        ", with cosine taken as distance on the unit sphere so that all can be compared"
        if len({t.way.metric for t in tries}) > 1
        else ""
    )
    best = f"{what} are proposed: the largest silhouette, {one.comparable_silhouette:.3f},"
    if not sound:
        return (
            f"{best} of {len(tries)} tries{alike}. Each try has a cluster of fewer than {least} chips, here "
            f"one of {small}."
        )
    kept = sum(int(t.sizes.min()) >= least for t in tries)
    which = f"{len(tries)} tries" if kept == len(tries) else f"the {kept} of {len(tries)} tries"
    return f"{best} of {which} without a cluster of fewer than {least} chips{alike}."


def _parted(
    chips: ChipSet, points: NDArray[np.float64], train: NDArray[np.intp], chosen: Try
) -> FoundClusters:
    """The found clusters, parted by class; chips of other sides only get the nearest centre."""
    centres = centres_of(points[train], chosen.found, chosen.way.metric)
    distances = distances_to(points, centres, chosen.way.metric)
    nearest = distances.argmin(axis=1)
    nearest[train] = chosen.found
    inside = np.full(len(chips), NO_CLUSTER, np.int64)
    inside[train] = chosen.found
    clusters, origin = apart(inside, chips.labels, chips.table.rare_indices)
    own = distances[np.arange(len(chips)), nearest]
    return FoundClusters(nearest, own, clusters, origin)


def _review_sentence(groups: list[ReviewGroup]) -> str:
    count = sum(len(group.chips) for group in groups)
    if not count:
        return "No rare chips lie among more chips of other classes."
    return (
        f"{count} rare {'chip lies' if count == 1 else 'chips lie'} among more chips of other classes: look at "
        "them in review.png and review.csv."
    )
