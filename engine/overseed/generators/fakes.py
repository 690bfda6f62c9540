"""Two generators that look good in one figure and are bad: fidelity must see through both. Not for users.

``class-mean`` paints each class in its mean, which a classifier recognises better than the real thing.
``class-noise`` draws each pixel by itself from its class's normal distribution: all spectra are right, no
texture is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.files import whole
from overseed.generators.class_moments import ClassMoments
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.coregionalization import factor
from overseed.generators.gathering import gather
from overseed.tiles.sampling import Source
from overseed.tiles.statistics import BandStats

WEIGHTS = "weights.safetensors"


class ClassNoise:
    """The generator contract; independent pixels with the class's mean and covariance."""

    name = "class-noise"
    learned = False

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        self._stats = bands
        self._classes = classes
        self._model: dict[str, NDArray[np.float32]] = {}

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
        moments = ClassMoments(self._stats, self._classes)
        figures = gather(source, plan, folder, tick, metric, moments.add)
        # A class without pixels, and unlabelled ground, take the look of the whole scene.
        kinds = [i if moments.counts[i] else self._classes for i in range(self._classes + 1)]
        self._model = {
            "mean": np.stack([moments.mean(i) for i in kinds]).astype(np.float32),
            "factor": np.stack([factor(moments.covariance(i)) for i in kinds]).astype(np.float32),
        }
        return figures

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        kinds = np.minimum(canvas.labels, self._classes)
        pixels = self._model["mean"][kinds]
        rng = np.random.default_rng(seed)
        for index in np.unique(kinds):
            inside = kinds == index
            pixels[inside] += self._deviations(int(index), int(inside.sum()), rng)
        return self._stats.unscale(np.moveaxis(pixels, -1, 1))

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import save_file

        with whole(folder / WEIGHTS) as partial:
            model = {k: np.ascontiguousarray(v) for k, v in self._model.items()}
            save_file(model, partial, metadata=dict(about))
        return [WEIGHTS]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import load_file

        self._model = load_file(folder / WEIGHTS)

    def _deviations(self, index: int, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """What is added to the class's mean, ``(count, bands)``."""
        matrix = self._model["factor"][index]
        return rng.standard_normal((count, len(matrix)), np.float32) @ matrix.T


class ClassMean(ClassNoise):
    """The generator contract; every pixel is its class's mean, whatever the seed."""

    name = "class-mean"

    def _deviations(self, index: int, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        return np.zeros((count, len(self._model["mean"][index])), np.float32)
