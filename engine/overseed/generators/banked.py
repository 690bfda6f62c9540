"""What the methods share that fill parcels from a bank of real ones: gathering, saving, reading back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.files import whole
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.gathering import gather
from overseed.generators.parcel_bank import Parcel, ParcelGatherer, from_tensors, to_tensors
from overseed.tiles.sampling import Source
from overseed.tiles.statistics import BandStats

BANK = "bank.safetensors"


class BankedGenerator(ABC):
    """The generator contract but for :meth:`generate`, around a list of parcels."""

    name: str
    learned = False

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        self._stats = bands
        self._classes = classes
        self._dtype = np.dtype(bands.dtype)
        self._parcels: list[Parcel] = []

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`; ``plan.steps`` are batches of crops."""
        gatherer = ParcelGatherer(self._classes, len(self._stats.names), self._dtype, plan.seed)
        figures = gather(source, plan, folder, tick, metric, gatherer.add)
        self._take(gatherer.parcels() or [self._mean_pixel()])
        return figures

    @abstractmethod
    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import save_file

        with whole(folder / BANK) as partial:
            save_file(to_tensors(self._parcels), partial, metadata=dict(about))
        return [BANK]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import load_file

        self._take(from_tensors(load_file(folder / BANK)))

    def _take(self, parcels: list[Parcel]) -> None:
        """Make ready for generating from these parcels; at least one."""
        self._parcels = parcels

    def _mean_pixel(self) -> Parcel:
        """Stands in where the crops showed no labelled pixel at all."""
        mean = np.array(self._stats.mean)[None]
        return Parcel(0, np.ones((1, 1), bool), mean.astype(self._dtype), np.empty(0), False)
