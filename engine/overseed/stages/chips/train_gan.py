"""`chips train-gan`: a GAN learned from the training chips alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from overseed import __version__
from overseed.chip_arms import ChipGan
from overseed.chip_settings import TrainGanSettings
from overseed.devices import Device, choose_device
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.runs import open_leaf, settings_record
from overseed.stages.chips.chip_files import PreparedChips, open_chips
from overseed.stages.chips.cluster_files import clusters_of
from overseed.stages.chips.gan_files import Lessons, choose_lessons
from overseed.stages.live_sheet import LiveSheet

if TYPE_CHECKING:
    from overseed.chips.chip_gan import ChipGanModel

#: Kinds on a sheet, and chips of each.
SHEET_KINDS, SHEET_CHIPS = 8, 12


def train_gan(settings: TrainGanSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/generators/<GAN>/seed-<n>``; returns the folder and the last losses.

    Raises
    ------
    InputError
        ``chips.gan-size``, ``chips.no-clusters``, ``training.diverged``, or what
        :func:`~overseed.stages.chips.gan_files.choose_lessons` refuses.
    """
    reporter = reporter or Reporter()
    gan = ChipGan(settings.gan, settings.condition)
    reporter.stage("chips train-gan", f"Train the GAN {gan.name}")
    prepared = open_chips(settings.run)
    inputs, clusters = {"prepare": prepared.key}, None
    if settings.condition == "cluster":
        inputs["clusters"], clusters = clusters_of(prepared, settings.seed)
    lessons, numbers, kinds = choose_lessons(
        prepared.chips, settings.condition, settings.of, clusters
    )
    steps = settings.steps or EFFORTS[settings.effort].gan_steps
    record = settings_record(settings) | {"steps": steps}
    folder = prepared.run.generator(gan.name, settings.seed)
    with open_leaf(
        folder, "chips train-gan", record, inputs, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            from overseed.chips.chip_gan import ChipGanModel, RealChips
            from overseed.chips.gan_losses import RECIPES
            from overseed.chips.gan_networks import GanDesign
            from overseed.chips.gan_training import GanPlan
            from overseed.training.checkpoints import discard_checkpoint
            from overseed.training.divergence import smaller_rate

            chips = prepared.chips
            design = GanDesign(
                settings.gan, chips.bands, chips.size, lessons.conditions, settings.conditioning,
                settings.width, settings.latent,
            )  # fmt: skip
            leaf.begin()
            device = choose_device(settings.device, settings.threads)
            model = ChipGanModel(design, chips.stats, settings.seed)
            real = RealChips(
                np.asarray(chips.images[numbers]),
                np.asarray(chips.valid[numbers]),
                kinds if lessons.conditions else None,
            )
            sheet = _Sheet(prepared, model, lessons, folder, device, reporter, gan.name)
            plan = GanPlan(
                steps, settings.seed, leaf.key, settings.critic_steps, settings.learning_rate,
                watch=sheet.draw_when_due,
                remedy=smaller_rate(settings.learning_rate or RECIPES[settings.gan].generator_rate),
            )  # fmt: skip
            leaf.figures = dict(
                model.fit(
                    real, settings.batch, plan, device, folder, reporter.progress, reporter.metric
                )
            )
            files = model.save(folder, about_gan(gan.name, settings.seed))
            files.append(lessons.write(folder))
            sheet.draw(steps)
            leaf.finish([*files, "training.jsonl", *sheet.files], reporter, device)
            discard_checkpoint(folder)
    return {"generator": str(folder)}


def about_gan(name: str, seed: int) -> dict[str, str]:
    """Tags that say that something is synthetic, and by which GAN."""
    return {
        "OVERSEED_SYNTHETIC": "yes",
        "OVERSEED_METHOD": name,
        "OVERSEED_SEED": str(seed),
        "OVERSEED_VERSION": __version__,
    }


class _Sheet(LiveSheet):
    """Draws ``samples.png`` while a GAN learns: chips of each kind from the same seeds each time."""

    def __init__(
        self,
        prepared: PreparedChips,
        model: ChipGanModel,
        lessons: Lessons,
        folder: Path,
        device: Device,
        reporter: Reporter,
        name: str,
    ) -> None:
        super().__init__(folder, reporter)
        self._stats = prepared.chips.stats
        self._model, self._lessons, self._name = model, lessons, name
        self._device = device

    def _draw(self, step: int, path: Path) -> None:
        from overseed.reporting.chip_sheets import ChipRows, draw_chips

        seeds = np.arange(SHEET_CHIPS)
        sections = []
        for number, title in self._kinds()[:SHEET_KINDS]:
            told = np.full(SHEET_CHIPS, number) if self._lessons.conditions else None
            made = self._model.generate(seeds, told, self._device)
            shown = np.ones((len(made), *made.shape[-2:]), bool)
            sections.append(ChipRows(f"{self._name}, {step} steps: {title}", made, shown))
        draw_chips(sections, self._stats, path)

    def _kinds(self) -> list[tuple[int, str]]:
        if not self._lessons.conditions:
            return [(0, ", ".join(kind.label for kind in self._lessons.kinds))]
        return [
            (number, kind.label if kind.cluster is None else f"{kind.label}, {kind.cluster}")
            for number, kind in enumerate(self._lessons.kinds)
        ]
