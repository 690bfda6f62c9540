"""The gate: which samples are rejected before anyone trains on them, and why.

Three criteria hold a sample's changed ground against real ground, class by class: a pixel classifier has to
recognise it, its band statistics and its fine detail have to lie where real ground's do. How far is too far is
not a number chosen by hand but what real tiles show on blocks that had no part in the ranges: of them only the
outermost few in a hundred would be rejected by each criterion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.discriminant import Discriminant
from overseed.assessment.real_ground import half_overlapping, real_ground
from overseed.assessment.recognition import (
    beyond_agreement,
    held_out_agreement,
    learn,
    least_agreement,
    logit,
    share_of,
)
from overseed.assessment.regions import band_figures, class_regions, detail_figures, real_regions
from overseed.assessment.usual import LEAST_SHARE, Usual, Yardstick
from overseed.tiles.grid import Window
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene, read_crop

CLASSIFIER, BANDS, DETAIL = "classifier", "bands", "detail"
NOT_FINITE = "not-finite"

#: Figures of each band that a criterion holds, see :mod:`overseed.assessment.regions`.
_KINDS = {BANDS: 3, DETAIL: 2}
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
        agreement = held_out_agreement(ground, yard.groups)
        figures = {
            BANDS: np.stack([region.bands for region in ground]),
            DETAIL: np.stack([_of_bands(region.detail, detailed) for region in ground]),
        }
        least = least_agreement(agreement, yard, len(names))
        usual = {
            name: Usual.fit(values, _KINDS[name], yard, len(names))
            for name, values in figures.items()
        }
        beyond = {
            CLASSIFIER: beyond_agreement(agreement, yard, len(names)),
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
                name: round(float(share_of(limit)), 4)
                for name, limit in zip(names, least, strict=True)
            },
            "real_tiles_rejected": {
                name: yard.tile_share(found)
                for name, found in {**beyond, "any": np.any(list(beyond.values()), axis=0)}.items()
            },
        }
        return cls(tuple(names), stats, detailed, learn(ground), least, usual, record)

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
            agreement = logit(self.classifier.agreement(scaled[:, mask].T, index))
            detail = _of_bands(detail_figures(scaled, mask), self.native)
            found = {
                CLASSIFIER: float(share_of(self.least_agreement[index]) / share_of(agreement)),
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

    def strangers(self, classes: Sequence[int]) -> list[str]:
        """Names of those of ``classes`` whose range the gate does not know, from too little real ground."""
        known = [usual.judged for usual in self.usual.values()]
        return [self.names[i] for i in classes if not known or not all(k[i] for k in known)]

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


def _of_bands(figures: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The chosen bands' figures out of ``(kinds · bands,)``."""
    return figures.reshape(-1, len(chosen))[:, chosen].ravel()
