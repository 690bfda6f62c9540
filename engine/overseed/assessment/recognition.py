"""Whether a classifier recognises ground as its class, and how little it does so on real ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.discriminant import Discriminant
from overseed.assessment.ranges import OVERLAP
from overseed.assessment.real_ground import GroundRegion
from overseed.assessment.usual import Yardstick, left_out, weighted_quantile

#: Share of each class's real ground that the limit leaves out.
LEFT_OUT = 0.03
#: No more than this part of what is usual is asked for: ground that is always recognised leaves no room below.
USUAL_PART = 0.9
#: Regions of a class that weigh as much as all classes together in its limit.
BORROWED = 6
#: Probabilities are held between this and 1 less this before their logits are compared.
SURE = 0.01


def learn(ground: Sequence[GroundRegion]) -> Discriminant:
    """A classifier of pixels from all regions that are given."""
    values = np.concatenate([region.pixels for region in ground])
    labels = np.concatenate([np.full(len(r.pixels), r.label) for r in ground])
    return Discriminant.fit(values, labels)


def held_out_agreement(
    ground: Sequence[GroundRegion], groups: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Logit of each region's agreement with a classifier that learned from other groups; ``(n,)``.

    NaN for a class that only one group has.
    """
    found = np.full(len(ground), np.nan)
    for others, own in left_out(groups):
        classifier = learn([region for region, other in zip(ground, others, strict=True) if other])
        for number in np.flatnonzero(own).tolist():
            region = ground[number]
            found[number] = logit(classifier.agreement(region.pixels, region.label))
    return found


def least_agreement(
    agreement: NDArray[np.float64], yard: Yardstick, classes: int
) -> NDArray[np.float64]:
    """The logit that most of each class's real ground reaches, drawn towards that of all classes.

    −∞ where nothing was held out.
    """
    limits = np.full(classes, _limit(agreement, yard.sizes))
    shared = limits.copy()
    for index in np.unique(yard.labels[~np.isnan(agreement)]):
        own = yard.labels == index
        limit = _limit(agreement[own], yard.sizes[own])
        n = own.sum() / OVERLAP
        limits[index] = (n * limit + BORROWED * shared[index]) / (n + BORROWED)
    return np.array([logit(share_of(limit) / yard.caution) for limit in limits])


def _limit(agreement: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    low, usual = (weighted_quantile(agreement, sizes, share) for share in (LEFT_OUT, 0.5))
    return min(low, logit(USUAL_PART * share_of(usual))) if np.isfinite(low) else -np.inf


def beyond_agreement(
    agreement: NDArray[np.float64], yard: Yardstick, classes: int
) -> NDArray[np.bool_]:
    """Which regions agree less than the limits that the other groups give."""
    found = np.zeros(len(agreement), bool)
    for others, own in left_out(yard.groups):
        found[own] = (
            agreement[own]
            < least_agreement(agreement[others], yard.part(others), classes)[yard.labels[own]]
        )
    return found


def logit(share: float) -> float:
    """Log odds of a share, held off 0 and 1; NaN stays NaN."""
    held = np.clip(share, SURE, 1 - SURE)
    return float(np.log(held / (1 - held)))


def share_of(logit: float) -> float:
    """The share that has these log odds."""
    return float(1 / (1 + np.exp(-logit)))
