"""How far real ground lies from the middle of its class, and from where on that is too far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.ranges import OVERLAP, ClassRanges
from overseed.assessment.real_ground import GroundRegion

#: Share of the real ground that each single limit leaves out.
LEFT_OUT = 0.005
#: So many independent tiles make limits twice as wide as without this; a handful of tiles shows few extremes.
FEW_TILES = 3
#: A class that is known from fewer groups of ground has no range: one lake does not tell what lakes look like.
LEAST_GROUPS = 2
#: A class with a smaller share of a tile's pixels is not judged.
LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Yardstick:
    """Of each real region its tile, group of ground, class and size in pixels; ``(n,)`` each."""

    tiles: NDArray[np.intp]
    groups: NDArray[np.intp]
    labels: NDArray[np.intp]
    sizes: NDArray[np.float64]

    @classmethod
    def of(cls, ground: Sequence[GroundRegion]) -> Yardstick:
        """From regions, in their order."""
        columns = np.array([[r.tile, r.group, r.label, r.size] for r in ground], np.intp)
        return cls(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3].astype(float))

    @property
    def caution(self) -> float:
        """Factor on limits, as the largest of few tiles is soon exceeded by another one."""
        return 1 + FEW_TILES * OVERLAP / max(1, len(np.unique(self.tiles)))

    def groups_of(self, classes: int) -> NDArray[np.intp]:
        """In how many groups of ground each class lies."""
        pairs = np.unique(np.stack([self.labels, self.groups]), axis=1)
        return np.bincount(pairs[0], minlength=classes)

    def part(self, chosen: NDArray[np.bool_]) -> Yardstick:
        """Some of the regions."""
        return Yardstick(
            self.tiles[chosen], self.groups[chosen], self.labels[chosen], self.sizes[chosen]
        )

    def tile_share(self, beyond: NDArray[np.bool_]) -> float:
        """Share of the tiles in which a class that a sample would be judged for is beyond a limit."""
        _, place = np.unique(self.tiles, return_inverse=True)
        counted = self.sizes >= LEAST_SHARE * np.bincount(place, self.sizes)[place]
        return round(float((np.bincount(place, beyond & counted) > 0).mean()), 4)


@dataclass(frozen=True)
class Usual:
    """How far figures of real regions lie from their class's middle, and what counts as too far.

    Figures come as several kinds for each band (a mean and a deviation, say). Of each kind the root mean
    square over the bands counts, which finds what is slightly wrong everywhere, and the maximum, which finds
    one band that is wrong. ``limits`` ``(2 · kinds,)`` leave out ``LEFT_OUT`` of the real ground that had no
    part in the ranges. ``held_out`` ``(n,)``: each real region's deviation from ranges and limits that other
    groups of ground gave. ``judged`` ``(classes,)``: of which classes there is enough ground; where there is
    but one group of ground in all, every class that it has.
    """

    kinds: int
    ranges: ClassRanges
    limits: NDArray[np.float64]
    held_out: NDArray[np.float64]
    judged: NDArray[np.bool_]

    @classmethod
    def fit(cls, figures: NDArray[np.float64], kinds: int, yard: Yardstick, classes: int) -> Usual:
        """Learn from figures ``(n, kinds · bands)`` of real regions."""
        sides = np.full((len(figures), 2 * kinds), np.nan)
        for others, own in left_out(yard.groups):
            ranges = ClassRanges.fit(figures[others], yard.labels[others], classes)
            for number in np.flatnonzero(own):
                sides[number] = _sides(
                    ranges.steps(figures[number], int(yard.labels[number])), kinds
                )
        held_out = np.zeros(len(figures))
        for others, own in left_out(yard.groups):
            held_out[own] = _largest(sides[own] / _limits(sides[others], yard.part(others)))
        ranges = ClassRanges.fit(figures, yard.labels, classes)
        judged = yard.groups_of(classes) >= min(LEAST_GROUPS, len(np.unique(yard.groups)))
        return cls(kinds, ranges, _limits(sides, yard), held_out, judged)

    def deviation(self, figures: NDArray[np.float64], index: int) -> float:
        """How far a region of class ``index`` is off; above 1 is too far, 0 where the class is not judged."""
        if not self.judged[index]:
            return 0.0
        sides = _sides(self.ranges.steps(figures, index), self.kinds)
        return float(_largest((sides / self.limits)[None])[0])


def _sides(steps: NDArray[np.float64], kinds: int) -> NDArray[np.float64]:
    """Root mean square over the bands of each kind of figures, then their maxima; NaN where not known."""
    sides = np.full((2, kinds), np.nan)
    for kind, values in enumerate(steps.reshape(kinds, -1)):
        known = values[~np.isnan(values)]
        if len(known):
            sides[:, kind] = np.sqrt((known**2).mean()), known.max()
    return sides.ravel()


def _limits(sides: NDArray[np.float64], yard: Yardstick) -> NDArray[np.float64]:
    limits = [weighted_quantile(column, yard.sizes, 1 - LEFT_OUT) for column in sides.T]
    return yard.caution * np.maximum(np.nan_to_num(limits, nan=1.0), 0.25)


def _largest(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.nan_to_num(sides).max(axis=1)


def weighted_quantile(
    values: NDArray[np.float64], weights: NDArray[np.float64], share: float
) -> float:
    """The value below which ``share`` of the weight lies; NaN values do not count, NaN without any."""
    known = ~np.isnan(values)
    if not known.any():
        return float("nan")
    order = np.argsort(values[known])
    ranked, weight = values[known][order], weights[known][order]
    return float(np.interp(share, (np.cumsum(weight) - 0.5 * weight) / weight.sum(), ranked))


def left_out(groups: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """The other groups and the one that is left out, as masks; nothing when there is but one."""
    for group in np.unique(groups):
        own = groups == group
        if not own.all():
            yield ~own, own
