"""Clusters of chips as GANs are told of them: each holds chips of one kind, so that samples have a label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import NO_CLUSTER


@dataclass(frozen=True)
class Clusters:
    """Which cluster each chip is in.

    Parameters
    ----------
    numbers:
        ``(n,)`` int64, from 0 for chips of the training side, :data:`NO_CLUSTER` for all others.
    classes:
        For each cluster the class that most of its chips have; all of them where that class is rare.
    for_review:
        For each cluster whether it holds rare chips that were found among chips of other classes.
    """

    numbers: NDArray[np.int64]
    classes: tuple[int, ...]
    for_review: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.classes)


def apart(
    found: NDArray[np.int64], labels: NDArray[np.int64], rare: list[int]
) -> tuple[Clusters, NDArray[np.int64]]:
    """Part clusters so that none holds both a rare class and another one.

    Rare chips in a cluster that has more chips of other classes become a cluster for review; so do the others
    in a cluster that has more rare ones, though not for review. Chips that are :data:`NO_CLUSTER` stay so.

    Parameters
    ----------
    found, labels:
        ``(n,)`` clusters as an algorithm found them, and class indices.
    rare:
        Class indices.

    Returns
    -------
    clusters, origin
        ``origin`` says for each cluster which of the found ones it is a part of.
    """
    numbers = np.full(len(found), NO_CLUSTER, np.int64)
    classes: list[int] = []
    for_review: list[bool] = []
    origin: list[int] = []
    for cluster in np.unique(found[found != NO_CLUSTER]):
        inside = found == cluster
        kinds = np.where(np.isin(labels, rare), labels, -1)
        own, counts = np.unique(kinds[inside], return_counts=True)
        for kind, count in sorted(
            zip(own.tolist(), counts.tolist(), strict=True), key=lambda k: -k[1]
        ):
            part = inside & (kinds == kind)
            numbers[part] = len(classes)
            classes.append(int(np.bincount(labels[part]).argmax()))
            for_review.append(kind >= 0 and 2 * count < int(inside.sum()))
            origin.append(int(cluster))
    return Clusters(numbers, tuple(classes), tuple(for_review)), np.array(origin, np.int64)
