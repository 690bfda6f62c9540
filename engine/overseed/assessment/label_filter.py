"""Which pseudo-labels are kept: thresholds of confidence that make them right often enough on real ground.

For each class the lowest threshold is taken at which, of the real pixels that are given the class with at
least that confidence, the wanted share is right. What that is worth on made images depends on how like real
ground they are; the gate looks at that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.unlabelled import UNLABELLED

#: Pixels that a class's own threshold rests on at least; neighbours are alike, so fewer say nothing.
LEAST_PIXELS = 200
#: Where no threshold is good enough, the best one must leave this share of the class's pixels.
LEAST_LEFT = 0.1
#: A class of which less is right at best is never given.
LEAST_PRECISION = 0.5
#: Threshold where there is no real ground to choose by.
BLIND = 0.9
#: Above any confidence.
NEVER = 2.0
#: How a class's threshold came about.
REACHED, SHORT, POOLED, DROPPED, UNSEEN = "reached", "short", "pooled", "dropped", "blind"


@dataclass(frozen=True)
class LabelFilter:
    """Thresholds ``(classes,)`` of confidence; ``how`` each came about.

    ``reached``: the wanted precision is reached. ``short``: it is not, and the threshold is that of the best
    precision. ``pooled``: too few pixels are given the class, so the threshold is that of all classes
    together. ``dropped``: the class is wrong more often than right and never given. ``blind``: there is no
    real ground to choose by. ``precision`` and ``kept`` ``(classes,)`` are what is right of the pixels that
    pass and what share passes of those given the class, NaN where there are none.
    """

    wanted: float
    thresholds: NDArray[np.float64]
    how: tuple[str, ...]
    precision: NDArray[np.float64]
    kept: NDArray[np.float64]

    @classmethod
    def choose(
        cls,
        found: NDArray[np.uint8],
        confidence: NDArray[np.float32],
        actual: NDArray[np.uint8],
        classes: int,
        wanted: float,
    ) -> LabelFilter:
        """Choose from real pixels ``(…)``: what they were given, how surely, what they are (255 = unknown)."""
        known = actual != UNLABELLED
        given, sure = found[known], confidence[known].astype(np.float64)
        right = given == actual[known]
        pooled = BLIND
        if len(given):
            pooled = _lowest(sure, right, wanted)[0]
        thresholds, how = np.full(classes, pooled), [POOLED if len(given) else UNSEEN] * classes
        precision, kept = np.full(classes, np.nan), np.full(classes, np.nan)
        for index in range(classes):
            own = given == index
            if own.sum() >= LEAST_PIXELS:
                thresholds[index], how[index] = _lowest(sure[own], right[own], wanted)
            passed = own & (sure >= thresholds[index])
            if own.any():
                kept[index] = passed.sum() / own.sum()
            if passed.any():
                precision[index] = right[passed].mean()
        return cls(wanted, thresholds, tuple(how), precision, kept)

    def figures(self, names: Sequence[str]) -> dict[str, Any]:
        """As JSON values, by class."""
        rows = {
            name: {
                "threshold": None
                if self.how[i] == DROPPED
                else round(float(self.thresholds[i]), 4),
                "how": self.how[i],
                "precision": _rounded(self.precision[i]),
                "kept": _rounded(self.kept[i]),
            }
            for i, name in enumerate(names)
        }
        return {"precision_wanted": self.wanted, "classes": rows}


def _lowest(
    sure: NDArray[np.float64], right: NDArray[np.bool_], wanted: float
) -> tuple[float, str]:
    """The lowest threshold with the wanted precision, or that of the best precision, and which it is."""
    order = np.argsort(-sure, kind="stable")
    sure = sure[order]
    precision = np.cumsum(right[order]) / np.arange(1, len(sure) + 1)
    # Pixels of the same confidence pass together.
    ends = np.flatnonzero(np.append(sure[1:] < sure[:-1], True))
    enough = ends[ends + 1 >= min(LEAST_PIXELS, len(sure))]
    good = enough[precision[enough] >= wanted]
    if len(good):
        return float(sure[good[-1]]), REACHED
    left = enough[enough + 1 >= LEAST_LEFT * len(sure)]
    best = left[precision[left].argmax()]
    if precision[best] < LEAST_PRECISION:
        return NEVER, DROPPED
    return float(sure[best]), SHORT


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
