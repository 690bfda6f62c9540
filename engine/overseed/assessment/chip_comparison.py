"""A comparison of chip classifiers: scores of arms over trainings, and differences that allow for chance.

Each rare class is scored one against the rest: F1, precision and recall at the threshold that each training
chose on validation chips, and average precision, which needs none. Differences come with the intervals of
:mod:`overseed.assessment.paired`, a bootstrap over groups of chips, the units of independent ground, and over
trainings; p-values are corrected for the number of arms (Holm 1979), for each score by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro, scores_of_counts
from overseed.assessment.paired import (
    REPEATS,
    Noise,
    Spread,
    draw_blocks,
    holm,
    training_noise,
)
from overseed.assessment.ranking import average_precision

#: What differences are told of: at the threshold F1 and recall, and average precision.
MEASURES = ("f1", "average_precision", "recall")
NONE = "none"


@dataclass(frozen=True)
class ArmPredictions:
    """What several trainings of one arm say of the same chips.

    ``probabilities`` ``(seeds, n, classes)``; ``thresholds`` ``(seeds, targets)`` of the classes that are
    scored one against the rest.
    """

    probabilities: NDArray[np.float32]
    thresholds: NDArray[np.float64]


@dataclass(frozen=True)
class ScoredChips:
    """The chips: ``labels`` ``(n,)`` class indices, ``groups`` ``(n,)`` numbers of independent units.

    ``targets`` are the classes that are scored one against the rest.
    """

    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    targets: tuple[int, ...]


def compare_chips(
    arms: Mapping[str, ArmPredictions], chips: ScoredChips, names: Sequence[str], seed: int
) -> dict[str, Any]:
    """Everything that can be said from the arms' predictions, as JSON values.

    Parameters
    ----------
    arms:
        By name, all with the same seeds; differences are those to ``none``, which must be there.
    """
    sides = {arm: _Scored.of(found, chips) for arm, found in arms.items()}
    differences = []
    for measure in MEASURES:
        noise = training_noise(
            np.array([macro(scored.values(measure, chips)) for scored in sides.values()])
        )
        rows = [
            {
                "arm": arm,
                "against": NONE,
                "measure": measure,
                **_difference(scored, sides[NONE], chips, names, measure, noise, seed),
            }
            for arm, scored in sides.items()
            if arm != NONE
        ]
        corrected = holm([row["p"] for row in rows])
        differences += [row | {"p_holm": p} for row, p in zip(rows, corrected, strict=True)]
    return {
        "chips": len(chips.labels),
        "groups": len(np.unique(chips.groups)),
        "positives": int(np.isin(chips.labels, chips.targets).sum()),
        "seeds": len(next(iter(arms.values())).probabilities),
        "classes": [
            {
                "name": name,
                "scored": index in chips.targets,
                "chips": int((chips.labels == index).sum()),
                "groups": len(np.unique(chips.groups[chips.labels == index])),
            }
            for index, name in enumerate(names)
        ],
        "arms": [_arm_row(arm, arms[arm], sides[arm], chips, names) for arm in arms],
        "differences": differences,
    }


@dataclass(frozen=True)
class _Scored:
    """One arm's chips as counts by group, ``(seeds, groups, 3, targets)``, and as scores of each target.

    ``scores`` ``(seeds, targets, n)``.
    """

    counts: NDArray[np.float64]
    scores: NDArray[np.float32]

    @classmethod
    def of(cls, found: ArmPredictions, chips: ScoredChips) -> _Scored:
        scores = np.moveaxis(found.probabilities[..., list(chips.targets)], -1, 1)
        _, group = np.unique(chips.groups, return_inverse=True)
        positive = chips.labels == np.array(chips.targets)[:, None]
        taken = scores >= found.thresholds[..., None]
        seeds, targets = scores.shape[:2]
        counts = np.zeros((seeds, int(group.max(initial=-1)) + 1, 3, targets))
        for s in range(seeds):
            for t in range(targets):
                for kind, of in enumerate((taken[s, t] & positive[t], positive[t], taken[s, t])):
                    counts[s, :, kind, t] = np.bincount(group, of, counts.shape[1])
        return cls(counts, scores)

    def values(self, measure: str, chips: ScoredChips) -> NDArray[np.float64]:
        """A score of each training and target over all chips, ``(seeds, targets)``."""
        if measure != "average_precision":
            return scores_of_counts(self.counts.sum(axis=1))[measure]
        return np.array(
            [
                [
                    average_precision(scores, chips.labels == target)
                    for scores, target in zip(training, chips.targets, strict=True)
                ]
                for training in self.scores
            ]
        )

    def drawn_precisions(self, chips: ScoredChips, draws: NDArray[np.int64]) -> NDArray[np.float64]:
        """Average precisions where chips count as often as ``draws`` ``(repeats, n)`` say.

        ``(repeats, seeds, targets)``
        """
        seeds, targets = self.scores.shape[:2]
        found = np.empty((len(draws), seeds, targets))
        for s in range(seeds):
            for t, target in enumerate(chips.targets):
                found[:, s, t] = weighted_precisions(
                    self.scores[s, t], chips.labels == target, draws
                )
        return found


def weighted_precisions(
    scores: NDArray[np.floating], positive: NDArray[np.bool_], draws: NDArray[np.int64]
) -> NDArray[np.float64]:
    """:func:`~overseed.assessment.ranking.average_precision` for many weights at once.

    Parameters
    ----------
    scores, positive:
        ``(n,)``
    draws:
        ``(repeats, n)``, how often each counts.

    Returns
    -------
    ``(repeats,)``, NaN where no member counts.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    sorted_draws = draws[:, order]
    hits = np.cumsum(sorted_draws * positive[order], axis=1)[:, ends].astype(np.float64)
    seen = np.cumsum(sorted_draws, axis=1)[:, ends]
    gains = np.diff(hits, axis=1, prepend=0.0)
    total = (gains * hits / np.maximum(seen, 1)).sum(axis=1)
    return np.where(hits[:, -1] > 0, total / np.maximum(hits[:, -1], 1), np.nan)


def _difference(
    arm: _Scored,
    against: _Scored,
    chips: ScoredChips,
    names: Sequence[str],
    measure: str,
    noise: Noise | None,
    seed: int,
) -> dict[str, Any]:
    """Difference of one score, its interval and level; that of each class beside it."""
    point = arm.values(measure, chips) - against.values(measure, chips)
    rng = np.random.default_rng(seed)
    seeds, groups = arm.counts.shape[:2]
    if measure == "average_precision":
        _, group = np.unique(chips.groups, return_inverse=True)
        draws = rng.multinomial(groups, np.full(groups, 1 / groups), REPEATS)[:, group]
        drawn = arm.drawn_precisions(chips, draws) - against.drawn_precisions(chips, draws)
    else:
        drawn = draw_blocks(np.stack([arm.counts, against.counts]), measure, REPEATS, rng)
    chosen = rng.multinomial(seeds, np.full(seeds, 1 / seeds), len(drawn)) / seeds
    held = (arm.counts[0, :, 1] > 0).sum(axis=0)

    def spread(
        values: NDArray[np.float64],
        draws: NDArray[np.float64],
        enough: bool,
        noise: Noise | None = None,
    ) -> Spread:
        seeded = np.random.default_rng(int(rng.integers(2**31)))
        return Spread.of(values, draws, chosen, groups if enough else 0, noise, seeded)

    main = spread(macro(point), macro(drawn), bool(held.max(initial=0) >= 2), noise)
    low, high = _ends(main)
    rows = []
    for place, target in enumerate(chips.targets):
        ends = _ends(spread(point[:, place], drawn[..., place], bool(held[place] >= 2)))
        rows.append(
            {
                "name": names[target],
                "difference": _number(point[:, place].mean()),
                "low": ends[0],
                "high": ends[1],
            }
        )
    return {
        "difference": _number(macro(point).mean()),
        "low": low,
        "high": high,
        "p": main.p_value(),
        "classes": rows,
    }


def _ends(spread: Spread) -> tuple[float | None, float | None]:
    """The ends of an interval, within what differences of scores can be: few trainings stretch it far."""
    low, high = spread.interval()
    if low is None or high is None:
        return None, None
    return max(-1.0, low), min(1.0, high)


def _arm_row(
    arm: str, found: ArmPredictions, scored: _Scored, chips: ScoredChips, names: Sequence[str]
) -> dict[str, Any]:
    """Mean, lowest and highest training of each score."""
    at = {
        measure: scored.values(measure, chips)
        for measure in ("f1", "average_precision", "recall", "precision")
    }
    guesses = found.probabilities.argmax(axis=2).astype(np.uint8)
    labels = chips.labels.astype(np.uint8)
    matrices = np.stack([confusion_matrix(labels, guess, len(names)) for guess in guesses])
    plain = class_scores(matrices)["f1"]
    return {
        "arm": arm,
        **{measure: over_seeds(macro(values)) for measure, values in at.items()},
        "plain_f1": over_seeds(macro(plain, chips.targets)),
        "macro_f1": over_seeds(macro(plain)),
        "accuracy": over_seeds(
            np.trace(matrices, axis1=1, axis2=2) / np.maximum(1, len(chips.labels))
        ),
        "classes": [
            {
                "name": names[target],
                **{m: over_seeds(values[:, place]) for m, values in at.items()},
                "plain_f1": over_seeds(plain[:, target]),
            }
            for place, target in enumerate(chips.targets)
        ],
    }


def over_seeds(values: NDArray[np.float64]) -> dict[str, float | None]:
    """Mean, lowest and highest of the trainings' scores; ``None`` where nothing was evaluated."""
    if np.isnan(values).all():
        return {"mean": None, "low": None, "high": None}
    return {
        "mean": _number(np.nanmean(values)),
        "low": _number(np.nanmin(values)),
        "high": _number(np.nanmax(values)),
    }


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 5)
