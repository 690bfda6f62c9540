"""Priors and confidence: a network is brought to map each class on as much ground as there is of it.

Training with extra rare samples shifts the implied class priors, so rare classes are over-mapped; training
without them, few steps leave rare classes out. Two remedies add a constant to each class's logit. Logit
adjustment (Saerens et al. 2002; Menon et al. 2021) subtracts ``strength · log(trained / real)``. Matched areas
take the constants with which the map of validation ground has the class areas of its reference: the dual
potentials of an optimal assignment of pixels to classes of given size, found by Sinkhorn's iteration (Cuturi,
"Sinkhorn distances", 2013). Which is taken validation decides; then a temperature (Guo et al. 2017) makes the
probabilities honest there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro

#: How much of the shift is taken back, and what that is called.
STRENGTHS = {"none": 0.0, "half": 0.5, "full": 1.0}
AREAS = "areas"
#: Shifts below this are none.
LEAST_SHIFT = 0.02
#: A rare class should not be mapped on more ground than this many times the reference's, nor on less than its
#: part.
AREA_FACTOR = 1.5
#: Pixels that areas are matched on, widths of the softmax in logits, and rounds with each at most; the
#: logarithm of an area's factor that ends them.
MATCHED, WIDTHS, ROUNDS = 100_000, (1.0, 0.5, 0.25, 0.1, 0.03), 12
NEAR = 0.02
#: Part of a difference in logarithms of areas that a step on the map itself makes good.
DAMPING = 0.2

Total = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Priors:
    """Class shares ``(classes,)`` that a network was trained on, as far as it can tell, and the real ones."""

    trained: NDArray[np.float64]
    real: NDArray[np.float64]

    def shift(self) -> NDArray[np.float64]:
        """What added to the logits brings them to the real shares."""
        return np.log(np.maximum(self.real, 1e-4)) - np.log(np.maximum(self.trained, 1e-4))


@dataclass(frozen=True)
class Calibration:
    """Probabilities are ``softmax((logits + bias) / temperature)``; ``correction`` says how bias was found.

    ``tried`` has the bias of each correction that was to choose from.
    """

    bias: tuple[float, ...]
    temperature: float
    correction: str
    tried: dict[str, tuple[float, ...]] = field(default_factory=dict, compare=False)

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

    Without validation pixels nothing is shifted.
    """
    found, chosen, _ = correct(logits, labels, priors, rare)
    name, bias = found[chosen]
    temperature = _temperature(logits + bias, labels) if len(labels) else 1.0
    tried = {name: tuple(bias.tolist()) for name, bias in found}
    return Calibration(tried[name], temperature, name, tried)


def correct(
    logits: NDArray[np.float32],
    labels: NDArray[np.uint8],
    priors: Priors,
    rare: Sequence[int],
    total: Total = lambda sums: sums,
    check: Callable[[], None] = lambda: None,
) -> tuple[list[tuple[str, NDArray[np.float64]]], int, float]:
    """All corrections by name, which of them to take, and its score, from pixels of the validation side.

    ``total`` adds up sums over the processes that share the pixels; ``check`` may raise to end it.
    """
    classes = logits.shape[1]
    found = [(name, strength * priors.shift()) for name, strength in STRENGTHS.items()]
    if np.abs(priors.shift()).max() <= LEAST_SHIFT:
        found = [("none", np.zeros(classes))]
    found.append((AREAS, match_areas(logits, labels, found[-1][1], total, check)))
    matrices = [
        confusion_matrix(labels, (logits + bias).argmax(axis=1).astype(np.uint8), classes)
        for _, bias in found
    ]
    return found, *choose_correction(total(np.stack(matrices).astype(np.float64)), rare)


def match_areas(
    logits: NDArray[np.float32],
    labels: NDArray[np.uint8],
    start: NDArray[np.float64],
    total: Total = lambda sums: sums,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """What to add to logits ``(pixels, classes)`` so that each class gets as many pixels as ``labels`` have.

    Classes without a label keep what ``start`` ``(classes,)`` adds to them.
    """
    counts = total(np.bincount(labels, minlength=len(start)).astype(np.float64))
    present = counts > 0
    bias = start.astype(np.float64)
    if present.sum() < 2:
        return bias
    # Class by class, since sums over long rows are several times faster than over short ones.
    some = np.ascontiguousarray(logits[:: max(1, len(logits) // MATCHED)].T)
    worth = len(logits) / max(1, some.shape[1])
    wanted = np.log(counts[present])
    for width in WIDTHS:
        for _ in range(ROUNDS):
            check()
            scores = (some + bias.astype(np.float32)[:, None]) / np.float32(width)
            scores -= scores.max(axis=0)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=0)
            mapped = total(scores.sum(axis=1, dtype=np.float64) * worth)
            step = wanted - np.log(np.maximum(mapped[present], 1e-9))
            bias[present] += width * step
            if np.abs(step).max() < NEAR:
                break
    bias = _finished(logits, wanted, present, bias, total, check)
    # Only differences count. So that a class without a label gains no ground from those that have some, what
    # the pixels get in the mean stays as it was.
    bias[present] -= np.average((bias - start)[present], weights=counts[present])
    return bias


def _finished(
    logits: NDArray[np.float32],
    wanted: NDArray[np.float64],
    present: NDArray[np.bool_],
    bias: NDArray[np.float64],
    total: Total,
    check: Callable[[], None],
) -> NDArray[np.float64]:
    """The best of some small steps by the map of all pixels: of a rare class a sample has too few."""
    best, least = bias, np.inf
    for _ in range(ROUNDS):
        check()
        classes = (logits + bias.astype(np.float32)).argmax(axis=1)
        mapped = total(np.bincount(classes, minlength=len(bias)).astype(np.float64))
        step = wanted - np.log(np.maximum(mapped[present], 0.5))
        if np.abs(step).max() < least:
            best, least = bias, float(np.abs(step).max())
        if least < NEAR:
            break
        bias = bias.copy()
        bias[present] += DAMPING * np.clip(step, -1, 1)
    return best.copy()


def choose_correction(matrices: NDArray[Any], rare: Sequence[int]) -> tuple[int, float]:
    """Which of the confusion matrices ``(corrections, classes, classes)`` to take, and its score.

    Of those that keep every rare class's area near the reference's the one with the best macro-F1 of the rare
    classes (of all, when none is rare); where none does, the nearest. The score is 0 without reference pixels.
    """
    scores = np.nan_to_num(macro(class_scores(matrices)["f1"], list(rare) or None))
    excess = np.maximum(area_factor(matrices, rare), AREA_FACTOR)
    chosen = int(np.lexsort((-scores, excess.round(3)))[0])
    return chosen, float(scores[chosen])


def area_factor(matrices: NDArray[Any], rare: Sequence[int]) -> NDArray[np.float64]:
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
