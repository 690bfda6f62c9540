"""Where an object is plausible: whether the ground around a made parcel looks like that around real ones.

A parcel's surroundings are a ring of pixels around it, described by the mean and the spread of each band. A
place is plausible for a class when the ring there is no farther from the nearest ring of a real training parcel
of the class than real rings usually are from one another: within the 95th percentile of their distances to
their nearest neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene, read_crop

#: Width of the ring in pixels, and pixels that it must have.
WIDTH = 6
LEAST_RING = 40
#: Real parcels smaller than this say nothing about their class's places.
LEAST_PARCEL = 6
#: Real parcels that a class needs, and those that are looked at.
LEAST_KNOWN, MOST_KNOWN = 5, 600
#: Percentile of real rings' distances up to which a place is plausible.
PERCENTILE = 95.0
FLAT = 0.01


@dataclass(frozen=True)
class Surroundings:
    """Rings around real parcels of some classes; all ground suits a class with few parcels, which is not there.

    ``rings`` hold standardised figures ``(n, 2 · bands)``, ``limits`` the distances up to which a place is
    plausible; both by class.
    """

    stats: BandStats
    scales: dict[int, NDArray[np.float64]]
    rings: dict[int, NDArray[np.float64]]
    limits: dict[int, float]

    @classmethod
    def fit(
        cls,
        scenes: Sequence[StoredScene],
        blocks: Sequence[tuple[int, Window]],
        side: int,
        stats: BandStats,
        takers: Sequence[int],
    ) -> Surroundings:
        """Look at the parcels of ``takers`` in the blocks (scene, window) of one side."""
        found: dict[int, list[NDArray[np.float64]]] = {taker: [] for taker in takers}
        for number, window in blocks:
            crop = read_crop(scenes[number], window, side)
            scaled = stats.scale(crop.image, crop.visible)
            for taker in takers:
                for parcel in _parcels(crop.labels == taker):
                    figures = ring_figures(scaled, parcel, crop.visible & (crop.labels != taker))
                    if figures is not None and len(found[taker]) < MOST_KNOWN:
                        found[taker].append(figures)
        scales, rings, limits = {}, {}, {}
        for taker, known in found.items():
            if len(known) >= LEAST_KNOWN:
                scales[taker] = np.std(known, axis=0) + FLAT
                rings[taker] = np.array(known) / scales[taker]
                apart = np.linalg.norm(rings[taker][:, None] - rings[taker][None], axis=-1)
                np.fill_diagonal(apart, np.inf)
                limits[taker] = float(np.percentile(apart.min(axis=1), PERCENTILE))
        return cls(stats, scales, rings, limits)

    def unlike(
        self,
        image: NDArray[Any],
        visible: NDArray[np.bool_],
        labels: NDArray[np.uint8],
        changed: NDArray[np.bool_],
    ) -> int | None:
        """The first class of which a made parcel lies where none would; ``None`` where all are plausible.

        Parameters
        ----------
        image, visible:
            The real tile ``(bands, h, w)`` in native units, and where it has a value that may be seen.
        labels, changed:
            ``(h, w)``, the layout, and what of it is made.
        """
        scaled = self.stats.scale(image, visible)
        for taker, rings in self.rings.items():
            outside = visible & ~changed & (labels != taker)
            for parcel in _parcels(changed & (labels == taker)):
                figures = ring_figures(scaled, parcel, outside)
                if figures is None:
                    continue
                apart = np.linalg.norm(rings - figures / self.scales[taker], axis=1).min()
                if apart > self.limits[taker]:
                    return taker
        return None


def ring_figures(
    scaled: NDArray[np.float32], parcel: NDArray[np.bool_], outside: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Mean and logarithm of the deviation of each band ``(2 · bands,)`` around a parcel ``(h, w)``.

    ``None`` where fewer than ``LEAST_RING`` pixels of ``outside`` lie around it.
    """
    from scipy.ndimage import binary_dilation

    rows, cols = np.nonzero(parcel)
    frame = tuple(
        slice(max(0, line.min() - WIDTH), line.max() + WIDTH + 1) for line in (rows, cols)
    )
    around = binary_dilation(parcel[frame], np.ones((3, 3), bool), iterations=WIDTH)
    ring = around & ~parcel[frame] & outside[frame]
    if ring.sum() < LEAST_RING:
        return None
    values = scaled[:, *frame][:, ring].astype(np.float64)
    return np.concatenate([values.mean(axis=1), np.log(values.std(axis=1) + FLAT)])


def _parcels(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Connected parts of a mask, 8 neighbours, each as a mask; tiny ones are left out."""
    from scipy.ndimage import label

    numbered, count = label(mask, np.ones((3, 3), bool))
    sizes = np.bincount(numbered.ravel(), minlength=count + 1)
    return [numbered == n for n in range(1, count + 1) if sizes[n] >= LEAST_PARCEL]
