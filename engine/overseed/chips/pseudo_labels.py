"""pseudo-labels: images from an unconditional GAN of tiles, labels from a network that reads images.

Two networks know nothing of each other: a GAN (:mod:`overseed.chips.chip_gan`) that is told nothing, so that
it needs no labels, and pix2pix in the other direction (:mod:`overseed.generators.image_to_layout`), which says
what a made image shows and how sure that is. The GAN learns from all training ground, the other from one half
of it, so that the other half can tell how often its labels are right. The steps are shared out between them, a
quarter to the labels, which are learned faster.

The GAN's networks have fixed sides (64, 96, 128 or 256 pixels). A tile of another side is continued to the
next of them by pixels that the discriminator does not see, and cut out of what is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_gan import ChipGanModel, RealChips
from overseed.chips.gan_networks import STARTS, GanDesign
from overseed.chips.gan_training import GanPlan
from overseed.devices import Device
from overseed.errors import InputError
from overseed.files import write_text
from overseed.generators.contract import FitPlan, Labelling
from overseed.generators.image_to_layout import REMEDY, ImageToLayout
from overseed.tiles.sampling import Source, rng_for
from overseed.tiles.statistics import BandStats

#: Of the GANs here the one that shows the variety of ground after fewest steps and takes least time for one.
GAN = "dcgan"
#: Share of the steps in which the labels are learned.
LABEL_STEPS = 0.25
#: Crops that the GAN learns from, as far as they fit into so many bytes.
CROPS, CROP_BYTES = 1024, 2**28
BATCH = 16
#: Folders of the two networks, in that of the generator.
IMAGES, LABELS = "images", "labels"
LOG = "training.jsonl"
#: Purpose of the random numbers that draw crops, see :func:`overseed.tiles.sampling.rng_for`.
_CROPS = 43


class PseudoLabels:
    """The contract :class:`~overseed.generators.contract.LabellingGenerator` for both networks together."""

    name = "pseudo-labels"
    learned = True

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        """Raises :class:`InputError` (``pseudo-labels.tile-size``) for tiles that no GAN here makes."""
        sides = [side for side in sorted(STARTS) if side >= tile]
        if not sides:
            raise InputError(
                "pseudo-labels.tile-size",
                f"The tiles are {tile} pixels wide; pseudo-labels makes tiles of up to {max(STARTS)} pixels.",
                "Run 'overseed prepare' with a smaller --tile-size, or take another --method.",
            )
        self._tile, self._size, self._bands = tile, sides[0], bands
        design = GanDesign(GAN, len(bands.names), self._size)
        self._images = ChipGanModel(design, bands, seed)
        self._labels = ImageToLayout(bands, classes, tile, seed)

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """See :class:`~overseed.generators.contract.Generator`; the labels' network learns first."""
        own, others = (folder / name for name in (LABELS, IMAGES))
        for part in (own, others):
            part.mkdir(parents=True, exist_ok=True)
        first = max(1, round(LABEL_STEPS * plan.steps))
        rest = max(1, plan.steps - first)
        label_figures = self._labels.fit(
            plan.labelled or source,
            FitPlan(first, plan.seed, plan.key, plan.validation),
            device,
            own,
            lambda done, _: tick(done, plan.steps),
            metric,
        )

        def watch(step: int) -> None:
            if plan.watch is not None:
                plan.watch(first + step)

        image_figures = self._images.fit(
            self._crops(source, plan.seed),
            BATCH,
            GanPlan(rest, plan.seed, plan.key, watch=watch, remedy=REMEDY),
            device,
            others,
            lambda done, _: tick(min(plan.steps, first + done), plan.steps),
            lambda name, value, step: metric(f"images_{name}", value, first + step),
        )
        _join_logs(own / LOG, others / LOG, first, folder / LOG)
        return label_figures | {f"images_{name}": value for name, value in image_figures.items()}

    def draw(self, count: int, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.LabellingGenerator`."""
        seeds = np.random.default_rng([seed, 0x50]).integers(2**31, size=count)
        made = self._images.generate(seeds, None, device)
        return np.ascontiguousarray(made[..., : self._tile, : self._tile])

    def label(self, images: NDArray[Any], visible: NDArray[np.bool_], device: Device) -> Labelling:
        """See :class:`~overseed.generators.contract.LabellingGenerator`."""
        return self._labels.label(images, visible, device)

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.Generator`."""
        files = []
        for name, part in ((LABELS, self._labels), (IMAGES, self._images)):
            (folder / name).mkdir(exist_ok=True)
            files += [f"{name}/{file}" for file in part.save(folder / name, about)]
        return files

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.Generator`."""
        self._labels.load(folder / LABELS)
        self._images = ChipGanModel.load(folder / IMAGES, self._bands)

    def _crops(self, source: Source, seed: int) -> RealChips:
        """What the GAN learns from; pixels beyond the tile have no value."""
        bands, side = len(self._bands.names), self._size
        each = bands * side**2 * np.dtype(self._bands.dtype).itemsize
        count = int(min(CROPS, max(BATCH, CROP_BYTES // each)))
        batch = source.draw(count, rng_for(seed, 0, purpose=_CROPS))
        beyond = (0, side - batch.labels.shape[-1])
        return RealChips(
            np.pad(batch.images, ((0, 0), (0, 0), beyond, beyond)),
            np.pad(batch.visible, ((0, 0), beyond, beyond)),
        )


def _join_logs(labels: Path, images: Path, first: int, joined: Path) -> None:
    """One log of both trainings, one after the other."""
    rows = []
    for path, start, prefix in ((labels, 0, ""), (images, first, "images_")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            losses = {prefix + name: value for name, value in row["losses"].items()}
            rows.append({"step": start + row["step"], "losses": losses})
    write_text(joined, "".join(json.dumps(row) + "\n" for row in rows))
