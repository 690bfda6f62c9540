"""`train-generator`: a generator learned from the training blocks alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from overseed.config import WITHOUT_LAYOUTS, WITHOUT_NETWORK, TrainGeneratorSettings
from overseed.devices import choose_device
from overseed.diffusion_settings import DIFFUSION, without_foreign
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.extras import check_extras
from overseed.files import read_json
from overseed.generators.contract import FitPlan, LabellingGenerator, SampleGenerator
from overseed.generators.diffusion_options import Learning, Sampling
from overseed.generators.methods import make_generator
from overseed.runs import RECORD, open_leaf, settings_record
from overseed.stages.base_weights import check_export, export_model, weights_input
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.labelled_halves import labelled_halves
from overseed.stages.progress_sheet import ProgressSheet
from overseed.stages.provenance import about_synthetic
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import TRAIN, VALIDATION


def train_generator(
    settings: TrainGeneratorSettings, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Fill ``RUN/split-0/generators/<method>/seed-<n>``; returns the folder.

    Raises
    ------
    InputError
        ``diffusion.not-installed``, ``diffusion.no-weights``, or what else a method refuses.
    """
    reporter = reporter or Reporter()
    reporter.stage("train-generator", f"Train the generator {settings.method}")
    check_extras([settings.method])
    check_export(settings.export_model)
    prepared = open_prepared(settings.run, settings.fold)
    steps = settings.steps or EFFORTS[settings.effort].steps_of(settings.method)
    record = without_foreign(settings_record(settings) | {"steps": steps}, [settings.method])
    if settings.method in (*WITHOUT_NETWORK, *WITHOUT_LAYOUTS, *DIFFUSION):
        del record["pretrain"]
    folder = prepared.run.generator(settings.method, settings.seed)
    inputs = {"prepare": prepared.key, **weights_input(settings, [settings.method])}
    if settings.method in WITHOUT_LAYOUTS:
        inputs["labels"] = "learned from one half of the training blocks"
    with open_leaf(
        folder, "train-generator", record, inputs, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            from overseed.training.checkpoints import discard_checkpoint

            device = choose_device(settings.device, settings.threads)
            generator = _untrained(prepared, settings.method, settings.seed, record)
            leaf.begin()
            source = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
            sheet = ProgressSheet(
                prepared, source, generator, folder, settings.seed, device, reporter
            )
            plan = _plan(prepared, settings, steps, leaf.key, sheet.draw_when_due)
            leaf.figures = generator.fit(
                source, plan, device, folder, reporter.progress, reporter.metric
            )
            if leaf.figures.get("stopped_by_copies"):
                reporter.warning(
                    "diffusion.copies",
                    f"{settings.method} began to copy its training ground, so it stopped learning after "
                    f"{leaf.figures['stopped_at']} of {steps} steps. More training ground would let it go on.",
                )
            files = generator.save(
                folder, about_synthetic(prepared, settings.method, settings.seed)
            )
            sheet.draw(steps)
            leaf.finish([*files, "training.jsonl", *sheet.files], reporter, device)
            discard_checkpoint(folder)
    if settings.export_model:
        device = choose_device(settings.device, settings.threads)
        generator = load_generator(prepared, settings.method, settings.seed)
        export_model(prepared, generator, settings.export_model, settings.seed, device)
        reporter.artifact("model", "pipeline", settings.export_model)
    return {"generator": str(folder)}


def _plan(
    prepared: Prepared,
    settings: TrainGeneratorSettings,
    steps: int,
    key: str,
    watch: Callable[[int], None],
) -> FitPlan:
    """How a generator is fitted, with the ground that its method may look at beside labelled crops."""
    scenes, tile = prepared.scenes, prepared.tile
    validation = labelled = None
    if prepared.side_shares(VALIDATION).any():
        validation = CropSampler(scenes, VALIDATION, tile, "balanced")
    if settings.method in WITHOUT_LAYOUTS:
        labelled, _ = labelled_halves(prepared)
    return FitPlan(
        steps,
        settings.seed,
        key,
        validation=validation,
        pretrain=settings.pretrain,
        watch=watch,
        ground=CropSampler(scenes, TRAIN, tile, "anywhere"),
        labelled=labelled,
    )


def load_generator(
    prepared: Prepared, method: str, seed: int, sampling: Sampling | None = None
) -> SampleGenerator | LabellingGenerator:
    """The trained generator of a run; ``sampling`` is for those that can paint in several ways."""
    folder = prepared.run.generator(method, seed)
    settings = read_json(folder / RECORD)["settings"]
    generator = _untrained(prepared, method, seed, settings, sampling)
    generator.load(folder)
    return generator


def _untrained(
    prepared: Prepared,
    method: str,
    seed: int,
    settings: dict[str, Any],
    sampling: Sampling | None = None,
) -> SampleGenerator | LabellingGenerator:
    """The generator of that name, of either kind, as the recorded ``settings`` of its training ask for it."""
    given = prepared.stats, len(prepared.table), prepared.tile, seed
    if method in WITHOUT_LAYOUTS:
        from overseed.chips.pseudo_labels import PseudoLabels

        return PseudoLabels(*given)
    learning = Learning.of(settings, prepared.table.names, prepared.table.rare_indices)
    return make_generator(method, *given, learning, sampling)
