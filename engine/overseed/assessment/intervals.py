"""95 % intervals of shares and ratios that a sample of points estimates, also where it has few of a kind.

Where every stratum has enough points of both kinds, a value plus and minus 1.96 standard errors, as the papers
give it. Where not, that interval is too short and may be empty. Then Wilson's (1927) score interval takes its
place: for a share, those of the strata joined by the method of variance estimates recovery (Zou, Huang & Zhang
2009, "A note on confidence interval estimation for a linear function of binomial proportions"); for any other
ratio, one with the number of points that its standard error stands for (Korn & Graubard 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.point_sample import Estimate, PointSample, Values

Z = 1.959964
#: Points of each kind that a stratum needs for the interval of large samples. With 10 it held the truth in 92 %
#: of 2,000 simulated samples of a class on 1 % of the ground, with 20 in 95 to 96 %.
ENOUGH = 20
REPEATS = 2000
NORMAL, WILSON = "normal", "wilson"


@dataclass(frozen=True)
class Interval:
    """Both ends; NaN where nothing can be said. ``method`` is :data:`NORMAL` or :data:`WILSON`.

    ``coverage`` is how often the interval held the truth in simulated samples like this one, where that was
    measured: for shares by Wilson's method.
    """

    low: float
    high: float
    method: str
    coverage: float | None = None


def share_interval(
    sample: PointSample, hit: NDArray[np.bool_], estimate: Estimate, rng: np.random.Generator
) -> Interval:
    """Interval of a share of all ground, see :meth:`~overseed.assessment.point_sample.PointSample.share`."""
    if not np.isfinite(estimate.standard_error):
        return Interval(np.nan, np.nan, WILSON)
    points = sample.points
    hits = np.bincount(sample.stratum, hit, minlength=len(points)).astype(float)
    if np.minimum(hits, points - hits).min() >= ENOUGH:
        return _normal(estimate)
    sizes = sample.means(sample.area)
    weights = sample.pixels * sizes
    weights = weights / weights.sum()
    shares = sample.means(sample.area * hit) / sizes
    low, high = joined(shares, weights, points, sample.sampled_share)
    covered = measured_coverage(hits, weights, sample, rng)
    return Interval(float(low), float(high), WILSON, covered)


def ratio_interval(
    parts: NDArray[np.bool_], wholes: NDArray[np.bool_], estimate: Estimate
) -> Interval:
    """Interval of a ratio between 0 and 1 over a part of the ground.

    Parameters
    ----------
    parts, wholes:
        ``(n,)``: which points stand in the ratio's upper and its lower part.
    """
    value, error = estimate.value, estimate.standard_error
    if not np.isfinite(error):
        return Interval(np.nan, np.nan, WILSON)
    hits, points = int((parts & wholes).sum()), int(wholes.sum())
    if min(hits, points - hits) >= ENOUGH:
        return _normal(estimate)
    effective = value * (1 - value) / error**2 if error > 0 else points
    low, high = wilson(np.array(value), np.array(max(1.0, min(effective, points))))
    return Interval(float(low), float(high), WILSON)


def wilson(share: Values, points: Values) -> tuple[Values, Values]:
    """Wilson's interval of shares seen among so many points; it closes where these are without end."""
    with np.errstate(invalid="ignore"):
        extra = np.where(np.isinf(points), 0.0, Z**2 / points)
    middle = (share + extra / 2) / (1 + extra)
    reach = np.sqrt(share * (1 - share) * extra + extra**2 / 4) / (1 + extra)
    return np.clip(middle - reach, 0, 1), np.clip(middle + reach, 0, 1)


def joined(
    shares: Values, weights: Values, points: NDArray[np.int64], sampled: Values
) -> tuple[Values, Values]:
    """Interval of the strata's weighted mean share, from Wilson's intervals of each.

    Parameters
    ----------
    shares:
        ``(…, strata)``.
    weights, points, sampled:
        ``(strata,)``: share of the ground, points, and share of the pixels that were drawn.
    """
    with np.errstate(divide="ignore"):
        low, high = wilson(shares, points / (1 - sampled))
    mean = (shares * weights).sum(axis=-1)
    down = np.sqrt(((weights * (shares - low)) ** 2).sum(axis=-1))
    up = np.sqrt(((weights * (high - shares)) ** 2).sum(axis=-1))
    return np.clip(mean - down, 0, 1), np.clip(mean + up, 0, 1)


def measured_coverage(
    hits: NDArray[np.float64],
    weights: Values,
    sample: PointSample,
    rng: np.random.Generator,
    repeats: int = REPEATS,
) -> float:
    """How often :func:`joined` holds the truth in simulated samples of this design.

    The truth that is simulated is the share found in each stratum, drawn towards the share over all by one
    point, since a stratum without a hit is hardly without the class.
    """
    points = sample.points
    overall = (hits.sum() + 0.5) / (points.sum() + 1)
    likely = (hits + overall) / (points + 1)
    count = np.rint(likely * sample.pixels).astype(np.int64)
    truth = (weights * count / sample.pixels).sum()
    finite = sample.sampled_share > 0
    drawn = rng.binomial(points, count / sample.pixels, (repeats, len(points)))
    if finite.any():
        drawn[:, finite] = rng.hypergeometric(
            count[finite],
            (sample.pixels - count)[finite],
            points[finite],
            (repeats, int(finite.sum())),
        )
    low, high = joined(drawn / points, weights, points, sample.sampled_share)
    tiny = 1e-12
    return float(((low <= truth + tiny) & (truth <= high + tiny)).mean())


def _normal(estimate: Estimate) -> Interval:
    reach = Z * estimate.standard_error
    low, high = estimate.value - reach, estimate.value + reach
    return Interval(max(0.0, low), min(1.0, high), NORMAL)
