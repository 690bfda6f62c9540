"""Labels of what was painted: a classifier of real ground says which pixels of a mask show the class.

A generator that paints an object into a mask may leave parts of the mask as they were, or paint something else
there. Whoever calls the whole mask positive then teaches wrong labels. A linear discriminant with equal priors
and shrunk covariance (Ledoit & Wolf 2004) on single pixels and their 5 × 5 neighbours, which has learned from
real training ground alone, is asked about each changed pixel: does it look more like the class that was to be
painted there, or like what was there before? On blocks that it has not seen it is right about rare classes more
often than a random forest, which holds on to the few places where it met them.

It can only say so of classes that it tells apart on real ground. Where it does not, on ground that it has not
seen, labels stay what the layout says, and the figures say that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window
from overseed.tiles.pixel_features import block_features, pixel_features
from overseed.tiles.store import StoredScene
from overseed.unlabelled import UNLABELLED

#: Pixels of each class that the classifier learns from, and that it is tried on.
PIXELS = 3000
#: Two classes are told apart where the classifier is right in this share of real cases, half of them of each.
LEAST_ACCURACY = 0.75
#: Side of the square over which what it says is averaged: single pixels are noisy, objects are not.
SMOOTHED = 3
#: A changed pixel of which it gives neither class this probability is something else: unlabelled.
LEAST_SEEN = 0.2
#: It looks like what was there before where that is so many times as probable; between the two nobody knows.
CLEARLY = 3.0
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
    """A fitted classifier, and what it is worth on real ground that it has not seen.

    ``accuracy`` ``(classes, classes)`` is the share of right answers, of two classes alike, to the question
    that it is asked later: the class of the row or that of the column? NaN where that ground lacks one.
    """

    classifier: Any
    known: NDArray[np.intp]
    takers: tuple[int, ...]
    accuracy: NDArray[np.float64]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.accuracy)

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """``(classes, classes)``: from which classes each taker is told apart."""
        found = np.nan_to_num(self.accuracy) >= LEAST_ACCURACY
        found[~np.isin(np.arange(self.classes), self.takers)] = False
        return found

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
    ) -> LabelRefiner:
        """Learn from ``blocks`` of one side, and try what was learned on ``unseen`` ones.

        Parameters
        ----------
        blocks, unseen:
            Windows as (number of the scene, window); disjoint.
        takers:
            The classes that samples are made of.
        """
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        features, labels = _pixels(scenes, blocks, side, classes, rng)
        known = np.unique(labels).astype(np.intp)
        equal = np.full(len(known), 1 / max(1, len(known)))
        classifier = make_pipeline(
            StandardScaler(),
            LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=equal),
        )
        blind = np.full((classes, classes), np.nan)
        if len(known) < 2:
            return cls(None, known, tuple(takers), blind)
        refiner = cls(classifier.fit(features, labels), known, tuple(takers), blind)
        accuracy = refiner._accuracies(*_pixels(scenes, unseen, side, classes, rng))
        return replace(refiner, accuracy=accuracy)

    def refine(
        self,
        image: NDArray[Any],
        layout: NDArray[np.uint8],
        before: NDArray[np.uint8],
        changed: NDArray[np.bool_],
    ) -> Refined:
        """Labels of a sample.

        A changed pixel of a taker keeps it where the classifier gives it more probability than what was there
        before; else it is labelled as before where that is clearly what it looks like, and left unlabelled
        where it looks like neither or where nothing was known of it. It is not asked where it does not tell
        the two apart. All other pixels keep their labels.

        Parameters
        ----------
        image:
            ``(bands, h, w)`` in native units, the finished sample.
        layout, before:
            ``(h, w)`` uint8: what was to be painted, what the real tile's labels were; 255 = unlabelled.
        changed:
            ``(h, w)`` bool, what was painted.
        """
        rows, cols = np.nonzero(changed & np.isin(layout, self.takers))
        given, old = layout[rows, cols], before[rows, cols]
        # What was of the same class, or of none, has no past to be held against but all other classes.
        past = (old != UNLABELLED) & (old != given)
        against = self.trusted[given]
        alone = np.zeros_like(against)
        alone[np.flatnonzero(past), old[past]] = True
        against &= alone | ~past[:, None]
        asked = against.any(axis=1)
        rows, cols, given, old = rows[asked], cols[asked], given[asked], old[asked]
        past, against = past[asked], against[asked]
        counts = np.bincount(given, minlength=self.classes)
        if not asked.any():
            return Refined(layout, counts, counts)
        seen = self._probabilities(image, changed)[:, rows, cols]
        painted = seen[given, np.arange(len(given))]
        beside = np.where(against.T, seen, 0).max(axis=0)
        keeps = painted >= np.maximum(beside, LEAST_SEEN)
        labels = layout.copy()
        clearly = past & (beside >= np.maximum(CLEARLY * painted, LEAST_SEEN))
        instead = np.where(clearly, old, UNLABELLED)
        labels[rows, cols] = np.where(keeps, given, instead)
        return Refined(labels, counts, np.bincount(given[keeps], minlength=self.classes))

    def figures(self, names: Sequence[str]) -> dict[str, Any]:
        """By taker: the classes that it is told from on real ground, with the share of right answers."""
        return {
            names[taker]: {
                "told_from": {
                    names[k]: round(float(self.accuracy[taker, k]), 3)
                    for k in np.flatnonzero(self.trusted[taker]).tolist()
                },
                "not_told_from": [
                    names[k]
                    for k in range(self.classes)
                    if k != taker and not self.trusted[taker, k]
                ],
            }
            for taker in self.takers
        }

    def _probabilities(
        self, image: NDArray[Any], changed: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """``(classes, h, w)`` at changed pixels, averaged over those of them around; 0 elsewhere."""
        from scipy.ndimage import uniform_filter

        features = pixel_features(image, np.ones(changed.shape, bool))
        found = np.zeros((self.classes, *changed.shape), np.float32)
        found[:, changed] = self._of_features(features[:, changed].T).T
        share = np.maximum(uniform_filter(changed.astype(np.float32), SMOOTHED), 1e-6)
        smooth = np.stack([uniform_filter(one, SMOOTHED) for one in found]) / share
        return np.where(changed, smooth, 0)

    def _of_features(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities ``(n, classes)``."""
        found = np.zeros((len(features), self.classes), np.float32)
        found[:, self.known] = self.classifier.predict_proba(features)
        return found

    def _accuracies(
        self, features: NDArray[np.float32], labels: NDArray[np.uint8]
    ) -> NDArray[np.float64]:
        found = np.full((self.classes, self.classes), np.nan)
        if not len(labels):
            return found
        seen = self._of_features(features)
        of_class = {k: seen[labels == k] for k in np.unique(labels).tolist() if k in self.known}
        for first in of_class:
            for second in of_class:
                if first != second:
                    own = np.mean(of_class[first][:, first] > of_class[first][:, second])
                    other = np.mean(of_class[second][:, second] >= of_class[second][:, first])
                    found[first, second] = (own + other) / 2
        return found


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
