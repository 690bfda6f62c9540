"""Two controls of a comparison, which tell what samples owe to their layouts alone. No good generators.

``layout-only`` fills each parcel with real training pixels of its class, drawn one by one: all spectra are
real, nothing else is. ``noise`` fills every parcel with noise of the scene's overall spread, which says
nothing of its class.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.generators.contract import Canvas
from overseed.generators.gathering import GatheredGenerator, Tensors
from overseed.tiles.sampling import Batch

#: Pixels that are kept of each class.
KEPT = 20_000
#: Pixels that are taken from a class in one batch at most.
TAKEN = 2_000


class PixelGatherer:
    """Some pixels of each class, drawn evenly from each batch."""

    def __init__(self, classes: int, seed: int) -> None:
        self._found: list[list[NDArray[Any]]] = [[] for _ in range(classes)]
        self._rng = np.random.default_rng([seed, 9])
        self._kept = 0

    def add(self, batch: Batch) -> dict[str, float]:
        """Take a batch in; returns how many pixels are kept so far."""
        pixels = np.moveaxis(batch.images, 1, -1)
        for index, parts in enumerate(self._found):
            own = pixels[batch.labels == index]
            parts.append(own[self._rng.permutation(len(own))[:TAKEN]])
            self._kept += len(parts[-1])
        return {"pixels": float(self._kept)}

    def pixels(self) -> dict[int, NDArray[Any]]:
        """``(n, bands)`` in native units for each class that was seen."""
        found = {index: np.concatenate(parts) for index, parts in enumerate(self._found) if parts}
        return {
            index: every[self._rng.permutation(len(every))[:KEPT]]
            for index, every in found.items()
            if len(every)
        }


class LayoutOnly(GatheredGenerator[PixelGatherer]):
    """The generator contract; shuffled real pixels of the class."""

    name = "layout-only"

    def _gatherer(self, seed: int) -> PixelGatherer:
        return PixelGatherer(self._classes, seed)

    def _model(self, gatherer: PixelGatherer) -> Tensors:
        return {str(index): pixels for index, pixels in gatherer.pixels().items()}

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        rng = np.random.default_rng(seed)
        # Unlabelled ground, and a class that was never seen, take pixels of any class.
        anything = np.concatenate(list(self._tensors.values()))
        images = np.empty((*canvas.labels.shape, anything.shape[1]), anything.dtype)
        for index in np.unique(canvas.labels):
            inside = canvas.labels == index
            own = self._tensors.get(str(index), anything)
            images[inside] = own[rng.integers(len(own), size=int(inside.sum()))]
        return np.ascontiguousarray(np.moveaxis(images, -1, 1))


class Noise(LayoutOnly):
    """The generator contract; independent normal noise with the bands' means and deviations over all ground."""

    name = "noise"

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        rng = np.random.default_rng(seed)
        shape = (len(canvas), len(self._stats.names), *canvas.labels.shape[1:])
        return self._stats.unscale(rng.standard_normal(shape, np.float32))
