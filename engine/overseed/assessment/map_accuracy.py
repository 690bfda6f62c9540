"""Accuracy of a map and areas of its classes, from reference classes at sampled points or on whole ground.

From a probability sample every figure is an estimate with a standard error and a 95 % interval (Olofsson et al.
2014; Stehman 2014). Reference data that somebody chose, instead of drawing it, only describe themselves: they
get the same figures without interval. Quantity and allocation disagreement are those of Pontius & Millones
(2011, "Death to Kappa").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.intervals import WILSON, Interval, ratio_interval, share_interval
from overseed.assessment.point_sample import Estimate, PointSample

HECTARE = 10_000.0
#: Points of a class in a stratum from which its share is known well enough without a word of warning.
FEW = 10


@dataclass(frozen=True)
class Answers:
    """Class indices ``(n,)`` that map and reference give to each point; -1 where the map is empty."""

    mapped: NDArray[np.int64]
    reference: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        return self.mapped == self.reference


def estimated_accuracy(
    sample: PointSample,
    answers: Answers,
    names: Sequence[str],
    ground: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Accuracy and areas from a probability sample, as JSON values.

    Parameters
    ----------
    ground:
        Area that the sample speaks for, in square metres; NaN where nobody knows, without a CRS.

    Returns
    -------
    ``overall_accuracy``, per class ``users_accuracy``, ``producers_accuracy``, ``f1`` and ``area`` (a share of
    the ground), each with ``value``, ``standard_error``, ``low``, ``high`` and ``interval`` (the method);
    ``hectares`` of each class likewise; ``matrix`` in points and ``matrix_of_area`` in shares of the ground,
    mapped classes by rows and ground that the map leaves empty in the last one; ``quantity_disagreement`` and
    ``allocation_disagreement``. ``few_points`` names the classes of which some stratum has so few points that
    their areas' intervals are those of small samples.
    """
    shares = _matrix_of_area(sample, answers, len(names))
    classes, few = [], []
    for index, name in enumerate(names):
        mapped, reference = answers.mapped == index, answers.reference == index
        both = mapped & reference
        share = sample.share(reference)
        interval = share_interval(sample, reference, share, rng)
        if interval.method == WILSON and _few(sample, reference):
            few.append(name)
        classes.append(
            {
                "name": name,
                "points_mapped": int(mapped.sum()),
                "points_reference": int(reference.sum()),
                "users_accuracy": _ratio(sample, both, mapped),
                "producers_accuracy": _ratio(sample, both, reference),
                "f1": _f1(sample, mapped, reference),
                "area": _figure(share, interval),
                "hectares": _figure(share, interval, ground / HECTARE),
                "mapped_share": _number(sample.share(mapped).value),
            }
        )
    overall = sample.share(answers.right)
    return {
        "overall_accuracy": _figure(overall, share_interval(sample, answers.right, overall, rng)),
        "classes": classes,
        "matrix": _counts(answers, len(names)).tolist(),
        "matrix_of_area": np.round(shares, 6).tolist(),
        **disagreement(shares),
        "few_points": few,
    }


def described_accuracy(
    areas: NDArray[np.float64],
    counts: NDArray[np.float64],
    names: Sequence[str],
    ground: float,
) -> dict[str, Any]:
    """The same figures of ground that was not sampled: chosen, or known as a whole; none has an interval.

    Parameters
    ----------
    areas, counts:
        ``(classes + 1, classes)``, in any unit of area and in points or pixels: mapped classes by rows, the
        last row for ground that the map leaves empty.
    ground:
        Area in square metres that the matrix stands for as a whole; NaN where areas would say nothing.
    """
    total = areas.sum()
    shares = areas / total if total else areas
    hits = np.diagonal(shares)
    mapped, reference = shares[:-1].sum(axis=1), shares.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        users, producers = hits / mapped, hits / reference
        f1 = 2 * hits / (mapped + reference)
    classes = [
        {
            "name": name,
            "users_accuracy": _bare(users[index]),
            "producers_accuracy": _bare(producers[index]),
            "f1": _bare(f1[index]),
            "area": _bare(reference[index]),
            "hectares": _bare(reference[index] * ground / HECTARE),
            "mapped_share": _number(mapped[index]),
        }
        for index, name in enumerate(names)
    ]
    return {
        "overall_accuracy": _bare(hits.sum() if total else np.nan),
        "classes": classes,
        "matrix": counts.astype(int).tolist(),
        "matrix_of_area": np.round(shares, 6).tolist(),
        **disagreement(shares),
        "few_points": [],
    }


def disagreement(shares: NDArray[np.float64]) -> dict[str, float | None]:
    """Quantity and allocation disagreement from a matrix ``(classes + 1, classes)`` of shares of the ground.

    Their sum is the share that is mapped wrongly; ground that the map leaves empty is a matter of quantity.
    """
    square = np.zeros((len(shares), len(shares)))
    square[:, :-1] = shares
    mapped, reference, hits = square.sum(axis=1), square.sum(axis=0), np.diagonal(square)
    quantity = np.abs(mapped - reference).sum() / 2
    allocation = np.minimum(mapped - hits, reference - hits).sum()
    return {
        "quantity_disagreement": _number(quantity),
        "allocation_disagreement": _number(allocation),
    }


def _ratio(
    sample: PointSample, parts: NDArray[np.bool_], wholes: NDArray[np.bool_]
) -> dict[str, Any]:
    estimate = sample.ratio(sample.area * parts, sample.area * wholes)
    return _figure(estimate, ratio_interval(parts, wholes, estimate))


def _f1(
    sample: PointSample, mapped: NDArray[np.bool_], reference: NDArray[np.bool_]
) -> dict[str, Any]:
    both = mapped & reference
    estimate = sample.ratio(
        2 * sample.area * both, sample.area * (mapped.astype(float) + reference)
    )
    return _figure(estimate, ratio_interval(both, mapped | reference, estimate))


def _few(sample: PointSample, hit: NDArray[np.bool_]) -> bool:
    hits = np.bincount(sample.stratum, hit, minlength=len(sample.pixels))
    return bool(np.minimum(hits, sample.points - hits).min() < FEW)


def _matrix_of_area(sample: PointSample, answers: Answers, classes: int) -> NDArray[np.float64]:
    weights = (sample.pixels / sample.points)[sample.stratum] * sample.area
    matrix = np.zeros((classes + 1, classes))
    # Ground that the map leaves empty is -1, which is the last row.
    np.add.at(matrix, (answers.mapped, answers.reference), weights)
    return matrix / weights.sum()


def _counts(answers: Answers, classes: int) -> NDArray[np.int64]:
    matrix = np.zeros((classes + 1, classes), np.int64)
    np.add.at(matrix, (answers.mapped, answers.reference), 1)
    return matrix


def _figure(estimate: Estimate, interval: Interval, factor: float = 1.0) -> dict[str, Any]:
    """An estimate with its interval, both times a factor."""
    figure: dict[str, Any] = {
        "value": _number(estimate.value * factor),
        "standard_error": _number(estimate.standard_error * factor),
        "low": _number(interval.low * factor),
        "high": _number(interval.high * factor),
        "interval": interval.method,
    }
    if interval.coverage is not None:
        figure["measured_coverage"] = round(interval.coverage, 4)
    return figure


def _bare(value: float) -> dict[str, Any]:
    return {"value": _number(value)}


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
