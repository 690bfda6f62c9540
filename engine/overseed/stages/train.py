"""`train`: one arm's U-Net, or the random forest that is the floor, with its scores on the test blocks."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from overseed.arms import FOREST, NONE, Arm, parse_arm
from overseed.assessment.confusion import class_scores, confusion_matrix, macro, summary
from overseed.config import EFFORTS, NetworkSettings, Settings, TrainSettings
from overseed.devices import Device, choose_device, team_place
from overseed.events import Reporter
from overseed.files import read_json, whole, write_json, write_text
from overseed.runs import (
    RECORD,
    Leaf,
    RunFolder,
    fingerprint,
    leaf_key,
    open_leaf,
    settings_record,
)
from overseed.segmentation.calibration import Calibration, Priors, calibrate
from overseed.segmentation.network import RANDOM, SpectralUNet, adopt, build_network
from overseed.segmentation.training_loop import Trained, TrainingPlan, fit
from overseed.stages.arm_data import inputs_of, open_arm
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.initial import initial_file
from overseed.stages.share_search import search_share
from overseed.tiles.split import TEST, TRAIN, VALIDATION
from overseed.training.team import Team, form_team


@dataclass(frozen=True)
class Predicted:
    """Pixels of one side: block number, logits or one-hot votes ``(n, classes)``, labels."""

    block: NDArray[np.intp]
    logits: NDArray[np.float32]
    labels: NDArray[np.uint8]


def train(settings: TrainSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/models/<arm>/seed-<n>`` and bring ``RUN/best.json`` up to date.

    Started by ``torchrun`` it is the same training, shared by all processes; the first one writes.
    """
    reporter = reporter or Reporter()
    prepared = open_prepared(settings.run, settings.fold)
    arm = parse_arm(settings.augment)
    label = "Train the random forest" if arm.is_forest else f"Train the U-Net ({_words(arm.name)})"
    reporter.stage("train", label)
    plan = EFFORTS[settings.effort]
    steps = settings.steps or (plan.forest_trees if arm.is_forest else plan.train_steps)
    record = _relevant(settings, arm) | {"steps": steps}
    inputs = inputs_of(prepared, arm, settings)
    if settings.initial is not None:
        inputs["initial"] = fingerprint(initial_file(settings.initial))
    folder = prepared.run.model(arm.name, settings.seed)
    if team_place()[0] > 0:
        if not arm.is_forest:
            key = leaf_key("train", record, inputs, settings.seed)
            _help(prepared, folder, key, steps, settings, reporter)
        return {"model": str(folder)}
    with open_leaf(folder, "train", record, inputs, settings.seed, settings.fresh) as leaf:
        if leaf is not None:
            leaf.begin()
        if arm.is_forest:
            if leaf is not None:
                _train_forest(prepared, leaf, steps, settings, reporter)
        else:
            _train_unet(prepared, leaf, steps, settings, reporter)
    best = update_best(prepared.run)
    return {"model": str(folder), "scores": read_json(folder / "scores.json"), "best": best}


def _relevant(settings: TrainSettings, arm: Arm) -> dict[str, Any]:
    """The settings that an arm's result depends on: another share does not make real samples train anew."""
    idle: set[str] = set() if arm.samples else {"share", "order", "distrust"}
    if arm.is_forest:
        idle = set(NetworkSettings.model_fields) - set(Settings.model_fields)
    return {name: v for name, v in settings_record(settings).items() if name not in idle}


def update_best(run: RunFolder) -> dict[str, Any] | None:
    """Write ``best.json``: the U-Net with the best validation macro-F1 of the rare classes.

    Without rare classes the macro-F1 of all decides.
    """
    candidates = []
    for path in sorted(run.root.glob("split-*/models/*/seed-*/scores.json")):
        finished = (path.parent / RECORD).is_file() and (path.parent / "model.onnx").is_file()
        if not finished:
            continue
        scores = read_json(path)
        validation = scores["validation"]
        score = validation["rare_macro_f1"]
        score = validation["macro_f1"] if score is None else score
        candidates.append((-1.0 if score is None else score, path.parent, scores["arm"]))
    if not candidates:
        return None
    score, folder, arm = max(candidates, key=lambda entry: entry[0])
    best = {
        "model": folder.relative_to(run.root).as_posix(),
        "arm": arm,
        "validation_rare_macro_f1": score,
    }
    write_json(run.root / "best.json", best)
    return best


def _help(
    prepared: Prepared,
    folder: Path,
    key: str,
    steps: int,
    settings: TrainSettings,
    reporter: Reporter,
) -> None:
    """Be one of the further processes of a shared training."""
    device = choose_device(settings.device, settings.threads)
    team = form_team(device)
    if team.any(False):
        _fit(prepared, folder, key, steps, settings, reporter, device, team)
    team.wait()


def _train_unet(
    prepared: Prepared,
    leaf: Leaf | None,
    steps: int,
    settings: TrainSettings,
    reporter: Reporter,
) -> None:
    """Train, calibrate, score and export; without a leaf only tell a team that nothing is to be done."""
    from overseed.segmentation.export import export_model
    from overseed.training.checkpoints import discard_checkpoint

    if leaf is None and team_place()[1] < 2:
        return
    device = choose_device(settings.device, settings.threads)
    team = form_team(device)
    if not team.any(leaf is not None) or leaf is None:
        team.wait()
        return
    fitted = _fit(prepared, leaf.folder, leaf.key, steps, settings, reporter, device, team)
    trained, priors = fitted.trained, fitted.priors
    rare = prepared.table.rare_indices
    validation = _predict(trained.network, prepared, VALIDATION, device, reporter)
    calibration = calibrate(validation.logits, validation.labels, priors, rare)
    test = _predict(trained.network, prepared, TEST, device, reporter)
    arm = parse_arm(settings.augment)
    _write_scores(prepared, leaf, arm.name, calibration, validation, test, trained.best_step)
    leaf.figures = {
        **trained.figures,
        **fitted.figures,
        "best_step": trained.best_step,
        "temperature": round(calibration.temperature, 4),
        "logit_adjustment": calibration.strength,
        "trained_share": priors.trained.round(5).tolist(),
        "real_share": priors.real.round(5).tolist(),
    }
    about = {
        "arm": arm.name,
        "seed": settings.seed,
        "synthetic": bool(arm.samples),
        "architecture": settings.architecture,
        "encoder": settings.encoder,
    }
    export_model(
        trained.network, trained.last, prepared.table, prepared.recipe, prepared.stats, calibration,
        prepared.tile, about, leaf.folder,
    )  # fmt: skip
    files = [
        "model.onnx", "model.safetensors", "last.safetensors", "training.jsonl", "scores.json", "blocks.npz",
    ]  # fmt: skip
    leaf.finish(files, reporter, device)
    discard_checkpoint(leaf.folder)
    team.wait()


@dataclass(frozen=True)
class _Fitted:
    trained: Trained
    priors: Priors
    figures: dict[str, Any]


def _fit(
    prepared: Prepared,
    folder: Path,
    key: str,
    steps: int,
    settings: TrainSettings,
    reporter: Reporter,
    device: Device,
    team: Team,
) -> _Fitted:
    """The training itself, which all processes of a team do alike."""
    arm = parse_arm(settings.augment)
    data = open_arm(prepared, arm, settings, device, reporter)

    def plan_with(share: float) -> TrainingPlan:
        return TrainingPlan(
            steps=steps,
            seed=settings.seed,
            key=key,
            loss=data.loss,
            priors=data.priors(share),
            rare=tuple(prepared.table.rare_indices),
            share=share if data.synthetic is not None else 0.0,
            synthetic_first=settings.order == "synthetic-first",
            schedule=settings.schedule,
            learning_rate=settings.learning_rate,
            batch=settings.batch,
            patience=settings.patience,
            frozen_norm=settings.freeze_norm,
        )

    def fit_with(plan: TrainingPlan, place: Path) -> Trained:
        return fit(
            _network(prepared, settings, reporter), data.real, data.synthetic, prepared.scenes,
            prepared.blocks[VALIDATION], len(prepared.table), prepared.stats, plan, device, place,
            reporter.progress, reporter.metric, team,
        )  # fmt: skip

    figures: dict[str, Any] = {}
    if data.synthetic is None:
        share = 0.0
    elif settings.share == "auto":
        share, scores = search_share(
            lambda plan, place: fit_with(plan, place).figures["validation_score"],
            plan_with, folder, team,
        )  # fmt: skip
        figures["share_scores"] = scores
    else:
        share = float(settings.share)
    plan = plan_with(share)
    return _Fitted(fit_with(plan, folder), plan.priors, figures | {"share": share})


def _network(prepared: Prepared, settings: TrainSettings, reporter: Reporter) -> SpectralUNet:
    """The network that a training starts from."""
    weights = settings.encoder_weights
    if weights == RANDOM and settings.initial is None:
        reporter.warning(
            "train.random-encoder",
            f"The encoder {settings.encoder} starts from random weights, as --encoder-weights none asks.",
        )
    if settings.initial is not None:
        weights = RANDOM
    network = build_network(
        settings.encoder, len(prepared.stats.names), len(prepared.table),
        torch.Generator().manual_seed(settings.seed), settings.architecture, weights,
    )  # fmt: skip
    if settings.initial is not None:
        adopt(
            network,
            initial_file(settings.initial),
            (settings.architecture, settings.encoder),
            prepared.stats.names,
            prepared.table.names,
        )
    return network


def _train_forest(
    prepared: Prepared, leaf: Leaf, trees: int, settings: TrainSettings, reporter: Reporter
) -> None:
    from overseed.segmentation.forest import block_features, train_forest

    threads = settings.threads or os.cpu_count() or 1
    rng = np.random.default_rng([settings.seed, 3])
    reporter.progress(0, 3, "part")
    forest = train_forest(prepared.scenes, prepared.blocks[TRAIN], TRAIN, trees, threads, rng)
    classes = len(prepared.table)
    sides = []
    for part, side in enumerate((VALIDATION, TEST), start=1):
        reporter.progress(part, 3, "part")
        blocks, votes, labels = [], [], []
        for number, features, known in block_features(prepared.scenes, prepared.blocks[side], side):
            reporter.check()
            if len(known):
                blocks.append(np.full(len(known), number))
                votes.append(np.eye(classes, dtype=np.float32)[forest.predict(features)])
                labels.append(known)
        sides.append(_joined(blocks, votes, labels, classes))
    reporter.progress(3, 3, "part")
    unchanged = Calibration((0.0,) * classes, 1.0, 0.0)
    _write_scores(prepared, leaf, FOREST, unchanged, sides[0], sides[1], None)
    write_text(leaf.folder / "training.jsonl", json.dumps({"trees": trees}) + "\n")
    leaf.finish(["scores.json", "blocks.npz", "training.jsonl"], reporter)


def _write_scores(
    prepared: Prepared,
    leaf: Leaf,
    arm: str,
    calibration: Calibration,
    validation: Predicted,
    test: Predicted,
    best_step: int | None,
) -> None:
    classes, rare = len(prepared.table), prepared.table.rare_indices
    matrices = np.zeros((len(prepared.blocks[TEST]), classes, classes), np.int64)
    mapped = calibration.apply(test.logits).argmax(axis=1).astype(np.uint8)
    for number in np.unique(test.block):
        own = test.block == number
        matrices[number] = confusion_matrix(test.labels[own], mapped[own], classes)
    chosen = calibration.apply(validation.logits).argmax(axis=1).astype(np.uint8)
    on_validation = class_scores(confusion_matrix(validation.labels, chosen, classes))["f1"]
    scores = summary(matrices.sum(axis=0), prepared.table.names, rare)
    scores |= {
        "arm": arm,
        "side": "test",
        "validation": {
            "macro_f1": _number(macro(on_validation)),
            "rare_macro_f1": _number(macro(on_validation, rare)) if rare else None,
        },
        "best_step": best_step,
    }
    with whole(leaf.folder / "blocks.npz") as partial:
        np.savez_compressed(partial, confusion=matrices)
    write_json(leaf.folder / "scores.json", scores)


def _predict(
    network: Any, prepared: Prepared, side: int, device: Device, reporter: Reporter
) -> Predicted:
    from overseed.segmentation.inference import predict_blocks

    blocks, logits, labels = [], [], []
    found = predict_blocks(
        network,
        prepared.scenes,
        prepared.blocks[side],
        side,
        prepared.stats,
        device,
        reporter.check,
    )
    for number, part, known in found:
        blocks.append(np.full(len(known), number))
        logits.append(part)
        labels.append(known)
    return _joined(blocks, logits, labels, len(prepared.table))


def _joined(blocks: list[Any], logits: list[Any], labels: list[Any], classes: int) -> Predicted:
    if not blocks:
        empty = np.zeros((0, classes), np.float32)
        return Predicted(np.zeros(0, np.intp), empty, np.zeros(0, np.uint8))
    return Predicted(np.concatenate(blocks), np.concatenate(logits), np.concatenate(labels))


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _words(arm: str) -> str:
    return "real samples only" if arm == NONE else arm
