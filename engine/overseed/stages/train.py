"""`train`: one arm's U-Net, or the random forest that is the floor, with its scores on the test blocks."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro, summary
from overseed.config import EFFORTS, TrainSettings
from overseed.devices import Device, choose_device
from overseed.events import Reporter
from overseed.files import read_json, whole, write_json, write_text
from overseed.runs import RECORD, Leaf, RunFolder, open_leaf, settings_record
from overseed.segmentation.calibration import Calibration, calibrate
from overseed.stages.context import Prepared, open_prepared
from overseed.tiles.sampling import CropSampler, StoredSamples
from overseed.tiles.split import TEST, TRAIN, VALIDATION

FOREST = "random-forest"


@dataclass(frozen=True)
class Predicted:
    """Pixels of one side: block number, logits or one-hot votes ``(n, classes)``, labels."""

    block: NDArray[np.intp]
    logits: NDArray[np.float32]
    labels: NDArray[np.uint8]


def train(settings: TrainSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/models/<arm>/seed-<n>`` and bring ``RUN/best.json`` up to date."""
    reporter = reporter or Reporter()
    prepared = open_prepared(settings.run, settings.fold)
    arm = settings.augment
    label = "Train the random forest" if arm == FOREST else f"Train the U-Net ({_words(arm)})"
    reporter.stage("train", label)
    plan = EFFORTS[settings.effort]
    steps = settings.steps or (plan.forest_trees if arm == FOREST else plan.train_steps)
    record = settings_record(settings) | {"steps": steps}
    inputs = {"prepare": prepared.key}
    if arm not in ("none", FOREST):
        samples = prepared.run.synthetic(arm, settings.seed)
        inputs["synthetic"] = prepared.run.key_of(samples, f"synthesize --method {arm}")
    folder = prepared.run.model(arm, settings.seed)
    with open_leaf(folder, "train", record, inputs, settings.seed, settings.fresh) as leaf:
        if leaf is not None:
            leaf.begin()
        if leaf is not None and arm == FOREST:
            _train_forest(prepared, leaf, steps, settings, reporter)
        elif leaf is not None:
            _train_unet(prepared, leaf, steps, settings, reporter)
    best = update_best(prepared.run)
    return {"model": str(folder), "scores": read_json(folder / "scores.json"), "best": best}


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


def _train_unet(
    prepared: Prepared, leaf: Leaf, steps: int, settings: TrainSettings, reporter: Reporter
) -> None:
    import torch

    from overseed.segmentation.export import export_model
    from overseed.segmentation.network import OFFLINE_ENCODER, build_network
    from overseed.segmentation.training_loop import TrainingPlan, fit
    from overseed.training.checkpoints import discard_checkpoint

    arm = settings.augment
    device = choose_device(settings.device, settings.threads)
    if settings.encoder != OFFLINE_ENCODER:
        reporter.warning(
            "train.random-encoder",
            f"The encoder {settings.encoder} starts from random weights; only {OFFLINE_ENCODER} comes "
            "with ImageNet weights.",
        )
    classes = len(prepared.table)
    network = build_network(
        settings.encoder, len(prepared.stats.names), classes,
        torch.Generator().manual_seed(settings.seed),
    )  # fmt: skip
    real = CropSampler(prepared.scenes, TRAIN, prepared.tile, "natural")
    synthetic, made_share = None, np.zeros(classes)
    if arm != "none":
        folder = prepared.run.synthetic(arm, settings.seed)
        labels = np.load(folder / "labels.npy", mmap_mode="r")
        synthetic = StoredSamples(np.load(folder / "images.npy", mmap_mode="r"), labels)
        made_share = _shares(np.asarray(labels), classes)
    plan = TrainingPlan(steps, settings.seed, settings.loss, settings.share, leaf.key)
    trained = fit(
        network, real, synthetic, prepared.scenes, prepared.blocks[VALIDATION], classes,
        prepared.stats, plan, device, leaf.folder, reporter.progress, reporter.metric,
    )  # fmt: skip
    real_share = prepared.side_shares(TRAIN)
    share = 0.0 if synthetic is None else settings.share
    trained_share = (1 - share) * real_share + share * made_share
    validation = _predict(trained.network, prepared, VALIDATION, device, reporter)
    calibration = calibrate(validation.logits, validation.labels, trained_share, real_share)
    test = _predict(trained.network, prepared, TEST, device, reporter)
    _write_scores(prepared, leaf, arm, calibration, validation, test, trained.best_step)
    leaf.figures = {
        **trained.figures,
        "best_step": trained.best_step,
        "temperature": round(calibration.temperature, 4),
        "logit_adjustment": calibration.strength,
        "trained_share": trained_share.round(5).tolist(),
        "real_share": real_share.round(5).tolist(),
    }
    about = {"arm": arm, "seed": settings.seed, "synthetic": synthetic is not None}
    export_model(
        trained.network,
        prepared.table,
        prepared.recipe,
        prepared.stats,
        calibration,
        prepared.tile,
        about,
        leaf.folder,
    )
    files = ["model.onnx", "model.safetensors", "training.jsonl", "scores.json", "blocks.npz"]
    leaf.finish(files, reporter, device)
    discard_checkpoint(leaf.folder)


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


def _shares(labels: NDArray[np.uint8], classes: int) -> NDArray[np.float64]:
    counts = np.bincount(labels.ravel(), minlength=256)[:classes]
    return counts / max(1, counts.sum())


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _words(arm: str) -> str:
    return "real samples only" if arm == "none" else f"real and {arm} samples"
