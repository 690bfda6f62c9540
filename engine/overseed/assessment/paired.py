"""Paired comparison of two arms: a bootstrap over the test blocks, the units that are independent ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, macro

REPEATS = 2000
LEVEL = 0.95


def paired_difference(
    arm: NDArray[np.int64],
    against: NDArray[np.int64],
    names: Sequence[str],
    rare: Sequence[int],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Difference of F1 scores, ``arm`` minus ``against``, with percentile intervals (Efron 1979).

    Parameters
    ----------
    arm, against:
        Confusion matrices of the same blocks, ``(blocks, classes, classes)``.

    Returns
    -------
    The macro over the rare classes (over all, when none is rare), ``all_classes`` and each class: difference,
    low and high end of the 95 % interval. An interval is ``None`` when fewer than two blocks hold the class.
    """
    labelled = arm.sum(axis=(1, 2)) > 0
    arm, against = arm[labelled], against[labelled]
    blocks = len(arm)
    draws = rng.integers(max(blocks, 1), size=(REPEATS, blocks))
    among = list(rare) or list(range(len(names)))
    point = _f1(arm.sum(axis=0)) - _f1(against.sum(axis=0))
    drawn = np.array([_f1(arm[d].sum(axis=0)) - _f1(against[d].sum(axis=0)) for d in draws])
    held = (arm.sum(axis=2) > 0).sum(axis=0)
    rows = []
    for index, name in enumerate(names):
        low, high = _interval(drawn[:, index]) if held[index] >= 2 else (None, None)
        rows.append({"name": name, "difference": _number(point[index]), "low": low, "high": high})
    enough = bool(held[among].max() >= 2)
    low, high = _interval(macro(drawn, among)) if enough else (None, None)
    all_low, all_high = _interval(macro(drawn)) if blocks >= 2 else (None, None)
    return {
        "metric": "rare_macro_f1" if rare else "macro_f1",
        "all_classes": {"difference": _number(macro(point)), "low": all_low, "high": all_high},
        "difference": _number(macro(point, among)),
        "low": low,
        "high": high,
        "blocks": blocks,
        "classes": rows,
    }


def verdict(pair: dict[str, Any], method: str) -> str:
    """A plain sentence on whether augmentation helped here."""
    what = "the rare classes'" if pair["metric"] == "rare_macro_f1" else "the classes'"
    if pair["difference"] is None:
        return (
            f"Whether {method} samples helped cannot be said: no test block holds labels of "
            f"{'a rare class' if pair['metric'] == 'rare_macro_f1' else 'any class'}."
        )
    change = f"{pair['difference']:+.3f}"
    if pair["low"] is None:
        return (
            f"{method} samples changed {what} mean F1 by {change} on the test blocks, but too few blocks "
            "hold them to say whether that is more than chance."
        )
    interval = (
        f"95 % interval {pair['low']:+.3f} to {pair['high']:+.3f}, {pair['blocks']} test blocks, "
        "one training each"
    )
    everywhere = ""
    if pair["metric"] == "rare_macro_f1":
        change_of_all = pair["all_classes"]["difference"]
        everywhere = f" The mean F1 of all classes changed by {change_of_all:+.3f}."
    if pair["low"] > 0:
        return f"{method} samples helped here: {what} mean F1 rose by {change} ({interval}).{everywhere}"
    if pair["high"] < 0:
        return (
            f"{method} samples hurt here: {what} mean F1 fell by {change} ({interval}).{everywhere}"
        )
    return (
        f"{method} samples made no clear difference here: {what} mean F1 changed by {change} "
        f"({interval}).{everywhere}"
    )


def _f1(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    return class_scores(matrix)["f1"]


def _interval(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    known = values[~np.isnan(values)]
    if not known.size:
        return None, None
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(known, [tail, 100 - tail])
    return round(float(low), 4), round(float(high), 4)


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
