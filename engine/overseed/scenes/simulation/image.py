"""Pixel values of any rows of a scene, from its layout, its look and its noise.

Reflectance is the class's spectrum plus an offset per parcel, texture whose grain and strength depend on
the class, and white variation per pixel; a point spread then mixes neighbouring pixels, clouds cover some,
and the sensor adds noise of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.simulation.cloud import Cloud
from overseed.scenes.simulation.covers import FACTORS, Look
from overseed.scenes.simulation.layout import Layout
from overseed.scenes.simulation.noise import TRUNCATE, Noise, gaussian_kernel

#: Standard deviations in pixels: grain of the two textures, and the point spread.
COARSE, FINE, POINT_SPREAD = 4.0, 0.8, 0.6
#: How far the point spread reaches, in pixels.
REACH = len(gaussian_kernel(POINT_SPREAD)) // 2
#: Stored value = GAIN · reflectance + OFFSET. As in Sentinel-2's products since processing baseline 04.00,
#: the offset keeps noise around dark ground from being cut off at 0, which means nodata.
GAIN, OFFSET = 10_000.0, 1_000.0


@dataclass(frozen=True)
class Painter:
    """Paints rows of one scene.

    ``offsets`` is (factors, parcels), the standard normal draw that all pixels of a parcel share.
    """

    layout: Layout
    look: Look
    cloud: Cloud
    noise: Noise
    offsets: NDArray[np.float32]

    def bands(self, start: int, stop: int) -> Iterator[NDArray[np.uint16]]:
        """Each band's ``(stop - start, width)`` stored values, 1 to 65535, also in the missing corner.

        The same pixels come out whatever rows are asked for together.
        """
        from scipy import ndimage

        low, high = max(start - REACH, 0), min(stop + REACH, self.layout.height)
        truth, factors = self._ground(low, high)
        core = slice(start - low, stop - low)
        opacity = self.cloud.opacity(start, stop)
        cloudy = bool(opacity.any())
        for band, (spectrum, loading) in enumerate(
            zip(self.look.spectra.T, self.look.loadings.T, strict=True)
        ):
            clean = spectrum.astype(np.float32)[truth]
            for factor, strength in zip(factors, loading.astype(np.float32), strict=True):
                clean += factor * strength
            # At the scene's edge its last pixels repeat; inside, the rows beyond the core are real.
            seen = ndimage.gaussian_filter(clean, POINT_SPREAD, truncate=TRUNCATE, mode="nearest")
            seen = seen[core]
            if cloudy:
                seen += opacity * (0.45 + 0.2 * opacity - seen)
            seen += np.float32(self.look.sensor) * self.noise.white(3 * FACTORS + band, start, stop)
            yield np.rint(np.clip(seen * GAIN + OFFSET, 1, 65_535)).astype(np.uint16)

    def _ground(self, low: int, high: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Class index from 0, (rows, width), and the factors before the point spread."""
        rows = self.layout.rows(low, high)
        truth = rows.truth - np.uint8(1)
        parcel, coarse, fine, white = (
            getattr(self.look, part).astype(np.float32)[truth]
            for part in ("parcel", "coarse", "fine", "white")
        )
        factors = np.empty((FACTORS, *truth.shape), dtype=np.float32)
        for factor in range(FACTORS):
            fields = (3 * factor, 3 * factor + 1, 3 * factor + 2)
            np.multiply(parcel, self.offsets[factor, rows.parcels], out=factors[factor])
            factors[factor] += coarse * self.noise.smooth(fields[0], COARSE, low, high)
            factors[factor] += fine * self.noise.smooth(fields[1], FINE, low, high)
            factors[factor] += white * self.noise.white(fields[2], low, high)
        return truth, factors


def draw_painter(
    layout: Layout, look: Look, cloud: Cloud, parcels: int, rng: np.random.Generator
) -> Painter:
    """Draw what is random per parcel, and the seed of what is random per pixel."""
    offsets = rng.standard_normal((FACTORS, parcels), dtype=np.float32)
    noise = Noise(int(rng.integers(2**63)), layout.width)
    return Painter(layout, look, cloud, noise, offsets)
