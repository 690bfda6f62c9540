"""The space that the diffusion model works in: principal components of the bands, each of unit variance.

Bands say nearly the same, so in band units noise drowns what tells them apart long before it drowns their
brightness, and a sampler of few steps hardly looks at it. Brought to unit variance all components are drowned
alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Components at most; what many bands hold beyond is mostly noise.
MOST = 24
#: Components that vary less than this share of the strongest one are not blown up any further.
LEAST_SPREAD = 0.02


@dataclass(frozen=True)
class BandSpace:
    """What was fitted; float32 arrays that are saved with the weights.

    ``centre`` ``(bands,)``; ``axes`` ``(bands, c)`` and ``scale`` ``(c,)``, their standard deviations; ``rest``
    ``(bands,)``, the deviation of what the components leave out; ``low`` and ``high`` ``(c,)``, the range that
    the training ground shows.
    """

    centre: NDArray[np.float32]
    axes: NDArray[np.float32]
    scale: NDArray[np.float32]
    rest: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def blank(cls, bands: int) -> BandSpace:
        """Before the fit."""
        count = min(bands, MOST)
        one = np.ones(count, np.float32)
        return cls(
            centre=np.zeros(bands, np.float32),
            axes=np.eye(bands, count, dtype=np.float32),
            scale=one,
            rest=np.zeros(bands, np.float32),
            low=-5 * one,
            high=5 * one,
        )

    @classmethod
    def fit(cls, crops: Iterable[NDArray[np.float32]], bands: int) -> BandSpace:
        """Fit on standardised pixels, ``(n, bands)`` from each crop; stays blank without two of them."""
        pixels = np.concatenate([np.zeros((0, bands), np.float32), *crops]).astype(np.float64)
        if len(pixels) < 2:
            return cls.blank(bands)
        centre = pixels.mean(axis=0)
        pixels -= centre
        power, vectors = np.linalg.eigh(pixels.T @ pixels / len(pixels))
        axes = vectors[:, ::-1][:, : min(bands, MOST)]
        # The sign of an eigenvector is arbitrary; without a rule it would differ between machines.
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
        spread = np.sqrt(np.maximum(power[::-1][: axes.shape[1]], 0))
        scale = np.maximum(spread, max(LEAST_SPREAD * spread[0], 1e-6))
        values = pixels @ axes
        rest = (pixels - values @ axes.T).std(axis=0)
        values /= scale
        arrays = (centre, axes, scale, rest, values.min(axis=0), values.max(axis=0))
        return cls(*(np.ascontiguousarray(array, np.float32) for array in arrays))

    @property
    def components(self) -> int:
        """Number of components."""
        return len(self.scale)

    def enter(self, images: NDArray[np.float32], where: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Components ``(n, c, h, w)`` of standardised ``(n, bands, h, w)``; 0 outside ``where``."""
        values = (np.moveaxis(images, 1, -1) - self.centre) @ (self.axes / self.scale)
        return np.moveaxis(np.where(where[..., None], values, np.float32(0)), -1, 1)

    def leave(self, values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        """Standardised images of components; what these leave out comes back as noise of its strength."""
        scaled = np.moveaxis(values, 1, -1) * self.scale
        images = (scaled @ self.axes.T + self.centre).astype(np.float32)
        if self.components < len(self.rest):
            images += self.rest * rng.standard_normal(images.shape, dtype=np.float32)
        return np.moveaxis(images, -1, 1)
