"""Points of many dimensions in a plane: t-SNE (van der Maaten & Hinton 2008)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Chips in the plane at most.
MOST_CHIPS = 4_000
#: Fewest chips that t-SNE can place.
FEWEST_CHIPS = 5


def chosen_for_map(rare: NDArray[np.bool_], seed: int) -> NDArray[np.intp]:
    """Which of ``n`` chips are drawn: all, or every rare one and as many others as there is room for."""
    if len(rare) <= MOST_CHIPS:
        return np.arange(len(rare))
    rng = np.random.default_rng([seed, 42])
    # Rare ones first, each kind in a random order.
    order = np.lexsort((rng.random(len(rare)), ~rare))
    return np.sort(order[:MOST_CHIPS])


def fitting_perplexity(wanted: float, chips: int) -> float:
    """The wanted perplexity, or a third of the other chips if less: t-SNE looks at three times as many."""
    return min(wanted, max(1.0, (chips - 1) / 3))


def plane_of(points: NDArray[np.float64], perplexity: float, seed: int) -> NDArray[np.float32]:
    """Places ``(n, 2)`` of points ``(n, c)``; near ones stay near each other, wide distances mean nothing.

    At least :data:`FEWEST_CHIPS` points, and a perplexity below their number.
    """
    from sklearn.manifold import TSNE

    places: NDArray[np.float32] = TSNE(
        2, perplexity=perplexity, init="pca" if points.shape[1] > 1 else "random", random_state=seed
    ).fit_transform(points.astype(np.float32))
    return places
