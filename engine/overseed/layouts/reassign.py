"""Real layouts whose parcels are given to rare classes until a target distribution is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNLABELLED = 255
#: Parcels smaller than this are left alone: they would be all seam.
SMALLEST = 12


@dataclass(frozen=True)
class Layout:
    """``labels`` ``(h, w)`` uint8 and where they differ from the real ones, ``changed`` ``(h, w)`` bool."""

    labels: NDArray[np.uint8]
    changed: NDArray[np.bool_]


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


class Reassigner:
    """Hands parcels to the classes that lack most, over a whole series of layouts.

    A parcel is a connected component (4 neighbours) of one class. Parcels keep their geometry; parcels of
    classes that lack pixels themselves stay. ``counts`` are the labelled pixels of all layouts so far, and of
    the real tiles that were passed by.
    """

    def __init__(self, wanted: NDArray[np.float64], takers: Sequence[int]) -> None:
        self._wanted = wanted
        self._takers = list(takers)
        self.counts = np.zeros(len(wanted), np.int64)

    def propose(self, labels: NDArray[np.uint8], rng: np.random.Generator) -> Layout:
        """A layout made from real labels ``(h, w)``; nothing is counted before :meth:`accept`."""
        counts = self.counts + np.bincount(labels.ravel(), minlength=256)[: len(self._wanted)]
        layout = labels.copy()
        for parcel, owner in _parcels(labels, self._takers, rng):
            size = int(parcel.sum())
            lack = self._wanted * counts.sum() - counts
            if lack[owner] >= 0 and owner not in self._takers:
                continue
            taker = max(self._takers, key=lambda index: lack[index])
            if taker == owner or lack[taker] <= 0.25 * size:
                continue
            layout[parcel] = taker
            counts[owner] -= size
            counts[taker] += size
        return Layout(layout, layout != labels)

    def accept(self, layout: Layout) -> None:
        """Count a layout that became a sample."""
        self.counts += np.bincount(layout.labels.ravel(), minlength=256)[: len(self._wanted)]

    def pass_by(self, labels: NDArray[np.uint8]) -> None:
        """Count a tile that needed too little change to become a sample.

        Without it a series that once has more of the rare classes than it wants would never want a change
        again, since only changed tiles bring in the others.
        """
        self.counts += np.bincount(labels.ravel(), minlength=256)[: len(self._wanted)]


def _parcels(
    labels: NDArray[np.uint8], takers: Sequence[int], rng: np.random.Generator
) -> list[tuple[NDArray[np.bool_], int]]:
    """Parcels of the other classes in random order."""
    from scipy.ndimage import label

    found = []
    for owner in np.unique(labels):
        if owner == UNLABELLED or owner in takers:
            continue
        components, count = label(labels == owner)
        sizes = np.bincount(components.ravel(), minlength=count + 1)
        found += [
            (components == number, int(owner))
            for number in range(1, count + 1)
            if sizes[number] >= SMALLEST
        ]
    return [found[i] for i in rng.permutation(len(found))]
