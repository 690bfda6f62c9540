"""`chips classify-chips`: one arm's classifier of chips, with its scores on chips that no step has seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.chip_scores import FEW_POSITIVES, Threshold, best_threshold, chip_scores
from overseed.chip_arms import NONE, ChipArm, parse_chip_arm
from overseed.chip_settings import ClassifyChipsSettings
from overseed.chips.chip_set import CHIP_SIDES, OTHER_REGION, ChipSet
from overseed.devices import choose_device
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.files import read_json, whole, write_json
from overseed.runs import RECORD, Leaf, RunFolder, fingerprint, open_leaf, settings_record
from overseed.segmentation.description import CHIPS, KIND
from overseed.stages.chips.chip_files import PreparedChips, open_chips
from overseed.stages.chips.chip_places import pixel_metres_of, recipe_of
from overseed.stages.chips.network_checks import refuse_one_class, refuse_size
from overseed.tiles.split import TEST, TRAIN, VALIDATION

FILES = ["model.onnx", "model.safetensors", "training.jsonl", "scores.json", "predictions.npz"]
#: Sides that are predicted, each apart.
SCORED = (VALIDATION, TEST, OTHER_REGION)


def classify(settings: ClassifyChipsSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/models/<arm>/seed-<n>`` and bring ``RUN/best.json`` up to date.

    Raises
    ------
    InputError
        ``chips.one-class``, ``chips.network-size``, ``run.stage-missing`` without the GAN's chips, or what
        :func:`~overseed.chips.networks.build_chip_network` refuses.
    """
    reporter = reporter or Reporter()
    arm = parse_chip_arm(settings.augment)
    words = "real chips only" if arm.name == NONE else arm.name
    reporter.stage("chips classify-chips", f"Train the classifier of chips ({words})")
    prepared = open_chips(settings.run)
    refuse_one_class(
        prepared.chips,
        "Prepare chips of another class too; --rest-as cuts some where nothing is marked.",
    )
    steps = settings.steps or EFFORTS[settings.effort].chip_steps
    folder = prepared.run.model(arm.name, settings.seed)
    record = _relevant(settings, arm) | {"steps": steps}
    with open_leaf(
        folder, "chips classify-chips", record, _inputs(prepared, arm, settings), settings.seed,
        settings.fresh,
    ) as leaf:  # fmt: skip
        if leaf is not None:
            _fill(prepared, settings, arm, steps, leaf, reporter)
    best = update_best_chips(prepared.run)
    scores = read_json(folder / "scores.json")
    reporter.artifact("model", "classifier", folder / "model.onnx")
    return {"model": str(folder), "scores": scores, "best": best, "text": _as_text(scores, folder)}


def _fill(
    prepared: PreparedChips,
    settings: ClassifyChipsSettings,
    arm: ChipArm,
    steps: int,
    leaf: Leaf,
    reporter: Reporter,
) -> None:
    import torch

    from overseed.chips.classifier_export import export_classifier
    from overseed.chips.classifier_training import ClassifierPlan, predict, train_classifier
    from overseed.chips.networks import build_chip_network
    from overseed.training.checkpoints import discard_checkpoint

    chips = prepared.chips
    device = choose_device(settings.device, settings.threads)
    network = build_chip_network(
        settings.network, chips.bands, len(chips.table),
        torch.Generator().manual_seed(settings.seed), settings.weights,
    )  # fmt: skip
    refuse_size(network, chips, settings.network)
    synthetic = _synthetic(prepared, arm, _gan_seed(settings))
    leaf.begin()
    plan = ClassifierPlan(
        steps=steps,
        seed=settings.seed,
        key=leaf.key,
        rare=tuple(chips.table.rare_indices),
        share=settings.share if synthetic else 0.0,
        weighted=arm.weighted,
        oversample=arm.oversample,
        flips=arm.flips,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
    )
    trained = train_classifier(
        network, chips, plan, device, leaf.folder, reporter.progress, reporter.metric, synthetic
    )
    numbers = np.flatnonzero(np.isin(chips.sides, SCORED))
    found = predict(trained.network, chips, numbers, device, reporter.check)
    thresholds = _thresholds(chips, numbers, found, reporter)
    scores = _scores(chips, numbers, found, thresholds)
    scores = {"arm": arm.name, "seed": settings.seed, "best_step": trained.best_step, **scores}
    with whole(leaf.folder / "predictions.npz") as partial:
        np.savez_compressed(partial, numbers=numbers, probabilities=found)
    write_json(leaf.folder / "scores.json", scores)
    leaf.figures = {**trained.figures, "share": plan.share, "best_step": trained.best_step}
    about = {
        "arm": arm.name,
        "seed": settings.seed,
        "synthetic": bool(arm.gans),
        "network": settings.network,
        "pixel_metres": pixel_metres_of(chips, TRAIN),
        "thresholds": {
            chips.table.names[index]: round(one.value, 6) for index, one in thresholds.items()
        },
        "training": {"steps": trained.best_step, **trained.figures},
    }
    export_classifier(trained.network, chips, recipe_of(prepared), about, leaf.folder)
    leaf.finish(FILES, reporter, device)
    discard_checkpoint(leaf.folder)


def scored_classes(chips: ChipSet) -> list[int]:
    """Classes with a threshold: the rare ones, or all of them where none is rare."""
    return chips.table.rare_indices or list(range(len(chips.table)))


def _thresholds(
    chips: ChipSet, numbers: NDArray[np.intp], found: NDArray[np.float32], reporter: Reporter
) -> dict[int, Threshold]:
    """Thresholds from the validation side alone; those that few chips tell are warned of."""
    own = chips.sides[numbers] == VALIDATION
    labels = chips.labels[numbers[own]]
    thresholds = {
        index: best_threshold(found[own, index], labels == index) for index in scored_classes(chips)
    }
    for index, one in thresholds.items():
        name = chips.table.names[index]
        if one.f1 is None:
            reporter.warning(
                "chips.no-validation",
                f"No validation chip is of '{name}', so its threshold stays at {one.value:g}. Prepare more "
                "chips of it, or a larger --val.",
            )
        elif one.positives < FEW_POSITIVES:
            reporter.warning(
                "chips.few-validation",
                f"Only {one.positives} validation {'chip is' if one.positives == 1 else 'chips are'} of "
                f"'{name}', so its threshold is uncertain.",
            )
    return thresholds


def _scores(
    chips: ChipSet,
    numbers: NDArray[np.intp],
    found: NDArray[np.float32],
    thresholds: dict[int, Threshold],
) -> dict[str, Any]:
    """Thresholds, and the scores of each side that has chips by the side's name."""
    names, rare = chips.table.names, chips.table.rare_indices
    scores: dict[str, Any] = {
        KIND: CHIPS,
        "thresholds": [
            {
                "name": names[index],
                "threshold": round(one.value, 6),
                "validation_chips": one.positives,
                "validation_f1": one.f1,
                "uncertain": one.positives < FEW_POSITIVES,
            }
            for index, one in thresholds.items()
        ],
    }
    for side in SCORED:
        own = chips.sides[numbers] == side
        scores[CHIP_SIDES[side].replace("-", "_")] = (
            chip_scores(found[own], chips.labels[numbers[own]], names, rare, thresholds)
            if own.any()
            else None
        )
    return scores


def _inputs(
    prepared: PreparedChips, arm: ChipArm, settings: ClassifyChipsSettings
) -> dict[str, Any]:
    """What the result depends on beside the settings."""
    inputs: dict[str, Any] = {"chips prepare": prepared.key}
    for gan in arm.gans:
        folder = prepared.run.synthetic(gan.name, _gan_seed(settings))
        command = f"chips sample {prepared.run.root} --gan {gan.gan} --condition {gan.condition}"
        if _gan_seed(settings):
            command += f" --seed {_gan_seed(settings)}"
        inputs[f"synthetic/{gan.name}"] = prepared.run.key_of(folder, command)
    if settings.weights not in ("imagenet", NONE):
        inputs["weights"] = fingerprint(Path(settings.weights))
    return inputs


def _relevant(settings: ClassifyChipsSettings, arm: ChipArm) -> dict[str, Any]:
    """The settings that an arm's result depends on."""
    idle: set[str] = {"gan_seed"} if arm.gans else {"gan_seed", "share"}
    return {name: v for name, v in settings_record(settings).items() if name not in idle}


def _gan_seed(settings: ClassifyChipsSettings) -> int:
    return settings.seed if settings.gan_seed is None else settings.gan_seed


def _synthetic(prepared: PreparedChips, arm: ChipArm, seed: int) -> list[Any]:
    """The chips of an arm's GANs."""
    from overseed.chips.classifier_training import SyntheticChips

    folders = [prepared.run.synthetic(gan.name, seed) for gan in arm.gans]
    return [
        SyntheticChips(
            np.load(folder / "images.npy", mmap_mode="r"), np.load(folder / "labels.npy")
        )
        for folder in folders
    ]


def update_best_chips(run: RunFolder) -> dict[str, Any] | None:
    """Write ``best.json``: the classifier with the best validation mean average precision of the rare classes.

    Of all classes where the validation side holds no rare chip or none is rare.
    """
    candidates = []
    for path in sorted(run.split_folder.glob("models/*/seed-*/scores.json")):
        if not (path.parent / RECORD).is_file():
            continue
        scores = read_json(path)
        validation = scores["validation"] or {}
        score = validation.get("rare_macro_average_precision")
        score = validation.get("macro_average_precision") if score is None else score
        candidates.append((-1.0 if score is None else score, path.parent, scores["arm"]))
    if not candidates:
        return None
    score, folder, arm = max(candidates, key=lambda entry: entry[0])
    best = {
        KIND: CHIPS,
        "model": folder.relative_to(run.root).as_posix(),
        "arm": arm,
        "validation_average_precision": None if score < 0 else score,
    }
    write_json(run.root / "best.json", best)
    return best


def _as_text(scores: dict[str, Any], folder: Path) -> str:
    lines = [f"Classifier: {folder} (arm {scores['arm']}, seed {scores['seed']})"]
    for key, title in (("test", "Test chips"), ("other_region", "Other region")):
        side = scores[key]
        if side is None:
            continue
        lines += [f"{title}: {side['chips']}"]
        width = max(len(c["name"]) for c in side["classes"])
        lines += [f"  {'':{width}}  chips  precision  recall     F1  average precision"]
        for c in side["classes"]:
            values = [_figure(c[s]) for s in ("precision", "recall", "f1", "average_precision")]
            lines += [
                f"  {c['name']:{width}}  {c['chips']:5}  {values[0]:>9}  {values[1]:>6}  {values[2]:>5}  "
                f"{values[3]:>17}"
            ]
        for one in side["at_threshold"]:
            lines += [
                f"  '{one['name']}' from a probability of {one['threshold']:.3f} on: precision "
                f"{_figure(one['precision'])}, recall {_figure(one['recall'])}, F1 {_figure(one['f1'])}"
            ]
        lines += [f"  accuracy {_figure(side['accuracy'])}"]
    for one in scores["thresholds"]:
        if one["uncertain"]:
            lines += [
                f"The threshold of '{one['name']}' comes from {one['validation_chips']} validation chips and "
                "is uncertain."
            ]
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
