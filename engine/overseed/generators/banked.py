"""What the methods share that fill parcels from a bank of real ones."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from overseed.generators.gathering import GatheredGenerator, Tensors
from overseed.generators.parcel_bank import Parcel, ParcelGatherer, from_tensors, to_tensors


class BankedGenerator(GatheredGenerator[ParcelGatherer]):
    """The generator contract but for :meth:`generate`, around a list of parcels."""

    _parcels: list[Parcel]

    def _gatherer(self, seed: int) -> ParcelGatherer:
        return ParcelGatherer(self._classes, len(self._stats.names), self._dtype, seed)

    def _model(self, gatherer: ParcelGatherer) -> Tensors:
        return to_tensors(gatherer.parcels() or [self._mean_pixel()])

    def _take(self, tensors: Tensors) -> None:
        super()._take(tensors)
        self._parcels = from_tensors(tensors)
        self._arrange(self._parcels)

    @abstractmethod
    def _arrange(self, parcels: list[Parcel]) -> None:
        """Make what generating from these parcels needs; at least one."""

    def _mean_pixel(self) -> Parcel:
        """Stands in where the crops showed no labelled pixel at all."""
        mean = np.array(self._stats.mean)[None]
        return Parcel(0, np.ones((1, 1), bool), mean.astype(self._dtype), np.empty(0), False)
