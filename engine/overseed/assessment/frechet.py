"""Fréchet distance between sets of features that are taken for Gaussian.

Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", 2017. It is
biased upwards, the more the fewer features there are, and by an amount that depends on the generator (Chong &
Forsyth 2020), so that small sets compare nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError

#: Features of each side that a distance needs.
LEAST = 1000


def frechet_distance(
    made: NDArray[np.floating[Any]], real: NDArray[np.floating[Any]], force: bool = False
) -> float:
    """The distance of ``(n, d)`` and ``(m, d)``.

    Raises
    ------
    InputError
        ``fidelity.few`` for fewer than :data:`LEAST` features on a side, unless forced.
    """
    fewest = min(len(made), len(real))
    if fewest < LEAST and not force:
        raise InputError(
            "fidelity.few",
            f"A Fréchet distance (FID) of {fewest} crops would be wrong by more than it tells; {LEAST} are the "
            "least.",
            "Look at KID, which has no such bias, make more samples, or insist with --force.",
        )
    from scipy.linalg import sqrtm

    first, second = made.astype(np.float64), real.astype(np.float64)
    one, other = (np.atleast_2d(np.cov(values.T)) for values in (first, second))
    # Few features leave covariances without a root in some directions.
    ridge = 1e-6 * np.eye(len(one))
    root = sqrtm((one + ridge) @ (other + ridge))
    gap = first.mean(axis=0) - second.mean(axis=0)
    return float(gap @ gap + np.trace(one + other) - 2 * np.trace(root).real)
