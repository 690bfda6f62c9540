"""All checks of a series of samples in one decision: real ranges, near copies, repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.copies import CopyCheck
from overseed.assessment.gate import BANDS, CLASSIFIER, DETAIL, NOT_FINITE, Gate, Verdict
from overseed.assessment.repeats import Repeats

COPY, REPEAT, NOT_PAINTED = "copy", "repeat", "not-painted"

#: What to try when most samples are rejected, by the kind of reason that most of them have.
ADVICE = {
    CLASSIFIER: "The samples do not look like their classes: train the generator longer, take another "
    "--method, or sow fewer classes (--target NAME=SHARE).",
    BANDS: "The samples' band values are off: train the generator longer or take another --method.",
    DETAIL: "The samples are too smooth or too rough: train the generator longer or take another --method.",
    COPY: "The generator repeats its training tiles: draw more polygons of the rare classes, train it for "
    "fewer steps, or take a method that learns no pictures.",
    REPEAT: "The samples repeat one another: ask for fewer of them (--count) or take another --method.",
    NOT_PAINTED: "The generator does not paint what it is asked for: train it longer, ask for more --guidance, "
    "or keep the whole mask as label (--mask-labels).",
    NOT_FINITE: "The generator gives values that are no numbers: train it anew with another --seed.",
}


@dataclass
class SampleGate:
    """Judges the samples of one series one after the other and keeps the accepted ones in mind.

    ``learned`` says that the samples come from a generator that could have memorised training tiles; only
    then near copies are looked for, since other methods take their pixels from real parcels on purpose.
    ``ajar`` lets everything through that is finite, for controls that are meant to be bad.
    """

    gate: Gate
    copies: CopyCheck
    repeats: Repeats
    learned: bool
    ajar: bool = False

    def judge(
        self, image: NDArray[Any], labels: NDArray[np.uint8], inner: NDArray[np.bool_]
    ) -> Verdict:
        """See :meth:`Gate.judge`; an accepted sample counts when later ones are held against it."""
        verdict = self.gate.judge(image, labels, inner)
        if verdict.kind == NOT_FINITE:
            return verdict
        scores = dict(verdict.scores)
        if self.ajar:
            return Verdict(scores)
        near = self._nearest(image, labels, inner) if self.learned else None
        if near is not None:
            scores[COPY] = round(near[0], 3)
        if verdict.kind is not None:
            return Verdict(scores, verdict.kind, verdict.reason)
        if near is not None and near[0] > 1:
            name = self.gate.names[near[1]]
            return Verdict(scores, COPY, f"{name} is a near copy of training ground")
        if self.repeats.repeats(image, labels, inner):
            return Verdict(scores, REPEAT, "it repeats another sample")
        self.repeats.add(image, labels, inner)
        return Verdict(scores)

    def figures(self) -> dict[str, Any]:
        """Limits, and the share of real tiles beyond them, as JSON values."""
        named = self.gate.names
        return self.gate.figures | {
            "copies_checked": self.learned,
            "copy_limits": {named[i]: round(v, 4) for i, v in self.copies.limits.items()},
            "real_distances": {named[i]: round(v, 4) for i, v in self.copies.usual.items()},
        }

    def _nearest(
        self, image: NDArray[Any], labels: NDArray[np.uint8], inner: NDArray[np.bool_]
    ) -> tuple[float, int] | None:
        """How near the sample is to a copy (above 1 it is one) and the class that is nearest."""
        found = self.copies.distances(image, labels, inner)
        near = [(self.copies.limits[i] / max(d, 1e-6), i) for i, d in found.items()]
        return max(near, default=None)


def advice(kinds: Sequence[str]) -> str:
    """What to try, going by the most frequent kind of reason."""
    return ADVICE[max(sorted(set(kinds)), key=list(kinds).count)]
