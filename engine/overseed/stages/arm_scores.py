"""What an arm's model says of the validation and test blocks, and the scores this gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.confusion import class_scores, confusion_matrix, macro, summary
from overseed.devices import Device
from overseed.events import Reporter
from overseed.files import whole, write_json
from overseed.runs import Leaf
from overseed.segmentation.calibration import Calibration
from overseed.stages.context import Prepared
from overseed.tiles.split import TEST


@dataclass(frozen=True)
class Predicted:
    """Pixels of one side: block number, logits or one-hot votes ``(n, classes)``, labels."""

    block: NDArray[np.intp]
    logits: NDArray[np.float32]
    labels: NDArray[np.uint8]


def write_scores(
    prepared: Prepared,
    leaf: Leaf,
    arm: str,
    calibration: Calibration,
    validation: Predicted,
    test: Predicted,
    best_step: int | None,
) -> dict[str, Any]:
    """Write ``scores.json`` and ``blocks.npz``; what the former holds is returned."""
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
        "areas": _areas(calibration, {"validation": validation, "test": test}, classes),
    }
    with whole(leaf.folder / "blocks.npz") as partial:
        np.savez_compressed(partial, confusion=matrices)
    write_json(leaf.folder / "scores.json", scores)
    return scores


def _areas(
    calibration: Calibration, sides: dict[str, Predicted], classes: int
) -> dict[str, dict[str, list[int]]]:
    """Pixels of each class by side: in the reference, and on the map with each correction that was tried."""

    def pixels(of: Callable[[Predicted], NDArray[np.integer]]) -> dict[str, list[int]]:
        return {n: np.bincount(of(p), minlength=classes).tolist() for n, p in sides.items()}

    tried = calibration.tried or {calibration.correction: calibration.bias}
    found = {"reference": pixels(lambda side: side.labels)}
    for name, bias in tried.items():
        shift = np.array(bias, np.float32)
        found[name] = pixels(lambda side, shift=shift: (side.logits + shift).argmax(axis=1))  # type: ignore[misc]
    return found


def predict_side(
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
    return joined(blocks, logits, labels, len(prepared.table))


def joined(blocks: list[Any], logits: list[Any], labels: list[Any], classes: int) -> Predicted:
    if not blocks:
        empty = np.zeros((0, classes), np.float32)
        return Predicted(np.zeros(0, np.intp), empty, np.zeros(0, np.uint8))
    return Predicted(np.concatenate(blocks), np.concatenate(logits), np.concatenate(labels))


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
