"""A series of samples the other way round: images are drawn, labelled, filtered, judged and chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.label_filter import DROPPED, SHORT, LabelFilter
from overseed.assessment.regions import real_regions
from overseed.assessment.sample_gate import SampleGate
from overseed.config import SynthesizeSettings
from overseed.devices import Device
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.generators.compose import SEAM
from overseed.generators.contract import LabellingGenerator
from overseed.stages.context import Prepared
from overseed.stages.labelled_halves import labelled_halves
from overseed.stages.sample_gallery import real_places
from overseed.stages.sample_series import BATCH, TRIES_PER_SAMPLE, Sample, Series, aim
from overseed.tiles.grid import Window
from overseed.tiles.sampling import rng_for
from overseed.unlabelled import UNLABELLED

#: Crops of training ground that the labels were not learned from, on which thresholds are chosen.
CROPS = 128
#: Share of a sample that must be labelled with confidence, and pixels of a rare class.
LEAST_LABELLED, LEAST_RARE = 0.2, 16
#: Samples among which those are chosen that bring class shares nearest to the target, for each wanted one.
CHOICE = 2
#: Real tiles of a class that its samples are shown beside.
REAL_TILES = 6
HOW = "labelled afterwards"
UNSURE = "too little of it can be labelled with confidence"
NOTHING_RARE = "no rare class can be told in it with confidence"
NOT_CHOSEN = "others bring the class shares nearer to the target"


def open_labelled(prepared: Prepared, settings: SynthesizeSettings) -> Series:
    """The wanted class shares and the classes that are to have more; raises what ``aim`` does."""
    return Series(*aim(prepared, settings), layouts=None)


def fit_filter(
    prepared: Prepared,
    takers: Sequence[int],
    generator: LabellingGenerator,
    precision: float,
    device: Device,
    reporter: Reporter,
) -> LabelFilter:
    """Thresholds of confidence from the half of the training ground that the labels were not learned from.

    Classes are met there as often as in the crops that the generator has learned from, all alike. Says where
    thresholds are not what was wanted.

    Raises
    ------
    InputError
        ``pseudo-labels.unsure`` when no rare class can be told from the others.
    """
    table, names = prepared.table, prepared.table.names
    _, held_out = labelled_halves(prepared)
    if held_out is not None:
        batch = held_out.draw(CROPS, rng_for(0, 0, purpose=44))
        found = generator.label(batch.images, batch.visible, device)
        chosen = LabelFilter.choose(
            found.labels, found.confidence, batch.labels, len(table), precision
        )
    else:
        none = np.zeros(0, np.uint8)
        chosen = LabelFilter.choose(none, none.astype(np.float32), none, len(table), precision)
        reporter.warning(
            "pseudo-labels.blind",
            "The labelled training ground is too little to be divided, so nothing is known of how often "
            "pseudo-labels are right.",
        )
    dropped = [names[i] for i in takers if chosen.how[i] == DROPPED]
    if len(dropped) == len(takers):
        raise InputError(
            "pseudo-labels.unsure",
            "On training ground that the labels were not learned from, what is taken for "
            f"{', '.join(dropped)} is something else more often than not, so images cannot be given these "
            "labels.",
            "Train the generator longer (--steps), draw more polygons of the rare classes, or take a method "
            "that starts from labels, as spade.",
        )
    short = [f"{names[i]} ({chosen.precision[i]:.0%})" for i in takers if chosen.how[i] == SHORT]
    said = []
    if short:
        said.append(
            f"fewer than {precision:.0%} of the pixels taken for {', '.join(short)} are right, however sure "
            "the network is"
        )
    if dropped:
        said.append(f"{', '.join(dropped)} cannot be told and is never given")
    if said:
        reporter.warning(
            "pseudo-labels.precision",
            f"On training ground that the labels were not learned from, {'; '.join(said)}.",
        )
    return chosen


def draw_labelled(
    prepared: Prepared,
    series: Series,
    generator: LabellingGenerator,
    label_filter: LabelFilter,
    gate: SampleGate,
    count: int,
    seed: int,
    device: Device,
    reporter: Reporter,
) -> Iterator[Sample]:
    """Yield the samples that the gate rejects, then the chosen ones of those that it lets through.

    Images are drawn until there are ``CHOICE`` times ``count`` to choose from, or the tries are used up.
    """
    real = _RealBeside(prepared)
    pool: list[Sample] = []
    drawn = 0
    while len(pool) < CHOICE * count and drawn < TRIES_PER_SAMPLE * count:
        reporter.check()
        images = generator.draw(BATCH, seed * 1_000_003 + drawn, device)
        drawn += len(images)
        seen = np.ones((len(images), *images.shape[-2:]), bool)
        labels = generator.label(images, seen, device).filtered(label_filter.thresholds)
        for image, own in zip(images, labels, strict=True):
            reason = _unfit(own, series.takers)
            if reason is not None:
                series.passed_by[reason] += 1
                continue
            masks = [mask for _, mask in real_regions(own, SEAM)]
            inner = np.any(masks, axis=0) if masks else own != UNLABELLED
            verdict = gate.judge(image, own, inner)
            sample = Sample(
                image,
                own,
                np.ones(own.shape, bool),
                None,
                HOW,
                verdict,
                real.of(own, series.takers),
            )
            if sample.accepted:
                pool.append(sample)
            else:
                yield sample
        reporter.progress(min(count, len(pool) // CHOICE), count, "sample")
    chosen = nearest_to(series.wanted, [s.labels for s in pool], count)
    if len(chosen) < len(pool):
        series.passed_by[NOT_CHOSEN] += len(pool) - len(chosen)
    for number in chosen:
        yield pool[number]


def nearest_to(
    wanted: NDArray[np.float64], labels: Sequence[NDArray[np.uint8]], count: int
) -> list[int]:
    """Numbers of up to ``count`` label masks whose class shares together come near to ``wanted``, ascending.

    They are taken one after the other, each time the one that brings the shares of all nearest, in the sum of
    squared differences.
    """
    classes = len(wanted)
    counts = np.array([np.bincount(m.ravel(), minlength=256)[:classes] for m in labels], np.float64)
    total = np.zeros(classes)
    left = list(range(len(labels)))
    chosen: list[int] = []
    while left and len(chosen) < count:
        sums = total + counts[left]
        shares = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1)
        best = left.pop(int(((shares - wanted) ** 2).sum(axis=1).argmin()))
        total += counts[best]
        chosen.append(best)
    return sorted(chosen)


def _unfit(labels: NDArray[np.uint8], takers: Sequence[int]) -> str | None:
    """Why a labelled image is of no use, or ``None``."""
    if (labels != UNLABELLED).mean() < LEAST_LABELLED:
        return UNSURE
    counts = np.bincount(labels.ravel(), minlength=256)
    return None if counts[list(takers)].max() >= LEAST_RARE else NOTHING_RARE


class _RealBeside:
    """Real tiles for samples to be shown beside: of the rare class that they hold most of, in turn."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._places: dict[int, list[tuple[int, Window]]] = {}

    def of(self, labels: NDArray[np.uint8], takers: Sequence[int]) -> tuple[int, Window] | None:
        counts = np.bincount(labels.ravel(), minlength=256)
        main = max(takers, key=lambda index: counts[index])
        if main not in self._places:
            self._places[main] = real_places(self._prepared, main, REAL_TILES)
        places = self._places[main]
        if not places:
            return None
        places.append(places.pop(0))
        return places[-1]
