"""The linear model of coregionalization: how bands vary together at every distance.

Goulard & Voltz, "Linear coregionalization model: tools for estimation and choice of cross-variogram matrix",
Mathematical Geology 24, 1992. The cross-variogram of all bands is a sum of known structures, each times a
covariance matrix: Γ(h) = Σ W_k (1 − ρ_k(h)). Here ρ_k are Gaussians, exp(−h² / 2a_k²), from the pixel's own
size to that of fields; mixed, they can follow any isotropic correlation that falls steadily, and a band may be
smoother than another, as those are that come from coarser pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: a_k in pixels. The first is finer than a pixel: what neighbours do not share.
RANGES = (0.3, 0.8, 1.2, 2.0, 4.0, 8.0)
#: Steps (rows, columns) between the pixels of a pair; those of one distance share a variogram.
LAGS = (
    ((0, 1), (1, 0)), ((1, 1), (1, -1)), ((0, 2), (2, 0)), ((2, 2), (2, -2)), ((0, 3), (3, 0)),
    ((0, 5), (5, 0)), ((5, 5), (5, -5)), ((0, 10), (10, 0)), ((10, 10), (10, -10)),
)  # fmt: skip
#: The fit ends after so many rounds, or when one changes less than this part of the whole.
ROUNDS, CHANGE = 60, 2e-3
#: Many bands get fewer rounds: so many divided by their number. A round grows with their cube, and most of what
#: it gains comes at the beginning.
BAND_ROUNDS = 2000


def distances() -> NDArray[np.float64]:
    """Distance of each entry of :data:`LAGS` in pixels."""
    return np.hypot(*np.array([steps[0] for steps in LAGS], float).T)


def correlations(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    """ρ_k at squared distances in pixels: the structures come first, ``(k, …)``."""
    ranges = np.array(RANGES).reshape(-1, *[1] * squared.ndim)
    return np.exp(-squared / (2 * ranges**2))


def fit_structures(
    variograms: NDArray[np.float64], pairs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Covariance matrices of the structures.

    Parameters
    ----------
    variograms:
        ``(lags, bands, bands)``, half the mean outer product of the differences of pairs.
    pairs:
        ``(lags,)``, how many pairs that was; lags without any are left out.

    Returns
    -------
    ``(structures, bands, bands)``, each positive semidefinite; zero without any pair.
    """
    bands = variograms.shape[-1]
    shapes = 1 - correlations(distances() ** 2)
    fitted = np.zeros((len(RANGES), bands, bands))
    size = np.trace(variograms, axis1=1, axis2=2)
    used = (pairs > 0) & (size > 0)
    if not used.any():
        return fitted
    # A small difference between near pixels is fine detail: it is to be met as closely, in proportion, as a
    # large one far away. Scarce pairs weigh less.
    weights = np.where(used, np.sqrt(pairs) / np.where(used, size, 1) ** 2, 0)
    weights /= weights.sum()
    norms = (weights * shapes**2).sum(axis=1)
    fitted[:] = np.tensordot(weights, variograms, 1) / len(RANGES)
    rest = variograms - np.tensordot(shapes.T, fitted, 1)
    for _ in range(min(ROUNDS, max(1, BAND_ROUNDS // bands))):
        before = fitted.copy()
        for k, shape in enumerate(shapes):
            rest += shape[:, None, None] * fitted[k]
            fitted[k] = nearest_covariance(np.tensordot(weights * shape, rest, 1) / norms[k])
            rest -= shape[:, None, None] * fitted[k]
        if np.linalg.norm(fitted - before) <= CHANGE * np.linalg.norm(fitted):
            break
    return fitted


def nearest_covariance(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The positive semidefinite matrix nearest to a symmetric one."""
    values, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    return (axes * np.maximum(values, 0)) @ axes.T


def factor(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """F with F Fᵀ = matrix, for symmetric positive semidefinite ``(…, bands, bands)``; also singular ones."""
    values, axes = np.linalg.eigh(matrix)
    return axes * np.sqrt(np.maximum(values, 0))[..., None, :]
