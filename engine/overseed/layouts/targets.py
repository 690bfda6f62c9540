"""The share of each class that a series of layouts aims at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def target_shares(
    target: str | Mapping[str, float], names: Sequence[str], real: Sequence[float]
) -> NDArray[np.float64]:
    """Wanted share of each class among labelled pixels.

    ``equal`` gives each class that has labels the same share, ``sqrt`` the square root of its real share
    (both sum to 1). Given shares hold for the classes named; the others keep their proportions.
    """
    shares = np.array(real, float)
    if target == "equal":
        wanted = (shares > 0).astype(float)
    elif target == "sqrt":
        wanted = np.sqrt(shares)
    else:
        assert not isinstance(target, str)
        named = np.array([target.get(name, 0.0) for name in names])
        others = np.where(named > 0, 0.0, shares)
        rest = max(0.0, 1 - named.sum())
        wanted = named + rest * others / max(others.sum(), 1e-12)
    return wanted / wanted.sum()
