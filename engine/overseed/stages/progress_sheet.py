"""A sheet of samples while a generator learns: the same crops each time, beside the ground that lies there."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.events import Reporter
from overseed.files import whole
from overseed.generators.contract import Canvas, LabellingGenerator, SampleGenerator
from overseed.stages.context import Prepared
from overseed.tiles.sampling import Source, rng_for

SHEET = "samples.png"
CROPS = 6
#: No sheet is begun while drawing has taken more than this share of the time so far.
MOST_TIME = 0.05


class ProgressSheet:
    """Draws ``samples.png`` in a generator's folder.

    Crops of training ground, in which the rare classes are hidden and painted again; what a person sees is
    how near the generator comes to the ground itself. Images that come before their labels are shown with
    these, beside any crops. It draws from random numbers of its own, so that
    training is the same with it. Nobody loses a training for a picture: one that cannot be drawn is warned of
    once, and the file is left out.
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
        self._prepared = prepared
        self._generator = generator
        self._path = folder / SHEET
        self._seed = seed
        self._device = device
        self._reporter = reporter
        crops = source.draw(CROPS, rng_for(seed, 0, purpose=21))
        rare = np.isin(crops.labels, prepared.table.rare_indices)
        labelled = crops.labels < len(prepared.table)
        empty = ~np.asarray(rare.any(axis=(1, 2)))
        # A crop without a rare class shows how the common ones are painted.
        changed = np.where(empty[:, None, None], labelled, rare) & crops.visible
        self._canvas = Canvas(crops.labels, changed, crops.images, crops.visible)
        self._begun = time.monotonic()
        self._spent = 0.0
        self._failed = False

    @property
    def files(self) -> list[str]:
        """The file, where there is one."""
        return [SHEET] if self._path.is_file() else []

    def draw_when_due(self, step: int) -> None:
        """Draw, but for when drawing has taken more than its share of the time so far."""
        if self._spent <= MOST_TIME * (time.monotonic() - self._begun):
            self.draw(step)

    def draw(self, step: int) -> None:
        """Draw what the generator makes now, after ``step`` steps."""
        begun = time.monotonic()
        try:
            self._draw(step)
        except Cancelled:
            raise
        except Exception as error:
            if not self._failed:
                self._reporter.warning(
                    "sheet.failed", f"The sheet of samples could not be drawn: {error}."
                )
            self._failed = True
        self._spent += time.monotonic() - begun

    def _draw(self, step: int) -> None:
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
        with whole(self._path) as partial:
            title = f"{generator.name} after {step} steps: made, real ground {beside}, labels"
            draw_sheet(cells, table, self._prepared.stats, title, partial)
        self._reporter.preview(self._path)
