"""A probability sample of a map's pixels, and ratios of totals that it estimates.

One estimator serves them all, the combined ratio estimator of a stratified random sample (Cochran 1977, chapter
6; Stehman 2014, "Estimating area and map accuracy for stratified random sampling when the strata are different
from the map classes"). Where strata are the map's classes and pixels have one size it is the stratified
estimator of Olofsson et al. (2014, "Good practices for estimating area and assessing accuracy of land change").
Simple random sampling is the case of one stratum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Strata of which less than this share was drawn are taken as endless, as is the custom (Cochran 1977, 2.6).
FINITE_FROM = 0.05

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """An estimated ratio.

    ``standard_error`` is NaN where a stratum has a single point. ``influence`` ``(n,)`` is what each point does
    to the ratio, to first order: the standard error of a sum of ratios is that of their influences' sum.
    """

    value: float
    standard_error: float
    influence: Values


@dataclass(frozen=True)
class PointSample:
    """Points by stratum.

    Parameters
    ----------
    stratum:
        ``(n,)`` numbers from 0; every stratum has a point.
    pixels:
        ``(strata,)``: how many pixels each stratum holds.
    area:
        ``(n,)``: the area of each point's pixel, in any unit; pixels of a geographic CRS differ.
    """

    stratum: NDArray[np.int64]
    pixels: NDArray[np.int64]
    area: Values

    def __post_init__(self) -> None:
        if (self.points == 0).any():
            raise ValueError("a stratum has no point")

    @property
    def points(self) -> NDArray[np.int64]:
        """Points of each stratum, ``(strata,)``."""
        return np.bincount(self.stratum, minlength=len(self.pixels))

    @property
    def sampled_share(self) -> Values:
        """Share of each stratum's pixels that was drawn, ``(strata,)``; 0 where too little to matter."""
        share = np.minimum(self.points / self.pixels, 1.0)
        return np.where(share < FINITE_FROM, 0.0, share)

    def means(self, values: Values) -> Values:
        """Mean of values ``(n,)`` in each stratum, ``(strata,)``."""
        return np.bincount(self.stratum, values, minlength=len(self.pixels)) / self.points

    def total(self, values: Values) -> float:
        """What the values of all pixels add up to, estimated."""
        return float((self.pixels * self.means(values)).sum())

    def error_of_total(self, values: Values) -> float:
        """Standard error of :meth:`total`; NaN where a stratum with variance to tell has a single point."""
        left = values - self.means(values)[self.stratum]
        squares = np.bincount(self.stratum, left**2, minlength=len(self.pixels))
        points, open_share = self.points, 1 - self.sampled_share
        with np.errstate(divide="ignore", invalid="ignore"):
            variances = self.pixels**2 * open_share * squares / (points - 1) / points
        # One point of a stratum of one pixel leaves nothing unknown.
        variances = np.where((points == 1) & (open_share == 0), 0.0, variances)
        return float(np.sqrt(variances.sum()))

    def ratio(self, parts: Values, wholes: Values) -> Estimate:
        """The ratio of two totals, for example of the area that is mapped rightly and of all area.

        Parameters
        ----------
        parts, wholes:
            ``(n,)`` values of the points' pixels. NaN when no point has a whole.
        """
        whole = self.total(wholes)
        if whole == 0:
            return Estimate(np.nan, np.nan, np.full(len(parts), np.nan))
        value = self.total(parts) / whole
        influence = (parts - value * wholes) / whole
        return Estimate(value, self.error_of_total(influence), influence)

    def share(self, hit: NDArray[np.bool_]) -> Estimate:
        """The share of the ground for which something holds, from whether it does at the points ``(n,)``."""
        return self.ratio(self.area * hit, self.area)
