"""Ranges that figures of real ground have, class by class, also for classes with hardly any of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Ends of the range that is called usual, in percent.
ENDS = (1.0, 99.0)
#: Regions of a class that weigh as much as all classes together in how wide its range is.
BORROWED = 4
#: Regions come from tiles that overlap by half, so that this many of them are about one piece of ground.
OVERLAP = 3
#: No range is narrower than this on either side of its middle.
NARROWEST = 0.05


@dataclass(frozen=True)
class ClassRanges:
    """Middle of each figure and how far it reaches below and above, ``(classes, figures)``."""

    middle: NDArray[np.float64]
    below: NDArray[np.float64]
    above: NDArray[np.float64]

    @classmethod
    def fit(
        cls, figures: NDArray[np.float64], labels: NDArray[np.integer], classes: int
    ) -> ClassRanges:
        """Learn from regions: figures ``(n, k)``, NaN where not known, and class indices ``(n,)``.

        The middle is the class's median, the reach its 1st and 99th percentile. From few regions percentiles
        are far too narrow, so the reach is mixed with that of all classes around their own middles, in
        proportion to the number of regions, and widened as a prediction from n values is. Of a figure that no
        region of a class has, the range over all classes stands for it; NaN where there is none either.
        """
        everywhere = _percentiles(figures, [50.0])[0]
        middle = np.tile(everywhere, (classes, 1))
        apart = _reach(figures - everywhere)
        reach = np.tile(np.maximum(apart, NARROWEST)[:, None], (1, classes, 1))
        for index in np.unique(labels):
            own = _percentiles(figures[labels == index], [50.0])[0]
            middle[index] = np.where(np.isnan(own), everywhere, own)
        off = figures - middle[labels]
        shared = _reach(off)
        for index in np.unique(labels):
            own = off[labels == index]
            n = (~np.isnan(own)).sum(axis=0) / OVERLAP
            mixed = (n * _reach(own) ** 2 + BORROWED * shared**2) / (n + BORROWED)
            wide = np.sqrt(mixed * (1 + 1 / np.maximum(n, 1 / OVERLAP)))
            reach[:, index] = np.where(n > 0, np.maximum(wide, NARROWEST), reach[:, index])
        return cls(middle, reach[0], reach[1])

    def steps(self, figures: NDArray[np.float64], index: int) -> NDArray[np.float64]:
        """How far each of the figures ``(k,)`` of a region of class ``index`` lies from the middle.

        0 is the middle, 1 the end of the range on that side; NaN where nothing is known.
        """
        off = figures - self.middle[index]
        return np.abs(off) / np.where(off < 0, self.below[index], self.above[index])


def _reach(off: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far deviations ``(n, k)`` from the middle go below and above, ``(2, k)``; 0 without any."""
    low, high = _percentiles(off, list(ENDS))
    return np.nan_to_num(np.stack([np.maximum(-low, 0), np.maximum(high, 0)]))


def _percentiles(values: NDArray[np.float64], ends: list[float]) -> NDArray[np.float64]:
    """Percentiles of the columns of ``(n, k)`` that are not NaN; NaN for a column without values."""
    found = np.full((len(ends), values.shape[1]), np.nan)
    known = (~np.isnan(values)).any(axis=0)
    if known.any():
        found[:, known] = np.nanpercentile(values[:, known], ends, axis=0)
    return found
