"""Priors and confidence: a network trained on rebalanced samples is brought back to the scene's class shares.

Training with extra rare samples shifts the implied class priors, so rare classes are over-mapped. Logit
adjustment (Saerens et al. 2002; Menon et al. 2021) subtracts ``strength · log(trained / real)``; the strength
is chosen on the validation side, then a temperature (Guo et al. 2017) makes the probabilities honest there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro

STRENGTHS = (0.0, 0.5, 1.0)


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
    trained_share: NDArray[np.float64],
    real_share: NDArray[np.float64],
) -> Calibration:
    """Fit on the validation side: ``(pixels, classes)`` logits and ``(pixels,)`` labels.

    Without validation pixels, or where both priors agree, nothing is shifted.
    """
    classes = len(real_share)
    shift = np.log(np.maximum(real_share, 1e-4)) - np.log(np.maximum(trained_share, 1e-4))
    strengths = STRENGTHS if len(labels) and np.abs(shift).max() > 0.02 else (0.0,)

    def score(strength: float) -> float:
        mapped = (logits + strength * shift).argmax(axis=1).astype(np.uint8)
        return float(macro(class_scores(confusion_matrix(labels, mapped, classes))["f1"]))

    strength = max(strengths, key=score) if len(strengths) > 1 else 0.0
    bias = strength * shift
    temperature = _temperature(logits + bias, labels) if len(labels) else 1.0
    return Calibration(tuple(float(b) for b in bias), temperature, strength)


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
