"""Where an object is plausible: whether the ground around a made parcel looks like that around real ones.

A parcel's surroundings are a ring of pixels around it, described by the mean and the spread of each band. A
place is plausible for a class when the ring there is no farther from the nearest ring of a real training parcel
of the class than real rings usually are from one another: within the 95th percentile of their distances to
their nearest neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        from scipy.spatial.distance import cdist

        found = {taker: _real_rings(scenes, blocks, side, stats, taker) for taker in takers}
        scales, rings, limits = {}, {}, {}
        for taker, known in found.items():
            if len(known) >= LEAST_KNOWN:
                scales[taker] = np.std(known, axis=0) + FLAT
                rings[taker] = np.array(known) / scales[taker]
                apart = cdist(rings[taker], rings[taker])
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
            for frame, parcel in _parcels(changed & (labels == taker)):
                figures = ring_figures(scaled[:, *frame], parcel, outside[frame])
                if figures is None:
                    continue
                apart = np.linalg.norm(rings - figures / self.scales[taker], axis=1).min()
                if apart > self.limits[taker]:
                    return taker
        return None


def _real_rings(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    stats: BandStats,
    taker: int,
) -> list[NDArray[np.float64]]:
    """Figures around a class's real parcels; of very many, of some that are spread over all blocks."""
    places = []
    for number, block in blocks:
        scene = scenes[number]
        own = (scene.side[block.slices] == side) & (scene.labels[block.slices] == taker)
        for (rows, cols), parcel in _parcels(own):
            window = Window(block.row + rows.start, block.col + cols.start, *parcel.shape)
            places.append((scene, window, parcel))
    chosen = np.linspace(0, len(places) - 1, min(len(places), MOST_KNOWN)).astype(int)
    found = []
    for scene, window, parcel in (places[place] for place in chosen.tolist()):
        # A parcel with its ring alone: a block with all its bands may take a lot of memory.
        crop = read_crop(scene, window, side)
        outside = crop.visible & (crop.labels != taker)
        figures = ring_figures(stats.scale(crop.image, crop.visible), parcel, outside)
        if figures is not None:
            found.append(figures)
    return found


def ring_figures(
    scaled: NDArray[np.float32], parcel: NDArray[np.bool_], outside: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Mean and logarithm of the deviation of each band ``(2 · bands,)`` around a parcel ``(h, w)``.

    ``None`` where fewer than ``LEAST_RING`` pixels of ``outside`` lie around it.
    """
    from scipy.ndimage import binary_dilation

    around = binary_dilation(parcel, np.ones((3, 3), bool), iterations=WIDTH)
    ring = around & ~parcel & outside
    if ring.sum() < LEAST_RING:
        return None
    values = scaled[:, ring].astype(np.float64)
    return np.concatenate([values.mean(axis=1), np.log(values.std(axis=1) + FLAT)])


def _parcels(
    mask: NDArray[np.bool_],
) -> Iterator[tuple[tuple[slice, slice], NDArray[np.bool_]]]:
    """Connected parts of a mask, 8 neighbours, each as a mask of the frame that its ring lies in.

    Tiny ones are left out.
    """
    from scipy.ndimage import find_objects, label

    numbered, count = label(mask, np.ones((3, 3), bool))
    sizes = np.bincount(numbered.ravel(), minlength=count + 1)
    for number, found in enumerate(find_objects(numbered), start=1):
        if sizes[number] >= LEAST_PARCEL:
            rows, cols = (slice(max(0, s.start - WIDTH), s.stop + WIDTH) for s in found)
            yield (rows, cols), numbered[rows, cols] == number
