"""Two controls of a comparison, which tell what samples owe to their layouts alone. No good generators.

``layout-only`` fills each parcel with real training pixels of its class, drawn one by one: all spectra are
real, nothing else is. ``noise`` fills every parcel with noise of the scene's overall spread, which says
nothing of its class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.files import whole
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.gathering import gather
from overseed.tiles.sampling import Batch, Source
from overseed.tiles.statistics import BandStats

WEIGHTS = "weights.safetensors"
#: Pixels that are kept of each class.
KEPT = 20_000
#: Pixels that are taken from a class in one batch at most.
TAKEN = 2_000


class LayoutOnly:
    """The generator contract; shuffled real pixels of the class."""

    name = "layout-only"
    learned = False

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        self._stats = bands
        self._classes = classes
        self._pixels: dict[int, NDArray[Any]] = {}

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
        rng = np.random.default_rng([plan.seed, 9])
        found: dict[int, list[NDArray[Any]]] = {}

        def take(batch: Batch) -> dict[str, float]:
            pixels = np.moveaxis(batch.images, 1, -1)
            for index in range(self._classes):
                own = pixels[batch.labels == index]
                found.setdefault(index, []).append(own[rng.permutation(len(own))[:TAKEN]])
            return {"pixels": float(sum(len(p) for parts in found.values() for p in parts))}

        figures = gather(source, plan, folder, tick, metric, take)
        self._pixels = {}
        for index, parts in found.items():
            every = np.concatenate(parts)
            if len(every):
                self._pixels[index] = every[rng.permutation(len(every))[:KEPT]]
        return figures

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        rng = np.random.default_rng(seed)
        # Unlabelled ground, and a class that was never seen, take pixels of any class.
        anything = np.concatenate(list(self._pixels.values()))
        images = np.empty((*canvas.labels.shape, anything.shape[1]), anything.dtype)
        for index in np.unique(canvas.labels):
            inside = canvas.labels == index
            own = self._pixels.get(int(index), anything)
            images[inside] = own[rng.integers(len(own), size=int(inside.sum()))]
        return np.ascontiguousarray(np.moveaxis(images, -1, 1))

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import save_file

        with whole(folder / WEIGHTS) as partial:
            pixels = {str(k): np.ascontiguousarray(v) for k, v in self._pixels.items()}
            save_file(pixels, partial, metadata=dict(about))
        return [WEIGHTS]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import load_file

        self._pixels = {int(k): v for k, v in load_file(folder / WEIGHTS).items()}


class Noise(LayoutOnly):
    """The generator contract; independent normal noise with the bands' means and deviations over all ground."""

    name = "noise"

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        rng = np.random.default_rng(seed)
        shape = (len(canvas), len(self._stats.names), *canvas.labels.shape[1:])
        return self._stats.unscale(rng.standard_normal(shape, np.float32))
