"""The training loop of the U-Net: real crops, a share of synthetic ones, the best weights on validation ground.

AdamW (Loshchilov & Hutter 2019) with a linear warm-up and a cosine to zero; the weights that count are an
exponential moving average. Every arm runs the same number of steps and chooses among its own checkpoints by
the same rule, the macro-F1 on the validation side.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.assessment.confusion import class_scores, macro
from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.segmentation.inference import predict_blocks
from overseed.segmentation.losses import make_loss
from overseed.tiles.grid import Window
from overseed.tiles.sampling import Batch, Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene
from overseed.training.checkpoints import (
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
    save_checkpoint,
)
from overseed.training.ema import WeightAverage

#: Small, since on few cores many small steps learn more in the same time than few large ones.
BATCH = 6
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.02
WARM_UP = 0.1
VALIDATIONS = 10


@dataclass(frozen=True)
class TrainingPlan:
    """What a training needs to know. ``share`` of each batch comes from ``synthetic``, if there is one."""

    steps: int
    seed: int
    loss: str
    share: float
    key: str


@dataclass
class Trained:
    """The chosen weights with their validation scores and logits; ``figures`` go into the record."""

    network: nn.Module
    best_step: int
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Progress:
    """What a checkpoint keeps beside the tensors."""

    best_score: float = -1.0
    best_step: int = 0
    validated: int = 0
    loss: float = 0.0


def fit(
    network: nn.Module,
    real: Source,
    synthetic: Source | None,
    scenes: Sequence[StoredScene],
    validation: Sequence[tuple[int, Window]],
    classes: int,
    stats: BandStats,
    plan: TrainingPlan,
    device: Device,
    folder: Path,
    tick: Callable[[int, int], None],
    metric: Callable[[str, float, int], None],
) -> Trained:
    """Train; on ``Cancelled`` write a checkpoint into ``folder`` and let it pass.

    Parameters
    ----------
    network:
        On the CPU; it is moved to the device and trained in place.
    validation:
        Blocks of the validation side as (scene, window).
    folder:
        Takes ``training.jsonl`` and checkpoints, which an equal ``plan.key`` continues from. The last
        checkpoint stays: the caller discards it once the result is in place.
    """
    torch_device = device.torch_device()
    network = network.to(torch_device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = WeightAverage(network)
    best = copy.deepcopy(average.network)
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    modules = {"network": network, "average": average.network, "best": best}
    optimizers = {"adamw": optimizer}
    start, state = load_checkpoint(folder, modules, optimizers, plan.key)
    progress = _Progress(**{k: v for k, v in state.items() if k != "key"})
    log = folder / "training.jsonl"
    continue_jsonl(log, start)
    loss_of = make_loss(plan.loss)
    every = max(1, plan.steps // VALIDATIONS)
    has_validation = any((scenes[n].labels[w.slices] != 255).any() for n, w in validation)

    def keep(step: int) -> None:
        save_checkpoint(folder, step, modules, optimizers, {"key": plan.key, **vars(progress)})

    step = start
    try:
        # A step's end is looked at before the next begins: a cancel in between then repeats nothing.
        for step in range(start, plan.steps + 1):
            due = step == plan.steps or (step > 0 and step % every == 0)
            if due and progress.validated < step:
                score = math.nan
                if has_validation:
                    score = validation_score(
                        average.network, scenes, validation, classes, stats, device,
                        partial(tick, step, plan.steps),
                    )  # fmt: skip
                    metric("val_macro_f1", score, step)
                row = {"step": step, "losses": {"train": progress.loss}}
                known = {} if math.isnan(score) else {"val_macro_f1": round(score, 5)}
                append_jsonl(log, row | known)
                if not score <= progress.best_score:
                    # Also without validation ground: then the last weights are the chosen ones.
                    progress.best_score = -1.0 if math.isnan(score) else score
                    progress.best_step = step
                    best.load_state_dict(average.network.state_dict())
                progress.validated = step
                keep(step)
            tick(step, plan.steps)
            if step == plan.steps:
                break
            rng = rng_for(plan.seed, step)
            batch = _draw(real, synthetic, plan.share, step, rng)
            image = torch.from_numpy(jitter(stats.scale(batch.images, batch.visible), rng))
            image = image.to(torch_device, memory_format=torch.channels_last)
            labels = torch.from_numpy(batch.labels.astype(np.int64)).to(torch_device)
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * schedule(step, plan.steps)
            network.train()
            with device.autocast():
                logits = network(image)
            loss = loss_of(logits.float(), labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            average.update(network, step + 1)
            progress.loss = round(loss.item(), 5)
    except Cancelled:
        keep(step)
        raise
    return Trained(best.eval(), progress.best_step, {"validation_macro_f1": progress.best_score})


def jitter(images: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Small random gain and offset per sample, the same in all bands: haze and illumination vary so."""
    shape = (len(images), 1, 1, 1)
    gain = rng.uniform(0.9, 1.1, shape).astype(np.float32)
    offset = rng.uniform(-0.1, 0.1, shape).astype(np.float32)
    return images * gain + offset * (images != 0)


def schedule(step: int, steps: int) -> float:
    """Share of the full learning rate: linear warm-up, then a cosine to zero."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def validation_score(
    network: nn.Module,
    scenes: Sequence[StoredScene],
    windows: Sequence[tuple[int, Window]],
    classes: int,
    stats: BandStats,
    device: Device,
    check: Callable[[], None],
) -> float:
    """Macro-F1 over all labelled pixels of the validation side; 0 when it has none."""
    matrix = np.zeros((classes, classes), np.int64)
    for _, logits, labels in predict_blocks(network, scenes, windows, 1, stats, device, check):
        np.add.at(matrix, (labels, logits.argmax(axis=1)), 1)
    score = float(macro(class_scores(matrix)["f1"]))
    return 0.0 if math.isnan(score) else score


def _draw(
    real: Source, synthetic: Source | None, share: float, step: int, rng: np.random.Generator
) -> Batch:
    """A batch in which the synthetic share is met over the steps, also when it is no whole number."""
    if synthetic is None:
        return real.draw(BATCH, rng)
    made = int((step + 1) * BATCH * share) - int(step * BATCH * share)
    parts = [real.draw(BATCH - made, rng)] + ([synthetic.draw(made, rng)] if made else [])
    return Batch(
        np.concatenate([p.images for p in parts]),
        np.concatenate([p.labels for p in parts]),
        np.concatenate([p.visible for p in parts]),
    )
