"""Chips as one array, with the label, side and place of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.classes import ClassTable
from overseed.tiles.split import TEST, TRAIN, VALIDATION
from overseed.tiles.statistics import BandStats

#: Sides of chips: those of ground, and the second region, which no step but a last score sees.
OTHER_REGION = 3
CHIP_SIDES = ("train", "validation", "test", "other-region")
assert (CHIP_SIDES[TRAIN], CHIP_SIDES[VALIDATION], CHIP_SIDES[TEST]) == CHIP_SIDES[:3]
#: Stands for "no cluster".
NO_CLUSTER = -1


@dataclass(frozen=True)
class Place:
    """Where a chip lies: CRS as WKT (empty where unknown) and GDAL's six numbers, or ``None``.

    The numbers are in GDAL's own order, as ``Affine.from_gdal`` takes them.
    """

    crs_wkt: str
    transform: tuple[float, float, float, float, float, float] | None


@dataclass(frozen=True)
class ChipSet:
    """Chips of one size, with all that is known of them.

    Parameters
    ----------
    images:
        ``(n, bands, size, size)`` in native units and type, memory-mapped.
    valid:
        ``(n, size, size)`` bool, false where a chip has no value (nodata, beyond a raster's edge).
    labels:
        ``(n,)`` class indices.
    sides:
        ``(n,)`` uint8, positions in :data:`CHIP_SIDES`.
    given_clusters:
        ``(n,)`` numbers from the table that a person gave, :data:`NO_CLUSTER` where there is none.
    names:
        Where each chip comes from: its file relative to the data's folder, or raster and number.
    places:
        Where each chip lies, as far as that is known.
    groups:
        ``(n,)`` numbers of what goes to one side as a whole: blocks of ground, pictures, near-duplicates.
    """

    images: NDArray[Any]
    valid: NDArray[np.bool_]
    labels: NDArray[np.int64]
    sides: NDArray[np.uint8]
    given_clusters: NDArray[np.int64]
    names: Sequence[str]
    places: Sequence[Place]
    groups: NDArray[np.int64]
    table: ClassTable
    stats: BandStats

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> int:
        """Side of the chips in pixels."""
        return int(self.images.shape[-1])

    @property
    def bands(self) -> int:
        return int(self.images.shape[1])

    def of_side(self, side: int) -> NDArray[np.intp]:
        """Numbers of the chips of one side, ascending."""
        return np.flatnonzero(self.sides == side)

    def standardised(self, numbers: NDArray[np.intp]) -> NDArray[np.float32]:
        """Chips ``(len(numbers), bands, size, size)`` scaled with the training side's means and deviations.

        Pixels without a value are 0, the mean.
        """
        return self.stats.scale(np.asarray(self.images[numbers]), np.asarray(self.valid[numbers]))
