"""Pixels of the training side by class, each with the one beside it, and figures of its parcels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overseed.generators.parcels import cores, find_parcels
from overseed.tiles.sampling import Batch, Source, rng_for
from overseed.unlabelled import UNLABELLED

#: Pairs kept of each class and of all ground, and pairs that one batch may add to a class.
MOST, MOST_OF_BATCH = 3000, 400
#: Batches of crops that are looked at, and crops of each.
GATHERED, CROPS = 24, 8
#: Pixels of the smallest parcel that has a mean and a spread worth knowing.
SMALLEST = 12


@dataclass
class PixelPairs:
    """Gathered from batches of crops.

    ``pairs`` ``(n, 2, bands)`` float32 in native units by class index, :data:`UNLABELLED` for any visible
    ground; ``means`` and ``spreads`` lists of ``(bands,)`` by class index, of parcels without their rims.
    """

    pairs: dict[int, list[NDArray[np.float32]]] = field(default_factory=dict)
    means: dict[int, list[NDArray[np.float64]]] = field(default_factory=dict)
    spreads: dict[int, list[NDArray[np.float64]]] = field(default_factory=dict)

    @classmethod
    def gather(cls, source: Source, seed: int, check: Callable[[], None]) -> PixelPairs:
        """From random crops of a side; ``check`` is called before each batch and may raise to end it."""
        pairs = cls()
        for number in range(GATHERED):
            check()
            rng = rng_for(seed, number, purpose=32)
            pairs.add(source.draw(CROPS, rng), rng)
        return pairs

    def add(self, batch: Batch, rng: np.random.Generator) -> None:
        """Take a batch of crops in."""
        left, right = batch.labels[..., :-1], batch.labels[..., 1:]
        seen = batch.visible[..., :-1] & batch.visible[..., 1:]
        self._add_pairs(batch, UNLABELLED, seen, rng)
        for owner in np.unique(batch.labels[batch.visible]):
            if owner != UNLABELLED:
                same = seen & (left == owner) & (right == owner)
                self._add_pairs(batch, int(owner), same, rng)
        self._add_parcels(batch)

    def pixels(self, owner: int) -> NDArray[np.float32]:
        """Pixels ``(n, bands)`` of a class."""
        return self.joined(owner)[:, 0]

    def of_classes(self) -> dict[int, NDArray[np.float32]]:
        """Pixels ``(n, bands)`` of each class."""
        return {owner: self.pixels(owner) for owner in self.pairs if owner != UNLABELLED}

    def joined(self, owner: int) -> NDArray[np.float32]:
        """All pairs of a class."""
        return np.concatenate(self.pairs[owner])

    def _add_pairs(
        self, batch: Batch, owner: int, where: NDArray[np.bool_], rng: np.random.Generator
    ) -> None:
        have = sum(map(len, self.pairs.get(owner, [])))
        tiles, rows, cols = np.nonzero(where)
        count = min(len(tiles), MOST_OF_BATCH, MOST - have)
        if count <= 0:
            return
        chosen = rng.choice(len(tiles), count, replace=False)
        tiles, rows, cols = tiles[chosen], rows[chosen], cols[chosen]
        found = [batch.images[tiles, :, rows, cols + step] for step in (0, 1)]
        self.pairs.setdefault(owner, []).append(np.stack(found, axis=1).astype(np.float32))

    def _add_parcels(self, batch: Batch) -> None:
        parcels = cores(find_parcels(batch.labels, batch.visible), SMALLEST)
        values = np.moveaxis(batch.images, 1, -1).astype(np.float64)
        means = parcels.mean(values)
        squares = parcels.mean(values**2)
        spreads = np.sqrt(np.maximum(0, squares - means**2))
        for number in np.flatnonzero(parcels.size >= SMALLEST).tolist():
            owner = int(parcels.label[number])
            self.means.setdefault(owner, []).append(means[number])
            self.spreads.setdefault(owner, []).append(spreads[number])
