"""Whether a generator begins to repeat what it learned from: made patches against seen and unseen ground.

A generator that has learned what ground looks like makes patches that are as near to ground it has never seen
as to the ground it learned from; one that has learned the training tiles by heart makes them nearer to these
(Meehan, Chaudhuri & Dasgupta 2020). Both grounds are as many patches of :mod:`overseed.assessment.patches`, all
symmetries included.

What is painted into its surroundings comes near to what lies there, though nothing was learned by heart, where
the surroundings tell it, as on smooth ground. Painted held-out ground then comes as near to what lies there, so
that is what such a ratio is held against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.copies import PatchIndex
from overseed.assessment.patches import SIDE, cut_squares, spread_corners
from overseed.assessment.regions import count_inside
from overseed.tiles.sampling import Batch
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene

#: Patches of one crop that are looked up.
LOOKED_UP = 24
#: Fewer patches say nothing.
FEWEST = 30
#: A real patch as near as this lies in the index itself: two crops overlap.
SAME = 0.02
#: Made patches that are nearer to the training ground than this share of what real ones are: copies.
COPIES = 0.75


@dataclass(frozen=True)
class MemoryWatch:
    """Indexes of seen and of held-out ground, of as many patches each.

    ``usual`` is the ratio of distances that real training ground outside the first index has: below 1 where
    the held-out ground is of another kind.
    """

    seen: PatchIndex
    held: PatchIndex
    usual: float

    @classmethod
    def fit(
        cls,
        seen: Batch,
        held: Batch,
        other: Batch,
        stats: BandStats,
        rng: np.random.Generator,
    ) -> MemoryWatch | None:
        """From crops of training ground, of held-out ground, and of more training ground; None without room."""
        places = [_places(batch.visible) for batch in (seen, held)]
        count = min(map(len, places))
        indexes = [
            _index(batch, found[np.sort(rng.permutation(len(found))[:count])], stats, rng)
            for batch, found in zip((seen, held), places, strict=True)
        ]
        if indexes[0] is None or indexes[1] is None:
            return None
        watch = cls(indexes[0], indexes[1], 1.0)
        real = watch._ratio(*watch._distances(other.images, other.visible), apart=True)
        return cls(watch.seen, watch.held, 1.0 if real is None else min(1.0, real))

    def ratio(self, images: NDArray[np.generic], where: NDArray[np.bool_]) -> float | None:
        """Median of the distances to seen ground over those to held-out ground; 1 when nothing is copied.

        ``images`` ``(n, bands, h, w)`` in native units, of which patches inside ``where`` ``(n, h, w)`` count.
        None where there are too few.
        """
        return self._ratio(*self._distances(images, where))

    def copies(self, ratio: float | None, of_held: float | None = None) -> bool:
        """Whether such a ratio means that training ground is copied.

        ``of_held`` is the ratio of what was painted into held-out ground as into the seen one.
        """
        usual = self.usual if of_held is None else min(self.usual, 1 / max(of_held, 1e-6))
        return ratio is not None and ratio < COPIES * usual

    def _distances(
        self, images: NDArray[np.generic], where: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        found: list[list[NDArray[np.float64]]] = [[], []]
        stats = self.seen.stats
        for image, mask in zip(images, where, strict=True):
            scaled = stats.scale(image, np.ones(mask.shape, bool))
            reach = max(self.seen.reach, self.held.reach)
            corners = spread_corners(mask, reach, LOOKED_UP)
            if not len(corners):
                continue
            squares = cut_squares(scaled, corners, reach)
            for index, rows in zip((self.seen, self.held), found, strict=True):
                rows.append(index.nearest(squares[..., : index.reach, : index.reach]))
        none = np.zeros(0)
        return np.concatenate([none, *found[0]]), np.concatenate([none, *found[1]])

    def _ratio(
        self, seen: NDArray[np.float64], held: NDArray[np.float64], apart: bool = False
    ) -> float | None:
        if apart:
            own = seen > SAME
            seen, held = seen[own], held[own]
        if len(seen) < FEWEST:
            return None
        return float(np.median(seen / np.maximum(held, 1e-6)))


def _places(visible: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Crop, row and column ``(n, 3)`` of all patches that are wholly visible."""
    found = [np.zeros((0, 3), np.int64)]
    for number, mask in enumerate(visible):
        if min(mask.shape) < SIDE:
            continue
        at = np.argwhere(count_inside(mask, SIDE) == SIDE * SIDE)
        found.append(np.column_stack([np.full(len(at), number), at]))
    return np.concatenate(found)


def _index(
    batch: Batch, places: NDArray[np.int64], stats: BandStats, rng: np.random.Generator
) -> PatchIndex | None:
    """The crops as scenes of their own."""
    scenes = [
        StoredScene(image, labels, np.where(visible, np.uint8(0), np.uint8(255)))
        for image, labels, visible in zip(batch.images, batch.labels, batch.visible, strict=True)
    ]
    return PatchIndex.build(scenes, stats, places, rng) if len(places) else None
