"""Three bands of a scene as a picture of the kind that image models know, and back.

A picture has values in about [-1, 1]. The limits that stand for -1 and 1 are robust ones of the training
side: of all its ground and of each class, so that a rare class brighter than the rest is not cut off. Going
in, values beyond are clipped, as such models never saw any; coming back nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from overseed.scenes.bands import regions_of, select_bands
from overseed.tiles.statistics import BandStats

#: Percentiles that stand for -1 and 1.
LIMITS = (2, 98)
#: Fewer pixels of a class than these have no limits of their own.
FEWEST = 50
_COLOURS = ("red", "green", "blue")
#: How their bands end where only numbers tell, as on Sentinel-2 and Landsat 8.
_NUMBERS = {"red": "B4", "green": "B3", "blue": "B2"}


def choose_bands(names: Sequence[str], asked: Sequence[str] | None) -> tuple[int, int, int]:
    """Three bands, from 0, to paint as red, green and blue.

    Those that are asked for, by name or number from 1; else red, green and blue by their names; else the first
    three, of which a scene with fewer repeats the last.

    Raises
    ------
    InputError
        ``bands.unknown``, ``bands.out-of-range`` or ``bands.repeated``.
    """
    if asked:
        red, green, blue = select_bands("The run", names, asked)
        return red - 1, green - 1, blue - 1
    told = regions_of(names)
    ends = [re.split(r"[_\s]", name)[-1].upper().replace("B0", "B") for name in names]
    found = []
    for colour in _COLOURS:
        if colour in told:
            found.append(told.index(colour))
        elif _NUMBERS[colour] in ends and not any(told):
            found.append(ends.index(_NUMBERS[colour]))
    if len(set(found)) == 3:
        return found[0], found[1], found[2]
    last = len(names) - 1
    return 0, min(1, last), min(2, last)


@dataclass(frozen=True)
class ShownBands:
    """Which bands are painted, ``(3,)`` from 0, and the native values that -1 and 1 stand for, ``(3,)``."""

    bands: NDArray[np.int64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def fit(
        cls, bands: Sequence[int], stats: BandStats, pixels: Mapping[int, NDArray[np.float32]]
    ) -> ShownBands:
        """Limits from the training side's statistics and pixels ``(n, bands)`` of each class."""
        chosen = np.array(bands, np.int64)
        low = np.array(stats.low, np.float64)[chosen]
        high = np.array(stats.high, np.float64)[chosen]
        for values in pixels.values():
            if len(values) >= FEWEST:
                own = np.percentile(values[:, chosen], LIMITS, axis=0)
                low, high = np.minimum(low, own[0]), np.maximum(high, own[1])
        # A constant band would divide by zero.
        high = np.where(high > low, high, low + 1)
        return cls(chosen, low.astype(np.float32), high.astype(np.float32))

    @property
    def painted(self) -> list[int]:
        """Each painted band once, from 0."""
        return list(dict.fromkeys(self.bands.tolist()))

    def picture(self, images: NDArray[Any], known: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(n, 3, h, w)`` in [-1, 1] of native ``(n, bands, h, w)``; 0, which is grey, where not known."""
        low, high = self.low[:, None, None], self.high[:, None, None]
        signal = 2 * (images[:, self.bands].astype(np.float32) - low) / (high - low) - 1
        return np.where(known[:, None], np.clip(signal, -1, 1), np.float32(0))

    def native(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Native values ``(n, painted, h, w)`` of a picture; bands that it shows twice are averaged."""
        low, high = self.low[:, None, None], self.high[:, None, None]
        values = (picture + 1) / 2 * (high - low) + low
        return np.stack(
            [values[:, self.bands == band].mean(axis=1) for band in self.painted], axis=1
        )

    def colour(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """One native spectrum ``(bands,)`` as a colour ``(3,)``."""
        share = (values[self.bands].astype(np.float32) - self.low) / (self.high - self.low)
        return np.clip(2 * share - 1, -1, 1).astype(np.float32)


def enlarged(pictures: torch.Tensor, side: int) -> torch.Tensor:
    """``(n, c, h, w)`` at the size that a pipeline sees, smooth."""
    if pictures.shape[-2:] == (side, side):
        return pictures
    return functional.interpolate(pictures, size=(side, side), mode="bicubic").clamp(-1, 1)


def enlarged_mask(masks: torch.Tensor, side: int) -> torch.Tensor:
    """``(n, 1, h, w)`` of 0 and 1 at the size that a pipeline sees, with sharp borders."""
    return functional.interpolate(masks, size=(side, side), mode="nearest")


def shrunk(pictures: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Back to the tile's size, without aliasing; values are not clipped."""
    if tuple(pictures.shape[-2:]) == tuple(shape):
        return pictures
    return functional.interpolate(pictures, size=shape, mode="bilinear", antialias=True)
