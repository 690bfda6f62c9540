"""The gallery of a series: which real tiles, samples and rejected samples are shown side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from overseed.files import whole
from overseed.generators.compose import inner_pixels
from overseed.stages.context import Prepared
from overseed.stages.sample_files import Collected
from overseed.stages.sample_series import Sample
from overseed.tiles.grid import Window
from overseed.tiles.labelled import LabelledPixels
from overseed.tiles.split import TRAIN
from overseed.tiles.store import read_crop

#: Places drawn for a real tile, of which those with most of the class are shown.
DRAWN = 24
#: Lines of the sheet that are spent on accepted samples, over all classes.
LINES = 8
REJECTED_SHOWN = 6


def draw_sheet(prepared: Prepared, takers: Sequence[int], found: Collected, path: Path) -> None:
    """Draw the gallery of the classes that were sown."""
    from overseed.reporting.gallery import ClassSection, Tile, draw_gallery

    def tile(sample: Sample, note: str) -> Tile:
        visible = sample.changed
        if sample.place is not None:
            scene, window = sample.place
            visible = visible | read_crop(prepared.scenes[scene], window, TRAIN).visible
        return Tile(sample.image, sample.labels, visible, sample.changed, note)

    lines = max(1, min(3, LINES // max(1, len(takers))))
    sections, used = [], set[int]()
    for index in takers[:LINES]:
        made = sorted(
            (s for s in found.accepted if _made_of(s, index)), key=lambda s: -_made_of(s, index)
        )
        real = [
            Tile(crop.image, crop.labels, crop.visible, crop.labels == index, "")
            for crop in (
                read_crop(prepared.scenes[scene], window, TRAIN)
                for scene, window in real_places(prepared, index, lines)
            )
        ]
        # From the better filled half and spread over it: not the looks decide. A sample that was sown with
        # several classes is shown for one of them, where there are others.
        half = made[: max(lines, len(made) // 2)]
        fresh = [s for s in half if id(s) not in used]
        half = fresh if len(fresh) >= lines else half
        chosen = [half[n] for n in np.linspace(0, len(half) - 1, min(lines, len(half))).astype(int)]
        used |= {id(sample) for sample in chosen}
        sections.append(ClassSection(index, real, [tile(sample, "") for sample in chosen]))
    rejected = _varied(found.rejected, REJECTED_SHOWN)
    with whole(path) as partial:
        draw_gallery(
            sections,
            [tile(sample, str(sample.verdict.reason)) for sample in rejected],
            prepared.table,
            prepared.stats,
            partial,
        )


def _made_of(sample: Sample, index: int) -> int:
    """Made pixels of a class, away from the seam."""
    return int((inner_pixels(sample.changed) & (sample.labels == index)).sum())


def real_places(prepared: Prepared, index: int, count: int) -> list[tuple[int, Window]]:
    """Windows of training ground with much of a class, not overlapping by more than half."""
    rng = np.random.default_rng(index)
    pixels = LabelledPixels(prepared.scenes, TRAIN)
    if index >= len(pixels.counts) or not pixels.counts[index]:
        return []
    first = int(pixels.counts[:index].sum())
    places = []
    for number in rng.integers(pixels.counts[index], size=DRAWN).tolist():
        scene, row, col = pixels.find(first + number)
        height, width = prepared.scenes[scene].labels.shape
        top, left = (
            max(0, min(at - prepared.tile // 2, length - prepared.tile))
            for at, length in ((row, height), (col, width))
        )
        window = Window(top, left, prepared.tile, prepared.tile)
        held = int((read_crop(prepared.scenes[scene], window, TRAIN).labels == index).sum())
        places.append((held, scene, window))
    chosen: list[tuple[int, Window]] = []
    for _, scene, window in sorted(places, key=lambda place: -place[0]):
        apart = all(
            scene != other
            or max(abs(window.row - w.row), abs(window.col - w.col)) >= prepared.tile // 2
            for other, w in chosen
        )
        if apart and len(chosen) < count:
            chosen.append((scene, window))
    return chosen


def _varied(samples: Sequence[Sample], count: int) -> list[Sample]:
    """Some samples, of each kind of reason in turn."""
    kinds = list(dict.fromkeys(sample.verdict.kind for sample in samples))
    queues = [[s for s in samples if s.verdict.kind == kind] for kind in kinds]
    chosen: list[Sample] = []
    while any(queues) and len(chosen) < count:
        chosen += [queue.pop(0) for queue in queues if queue]
    return chosen[:count]
