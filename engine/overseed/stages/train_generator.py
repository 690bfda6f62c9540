"""`train-generator`: a generator learned from the training blocks alone."""

from __future__ import annotations

from typing import Any

from overseed.config import WITHOUT_LAYOUTS, WITHOUT_NETWORK, TrainGeneratorSettings
from overseed.devices import choose_device
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.generators.contract import FitPlan, LabellingGenerator, SampleGenerator
from overseed.generators.methods import make_generator
from overseed.runs import open_leaf, settings_record
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.progress_sheet import ProgressSheet
from overseed.stages.provenance import about_synthetic
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import TRAIN, VALIDATION


def train_generator(
    settings: TrainGeneratorSettings, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Fill ``RUN/split-0/generators/<method>/seed-<n>``; returns the folder."""
    reporter = reporter or Reporter()
    reporter.stage("train-generator", f"Train the generator {settings.method}")
    prepared = open_prepared(settings.run, settings.fold)
    steps = settings.steps or EFFORTS[settings.effort].steps_of(settings.method)
    record = settings_record(settings) | {"steps": steps}
    if settings.method in (*WITHOUT_NETWORK, *WITHOUT_LAYOUTS):
        del record["pretrain"]
    folder = prepared.run.generator(settings.method, settings.seed)
    inputs = {"prepare": prepared.key}
    with open_leaf(
        folder, "train-generator", record, inputs, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            from overseed.training.checkpoints import discard_checkpoint

            device = choose_device(settings.device, settings.threads)
            generator = _untrained(prepared, settings.method, settings.seed)
            leaf.begin()
            source = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
            validation = None
            if prepared.side_shares(VALIDATION).any():
                validation = CropSampler(prepared.scenes, VALIDATION, prepared.tile, "balanced")
            sheet = ProgressSheet(
                prepared, source, generator, folder, settings.seed, device, reporter
            )
            plan = FitPlan(
                steps, settings.seed, leaf.key, validation, settings.pretrain, sheet.draw_when_due
            )
            leaf.figures = generator.fit(
                source, plan, device, folder, reporter.progress, reporter.metric
            )
            files = generator.save(
                folder, about_synthetic(prepared, settings.method, settings.seed)
            )
            sheet.draw(steps)
            leaf.finish([*files, "training.jsonl", *sheet.files], reporter, device)
            discard_checkpoint(folder)
    return {"generator": str(folder)}


def load_generator(
    prepared: Prepared, method: str, seed: int
) -> SampleGenerator | LabellingGenerator:
    """The trained generator of a run."""
    generator = _untrained(prepared, method, seed)
    generator.load(prepared.run.generator(method, seed))
    return generator


def _untrained(prepared: Prepared, method: str, seed: int) -> SampleGenerator | LabellingGenerator:
    """The generator of that name, of either kind."""
    given = prepared.stats, len(prepared.table), prepared.tile, seed
    if method in WITHOUT_LAYOUTS:
        from overseed.chips.pseudo_labels import PseudoLabels

        return PseudoLabels(*given)
    return make_generator(method, *given)
