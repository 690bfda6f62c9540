"""Channels that samples are measured in: standardised bands, and NDVI where its bands are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.bands import BandRecipe, regions_of
from overseed.tiles.statistics import BandStats, sample_pixels
from overseed.tiles.store import StoredScene

NDVI = "NDVI"


@dataclass(frozen=True)
class Channels:
    """How native images become channels.

    The first ``bands`` channels are the bands in training-side standard deviations from the training-side
    mean. ``red`` and ``nir`` are positions of bands; where both are known a last channel is NDVI (Tucker
    1979) in its own training-side standard deviations.
    """

    stats: BandStats
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    red: int | None = None
    nir: int | None = None
    ndvi_mean: float = 0.0
    ndvi_std: float = 1.0

    @property
    def bands(self) -> int:
        return len(self.stats.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all channels."""
        known = self.red is not None and self.nir is not None
        return (*self.stats.names, NDVI) if known else self.stats.names

    def of(self, image: NDArray[Any], visible: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(bands, h, w)`` native, ``(h, w)`` bool → ``(channels, h, w)``; 0 where not visible."""
        scaled = self.stats.scale(image, visible)
        if self.red is None or self.nir is None:
            return scaled
        index = (self._ndvi(image) - self.ndvi_mean) / self.ndvi_std
        return np.concatenate([scaled, np.where(visible, index, 0)[None].astype(np.float32)])

    def _ndvi(self, image: NDArray[Any]) -> NDArray[np.float64]:
        assert self.red is not None
        assert self.nir is not None
        red, nir = (
            image[band].astype(np.float64) * self.scales[band] + self.offsets[band]
            for band in (self.red, self.nir)
        )
        total = nir + red
        return np.clip(np.where(total == 0, 0, (nir - red) / np.where(total == 0, 1, total)), -1, 1)


def make_channels(
    scenes: Sequence[StoredScene],
    stats: BandStats,
    recipe: BandRecipe,
    side: int,
    rng: np.random.Generator,
) -> Channels:
    """Channels for a run's scenes; NDVI is standardised on pixels of one side (the training side)."""
    extra = len(stats.names) - len(recipe.scales)
    scales, offsets = recipe.scales + (1.0,) * extra, recipe.offsets + (0.0,) * extra
    regions = regions_of(stats.names)
    plain = Channels(stats, scales, offsets)
    if "red" not in regions or "nir" not in regions or NDVI in stats.names:
        return plain
    found = replace(plain, red=regions.index("red"), nir=regions.index("nir"))
    values, _ = sample_pixels(scenes, side, 20_000, rng)
    ndvi = found._ndvi(values.T)
    return replace(found, ndvi_mean=float(ndvi.mean()), ndvi_std=float(ndvi.std()) or 1.0)
