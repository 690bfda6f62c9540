"""Labels of painted samples by what was painted: fitted once for a series, counted over its samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.gate import Verdict
from overseed.assessment.label_refinement import LEAST_KEPT, LabelRefiner, Refined
from overseed.assessment.sample_gate import NOT_PAINTED
from overseed.config import SynthesizeSettings
from overseed.diffusion_settings import DIFFUSION
from overseed.events import Reporter
from overseed.stages.context import Prepared
from overseed.tiles.split import TRAIN

#: The classifier is the same in all series of a split.
SEED = 0


@dataclass
class RefinedLabels:
    """Refines the labels of a series' samples and keeps count.

    ``asked`` and ``kept`` ``(classes,)`` are the pixels that layouts gave each class, and those that kept it.
    """

    refiner: LabelRefiner
    names: list[str]
    asked: NDArray[np.int64] = field(init=False)
    kept: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.asked, self.kept = (np.zeros(len(self.names), np.int64) for _ in range(2))

    def refine(
        self,
        image: NDArray[Any],
        layout: NDArray[np.uint8],
        before: NDArray[np.uint8],
        changed: NDArray[np.bool_],
    ) -> tuple[Refined, Verdict | None]:
        """See :meth:`LabelRefiner.refine`; a verdict where too little was painted to be a sample."""
        found = self.refiner.refine(image, layout, before, changed)
        self.asked += found.asked
        self.kept += found.kept
        if found.share >= LEAST_KEPT:
            return found, None
        name = self.names[int((found.asked - found.kept).argmax())]
        scores = {NOT_PAINTED: round(LEAST_KEPT / max(found.share, 0.01), 3)}
        return found, Verdict(scores, NOT_PAINTED, f"too little of the mask shows {name}")

    def figures(self) -> dict[str, Any]:
        """For ``index.json``: what the classifier is worth, and what of the masks kept its class."""
        classes = self.refiner.figures(self.names)
        for number, name in enumerate(self.names):
            if self.asked[number] and name in classes:
                classes[name]["kept"] = round(float(self.kept[number] / self.asked[number]), 4)
        total = int(self.asked.sum())
        share = round(float(self.kept.sum() / total), 4) if total else None
        return {"refined": {"kept": share, "classes": classes}}


def fit_refined(
    prepared: Prepared,
    settings: SynthesizeSettings,
    takers: list[int],
    reporter: Reporter,
) -> RefinedLabels | None:
    """What refines the labels of a series; ``None`` for methods and settings that keep the layouts'.

    The classifier learns from the gate's half of the training blocks and is tried on the other half.
    """
    if settings.method not in DIFFUSION or settings.mask_labels:
        return None
    own, others = prepared.halves()
    table = prepared.table
    refiner = LabelRefiner.fit(
        prepared.scenes,
        own,
        others,
        TRAIN,
        len(table),
        takers,
        np.random.default_rng(SEED),
    )
    blind = [table.names[k] for k in takers if not refiner.trusted[k].any()]
    if blind:
        reporter.warning(
            "synthesize.labels-unrefined",
            f"{', '.join(blind)}: real ground of it is not told well enough from other ground to say what was "
            "painted, so the whole mask is labelled. Training with --distrust 3 ignores made pixels in which a "
            "network of real samples alone does not see the class.",
        )
    return RefinedLabels(refiner, list(table.names))
