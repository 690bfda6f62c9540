"""A series of samples: tiles are drawn, their layouts changed, the changes generated, composed and judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.copies import CopyCheck
from overseed.assessment.gate import Gate, Verdict
from overseed.assessment.regions import class_regions
from overseed.assessment.repeats import Repeats
from overseed.assessment.sample_gate import SampleGate
from overseed.assessment.surroundings import Surroundings
from overseed.config import SynthesizeSettings
from overseed.devices import Device
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.generators.compose import SEAM, compose, inner_pixels
from overseed.generators.contract import Canvas, SampleGenerator
from overseed.layouts.bank import ShapeBank
from overseed.layouts.maker import LayoutMaker
from overseed.layouts.series import Layout
from overseed.layouts.targets import target_shares
from overseed.setting_texts import parse_target
from overseed.stages.context import Prepared
from overseed.stages.refined_labels import RefinedLabels
from overseed.tiles.grid import Window
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.split import TRAIN
from overseed.tiles.store import Crop, read_crop
from overseed.unlabelled import UNLABELLED

#: A source tile must be mostly on the training side.
LEAST_VISIBLE = 0.8
#: Tiles that are looked at for each wanted sample at most, and samples that are generated.
TRIES_PER_SAMPLE = 12
GENERATED_PER_SAMPLE = 3
BATCH = 8
#: What is drawn for a gate is the same in all series.
GATE_SEED = 0


@dataclass(frozen=True)
class Sample:
    """A generated sample, accepted or not.

    ``image`` ``(bands, h, w)`` in native units, ``labels`` ``(h, w)`` the layout or what of it was painted,
    ``changed`` ``(h, w)`` bool what was generated, ``kept`` the share of the painted pixels that kept their
    label (``None`` where labels are the layout's), ``place`` the scene and window of the real tile, ``how`` the
    layout's operations. What was made without a real tile has no place; ``beside`` is then one of real ground
    to be shown beside it.
    """

    image: NDArray[Any]
    labels: NDArray[np.uint8]
    changed: NDArray[np.bool_]
    place: tuple[int, Window] | None
    how: str
    verdict: Verdict
    beside: tuple[int, Window] | None = None
    kept: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether the gate let it through."""
        return self.verdict.kind is None


@dataclass
class Series:
    """What a series aims at, its layouts, and what became of the tiles that no sample was made from.

    ``layouts`` is ``None`` where images come first. ``labels`` says how samples are labelled where their labels
    are not the layouts', for the index. ``surroundings`` tell where parcels are plausible, ``None`` where any
    ground will do.
    """

    wanted: NDArray[np.float64]
    takers: list[int]
    layouts: LayoutMaker | None
    surroundings: Surroundings | None = None
    passed_by: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Any] | None = None


def aim(prepared: Prepared, settings: SynthesizeSettings) -> tuple[NDArray[np.float64], list[int]]:
    """The wanted class shares, and the classes that are to have more ground.

    Raises
    ------
    InputError
        ``synthesize.no-rare``, ``synthesize.nothing-to-change`` or ``classes.unknown`` in the target.
    """
    table = prepared.table
    if not table.rare_indices:
        raise InputError(
            "synthesize.no-rare",
            "No class is rare, so there is nothing to synthesize.",
            "Name rare classes with --rare or raise --rare-below in 'overseed prepare'.",
        )
    target = parse_target(settings.target)
    named = [table.index_of(n) for n in target] if isinstance(target, dict) else []
    shares = prepared.side_shares(TRAIN)
    wanted = target_shares(target, table.names, shares.tolist())
    # A target may name every class; those that are to have less than now give their ground to the others.
    more = {index for index in named if wanted[index] > shares[index]}
    # A class without a training pixel is not known to the generator, so it cannot be sown.
    takers = [i for i in sorted(set(table.rare_indices) | more) if shares[i] > 0]
    if not takers:
        raise InputError(
            "synthesize.nothing-to-change",
            "No rare class has labels on training ground, so none can be synthesized.",
            "Draw polygons of the rare classes in more places.",
        )
    return wanted, takers


def open_series(prepared: Prepared, settings: SynthesizeSettings) -> Series:
    """What is aimed at, and the maker of layouts; raises what :func:`aim` does."""
    wanted, takers = aim(prepared, settings)
    bank = ShapeBank.of_scenes(prepared.scenes, TRAIN, prepared.tile, takers, settings.seed)
    rng = rng_for(settings.seed, 0, purpose=8)
    layouts = LayoutMaker(wanted, takers, bank, prepared.tile, rng, settings.layouts)
    surroundings = None
    if settings.backgrounds == "similar":
        surroundings = Surroundings.fit(
            prepared.scenes, prepared.blocks[TRAIN], TRAIN, prepared.stats, takers
        )
    return Series(wanted, takers, layouts, surroundings)


def fit_gate(
    prepared: Prepared, takers: list[int], learned: bool, ajar: bool = False
) -> SampleGate:
    """The gate of a series, from training ground: ranges from the gate's half, copies from all of it.

    A gate that stands ajar scores samples and lets them through.
    """
    rng = np.random.default_rng(GATE_SEED)
    own, others = prepared.halves()
    gate = Gate.fit(
        prepared.scenes, own, TRAIN, prepared.table.names, prepared.stats,
        prepared.native_bands(), prepared.tile, SEAM, rng,
    )  # fmt: skip
    gate.figures["unseen_tiles_rejected"] = gate.rejected_share(
        prepared.scenes, others, TRAIN, prepared.tile, SEAM
    )
    copies = CopyCheck.fit(
        prepared.scenes, prepared.blocks[TRAIN], TRAIN, takers, prepared.stats, prepared.tile, rng
    )
    return SampleGate(gate, copies, Repeats(prepared.stats, copies.limits, 0), learned, ajar)


def draw_samples(
    prepared: Prepared,
    series: Series,
    generator: SampleGenerator,
    gate: SampleGate,
    count: int,
    seed: int,
    device: Device,
    reporter: Reporter,
    refined: RefinedLabels | None = None,
) -> Iterator[Sample]:
    """Yield samples, accepted and rejected ones, until ``count`` are accepted or the tries are used up.

    ``refined`` labels what was painted; without it labels are those of the layouts.
    """
    layouts = series.layouts
    assert layouts is not None
    sampler = CropSampler(prepared.scenes, TRAIN, prepared.tile, "natural")
    attempt = generated = accepted = 0
    most = GENERATED_PER_SAMPLE * count + BATCH
    while accepted < count and generated < most:
        batch: list[tuple[Crop, Layout, tuple[int, Window]]] = []
        while len(batch) < min(BATCH, count - accepted) and attempt < count * TRIES_PER_SAMPLE:
            rng = rng_for(seed, attempt, purpose=2)
            attempt += 1
            reporter.check()
            place = sampler.place(rng)
            crop = read_crop(prepared.scenes[place[0]], place[1], TRAIN)
            layout = layouts.propose(crop.labels, rng, crop.visible)
            if crop.visible.mean() < LEAST_VISIBLE:
                series.passed_by["too little of the tile is training ground"] += 1
            elif not layouts.enough(layout) or not _can_be_judged(layout):
                series.passed_by["too little of the tile would change"] += 1
                layouts.pass_by(crop.labels)
            elif (odd := _misplaced(series, crop, layout)) is not None:
                name = prepared.table.names[odd]
                series.passed_by[f"the ground around is unlike that around real {name}"] += 1
                layouts.pass_by(crop.labels)
            else:
                # Counted even if the gate rejects it, so that one hopeless class cannot hold up the series.
                layouts.accept(layout)
                batch.append((crop, layout, place))
        if not batch:
            return
        made = generator.generate(_canvas(batch), seed * 1_000_003 + attempt, device)
        generated += len(batch)
        for (crop, layout, place), image in zip(batch, made, strict=True):
            sample = _judged(prepared, gate, crop, layout, place, image, refined)
            accepted += sample.accepted
            yield sample
        reporter.progress(accepted, count, "sample")


def _misplaced(series: Series, crop: Crop, layout: Layout) -> int | None:
    """A class of which a parcel was sown where the image around it is unlike its real places."""
    if series.surroundings is None:
        return None
    return series.surroundings.unlike(crop.image, crop.visible, layout.labels, layout.changed)


def _can_be_judged(layout: Layout) -> bool:
    """Whether any class has enough changed pixels inside the seam; else no gate could say anything."""
    return any(True for _ in class_regions(layout.labels, inner_pixels(layout.changed)))


def _canvas(batch: list[tuple[Crop, Layout, tuple[int, Window]]]) -> Canvas:
    return Canvas(
        labels=np.stack([layout.labels for _, layout, _ in batch]),
        changed=np.stack([layout.changed for _, layout, _ in batch]),
        images=np.stack([crop.image for crop, _, _ in batch]),
        visible=np.stack([crop.visible for crop, _, _ in batch]),
    )


def _judged(
    prepared: Prepared,
    gate: SampleGate,
    crop: Crop,
    layout: Layout,
    place: tuple[int, Window],
    image: NDArray[Any],
    refined: RefinedLabels | None,
) -> Sample:
    """Compose a generated image into its real tile, label what was painted, and judge it."""
    real = prepared.stats.fill(crop.image, crop.visible)
    composed = compose(real, image, layout.changed)
    labels, kept, verdict = layout.labels, None, None
    if refined is not None and np.isfinite(composed).all():
        before = np.where(crop.visible, crop.labels, np.uint8(UNLABELLED))
        found, verdict = refined.refine(composed, labels, before, layout.changed)
        labels, kept = found.labels, round(found.share, 4)
    if verdict is None:
        verdict = gate.judge(composed, labels, inner_pixels(layout.changed))
    return Sample(composed, labels, layout.changed, place, layout.how, verdict, kept=kept)
