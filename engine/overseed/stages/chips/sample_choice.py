"""How many chips `chips sample` makes of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from overseed.chips.chip_set import NO_CLUSTER, ChipSet
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.stages.chips.gan_files import Lesson, Lessons, rare_classes


@dataclass(frozen=True)
class Order:
    """``count`` chips with a class index as their label; ``told`` is what the GAN is told."""

    label: int
    cluster: int
    told: int
    count: int


def choose_orders(
    chips: ChipSet,
    lessons: Lessons,
    of: Sequence[str],
    clusters: Sequence[int],
    count: int,
    reporter: Reporter,
) -> list[Order]:
    """Choose what to make: ``count`` chips of each class.

    Those of a class that has several clusters are spread over them by their training chips.

    Raises
    ------
    InputError
        ``classes.unknown``, ``chips.no-rare``; ``chips.no-label`` where nothing says which class a chip is of;
        ``chips.not-learned`` for a class, ``chips.cluster`` for a cluster that the GAN does not know.
    """
    table = chips.table
    labels = [table.index_of(kind.label) for kind in lessons.kinds]
    wanted = [table.index_of(name) for name in dict.fromkeys(of)]
    if clusters and lessons.told != "cluster":
        raise InputError(
            "chips.cluster",
            "This GAN was not told clusters, so none can be chosen.",
            "Leave out --cluster, or take --condition cluster.",
        )
    if lessons.told == "none" and len(lessons.kinds) > 1:
        raise InputError(
            "chips.no-label",
            f"The GAN was told nothing and has learned {', '.join(k.label for k in lessons.kinds)}: nobody can "
            "say which of them a chip of its is.",
            "Train it on one class with 'chips train-gan --of NAME', or take --condition class.",
        )
    if clusters:
        chosen = _of_clusters(lessons, labels, clusters, wanted, of)
    else:
        chosen = {label: list(range(len(labels))) for label in wanted or rare_classes(chips)}
    orders = []
    for label, places in chosen.items():
        own = [place for place in places if labels[place] == label]
        if not own:
            _refuse_or_warn(lessons, label, table.names, len(chosen) > 1, reporter)
            continue
        shares = _spread(count, [lessons.kinds[place] for place in own])
        for place, share in zip(own, shares, strict=True):
            cluster = lessons.kinds[place].cluster
            if share:
                orders.append(
                    Order(label, NO_CLUSTER if cluster is None else cluster, place, share)
                )
    if not orders:
        raise InputError(
            "chips.not-learned",
            "The GAN has learned none of these classes.",
            f"It makes {', '.join(dict.fromkeys(k.label for k in lessons.kinds))}.",
        )
    return orders


def _of_clusters(
    lessons: Lessons,
    labels: list[int],
    clusters: Sequence[int],
    wanted: list[int],
    of: Sequence[str],
) -> dict[int, list[int]]:
    """The classes of some clusters, and for each of them the places of those clusters in the lessons."""
    known = {kind.cluster: place for place, kind in enumerate(lessons.kinds)}
    chosen: dict[int, list[int]] = {}
    for cluster in dict.fromkeys(clusters):
        place = known.get(cluster)
        if place is None or (wanted and labels[place] not in wanted):
            listed = ", ".join(f"{kind.cluster} ({kind.label})" for kind in lessons.kinds)
            whose = f" of {', '.join(of)}" if of else ""
            raise InputError(
                "chips.cluster",
                f"The GAN knows no cluster {cluster}{whose}.",
                f"Its clusters are: {listed}.",
            )
        chosen.setdefault(labels[place], []).append(place)
    return chosen


def _refuse_or_warn(
    lessons: Lessons, label: int, names: Sequence[str], several: bool, reporter: Reporter
) -> None:
    """A class in the majority in no cluster is left out with a warning, where others are left to make."""
    learned = ", ".join(dict.fromkeys(kind.label for kind in lessons.kinds))
    if lessons.told == "cluster" and several:
        reporter.warning(
            "chips.no-cluster",
            f"No cluster has the class '{names[label]}' for its label, so no chips of it are made.",
        )
        return
    raise InputError(
        "chips.not-learned",
        f"The GAN has not learned the class '{names[label]}'.",
        f"It makes {learned}; name others in 'chips train-gan --of NAME'.",
    )


def _spread(count: int, kinds: Sequence[Lesson]) -> list[int]:
    """``count`` in whole numbers, in proportion to the kinds' training chips (largest remainders)."""
    weights = np.array([kind.chips for kind in kinds], float)
    exact = count * weights / weights.sum()
    whole = np.floor(exact).astype(int)
    for place in np.argsort(whole - exact, kind="stable")[: count - int(whole.sum())]:
        whole[place] += 1
    return [int(number) for number in whole]
