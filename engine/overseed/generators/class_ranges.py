"""Painted ground brought to the radiometry of a scene: to what lies around it, and to what its class can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.generators.parcels import find_parcels

#: Percentiles of a class's parcels between which painted ones must lie.
RANGE = (5, 95)
#: Fewer parcels than these have no range; then that of single pixels counts, and no limit to the spread.
FEWEST = 5
#: Pixels of known ground around a painting that its level is compared on, and how far around they may lie.
ENOUGH, AROUND = 32, 8


@dataclass(frozen=True)
class ClassRanges:
    """Ranges of ``k`` classes in ``p`` painted bands, native units.

    ``kinds`` ``(k,)`` int64; ``means`` ``(k, 2, p)``, lowest and highest mean of a parcel; ``spreads``
    ``(k, 2, p)``, the same of its standard deviation.
    """

    kinds: NDArray[np.int64]
    means: NDArray[np.float32]
    spreads: NDArray[np.float32]

    @classmethod
    def fit(
        cls,
        pixels: Mapping[int, NDArray[np.float32]],
        means: Mapping[int, Sequence[NDArray[np.float64]]],
        spreads: Mapping[int, Sequence[NDArray[np.float64]]],
        painted: list[int],
    ) -> ClassRanges:
        """From pixels ``(n, bands)`` of each class and figures ``(bands,)`` of its parcels."""
        kinds = sorted(pixels)
        low_high, least_most = [], []
        for kind in kinds:
            if len(means.get(kind, ())) >= FEWEST:
                low_high.append(np.percentile(np.stack(means[kind])[:, painted], RANGE, axis=0))
                least_most.append(np.percentile(np.stack(spreads[kind])[:, painted], RANGE, axis=0))
            else:
                low_high.append(np.percentile(pixels[kind][:, painted], RANGE, axis=0))
                free = np.full(len(painted), np.finfo(np.float32).max)
                least_most.append(np.stack([0 * free, free]))
        shape = (-1, 2, len(painted))
        return cls(
            np.array(kinds, np.int64),
            np.array(low_high, np.float32).reshape(shape),
            np.array(least_most, np.float32).reshape(shape),
        )

    def matched(
        self, made: NDArray[np.float32], labels: NDArray[np.uint8], changed: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Painted ``(n, p, h, w)`` with the mean and the spread of each parcel moved into its class's range.

        Parcels within the range stay as they are.
        """
        matched = made.copy()
        parcels = find_parcels(labels, changed)
        known = self.kinds.tolist()
        for number, owner in enumerate(parcels.label.tolist(), start=1):
            if owner not in known:
                continue
            tile = int(parcels.tile[number - 1])
            here = parcels.number[tile] == number
            values = made[tile][:, here].astype(np.float64)
            place = known.index(owner)
            mean, spread = values.mean(axis=1), values.std(axis=1)
            level = np.clip(mean, *self.means[place])
            factor = np.ones_like(spread)
            if values.shape[1] > 1:
                wanted = np.clip(spread, *self.spreads[place])
                factor = np.divide(wanted, spread, out=factor, where=spread > 0)
            moved = (values - mean[:, None]) * factor[:, None] + level[:, None]
            matched[tile][:, here] = moved.astype(np.float32)
        return matched


def level_with(
    made: NDArray[np.float32],
    real: NDArray[np.float32],
    known: NDArray[np.bool_],
    changed: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """``made`` ``(c, h, w)`` moved by the median difference to real ground around what was painted.

    Where a model shows known ground brighter than it is, it shows what it painted brighter too. Without enough
    known ground nothing is moved.
    """
    from scipy.ndimage import distance_transform_cdt

    near = known & (distance_transform_cdt(~changed, metric="chessboard") <= AROUND)
    if near.sum() < ENOUGH:
        near = known
    if near.sum() < ENOUGH:
        return made
    shift = np.median((real - made)[:, near], axis=1)
    return made + shift[:, None, None].astype(np.float32)
