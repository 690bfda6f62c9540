"""Random fields of any extent, drawn row by row: any rows can be had in any order, always the same ones.

Every row of every field has a generator of its own, seeded by (scene, field, row), so what a band of rows
holds depends neither on the bands before it nor on how many rows they had.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Rows above the scene that filters may ask for; seeds are numbers from 0.
_ABOVE = 1024
#: Gaussian filters reach this many standard deviations.
TRUNCATE = 4.0


@dataclass(frozen=True)
class Noise:
    """White Gaussian fields of one scene, numbered from 0, and smoothed ones made of them."""

    seed: int
    width: int

    def white(self, field: int, start: int, stop: int, margin: int = 0) -> NDArray[np.float32]:
        """``(stop - start, width + 2·margin)`` standard normal; rows may lie outside the scene."""
        rows = np.empty((stop - start, self.width + 2 * margin), dtype=np.float32)
        for row, target in enumerate(rows, start=start + _ABOVE):
            seed = np.random.SeedSequence((self.seed, field, row))
            generator = np.random.Generator(np.random.SFC64(seed))
            generator.standard_normal(dtype=np.float32, out=target)
        return rows

    def smooth(self, field: int, sigma: float, start: int, stop: int) -> NDArray[np.float32]:
        """``(stop - start, width)`` with unit variance everywhere, correlated over about ``sigma`` pixels."""
        from scipy import ndimage

        kernel = gaussian_kernel(sigma)
        reach = len(kernel) // 2
        noise = self.white(field, start - reach, stop + reach, reach)
        noise = ndimage.gaussian_filter(noise, sigma, truncate=TRUNCATE)
        # Rows and columns are each smoothed by the kernel, so the deviation shrinks by its norm twice.
        noise = noise[reach:-reach, reach:-reach] / np.float32(kernel @ kernel)
        return noise


def gaussian_kernel(sigma: float) -> NDArray[np.float64]:
    """Weights of the Gaussian filter used here, in one direction; they add up to 1."""
    from scipy import ndimage

    reach = int(TRUNCATE * sigma + 0.5)
    impulse = np.zeros(2 * reach + 1)
    impulse[reach] = 1
    return ndimage.gaussian_filter1d(impulse, sigma, truncate=TRUNCATE, mode="constant")
