"""Labels of what was painted: a classifier of real ground says which pixels of a mask show the class.

A generator that paints an object into a mask may leave parts of the mask as they were, or paint something else
there. Whoever calls the whole mask positive then teaches wrong labels. A random forest (Breiman 2001) on single
pixels and their 5 × 5 neighbours, which has learned from real training ground alone, is asked about each
changed pixel: does it look more like the class that was to be painted there, or like what was there before?

The forest can only say so of classes that it tells from others on real ground. Where it does not, on ground
that it has not seen, labels stay what the layout says, and the figures say that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window
from overseed.tiles.pixel_features import block_features, pixel_features
from overseed.tiles.store import StoredScene
from overseed.unlabelled import UNLABELLED

#: Pixels of each class that the forest learns from, and that it is tried on.
PIXELS = 3000
TREES = 100
#: Pixels in a leaf: with fewer a forest recognises single pixels that it has learned.
LEAF = 5
#: A class is refined where the forest is right in this share of real cases, half of which are of the class.
LEAST_ACCURACY = 0.75
#: Side of the square over which what the forest says is averaged: single pixels are noisy, objects are not.
SMOOTHED = 3
#: A changed pixel of which the forest gives neither class this probability is something else: unlabelled.
LEAST_SEEN = 0.25
#: A sample that shows less than this share of what it was to show is rejected.
LEAST_KEPT = 0.25


@dataclass(frozen=True)
class Refined:
    """What became of the labels of one sample.

    ``labels`` ``(h, w)`` uint8. ``asked`` and ``kept`` ``(classes,)`` are the changed pixels that the layout
    gave each class, and those of them that it kept.
    """

    labels: NDArray[np.uint8]
    asked: NDArray[np.int64]
    kept: NDArray[np.int64]

    @property
    def share(self) -> float:
        """What was kept of the classes that were to be painted; 1 where nothing was."""
        asked = int(self.asked.sum())
        return float(self.kept.sum() / asked) if asked else 1.0


@dataclass(frozen=True)
class LabelRefiner:
    """A fitted forest, and the classes ``trusted`` that it tells from others on real ground.

    ``accuracy`` by class is the mean of its recall on the class and on all others together, on ground that the
    forest has not seen; a class that this ground has not is missing there and not trusted.
    """

    forest: Any
    known: NDArray[np.intp]
    classes: int
    trusted: tuple[int, ...]
    accuracy: dict[int, float]

    @classmethod
    def fit(
        cls,
        scenes: Sequence[StoredScene],
        blocks: Sequence[tuple[int, Window]],
        unseen: Sequence[tuple[int, Window]],
        side: int,
        classes: int,
        takers: Sequence[int],
        rng: np.random.Generator,
        threads: int = 1,
    ) -> LabelRefiner:
        """Learn from ``blocks`` of one side, and try what was learned on ``unseen`` ones.

        Parameters
        ----------
        blocks, unseen:
            Windows as (number of the scene, window); disjoint.
        takers:
            The classes that samples are made of.
        """
        from sklearn.ensemble import RandomForestClassifier

        features, labels = _pixels(scenes, blocks, side, classes, rng)
        forest = RandomForestClassifier(
            TREES,
            class_weight="balanced_subsample",
            min_samples_leaf=max(1, min(LEAF, len(labels) // 200)),
            n_jobs=threads,
            random_state=int(rng.integers(2**31)),
        ).fit(features, labels)
        known = forest.classes_.astype(np.intp)
        accuracy = _accuracies(forest, _pixels(scenes, unseen, side, classes, rng), known, takers)
        trusted = tuple(k for k, found in accuracy.items() if found >= LEAST_ACCURACY)
        return cls(forest, known, classes, trusted, accuracy)

    def refine(
        self,
        image: NDArray[Any],
        layout: NDArray[np.uint8],
        before: NDArray[np.uint8],
        changed: NDArray[np.bool_],
    ) -> Refined:
        """Labels of a sample.

        A changed pixel of a trusted class keeps it where the forest gives it more probability than what was
        there before; else it is labelled as before where that is what it looks like, and left unlabelled
        where it looks like neither or where nothing was known of it. All other pixels keep their labels.

        Parameters
        ----------
        image:
            ``(bands, h, w)`` in native units, the finished sample.
        layout, before:
            ``(h, w)`` uint8: what was to be painted, what the real tile's labels were; 255 = unlabelled.
        changed:
            ``(h, w)`` bool, what was painted.
        """
        asked = changed & np.isin(layout, self.trusted)
        counts = np.bincount(layout[asked], minlength=self.classes)[: self.classes]
        if not asked.any():
            return Refined(layout, counts, counts)
        seen = self._probabilities(image, changed)
        rows, cols = np.nonzero(asked)
        given, old = layout[rows, cols], before[rows, cols]
        painted = seen[given, rows, cols]
        others = seen[:, rows, cols].copy()
        others[given, np.arange(len(given))] = 0
        # What was of the same class, or of none, has no past to be held against but all other classes.
        past = (old != UNLABELLED) & (old != given)
        beside = np.where(past, seen[np.minimum(old, self.classes - 1), rows, cols], others.max(0))
        keeps = painted >= np.maximum(beside, LEAST_SEEN)
        labels = layout.copy()
        instead = np.where(past & (beside >= LEAST_SEEN), old, UNLABELLED)
        labels[rows, cols] = np.where(keeps, given, instead)
        kept = np.bincount(given[keeps], minlength=self.classes)[: self.classes]
        return Refined(labels, counts, kept)

    def figures(self, names: Sequence[str]) -> dict[str, Any]:
        """By class: the forest's accuracy on real ground that it has not seen, and whether it refines."""
        return {
            names[k]: {"accuracy": round(found, 3), "refined": k in self.trusted}
            for k, found in self.accuracy.items()
        }

    def _probabilities(
        self, image: NDArray[Any], changed: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """``(classes, h, w)`` at changed pixels, averaged over those of them around; 0 elsewhere."""
        from scipy.ndimage import uniform_filter

        features = pixel_features(image, np.ones(changed.shape, bool))
        of_pixels = np.zeros((self.classes, int(changed.sum())), np.float32)
        of_pixels[self.known] = self.forest.predict_proba(features[:, changed].T).T
        found = np.zeros((self.classes, *changed.shape), np.float32)
        found[:, changed] = of_pixels
        share = np.maximum(uniform_filter(changed.astype(np.float32), SMOOTHED), 1e-6)
        smooth = np.stack([uniform_filter(one, SMOOTHED) for one in found]) / share
        return np.where(changed, smooth, 0)


def _pixels(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    classes: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Features ``(n, figures)`` and labels of up to ``PIXELS`` of each class."""
    values: list[NDArray[np.float32]] = []
    found: list[NDArray[np.uint8]] = []
    share = max(PIXELS // 4, -(-4 * PIXELS // max(1, len(blocks))))
    for _, features, labels in block_features(scenes, blocks, side):
        chosen = _some_of_each(labels, classes, share, rng)
        values.append(features[chosen])
        found.append(labels[chosen])
    if not found:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.uint8)
    features, labels = np.concatenate(values), np.concatenate(found)
    chosen = _some_of_each(labels, classes, PIXELS, rng)
    return features[chosen], labels[chosen]


def _some_of_each(
    labels: NDArray[np.uint8], classes: int, most: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    parts = [rng.permutation(np.flatnonzero(labels == k))[:most] for k in range(classes)]
    return np.concatenate(parts)


def _accuracies(
    forest: Any,
    pixels: tuple[NDArray[np.float32], NDArray[np.uint8]],
    known: NDArray[np.intp],
    takers: Sequence[int],
) -> dict[int, float]:
    """Balanced accuracy of each taker against all other classes."""
    features, labels = pixels
    if not len(labels):
        return {}
    said = known[forest.predict_proba(features).argmax(axis=1)]
    found = {}
    for taker in takers:
        own = labels == taker
        if own.any() and not own.all():
            found[taker] = float(((said[own] == taker).mean() + (said[~own] != taker).mean()) / 2)
    return found
