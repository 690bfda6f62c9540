"""`train`: one arm's network, or the random forest that is the floor, with its scores on the test blocks."""

from __future__ import annotations

from typing import Any

from overseed.arms import NONE, Arm, parse_arm
from overseed.config import NetworkSettings, Settings, TrainSettings
from overseed.devices import team_place
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.files import read_json, write_json
from overseed.runs import RECORD, RunFolder, fingerprint, leaf_key, open_leaf, settings_record
from overseed.stages.arm_data import inputs_of
from overseed.stages.context import open_prepared
from overseed.stages.forest_training import fill_with_forest
from overseed.stages.initial import initial_file
from overseed.stages.network_training import NetworkTraining


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
    if settings.initial is not None and not arm.is_forest:
        inputs["initial"] = fingerprint(initial_file(settings.initial))
    folder = prepared.run.model(arm.name, settings.seed)
    key = leaf_key("train", record, inputs, settings.seed)
    network = NetworkTraining(prepared, settings, steps, folder, key, reporter)
    if team_place()[0] > 0:
        if not arm.is_forest:
            network.help()
        return {"model": str(folder)}
    with open_leaf(folder, "train", record, inputs, settings.seed, settings.fresh) as leaf:
        if leaf is not None:
            leaf.begin()
        if not arm.is_forest:
            network.fill(leaf)
        elif leaf is not None:
            fill_with_forest(prepared, leaf, steps, settings, reporter)
    best = update_best(prepared.run)
    return {"model": str(folder), "scores": read_json(folder / "scores.json"), "best": best}


def _relevant(settings: TrainSettings, arm: Arm) -> dict[str, Any]:
    """The settings that an arm's result depends on: another share does not make real samples train anew."""
    idle: set[str] = set() if arm.samples else {"share", "order", "distrust"}
    if arm.is_forest:
        idle = set(NetworkSettings.model_fields) - set(Settings.model_fields)
    return {name: v for name, v in settings_record(settings).items() if name not in idle}


def update_best(run: RunFolder) -> dict[str, Any] | None:
    """Write ``best.json``: the network with the best validation macro-F1 of the rare classes, controls aside.

    Without rare classes the macro-F1 of all decides.
    """
    candidates = []
    for path in sorted(run.root.glob("split-*/models/*/seed-*/scores.json")):
        finished = (path.parent / RECORD).is_file() and (path.parent / "model.onnx").is_file()
        if not finished:
            continue
        scores = read_json(path)
        if parse_arm(scores["arm"]).is_control:
            continue
        validation = scores["validation"]
        score = validation["rare_macro_f1"]
        score = validation["macro_f1"] if score is None else score
        candidates.append((-1.0 if score is None else score, path.parent, scores["arm"]))
    if not candidates:
        (run.root / "best.json").unlink(missing_ok=True)
        return None
    score, folder, arm = max(candidates, key=lambda entry: entry[0])
    best = {
        "model": folder.relative_to(run.root).as_posix(),
        "arm": arm,
        "validation_rare_macro_f1": score,
    }
    write_json(run.root / "best.json", best)
    return best


def _words(arm: str) -> str:
    return "real samples only" if arm == NONE else arm
