"""What an arm trains on: real crops, synthetic samples, a loss, and the class shares this amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from overseed.arms import Arm, parse_terms
from overseed.config import TrainSettings
from overseed.devices import Device
from overseed.events import Reporter
from overseed.segmentation.calibration import Priors
from overseed.segmentation.losses import Loss, class_weights
from overseed.stages.context import Prepared
from overseed.stages.sample_review import BY_HAND, kept_samples, rejected_by_hand
from overseed.tiles.sampling import CropSampler, InTurn, Source, StoredSamples
from overseed.tiles.split import TRAIN
from overseed.unlabelled import UNLABELLED

#: Crops that the class shares of balanced crops are estimated from.
CROPS = 256


@dataclass(frozen=True)
class ArmData:
    """``real`` and ``synthetic`` crops, the loss, and the class shares in both and on the ground.

    ``weighing`` ``(classes,)`` is how much the loss makes of a class, beyond its share.
    """

    real: Source
    synthetic: Source | None
    loss: Loss
    in_real: NDArray[np.float64]
    in_synthetic: NDArray[np.float64]
    on_ground: NDArray[np.float64]
    weighing: NDArray[np.float64] | None

    def priors(self, share: float) -> Priors:
        """The class shares that the network sees, with a share of synthetic crops, and the real ones."""
        share = share if self.synthetic is not None else 0.0
        seen = (1 - share) * self.in_real + share * self.in_synthetic
        if self.weighing is not None:
            seen = seen * self.weighing
        if self.loss.shift is not None:
            # What the loss adds to the logits, the network need not learn.
            seen = seen / np.exp(self.loss.shift.double().numpy())
        return Priors(seen / max(seen.sum(), 1e-12), self.on_ground)


def inputs_of(prepared: Prepared, arm: Arm, settings: TrainSettings) -> dict[str, Any]:
    """Keys of the finished stages that the arm builds on.

    Raises
    ------
    InputError
        ``run.stage-missing`` with the command that makes what is missing.
    """
    run, seed = prepared.run, settings.seed
    inputs: dict[str, Any] = {"prepare": prepared.key}
    for method in arm.samples:
        name = "synthetic" if len(arm.samples) == 1 else f"synthetic-{method}"
        folder = run.synthetic(method, seed)
        inputs[name] = run.key_of(folder, f"synthesize --method {method}")
        rejected = rejected_by_hand(folder)
        if rejected:
            inputs[name + BY_HAND] = rejected
    if arm.samples and settings.distrust is not None:
        inputs["real-only"] = run.key_of(run.model("none", seed), "train --augment none")
    return inputs


def open_arm(
    prepared: Prepared, arm: Arm, settings: TrainSettings, device: Device, reporter: Reporter
) -> ArmData:
    """Open what the stages before have made for an arm."""
    classes = len(prepared.table)
    on_ground = prepared.side_shares(TRAIN)
    balance: Literal["natural", "balanced"] = "balanced" if arm.oversample else "natural"
    real = CropSampler(prepared.scenes, TRAIN, prepared.tile, balance)
    in_real = _shares_in(real, classes) if arm.oversample else on_ground
    synthetic, in_synthetic = _samples(prepared, arm, settings, device, reporter)
    terms = list(parse_terms(settings.loss))
    if arm.loss in ("weighted", "focal"):
        # In place of plain cross-entropy, else beside what there is.
        terms = [arm.loss if term == "ce" else term for term in terms]
        terms += [arm.loss] if arm.loss not in terms else []
    weights = None
    if "weighted" in terms:
        weights = class_weights(torch.from_numpy(in_real).float())
    shift = None
    if arm.loss == "logit-adjust":
        shift = torch.from_numpy(np.log(np.maximum(in_real, 1e-4))).float()
    return ArmData(
        real=real,
        synthetic=synthetic,
        loss=Loss(tuple(terms), weights, shift),
        in_real=in_real,
        in_synthetic=in_synthetic,
        on_ground=on_ground,
        weighing=None if weights is None else weights.double().numpy(),
    )


def _samples(
    prepared: Prepared, arm: Arm, settings: TrainSettings, device: Device, reporter: Reporter
) -> tuple[Source | None, NDArray[np.float64]]:
    """The arm's samples and their class shares."""
    classes = len(prepared.table)
    sources: list[Source] = []
    counts = np.zeros(classes)
    for method in arm.samples:
        folder = prepared.run.synthetic(method, settings.seed)
        images = np.load(folder / "images.npy", mmap_mode="r")
        labels = np.load(folder / "labels.npy")
        if settings.distrust is not None:
            from overseed.stages.distrust import implausible

            changed = np.load(folder / "changed.npy")
            doubted = implausible(
                prepared, settings, settings.distrust, images, labels, changed, device, reporter
            )
            share = doubted.sum() / max(1, (changed & (labels != UNLABELLED)).sum())
            reporter.log(
                f"{share:.1%} of the pixels that {method} made are ignored as implausible."
            )
            labels = np.where(doubted, np.uint8(UNLABELLED), labels)
        kept = kept_samples(folder, len(labels))
        if len(kept) < len(labels):
            reporter.log(f"{len(labels) - len(kept)} samples of {method} are rejected by hand.")
        sources.append(StoredSamples(images, labels, kept))
        own = np.bincount(labels[kept].ravel(), minlength=256)[:classes]
        counts += own / max(1, own.sum())
    if not sources:
        return None, counts
    return (sources[0] if len(sources) == 1 else InTurn(sources)), counts / len(sources)


def _shares_in(source: Source, classes: int) -> NDArray[np.float64]:
    """Class shares of the labelled pixels in crops of a source, estimated."""
    rng = np.random.default_rng(5)
    counts = np.zeros(classes)
    for _ in range(CROPS // 16):
        counts += np.bincount(source.draw(16, rng).labels.ravel(), minlength=256)[:classes]
    return counts / max(1.0, counts.sum())
