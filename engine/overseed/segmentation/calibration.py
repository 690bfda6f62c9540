"""Priors and confidence: a network trained on rebalanced samples is brought back to the scene's class shares.

Training with extra rare samples shifts the implied class priors, so rare classes are over-mapped. Logit
adjustment (Saerens et al. 2002; Menon et al. 2021) subtracts ``strength · log(trained / real)``; the strength
is chosen on the validation side, then a temperature (Guo et al. 2017) makes the probabilities honest there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro

#: How much of the shift is taken back, of which validation chooses one.
STRENGTHS = (0.0, 0.5, 1.0)
#: Shifts below this are none.
LEAST_SHIFT = 0.02
#: A rare class should not be mapped on more ground than this many times the reference's, nor on less than its
#: part.
AREA_FACTOR = 1.5


@dataclass(frozen=True)
class Priors:
    """Class shares ``(classes,)`` that a network was trained on, as far as it can tell, and the real ones."""

    trained: NDArray[np.float64]
    real: NDArray[np.float64]

    def shift(self) -> NDArray[np.float64]:
        """What added to the logits brings them to the real shares."""
        return np.log(np.maximum(self.real, 1e-4)) - np.log(np.maximum(self.trained, 1e-4))

    def shifts(self) -> NDArray[np.float64]:
        """The shift in each strength, ``(strengths, classes)``; one of zeros where nothing is to shift."""
        shift = self.shift()
        strengths = STRENGTHS if np.abs(shift).max() > LEAST_SHIFT else STRENGTHS[:1]
        return np.outer(strengths, shift)


@dataclass(frozen=True)
class Calibration:
    """Probabilities are ``softmax((logits + bias) / temperature)``."""

    bias: tuple[float, ...]
    temperature: float
    strength: float

    def apply(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(…, classes)`` logits to calibrated logits."""
        return ((logits + np.array(self.bias, np.float32)) / self.temperature).astype(np.float32)


def calibrate(
    logits: NDArray[np.float32],
    labels: NDArray[np.uint8],
    priors: Priors,
    rare: Sequence[int] = (),
) -> Calibration:
    """Fit on the validation side: ``(pixels, classes)`` logits and ``(pixels,)`` labels.

    The strength is that of :func:`choose_strength`. Without validation pixels, or where both priors agree,
    nothing is shifted.
    """
    shifts = priors.shifts()
    chosen = 0
    if len(labels) and len(shifts) > 1:
        matrices = np.stack(
            [
                confusion_matrix(labels, (logits + s).argmax(axis=1).astype(np.uint8), len(s))
                for s in shifts
            ]
        )
        chosen, _ = choose_strength(matrices, rare)
    bias = shifts[chosen]
    temperature = _temperature(logits + bias, labels) if len(labels) else 1.0
    return Calibration(tuple(float(b) for b in bias), temperature, STRENGTHS[chosen])


def choose_strength(matrices: NDArray[np.int64], rare: Sequence[int]) -> tuple[int, float]:
    """Which of the confusion matrices ``(strengths, classes, classes)`` to take, and its score.

    Of those that keep every rare class's area near the reference's the one with the best macro-F1 of the rare
    classes (of all, when none is rare); where none does, the nearest. The score is 0 without reference pixels.
    """
    scores = np.nan_to_num(macro(class_scores(matrices)["f1"], list(rare) or None))
    excess = np.maximum(area_factor(matrices, rare), AREA_FACTOR)
    chosen = int(np.lexsort((-scores, excess.round(3)))[0])
    return chosen, float(scores[chosen])


def area_factor(matrices: NDArray[np.int64], rare: Sequence[int]) -> NDArray[np.float64]:
    """How far the mapped area of the worst rare class is from the reference's, as a factor from 1 upwards.

    For confusion matrices ``(…, classes, classes)``; classes without reference pixels do not count.
    """
    reference = matrices.sum(axis=-1)[..., list(rare)].astype(np.float64)
    mapped = matrices.sum(axis=-2)[..., list(rare)].astype(np.float64)
    factor = np.where(reference > 0, (mapped + 1) / np.maximum(reference + 1, 1), 1.0)
    return np.maximum(factor, 1 / factor).max(axis=-1, initial=1.0)


def _temperature(logits: NDArray[np.float64], labels: NDArray[np.uint8]) -> float:
    """The temperature in 0.5…5 with the least negative log-likelihood."""
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    step = max(1, len(labels) // 50_000)
    some, truth = logits[::step].astype(np.float64), labels[::step].astype(int)
    right = some[np.arange(len(truth)), truth]

    def loss(log_temperature: float) -> float:
        t = np.exp(log_temperature)
        return float((logsumexp(some / t, axis=1) - right / t).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.5), np.log(5)), method="bounded")
    return float(np.exp(found.x))
