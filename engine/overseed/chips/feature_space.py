"""The space in which clusters are looked for: tamed features, centred, as principal components.

The features of a chip are replaced by the square roots of their sizes, with their signs, and brought to length
1 (Perronnin, Sánchez & Mensink 2010; Arandjelović & Zisserman 2012). Networks answer some chips, such as those
with strong contrasts, with larger features in all, and a few features of some chips are very large: without
this the clusters are those of faint and strong chips, and of one or two strange ones. Dividing by deviations
would blow up the features that hardly ever answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError

#: Chips that means and components are taken from at most; more would not move them.
MOST_FITTED = 20_000
#: Chips that are placed at once.
ROWS = 4096
#: Tamed features that vary less than this are equal but for rounding.
LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class FeatureSpace:
    """How features ``(n, d)`` become points ``(n, c)``; fitted to the training side.

    ``mean`` ``(d,)`` is that of tamed features. ``axes`` are their principal components ``(c, d)``, or ``None``
    where they are only centred; ``explained`` is the share of their variance that the points keep.
    """

    mean: NDArray[np.float64]
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
            centred = tamed(features[rows]) - self.mean
            points[rows] = centred if self.axes is None else centred @ self.axes.T
        return points


def fit_space(features: NDArray[np.float32], components: int, seed: int) -> FeatureSpace:
    """Fit the space to the features ``(n, d)`` of training chips.

    It has as many principal components as ``components`` says, and no more than there can be; with 0 features
    are only tamed and centred. Of many chips :data:`MOST_FITTED` are drawn.

    Raises
    ------
    InputError
        ``chips.features-equal`` when no feature tells any two chips apart.
    """
    from sklearn.decomposition import PCA

    rng = np.random.default_rng([seed, 40])
    if len(features) > MOST_FITTED:
        features = features[np.sort(rng.permutation(len(features))[:MOST_FITTED])]
    values = tamed(features)
    mean = values.mean(axis=0)
    if not (values.std(axis=0) > LEAST_SPREAD).any():
        raise InputError(
            "chips.features-equal",
            f"The features of all {len(features)} training chips are equal.",
            "Look at the chips: they may be one picture; else run 'overseed chips features' with other "
            "--weights.",
        )
    most = min(components, len(values) - 1, values.shape[1])
    if not most:
        return FeatureSpace(mean, None, 1.0)
    fitted = PCA(most, random_state=int(rng.integers(2**31))).fit(values)
    explained = float(fitted.explained_variance_ratio_.sum())
    return FeatureSpace(mean, fitted.components_, explained)


def tamed(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Square roots of the features ``(n, d)`` with their signs, at length 1; a chip without any stays 0."""
    values = np.asarray(features, np.float64)
    values = np.sign(values) * np.sqrt(np.abs(values))
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(length > 0, length, 1)


def on_sphere(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points ``(n, c)`` at length 1, so that half the square of their Euclidean distance is 1 − cosine.

    A point at the very middle has no direction and gets that of the first axis.
    """
    length = np.linalg.norm(points, axis=1, keepdims=True)
    first = np.eye(1, points.shape[1])
    return np.where(length > 0, points / np.where(length > 0, length, 1), first)
