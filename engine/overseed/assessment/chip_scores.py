"""Scores of chips: per class, over all, and of one class against the rest at a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro
from overseed.assessment.ranking import class_average_precisions

SCORES = ("precision", "recall", "f1")
#: Where no chip tells a better one.
MIDDLE = 0.5
#: A threshold that fewer validation chips of the class tell is told to be uncertain.
FEW_POSITIVES = 10


@dataclass(frozen=True)
class Threshold:
    """From which probability on a chip counts as one of a class.

    ``positives`` are the chips of the class that it was chosen on, of ``chips`` in all; ``f1`` is the highest
    F1 there, ``None`` where nothing could be chosen.
    """

    value: float
    positives: int
    chips: int
    f1: float | None


def best_threshold(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> Threshold:
    """The threshold with the highest F1, half-way between the score it still takes and the next lower one.

    Of equally good ones the highest, which gives the fewest false alarms. Without a member it is 0.5.

    Parameters
    ----------
    scores, positive:
        ``(n,)``, scores in [0, 1].
    """
    members = int(positive.sum())
    if not members:
        return Threshold(MIDDLE, 0, len(scores), None)
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order].astype(np.float64)
    hits = np.cumsum(positive[order])
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    f1 = 2 * hits[ends] / (ends + 1 + members)
    best = int(f1.argmax())
    lower = ranked[ends[best] + 1] if ends[best] + 1 < len(ranked) else 0.0
    value = (ranked[ends[best]] + lower) / 2
    return Threshold(float(value), members, len(scores), round(float(f1[best]), 6))


def chip_scores(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    names: Sequence[str],
    rare: Sequence[int],
    thresholds: Mapping[int, Threshold],
) -> dict[str, Any]:
    """All scores of some chips as JSON values; what was not evaluated is ``None``.

    Parameters
    ----------
    probabilities, labels:
        ``(n, classes)`` and ``(n,)`` class indices. A chip is taken for the most probable class.
    thresholds:
        By class; these classes are also scored one against the rest.
    """
    matrix = confusion_matrix(
        labels.astype(np.uint8), probabilities.argmax(axis=1).astype(np.uint8), len(names)
    )
    scores = {name: class_scores(matrix)[name] for name in SCORES}
    scores["average_precision"] = class_average_precisions(probabilities, labels)
    at = [
        _one_against_rest(probabilities[:, index], labels == index, threshold)
        | {"name": names[index]}
        for index, threshold in thresholds.items()
    ]
    found: dict[str, Any] = {
        "chips": len(labels),
        "classes": [
            {
                "name": name,
                "rare": index in rare,
                "chips": int(matrix[index].sum()),
                **{score: number(values[index]) for score, values in scores.items()},
            }
            for index, name in enumerate(names)
        ],
        "at_threshold": at,
    }
    for score, values in scores.items():
        found[f"macro_{score}"] = number(macro(values))
        found[f"rare_macro_{score}"] = number(macro(values, rare)) if rare else None
    known = [one for one in at if one["f1"] is not None]
    for score in SCORES:
        found[f"{score}_at_threshold"] = (
            number(np.mean([one[score] for one in known])) if known else None
        )
    found["confusion"] = matrix.tolist()
    found["accuracy"] = number(np.trace(matrix) / len(labels)) if len(labels) else None
    return found


def _one_against_rest(
    scores: NDArray[np.floating], positive: NDArray[np.bool_], threshold: Threshold
) -> dict[str, Any]:
    """Precision, recall and F1 at a threshold; ``None`` where there is no member."""
    taken = scores >= threshold.value
    hits, members, found = (int(m.sum()) for m in (taken & positive, positive, taken))
    values = {"precision": hits / found if found else 0.0, "recall": hits / max(1, members)}
    values["f1"] = 2 * hits / max(1, found + members)
    return {
        "threshold": round(threshold.value, 6),
        "chips": members,
        "taken": found,
        **{name: number(value) if members else None for name, value in values.items()},
    }


def number(value: Any) -> float | None:
    """A plain number, ``None`` for NaN."""
    return None if np.isnan(value) else round(float(value), 6)
