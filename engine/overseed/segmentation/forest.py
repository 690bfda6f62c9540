"""The floor: a random forest (Breiman 2001) on single pixels with the mean and deviation of 5×5 neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from overseed.tiles.grid import Window
from overseed.tiles.pixel_features import block_features
from overseed.tiles.store import StoredScene

#: Training pixels; more change the scores little and cost time.
LIMIT = 60_000


def train_forest(
    scenes: Sequence[StoredScene],
    windows: Sequence[tuple[int, Window]],
    side: int,
    trees: int,
    threads: int,
    rng: np.random.Generator,
) -> Any:
    """A fitted scikit-learn forest; classes are weighed by their frequency in each tree's sample."""
    from sklearn.ensemble import RandomForestClassifier

    found = [(f, y) for _, f, y in block_features(scenes, windows, side)]
    features = np.concatenate([f for f, _ in found])
    labels = np.concatenate([y for _, y in found])
    chosen = rng.permutation(len(labels))[:LIMIT]
    forest = RandomForestClassifier(
        trees,
        class_weight="balanced_subsample",
        min_samples_leaf=2,
        n_jobs=threads,
        random_state=int(rng.integers(2**31)),
    )
    return forest.fit(features[chosen], labels[chosen])
