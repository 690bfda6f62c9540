"""Two maps of one ground held against the same points: the difference of what they are right about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.intervals import Z
from overseed.assessment.map_accuracy import Answers
from overseed.assessment.point_sample import Estimate, PointSample


def map_difference(
    sample: PointSample, first: Answers, second: Answers, names: Sequence[str]
) -> dict[str, Any]:
    """Second map minus first: overall accuracy, and user's, producer's accuracy and F1 of each class.

    Both maps are asked at the same points, so the difference is known better than each of its sides: its
    standard error is that of the points' influences on both (Stehman 2014). Where maps are alike, few points
    tell them apart: the interval of the overall accuracy's difference takes one more of each kind in every
    stratum (Agresti & Min 2005, "Simple improved confidence intervals for comparing matched proportions").
    With simple random sampling, where every point counts alike, the exact form of McNemar's (1947) test is
    added; it does not hold for other designs.
    """
    overall = sample.share(first.right), sample.share(second.right)
    found: dict[str, Any] = {
        "overall_accuracy": _difference(
            sample, *overall, error=_error_with_more_points(sample, first.right, second.right)
        )
    }
    rows = []
    for index, name in enumerate(names):
        row: dict[str, Any] = {"name": name}
        for measure in ("users_accuracy", "producers_accuracy", "f1"):
            before = _measure(sample, first, index, measure)
            after = _measure(sample, second, index, measure)
            row[measure] = _difference(sample, before, after)
        rows.append(row)
    found["classes"] = rows
    simple = len(sample.pixels) == 1 and np.ptp(sample.area) == 0
    found["mcnemar"] = _mcnemar(first.right, second.right) if simple else None
    return found


def _measure(sample: PointSample, answers: Answers, index: int, measure: str) -> Estimate:
    mapped, reference = answers.mapped == index, answers.reference == index
    both = sample.area * (mapped & reference)
    if measure == "f1":
        return sample.ratio(2 * both, sample.area * (mapped.astype(float) + reference))
    whole = mapped if measure == "users_accuracy" else reference
    return sample.ratio(both, sample.area * whole)


def _difference(
    sample: PointSample, first: Estimate, second: Estimate, error: float | None = None
) -> dict[str, Any]:
    """A difference of two ratios; ``error`` is what its interval is made with, if not the standard error."""
    difference = second.value - first.value
    standard = sample.error_of_total(second.influence - first.influence)
    if not np.isfinite(difference):
        return {"difference": None, "standard_error": None, "low": None, "high": None}
    known = np.isfinite(standard)
    reach = Z * (standard if error is None else error)
    return {
        "difference": round(difference, 6),
        "standard_error": round(standard, 6) if known else None,
        "low": round(max(-1.0, difference - reach), 6) if known else None,
        "high": round(min(1.0, difference + reach), 6) if known else None,
    }


def _error_with_more_points(
    sample: PointSample, first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> float:
    strata = len(sample.pixels)
    gains = np.bincount(sample.stratum, second & ~first, minlength=strata)
    losses = np.bincount(sample.stratum, first & ~second, minlength=strata)
    points = sample.points + 2
    variances = ((gains + losses + 1) / points - ((gains - losses) / points) ** 2) / points
    weights = sample.pixels * sample.means(sample.area)
    weights = weights / weights.sum()
    return float(np.sqrt((weights**2 * (1 - sample.sampled_share) * variances).sum()))


def _mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> dict[str, Any]:
    from scipy.stats import binomtest

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differing = only_first + only_second
    p = float(binomtest(only_first, differing).pvalue) if differing else 1.0
    return {"only_first_right": only_first, "only_second_right": only_second, "p": round(p, 6)}
