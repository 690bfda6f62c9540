"""The gate: which samples are rejected before anyone trains on them, and why.

Three criteria hold a sample's changed ground against real ground, class by class: a pixel classifier has to
recognise it, its band statistics and its fine detail have to lie where real ground's do. How far is too far is
not a number chosen by hand but what real tiles show on blocks that had no part in the ranges: of them only the
outermost few in a hundred would be rejected by each criterion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.discriminant import Discriminant
from overseed.assessment.ranges import OVERLAP, ClassRanges
from overseed.assessment.real_ground import GroundRegion, half_overlapping, real_ground
from overseed.assessment.regions import band_figures, class_regions, detail_figures, real_regions
from overseed.tiles.grid import Window
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene, read_crop

#: Share of the real ground that each single limit leaves out.
LEFT_OUT = 0.005
#: The same for the classifier, which has one limit for each class instead of several for all.
LEFT_OUT_BY_CLASSIFIER = 0.03
#: Regions of a class that weigh as much as all classes together in the classifier's limit.
BORROWED = 6
#: Probabilities are held between this and 1 less this before their logits are compared.
SURE = 0.01
#: A class with a smaller share of a sample's changed pixels is not judged.
LEAST_SHARE = 0.1

CLASSIFIER, BANDS, DETAIL = "classifier", "bands", "detail"
NOT_FINITE = "not-finite"

_REASONS = {
    CLASSIFIER: "the classifier does not recognise {}",
    BANDS: "band values of {} are outside the real range",
    DETAIL: "fine detail of {} is outside the real range",
}


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one sample.

    ``kind`` is a stable word and ``reason`` a sentence for people, both ``None`` for an accepted sample.
    ``scores`` say by criterion how far off the sample is: above 1 is rejected.
    """

    scores: dict[str, float]
    kind: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Gate:
    """A fitted gate. ``figures`` are for the record: limits, and the share of real tiles beyond them."""

    names: tuple[str, ...]
    stats: BandStats
    native: NDArray[np.bool_]
    classifier: Discriminant | None
    least_agreement: NDArray[np.float64]
    usual: dict[str, Usual]
    figures: dict[str, Any]

    @classmethod
    def fit(
        cls,
        scenes: Sequence[StoredScene],
        blocks: Sequence[tuple[int, Window]],
        side: int,
        names: Sequence[str],
        stats: BandStats,
        native: Sequence[bool],
        tile: int,
        seam: int,
        rng: np.random.Generator,
    ) -> Gate:
        """Learn from the real ground of some training blocks, as one side of the split sees it.

        Without any labelled region there the gate judges nothing but finite values.

        Parameters
        ----------
        blocks:
            (Number of the scene, window inside it); the judges of samples must not learn from these.
        native:
            Which bands have detail of their own at the pixel's size. Only their detail is compared, or all
            bands' where none has it.
        tile:
            Side of the samples in pixels.
        seam:
            How many pixels inside its parcel ground must lie to be looked at.
        """
        detailed = np.array(native, bool) if any(native) else np.ones(len(stats.names), bool)
        ground = real_ground(scenes, blocks, side, stats, tile, seam, rng)
        if not ground:
            none = np.full(len(names), -np.inf)
            return cls(tuple(names), stats, detailed, None, none, {}, {"real_tiles": 0})
        yard = Yardstick.of(ground)
        agreement = _held_out_agreement(ground, yard.groups)
        figures = {
            BANDS: np.stack([region.bands for region in ground]),
            DETAIL: np.stack([_of_bands(region.detail, detailed) for region in ground]),
        }
        least = _least_agreement(agreement, yard, len(names))
        usual = {name: Usual.fit(values, yard, len(names)) for name, values in figures.items()}
        beyond = {
            CLASSIFIER: _beyond_agreement(agreement, yard, len(names)),
            **{name: found.held_out > 1 for name, found in usual.items()},
        }
        record = {
            "real_tiles": len(np.unique(yard.tiles)),
            "regions": {
                name: int(count)
                for name, count in zip(
                    names, np.bincount(yard.labels, minlength=len(names)), strict=True
                )
            },
            "least_agreement": {
                name: round(float(_share_of(limit)), 4)
                for name, limit in zip(names, least, strict=True)
            },
            "real_tiles_rejected": {
                name: yard.tile_share(found)
                for name, found in {**beyond, "any": np.any(list(beyond.values()), axis=0)}.items()
            },
        }
        return cls(tuple(names), stats, detailed, _learn(ground), least, usual, record)

    def judge(
        self, image: NDArray[Any], labels: NDArray[np.uint8], inner: NDArray[np.bool_]
    ) -> Verdict:
        """Judge one sample.

        Parameters
        ----------
        image:
            ``(bands, h, w)`` in native units.
        labels:
            ``(h, w)``, the layout that the image was made from.
        inner:
            ``(h, w)`` bool, changed pixels inside the seam. Classes with few of them are not judged.
        """
        if not np.isfinite(image[:, inner].astype(np.float64)).all():
            return Verdict({}, NOT_FINITE, "the generator gave no finite values")
        if self.classifier is None:
            return Verdict({})
        scaled = self.stats.scale(image, np.ones(labels.shape, bool))
        worst: dict[str, tuple[float, int]] = {}
        for index, mask in class_regions(labels, inner):
            if mask.sum() < LEAST_SHARE * inner.sum():
                continue
            agreement = _logit(self.classifier.agreement(scaled[:, mask].T, index))
            detail = _of_bands(detail_figures(scaled, mask), self.native)
            found = {
                CLASSIFIER: float(_share_of(self.least_agreement[index]) / _share_of(agreement)),
                BANDS: self.usual[BANDS].deviation(band_figures(scaled, mask), index),
                DETAIL: self.usual[DETAIL].deviation(detail, index),
            }
            for name, off in found.items():
                if off > worst.get(name, (-1.0, 0))[0]:
                    worst[name] = off, index
        scores = {name: round(off, 3) for name, (off, _) in worst.items()}
        for name, (off, index) in worst.items():
            if off > 1:
                return Verdict(scores, name, _REASONS[name].format(self.names[index]))
        return Verdict(scores)

    def rejected_share(
        self,
        scenes: Sequence[StoredScene],
        blocks: Sequence[tuple[int, Window]],
        side: int,
        tile: int,
        seam: int,
    ) -> float | None:
        """Share of the real tiles of other blocks that the gate would reject, all their labels judged.

        The price of its limits, on ground that it has not learned from. ``None`` without labelled tiles.
        """
        found = []
        for scene, block in blocks:
            for window in half_overlapping(block, tile):
                crop = read_crop(scenes[scene], window, side)
                masks = [mask for _, mask in real_regions(crop.labels, seam)]
                if masks:
                    verdict = self.judge(crop.image, crop.labels, np.any(masks, axis=0))
                    found.append(verdict.kind is not None)
        return round(float(np.mean(found)), 4) if found else None


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
    groups of ground gave.
    """

    ranges: ClassRanges
    limits: NDArray[np.float64]
    held_out: NDArray[np.float64]

    @classmethod
    def fit(cls, figures: NDArray[np.float64], yard: Yardstick, classes: int) -> Usual:
        """Learn from figures ``(n, kinds · bands)`` of real regions, two kinds for each band."""
        sides = np.full((len(figures), 4), np.nan)
        for others, own in _left_out(yard.groups):
            ranges = ClassRanges.fit(figures[others], yard.labels[others], classes)
            for number in np.flatnonzero(own):
                sides[number] = _sides(ranges.steps(figures[number], int(yard.labels[number])))
        held_out = np.zeros(len(figures))
        for others, own in _left_out(yard.groups):
            held_out[own] = _largest(sides[own] / _limits(sides[others], yard.sizes[others]))
        ranges = ClassRanges.fit(figures, yard.labels, classes)
        return cls(ranges, _limits(sides, yard.sizes), held_out)

    def deviation(self, figures: NDArray[np.float64], index: int) -> float:
        """How far a region of class ``index`` is off; above 1 is too far."""
        sides = _sides(self.ranges.steps(figures, index))
        return float(_largest((sides / self.limits)[None])[0])


def _sides(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root mean square over the bands of both kinds of figures, then their maxima; NaN where not known."""
    sides = np.full((2, 2), np.nan)
    for kind, values in enumerate(steps.reshape(2, -1)):
        known = values[~np.isnan(values)]
        if len(known):
            sides[:, kind] = np.sqrt((known**2).mean()), known.max()
    return sides.ravel()


def _limits(sides: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    limits = [weighted_quantile(column, sizes, 1 - LEFT_OUT) for column in sides.T]
    return np.maximum(np.nan_to_num(limits, nan=1.0), 0.25)


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


def _left_out(groups: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """The other groups and the one that is left out, as masks; nothing when there is but one."""
    for group in np.unique(groups):
        own = groups == group
        if not own.all():
            yield ~own, own


def _learn(ground: Sequence[GroundRegion]) -> Discriminant:
    values = np.concatenate([region.pixels for region in ground])
    labels = np.concatenate([np.full(len(r.pixels), r.label) for r in ground])
    return Discriminant.fit(values, labels)


def _held_out_agreement(
    ground: Sequence[GroundRegion], groups: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Logit of each region's agreement with a classifier that learned from other groups; ``(n,)``.

    NaN for a class that only one group has.
    """
    found = np.full(len(ground), np.nan)
    for others, own in _left_out(groups):
        classifier = _learn([ground[n] for n in np.flatnonzero(others)])
        for number in np.flatnonzero(own):
            region = ground[number]
            found[number] = _logit(classifier.agreement(region.pixels, region.label))
    return found


def _least_agreement(
    agreement: NDArray[np.float64], yard: Yardstick, classes: int
) -> NDArray[np.float64]:
    """The logit that most of each class's real ground reaches, drawn towards that of all classes.

    −∞ where nothing was held out.
    """
    shared = weighted_quantile(agreement, yard.sizes, LEFT_OUT_BY_CLASSIFIER)
    limits = np.full(classes, shared if np.isfinite(shared) else -np.inf)
    for index in np.unique(yard.labels[~np.isnan(agreement)]):
        own = yard.labels == index
        limit = weighted_quantile(agreement[own], yard.sizes[own], LEFT_OUT_BY_CLASSIFIER)
        n = own.sum() / OVERLAP
        limits[index] = (n * limit + BORROWED * shared) / (n + BORROWED)
    return limits


def _beyond_agreement(
    agreement: NDArray[np.float64], yard: Yardstick, classes: int
) -> NDArray[np.bool_]:
    """Which regions agree less than the limits that the other groups give."""
    found = np.zeros(len(agreement), bool)
    for others, own in _left_out(yard.groups):
        part = Yardstick(
            yard.tiles[others], yard.groups[others], yard.labels[others], yard.sizes[others]
        )
        found[own] = (
            agreement[own] < _least_agreement(agreement[others], part, classes)[yard.labels[own]]
        )
    return found


def _logit(share: float) -> float:
    held = np.clip(share, SURE, 1 - SURE)
    return float(np.log(held / (1 - held)))


def _share_of(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def _of_bands(figures: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The chosen bands' figures out of ``(kinds · bands,)``."""
    return figures.reshape(-1, len(chosen))[:, chosen].ravel()
