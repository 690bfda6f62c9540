"""Two generators that look good in one figure and are bad: fidelity must see through both. Not for users.

``class-mean`` paints each class in its mean, which a classifier recognises better than the real thing.
``class-noise`` draws each pixel by itself from its class's normal distribution: all spectra are right, no
texture is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.generators.class_moments import ClassMoments
from overseed.generators.contract import Canvas
from overseed.generators.coregionalization import factor
from overseed.generators.gathering import GatheredGenerator, Tensors


class ClassNoise(GatheredGenerator[ClassMoments]):
    """The generator contract; independent pixels with the class's mean and covariance."""

    name = "class-noise"

    def _gatherer(self, seed: int) -> ClassMoments:
        return ClassMoments(self._stats, self._classes)

    def _model(self, gatherer: ClassMoments) -> Tensors:
        # A class without pixels, and unlabelled ground, take the look of the whole scene.
        kinds = [i if gatherer.counts[i] else self._classes for i in range(self._classes + 1)]
        return {
            "mean": np.stack([gatherer.mean(i) for i in kinds]).astype(np.float32),
            "factor": np.stack([factor(gatherer.covariance(i)) for i in kinds]).astype(np.float32),
        }

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        kinds = np.minimum(canvas.labels, self._classes)
        pixels = self._tensors["mean"][kinds]
        rng = np.random.default_rng(seed)
        for index in np.unique(kinds):
            inside = kinds == index
            pixels[inside] += self._deviations(int(index), int(inside.sum()), rng)
        return self._stats.unscale(np.moveaxis(pixels, -1, 1))

    def _deviations(self, index: int, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """What is added to the class's mean, ``(count, bands)``."""
        matrix = self._tensors["factor"][index]
        return rng.standard_normal((count, len(matrix)), np.float32) @ matrix.T


class ClassMean(ClassNoise):
    """The generator contract; every pixel is its class's mean, whatever the seed."""

    name = "class-mean"

    def _deviations(self, index: int, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        return np.zeros((count, len(self._tensors["mean"][index])), np.float32)
