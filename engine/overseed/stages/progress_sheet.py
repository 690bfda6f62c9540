"""A sheet of samples while a generator learns: the same crops each time, beside the ground that lies there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from overseed.devices import Device
from overseed.events import Reporter
from overseed.generators.contract import Canvas, LabellingGenerator, SampleGenerator
from overseed.stages.context import Prepared
from overseed.stages.live_sheet import LiveSheet
from overseed.tiles.sampling import Source, rng_for

CROPS = 6


class ProgressSheet(LiveSheet):
    """Draws ``samples.png`` in a generator's folder.

    Crops of training ground, in which the rare classes are hidden and painted again; what a person sees is
    how near the generator comes to the ground itself. Images that come before their labels are shown with
    these, beside any crops. It draws from random numbers of its own, so that
    training is the same with it.
    """

    def __init__(
        self,
        prepared: Prepared,
        source: Source,
        generator: SampleGenerator | LabellingGenerator,
        folder: Path,
        seed: int,
        device: Device,
        reporter: Reporter,
    ) -> None:
        super().__init__(folder, reporter)
        self._prepared = prepared
        self._generator = generator
        self._seed = seed
        self._device = device
        crops = source.draw(CROPS, rng_for(seed, 0, purpose=21))
        rare = np.isin(crops.labels, prepared.table.rare_indices)
        labelled = crops.labels < len(prepared.table)
        empty = ~np.asarray(rare.any(axis=(1, 2)))
        # A crop without a rare class shows how the common ones are painted.
        changed = np.where(empty[:, None, None], labelled, rare) & crops.visible
        self._canvas = Canvas(crops.labels, changed, crops.images, crops.visible)

    def _draw(self, step: int, path: Path) -> None:
        from overseed.reporting.gallery import Tile
        from overseed.reporting.review_sheets import Cell, draw_sheet

        canvas, table, generator = self._canvas, self._prepared.table, self._generator
        labels, changed, seen, beside = canvas.labels, canvas.changed, canvas.visible, "there"
        if isinstance(generator, LabellingGenerator):
            made = generator.draw(len(canvas), self._seed, self._device)
            changed = seen = np.ones_like(changed)
            labels, beside = generator.label(made, seen, self._device).labels, "elsewhere"
        else:
            made = generator.generate(canvas, self._seed, self._device)
        cells = []
        for number, image in enumerate(made):
            own = canvas.images[number]
            names = [table.names[k] for k in np.unique(labels[number][changed[number]])]
            sample = Tile(
                np.where(changed[number], image, own), labels[number], seen[number],
                changed[number], "",
            )  # fmt: skip
            real = Tile(
                own, canvas.labels[number], canvas.visible[number], canvas.changed[number], ""
            )
            cells.append(Cell(number + 1, sample, real, ", ".join(names)))
        title = f"{generator.name} after {step} steps: made, real ground {beside}, labels"
        draw_sheet(cells, table, self._prepared.stats, title, path)
