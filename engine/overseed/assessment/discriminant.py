"""A regularised quadratic discriminant: which class a pixel's spectrum speaks for, also from few pixels.

Friedman, "Regularized Discriminant Analysis", 1989. Kept: each class's covariance is drawn towards the pooled
one, and both towards a multiple of the identity. Changed: how far is not searched by cross-validation but
follows from the number of pixels, so that a class of thirty pixels is nearly a linear discriminant's and one of
thousands has a covariance of its own; all classes are held equally likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Pixels per band that weigh as much as the pooled covariance.
PIXELS_PER_BAND = 20
#: Share of the mean variance that is put on the diagonal, so that bands that repeat one another do no harm.
RIDGE = 0.01


@dataclass(frozen=True)
class Discriminant:
    """A fitted discriminant; ``known`` are the class indices it can tell apart, in rising order."""

    known: NDArray[np.intp]
    means: NDArray[np.float64]
    whiteners: NDArray[np.float64]
    offsets: NDArray[np.float64]

    @classmethod
    def fit(cls, values: NDArray[np.floating], labels: NDArray[np.integer]) -> Discriminant:
        """Learn from pixels ``(n, bands)`` with class indices ``(n,)``, both not empty."""
        known = np.unique(labels)
        groups = [values[labels == index].astype(np.float64) for index in known]
        means = np.stack([group.mean(axis=0) for group in groups])
        scatters = [(g - m).T @ (g - m) for g, m in zip(groups, means, strict=True)]
        pooled = np.sum(scatters, axis=0) / max(1, len(values) - len(known))
        whiteners, offsets = [], []
        for group, scatter in zip(groups, scatters, strict=True):
            prior = PIXELS_PER_BAND * values.shape[1]
            covariance = (scatter + prior * pooled) / (len(group) + prior)
            floor = RIDGE * max(float(np.trace(covariance)) / len(covariance), 1e-9)
            power, axes = np.linalg.eigh(covariance + floor * np.eye(len(covariance)))
            whiteners.append(axes / np.sqrt(power))
            offsets.append(0.5 * np.log(power).sum())
        return cls(known.astype(np.intp), means, np.stack(whiteners), np.array(offsets))

    def probabilities(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probability of each known class, ``(n, known)``, for pixels ``(n, bands)``."""
        logs = np.empty((len(values), len(self.known)))
        for number, mean in enumerate(self.means):
            whitened = (values - mean) @ self.whiteners[number]
            logs[:, number] = -0.5 * (whitened**2).sum(axis=1) - self.offsets[number]
        logs -= logs.max(axis=1, keepdims=True)
        powers = np.exp(logs)
        return powers / powers.sum(axis=1, keepdims=True)

    def agreement(self, values: NDArray[np.floating], index: int) -> float:
        """Mean probability of class ``index`` over pixels ``(n, bands)``; NaN when it is not known."""
        place = np.flatnonzero(self.known == index)
        if not len(place):
            return float("nan")
        return float(self.probabilities(values)[:, place[0]].mean())
