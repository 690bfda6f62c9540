"""Train on synthetic, test on real (Esteban, Hyland & Rätsch 2017): what samples alone teach."""

from __future__ import annotations

from typing import Any

import numpy as np

from overseed.assessment.confusion import class_scores, confusion_matrix, macro
from overseed.assessment.judges import Pixels, fit_judges

#: Pixels of a class below which nothing is learned or tested.
FEWEST = 50


def trained_on_samples(
    made: Pixels, real: Pixels, test: Pixels, rng: np.random.Generator, threads: int = 1
) -> dict[str, Any] | None:
    """Mean F1 on real test pixels after learning from made pixels, and after as many real ones.

    Of classes that all three sides hold; each judge of :func:`~overseed.assessment.judges.fit_judges` learns
    them alone, from as many pixels of each class. ``None`` where fewer than two classes are left.

    Parameters
    ----------
    made, real, test:
        Standardised spectra ``(n, bands)`` and classes ``(n,)``: of samples, of the training side and of the
        test side.

    Returns
    -------
    By judge ``synthetic``, ``real`` (mean F1 on test pixels), ``ratio``; under ``classes`` the indices.
    """
    sides = (made, real, test)
    counts = [np.bincount(labels, minlength=256) for _, labels in sides]
    shared = np.flatnonzero(np.min(counts, axis=0) >= FEWEST)
    if len(shared) < 2:
        return None
    most = {int(i): int(min(counts[0][i], counts[1][i])) for i in shared}
    test_values, test_labels = _some(test, {int(i): int(counts[2][i]) for i in shared}, rng)
    positions = np.searchsorted(shared, test_labels)
    found: dict[str, Any] = {"classes": [int(i) for i in shared]}
    scores: dict[str, list[float]] = {}
    for side in (made, real):
        judges = fit_judges(_some(side, most, rng), rng, threads)
        for name, judge in judges.members.items():
            answers = np.searchsorted(shared, judge.predict(test_values))
            matrix = confusion_matrix(
                positions.astype(np.uint8), answers.astype(np.uint8), len(shared)
            )
            scores.setdefault(name, []).append(float(macro(class_scores(matrix)["f1"])))
    for name, (synthetic, true) in scores.items():
        found[name] = {
            "synthetic": round(synthetic, 4),
            "real": round(true, 4),
            "ratio": round(synthetic / true, 4) if true else None,
        }
    return found


def _some(pixels: Pixels, most: dict[int, int], rng: np.random.Generator) -> Pixels:
    values, labels = pixels
    chosen = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == index))[:count] for index, count in most.items()]
    )
    return values[chosen], labels[chosen]
