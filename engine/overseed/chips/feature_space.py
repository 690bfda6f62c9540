"""The space in which clusters are looked for: features standardised, then reduced to principal components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError

#: Chips that means, deviations and components are taken from at most; more would not move them.
MOST_FITTED = 20_000
#: Chips that are placed at once.
ROWS = 4096
#: A feature that varies less than this share of the middle one is not blown up to vary like the others.
LEAST_SPREAD = 0.1


@dataclass(frozen=True)
class FeatureSpace:
    """How features ``(n, d)`` become points ``(n, c)``; fitted to the training side.

    ``axes`` are the principal components ``(c, d)``, or ``None`` where features are only standardised;
    ``explained`` is the share of the standardised features' variance that the points keep.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: NDArray[np.float64] | None
    explained: float

    @property
    def dimensions(self) -> int:
        return len(self.mean) if self.axes is None else len(self.axes)

    def place(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Points ``(n, c)`` of features ``(n, d)``."""
        points = np.empty((len(features), self.dimensions))
        for first in range(0, len(features), ROWS):
            rows = slice(first, first + ROWS)
            standard = (features[rows] - self.mean) * self.scale
            points[rows] = standard if self.axes is None else standard @ self.axes.T
        return points


def fit_space(features: NDArray[np.float32], components: int, seed: int) -> FeatureSpace:
    """Fit the space to the features ``(n, d)`` of training chips.

    Each feature gets mean 0 and deviation 1, but for those that hardly vary (:data:`LEAST_SPREAD`), which stay
    small. Then come as many principal components as ``components`` says, and no more than there can be; none
    when it is 0. Of many chips :data:`MOST_FITTED` are drawn.

    Raises
    ------
    InputError
        ``chips.features-equal`` when no feature tells any two chips apart.
    """
    from sklearn.decomposition import PCA

    rng = np.random.default_rng([seed, 40])
    if len(features) > MOST_FITTED:
        features = features[np.sort(rng.permutation(len(features))[:MOST_FITTED])]
    values = np.asarray(features, np.float64)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    # Rounding alone makes the mean of equal numbers differ from them.
    varies = spread > 1e-6 * np.maximum(1e-6, np.abs(mean))
    if not varies.any():
        raise InputError(
            "chips.features-equal",
            f"The features of all {len(features)} training chips are equal.",
            "Look at the chips: they may be one picture; else run 'overseed chips features' with other "
            "--weights.",
        )
    floor = LEAST_SPREAD * float(np.median(spread[varies]))
    scale = np.where(varies, 1 / np.maximum(spread, floor), 0.0)
    standard = (values - mean) * scale
    most = min(components, len(values) - 1, int(varies.sum()))
    if not most:
        return FeatureSpace(mean, scale, None, 1.0)
    fitted = PCA(most, random_state=int(rng.integers(2**31))).fit(standard)
    explained = float(fitted.explained_variance_ratio_.sum())
    return FeatureSpace(mean, scale, fitted.components_, explained)


def on_sphere(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points ``(n, c)`` at length 1, so that half the square of their Euclidean distance is 1 − cosine.

    A point at the very middle has no direction and gets that of the first axis.
    """
    length = np.linalg.norm(points, axis=1, keepdims=True)
    first = np.eye(1, points.shape[1])
    return np.where(length > 0, points / np.where(length > 0, length, 1), first)
