"""`quantize`: an 8-bit version of a model for processors, if it maps the rare classes as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, whole
from overseed.map_settings import QuantizeSettings
from overseed.mapping.onnx_model import OnnxModel, load_model
from overseed.mapping.opening import INT8_FILE
from overseed.stages.classify import find_model
from overseed.stages.context import Prepared, open_prepared
from overseed.tiles.blocks import labelled_cells
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.split import TRAIN, VALIDATION

#: Points of IoU that the rare classes may lose.
MOST_LOST = 0.01
#: Batches of training crops that ranges are found on, half of them with all classes alike, and crops in each.
BATCHES, BATCH = 12, 4


def quantize(settings: QuantizeSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Write ``model.int8.onnx`` beside a model of a run.

    Ranges of activations are found on crops of the training side. On the blocks of the validation side both
    versions are held against each other.

    Returns
    -------
    ``model``, the file; ``classes``: by name the IoU in float32 and in int8 on validation blocks; ``equal``,
    the share of their pixels that both map alike.

    Raises
    ------
    InputError
        ``quantize.no-run`` when the model lies in no run folder, ``quantize.worse`` when the mean IoU of the
        rare classes (of all, when none of these lies there) falls by more than a point, or whatever refuses
        the model.
    """
    reporter = reporter or Reporter()
    path = find_model(settings.model)
    prepared = _run_of(path)
    target = path.with_name(INT8_FILE)
    check_target(target)
    model = load_model(path, settings.threads, "cpu")
    reporter.stage("quantize", "Find the ranges of activations")
    with whole(target) as partial:
        from overseed.mapping.int8 import quantize_model

        quantize_model(path, partial, _images(prepared, settings.seed, reporter))
        small = load_model(partial, settings.threads, "cpu")
        reporter.stage("quantize", "Hold both versions against each other")
        labels, mapped = _mapped(prepared, (model, small), reporter)
        scores = [
            class_scores(confusion_matrix(labels, codes, len(prepared.table)))["iou"]
            for codes in mapped
        ]
        before, after = (macro(iou, prepared.table.rare_indices) for iou in scores)
        if np.isnan(before):
            # None is rare, or validation ground has none of them.
            before, after = (macro(iou) for iou in scores)
        if np.isnan(before):
            reporter.warning(
                "quantize.unchecked",
                "Validation ground has no labels, so nobody knows whether the int8 model maps as well.",
            )
        if before - after > MOST_LOST:
            raise InputError(
                "quantize.worse",
                f"In int8 the mean IoU of the rare classes on validation blocks falls from {before:.3f} to "
                f"{after:.3f}, so no int8 model was written.",
                "Map with the float32 model, or train with another --encoder, such as resnet34.",
            )
    equal = float((mapped[0] == mapped[1]).mean()) if len(labels) else 1.0
    classes = {
        name: {"float32": _number(scores[0][i]), "int8": _number(scores[1][i])}
        for i, name in enumerate(prepared.table.names)
    }
    return {
        "model": str(target),
        "classes": classes,
        "equal": round(equal, 5),
        "text": _as_text(target, classes, equal),
    }


def _run_of(path: Path) -> Prepared:
    """The run that a model was trained in, with the model's fold."""
    folders = path.resolve().parents
    if len(folders) > 4 and folders[3].name.startswith("split-"):
        fold = folders[3].name.removeprefix("split-")
        if fold.isdigit() and (folders[4] / "classes.csv").is_file():
            return open_prepared(folders[4], int(fold))
    raise InputError(
        "quantize.no-run",
        f"{path} does not lie in a run folder, and ranges are found on its training ground.",
        "Give a run folder, or a model.onnx in the folder where 'overseed train' put it.",
    )


def _images(prepared: Prepared, seed: int, reporter: Reporter) -> Iterator[NDArray[np.float32]]:
    """Batches of training crops in native units."""
    samplers = [
        CropSampler(prepared.scenes, TRAIN, prepared.tile, balance)
        for balance in ("natural", "balanced")
    ]
    for number in range(BATCHES):
        reporter.progress(number, BATCHES, "batch")
        batch = samplers[number % 2].draw(BATCH, rng_for(seed, number))
        yield prepared.stats.fill(batch.images, batch.visible[:, None]).astype(np.float32)


def _mapped(
    prepared: Prepared, models: tuple[OnnxModel, OnnxModel], reporter: Reporter
) -> tuple[NDArray[np.uint8], list[NDArray[np.uint8]]]:
    """Labels of the validation pixels, and what each model maps there."""
    labels = [np.empty(0, np.uint8)]
    mapped = [[np.empty(0, np.uint8)] for _ in models]
    for cell in labelled_cells(
        prepared.scenes, prepared.blocks[VALIDATION], VALIDATION, reporter.check
    ):
        image = prepared.stats.fill(cell.crop.image, cell.crop.visible).astype(np.float32)[None]
        labels.append(cell.labels)
        for model, found in zip(models, mapped, strict=True):
            codes = cell.core(model.predict(image)[0]).argmax(axis=0)
            found.append(codes.astype(np.uint8))
    return np.concatenate(labels), [np.concatenate(found) for found in mapped]


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _as_text(target: Path, classes: dict[str, dict[str, float | None]], equal: float) -> str:
    width = max(map(len, classes))
    lines = [
        f"Model: {target}; {equal:.2%} of the validation pixels are mapped alike. IoU in float32 and int8:"
    ]
    for name, scores in classes.items():
        one, two = ("    –" if v is None else f"{v:5.3f}" for v in scores.values())
        lines.append(f"  {name:{width}}  {one}  {two}")
    return "\n".join(lines)
