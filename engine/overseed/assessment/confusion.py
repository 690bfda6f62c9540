"""Scores from one confusion matrix over all evaluated pixels; rows are the reference, columns the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def confusion_matrix(
    reference: NDArray[np.uint8], mapped: NDArray[np.uint8], classes: int
) -> NDArray[np.int64]:
    """``(classes, classes)`` counts over pixels whose reference is not 255."""
    seen = reference < classes
    pairs = reference[seen].astype(np.int64) * classes + mapped[seen]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_scores(matrix: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """IoU, F1, precision and recall per class; NaN for a class without reference pixels.

    Works on stacks of matrices ``(…, classes, classes)``. A class that is present but never mapped has
    precision 0.
    """
    return scores_of_counts(class_counts(matrix))


def class_counts(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Pixels per class of ``(…, classes, classes)``: hit, in the reference and mapped, ``(…, 3, classes)``.

    Unlike scores they add up over blocks.
    """
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    return np.stack([hits, matrix.sum(axis=-1), matrix.sum(axis=-2)], axis=-2).astype(np.float64)


def scores_of_counts(counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """:func:`class_scores` from :func:`class_counts`, ``(…, 3, classes)``."""
    hits, reference, mapped = np.moveaxis(counts, -2, 0)
    absent = reference == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = {
            "iou": hits / (reference + mapped - hits),
            "f1": 2 * hits / (reference + mapped),
            "precision": np.where(mapped > 0, hits / mapped, 0.0),
            "recall": hits / reference,
        }
    return {name: np.where(absent, np.nan, values) for name, values in scores.items()}


def macro(values: NDArray[np.float64], among: Sequence[int] | None = None) -> NDArray[np.float64]:
    """Mean over the evaluated classes (of ``among``, or all); NaN when there is none."""
    chosen = values if among is None else values[..., list(among)]
    known = ~np.isnan(chosen)
    count = known.sum(axis=-1)
    total = np.where(known, chosen, 0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def summary(matrix: NDArray[np.int64], names: Sequence[str], rare: Sequence[int]) -> dict[str, Any]:
    """All scores as JSON values; what was not evaluated is ``None``."""
    scores = class_scores(matrix)
    total = int(matrix.sum())

    def value(number: Any) -> float | None:
        return None if np.isnan(number) else round(float(number), 6)

    return {
        "classes": [
            {
                "name": name,
                "rare": index in rare,
                **{score: value(values[index]) for score, values in scores.items()},
                "support": int(matrix[index].sum()),
            }
            for index, name in enumerate(names)
        ],
        "macro_f1": value(macro(scores["f1"])),
        "macro_iou": value(macro(scores["iou"])),
        "rare_macro_f1": value(macro(scores["f1"], rare)) if rare else None,
        "rare_macro_iou": value(macro(scores["iou"], rare)) if rare else None,
        "overall_accuracy": value(np.trace(matrix) / total) if total else None,
        "confusion": matrix.tolist(),
        "pixels": total,
        "reference_share": _shares(matrix.sum(axis=1), names),
        "mapped_share": _shares(matrix.sum(axis=0), names),
    }


def _shares(counts: NDArray[np.int64], names: Sequence[str]) -> dict[str, float]:
    total = max(1, int(counts.sum()))
    return {name: round(int(n) / total, 6) for name, n in zip(names, counts, strict=True)}
