"""The training loop: real crops, synthetic ones on top, the best weights on validation ground.

AdamW (Loshchilov & Hutter 2019); the weights that count are an exponential moving average. Every arm takes
the same number of steps with the same number of real crops, and chooses among its own states by the same
rule: the macro-F1 of the rare classes on the validation side, priors corrected
(:mod:`overseed.segmentation.calibration`).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.segmentation.calibration import Priors, correct
from overseed.segmentation.inference import predict_blocks
from overseed.segmentation.losses import Loss
from overseed.segmentation.schedules import SCHEDULES, Plateau
from overseed.tiles.grid import Window
from overseed.tiles.sampling import Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene
from overseed.training.checkpoints import (
    CheckpointWriter,
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
)
from overseed.training.ema import WeightAverage
from overseed.training.feeding import prefetched
from overseed.training.team import Alone, Team
from overseed.unlabelled import UNLABELLED

#: Small, since on few cores many small steps learn more in the same time than few large ones.
BATCH = 6
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT = 5.0
VALIDATIONS = 10
#: Numbers that a validation holds in memory at most; of more pixels every n-th is looked at.
MOST_LOGITS = 2**25
#: Share of the steps that get all synthetic crops when these come first.
FIRST = 0.8


@dataclass(frozen=True)
class TrainingPlan:
    """What a training needs to know beside its data.

    Each step takes ``batch`` real crops per process and synthetic ones on top, which make up ``share`` of the
    whole; with ``synthetic_first`` as many come in all, but none in the last fifth. ``patience`` validations
    without gain end the training, 0 never. ``frozen_norm`` keeps the statistics of batch normalisation.
    """

    steps: int
    seed: int
    key: str
    loss: Loss
    priors: Priors
    rare: tuple[int, ...] = ()
    share: float = 0.0
    synthetic_first: bool = False
    schedule: str = "cosine"
    learning_rate: float = LEARNING_RATE
    batch: int = BATCH
    patience: int = 0
    frozen_norm: bool = False


@dataclass
class Trained:
    """The chosen weights and the last ones; ``figures`` go into the record."""

    network: nn.Module
    last: nn.Module
    best_step: int
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Progress:
    """What a checkpoint keeps beside the tensors; ``made`` synthetic crops were seen, ``since`` validations
    brought no gain, and ``rate`` is the plateau's share of the learning rate."""

    best_score: float = -1.0
    best_step: int = 0
    validated: int = 0
    loss: float = 0.0
    made: int = 0
    since: int = 0
    rate: float = 1.0


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
    team: Team | None = None,
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
        checkpoint stays: the caller discards it once the result is in place. Shared by a team, of which the
        first process writes.
    """
    team = team or Alone()
    plan = replace(plan, loss=replace(plan.loss, total=team.total))
    torch_device = device.torch_device()
    network = network.to(torch_device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = WeightAverage(network)
    best = copy.deepcopy(average.network)
    optimizer: torch.optim.Optimizer = torch.optim.AdamW(
        network.parameters(), plan.learning_rate, weight_decay=WEIGHT_DECAY, fused=True
    )
    modules = {"network": network, "average": average.network, "best": best}
    optimizers = {"adamw": optimizer}
    start, state = load_checkpoint(folder, modules, optimizers, plan.key)
    progress = _Progress(**{k: v for k, v in state.items() if k != "key"})
    log = folder / "training.jsonl"
    if team.rank == 0:
        continue_jsonl(log, start)
    shared, stepper = team.shared(network, optimizer)
    every = max(1, plan.steps // VALIDATIONS)
    has_validation = any((scenes[n].labels[w.slices] != UNLABELLED).any() for n, w in validation)
    loss: torch.Tensor | None = None

    writer = CheckpointWriter(folder, modules, optimizers)

    def keep(step: int, write: Callable[[int, Mapping[str, Any]], None]) -> None:
        if loss is not None:
            progress.loss = round(loss.item(), 5)
        if team.rank == 0:
            write(step, {"key": plan.key, **vars(progress)})

    def validate(step: int) -> None:
        score, name = math.nan, "val_rare_macro_f1" if plan.rare else "val_macro_f1"
        if has_validation:
            score = validation_score(
                average.network, scenes, validation, classes, stats, plan, device,
                partial(tick, step, plan.steps), team,
            )  # fmt: skip
            metric(name, score, step)
        if loss is not None:
            progress.loss = round(loss.item(), 5)
        row = {"step": step, "losses": {"train": progress.loss}}
        known = {} if math.isnan(score) else {name: round(score, 5)}
        if team.rank == 0:
            append_jsonl(log, row | known)
        progress.since += 1
        if not score <= progress.best_score:
            # Also without validation ground: then the last weights are the chosen ones.
            progress.best_score = -1.0 if math.isnan(score) else score
            progress.best_step, progress.since = step, 0
            best.load_state_dict(average.network.state_dict())
        progress.rate = Plateau.rate(progress.rate, progress.since)
        progress.validated = step
        ends = step == plan.steps or (plan.patience and progress.since >= plan.patience)
        keep(step, writer.write if ends else writer.write_if_due)

    step, waited, begun = start, 0.0, time.perf_counter()
    try:
        with closing(
            prefetched(
                lambda n: _make_batch(real, synthetic, plan, stats, team, n), start, plan.steps
            )
        ) as batches:
            # A step's end is looked at before the next begins: a cancel in between then repeats nothing.
            while True:
                due = step == plan.steps or (step > 0 and step % every == 0)
                if due and progress.validated < step:
                    _as_one(team, partial(validate, step))
                _as_one(team, partial(tick, step, plan.steps))
                if step == plan.steps or (plan.patience and progress.since >= plan.patience):
                    break
                asked = time.perf_counter()
                _, (image, labels, made) = next(batches)
                waited += time.perf_counter() - asked
                rate = progress.rate if plan.schedule == "plateau" else 1.0
                for group in optimizer.param_groups:
                    group["lr"] = (
                        plan.learning_rate * rate * SCHEDULES[plan.schedule](step, plan.steps)
                    )
                loss = _step(shared, network, stepper, image, labels, plan, device, team)
                step += 1
                progress.made += made
                average.update(network, step)
            if step < plan.steps:
                tick(plan.steps, plan.steps)
    except Cancelled:
        keep(step, writer.write)
        raise
    spent = max(time.perf_counter() - begun, 1e-9)
    figures = {
        "validation_score": progress.best_score,
        "stopped_at": step,
        "real_crops": step * plan.batch * team.size,
        "synthetic_crops": progress.made,
        "processes": team.size,
        "waiting_share": round(waited / spent, 4),
    }
    return Trained(best.eval(), average.network.eval(), progress.best_step, figures)


def validation_score(
    network: nn.Module,
    scenes: Sequence[StoredScene],
    windows: Sequence[tuple[int, Window]],
    classes: int,
    stats: BandStats,
    plan: TrainingPlan,
    device: Device,
    check: Callable[[], None],
    team: Team | None = None,
) -> float:
    """Macro-F1 of the rare classes (of all, when none is rare) on the validation side; 0 when it has none.

    Class shares are corrected as they will be in the end.
    """
    team = team or Alone()
    own = windows[team.rank :: team.size]
    pixels = sum(int((scenes[n].labels[w.slices] != UNLABELLED).sum()) for n, w in own)
    # The same in all processes, so that each one's pixels count alike.
    pixels = int(team.total(torch.tensor(float(pixels))))
    every = max(1, -(-pixels * classes // MOST_LOGITS))
    logits, labels = [np.empty((0, classes), np.float32)], [np.empty(0, np.uint8)]
    for _, part, known in predict_blocks(network, scenes, own, 1, stats, device, check):
        # Copies, since a view would keep the whole part.
        logits.append(part[::every].copy())
        labels.append(known[::every].copy())

    def total(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = team.total(torch.from_numpy(sums)).cpu().numpy()
        return found

    return correct(
        np.concatenate(logits), np.concatenate(labels), plan.priors, plan.rare, total, check
    )[2]


def jitter(
    images: NDArray[np.float32], rng: np.random.Generator, count: int, keep: slice
) -> NDArray[np.float32]:
    """Small random gain and offset per sample, the same in all bands: haze and illumination vary so.

    Drawn for all ``count`` samples of a batch, of which ``images`` are those that ``keep`` chooses.
    """
    shape = (count, 1, 1, 1)
    gain = rng.uniform(0.9, 1.1, shape).astype(np.float32)[keep]
    offset = rng.uniform(-0.1, 0.1, shape).astype(np.float32)[keep]
    return images * gain + offset * (images != 0)


def _as_one(team: Team, act: Callable[[], None]) -> None:
    """Do what may be cancelled; when one process is, all are, at the same step."""
    cancelled: Cancelled | None = None
    try:
        act()
    except Cancelled as error:
        cancelled = error
    if team.any(cancelled is not None):
        raise cancelled or Cancelled


def _step(
    shared: nn.Module,
    network: nn.Module,
    stepper: torch.optim.Optimizer,
    image: torch.Tensor,
    labels: torch.Tensor,
    plan: TrainingPlan,
    device: Device,
    team: Team,
) -> torch.Tensor:
    """One step of the optimizer; the loss stays on the device."""
    place = device.torch_device()
    shared.train()
    if plan.frozen_norm:
        for layer in network.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()
    with device.autocast():
        logits = shared(image.to(place, non_blocking=True, memory_format=torch.channels_last))
    loss = plan.loss(logits.float(), labels.to(place, non_blocking=True))
    stepper.zero_grad(set_to_none=True)
    team.backward(loss)
    nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
    stepper.step()
    return loss.detach()


def _make_batch(
    real: Source,
    synthetic: Source | None,
    plan: TrainingPlan,
    stats: BandStats,
    team: Team,
    step: int,
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """This process's part of a step's batch, ready for the network, and how many synthetic crops all got."""
    # The real crops and their changes come first, so that every arm of a seed sees the same ones.
    rng, keep = rng_for(plan.seed, step), slice(team.rank, None, team.size)
    real_count, made = plan.batch * team.size, 0
    if synthetic is not None:
        made = _made_until(plan, real_count, step + 1) - _made_until(plan, real_count, step)
    images, labels = [], []
    for source, count in ((real, real_count), (synthetic, made)):
        if source is not None and count:
            batch = source.draw(count, rng, keep)
            images.append(jitter(stats.scale(batch.images, batch.visible), rng, count, keep))
            labels.append(batch.labels)
    image = torch.from_numpy(np.concatenate(images))
    label = torch.from_numpy(np.concatenate(labels).astype(np.int64))
    if torch.cuda.is_available():
        image, label = image.pin_memory(), label.pin_memory()
    return image, label, made


def _made_until(plan: TrainingPlan, count: int, step: int) -> int:
    """Synthetic crops up to a step: their share is met over the steps, also when it is no whole number."""
    extra = count * plan.share / (1 - plan.share)
    if plan.synthetic_first:
        return int(min(step, FIRST * plan.steps) * extra / FIRST)
    return int(step * extra)
