"""How a classifier of chips learns: real chips, synthetic ones on top, the best weights on validation chips.

AdamW (Loshchilov & Hutter 2019) with a warm-up and half a cosine; the weights that count are an exponential
moving average. Every arm takes the same number of steps with the same number of real chips, and chooses among
its own states by the same rule: the mean average precision of the rare classes on the validation side. A
threshold is chosen only afterwards, so a state must put rare chips first and need not give them more than half
of the probability; and with few rare chips F1 moves in large steps, average precision in small ones.
"""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.assessment.confusion import macro
from overseed.assessment.ranking import class_average_precisions
from overseed.chips.chip_set import ChipSet
from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.segmentation.losses import class_weights, cross_entropy
from overseed.segmentation.schedules import cosine
from overseed.tiles.sampling import rng_for
from overseed.tiles.split import TRAIN, VALIDATION
from overseed.training.checkpoints import (
    CheckpointWriter,
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
)
from overseed.training.divergence import (
    refuse_broken_loss,
    refuse_broken_weights,
    smaller_rate,
)
from overseed.training.ema import WeightAverage
from overseed.training.feeding import prefetched

BATCH = 32
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT = 5.0
VALIDATIONS = 10
#: Chips that are predicted at once.
AT_ONCE = 64


@dataclass(frozen=True)
class ClassifierPlan:
    """What a training needs to know beside its chips.

    Each step takes ``batch`` real chips and synthetic ones on top, which make up ``share`` of the whole.
    ``weighted`` weighs the loss by how seldom the network sees a class, ``oversample`` draws real chips of all
    classes alike, ``flips`` turns and mirrors every drawn chip at random (the eight symmetries of the square).
    """

    steps: int
    seed: int
    key: str
    rare: tuple[int, ...] = ()
    share: float = 0.0
    weighted: bool = False
    oversample: bool = False
    flips: bool = False
    batch: int = BATCH
    learning_rate: float = LEARNING_RATE


@dataclass(frozen=True)
class SyntheticChips:
    """Chips that a GAN has made: ``images`` ``(m, bands, size, size)`` native, ``labels`` ``(m,)`` indices."""

    images: NDArray[Any]
    labels: NDArray[np.int64]


@dataclass
class TrainedClassifier:
    """The chosen weights; ``figures`` go into the record."""

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
    made: int = 0


def train_classifier(
    network: nn.Module,
    chips: ChipSet,
    plan: ClassifierPlan,
    device: Device,
    folder: Path,
    tick: Callable[[int, int], None],
    metric: Callable[[str, float, int], None],
    synthetic: Sequence[SyntheticChips] = (),
) -> TrainedClassifier:
    """Train on the chips of the training side; on ``Cancelled`` write a checkpoint and let it pass.

    A continued training is bit for bit the unbroken one on a CPU. Of states with equal validation scores the
    latest is taken; without chips on the validation side it is the last.

    Parameters
    ----------
    network:
        A :class:`~overseed.chips.networks.ChipNetwork` on the CPU; it is moved to the device and trained in
        place.
    folder:
        Takes ``training.jsonl`` and checkpoints, which an equal ``plan.key`` continues from. The last
        checkpoint stays: the caller discards it once the result is in place.
    tick:
        Called with steps done and steps in all; raises ``Cancelled`` to stop.
    metric:
        Called with name, value and step after each validation.
    synthetic:
        Drawn from as if they were one set; without any, ``plan.share`` has no effect.

    Raises
    ------
    InputError
        ``training.diverged`` when loss or weights are no numbers any more.
    """
    place = device.torch_device()
    network = network.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = WeightAverage(network)
    best = copy.deepcopy(average.network)
    optimizer = torch.optim.AdamW(
        network.parameters(), plan.learning_rate, weight_decay=WEIGHT_DECAY, fused=True
    )
    modules = {"network": network, "average": average.network, "best": best}
    optimizers: dict[str, torch.optim.Optimizer] = {"adamw": optimizer}
    start, state = load_checkpoint(folder, modules, optimizers, plan.key)
    progress = _Progress(**{k: v for k, v in state.items() if k != "key"})
    log = folder / "training.jsonl"
    continue_jsonl(log, start)
    writer = CheckpointWriter(folder, modules, optimizers)
    draws = _Draws(chips, synthetic, plan)
    weights = draws.weights().to(place) if plan.weighted else None
    validation = chips.of_side(VALIDATION)
    every = max(1, plan.steps // VALIDATIONS)

    def validate(step: int) -> None:
        refuse_broken_weights(average.network, step, smaller_rate(plan.learning_rate))
        name, score = validation_score(average.network, chips, validation, plan, device, tick, step)
        row: dict[str, Any] = {"step": step, "losses": {"train": progress.loss}}
        if not math.isnan(score):
            metric(name, score, step)
            row[name] = round(score, 5)
        append_jsonl(log, row)
        if not score < progress.best_score:
            progress.best_score = -1.0 if math.isnan(score) else score
            progress.best_step = step
            best.load_state_dict(average.network.state_dict())
        progress.validated = step
        write = writer.write if step == plan.steps else writer.write_if_due
        write(step, {"key": plan.key, **vars(progress)})

    step = start
    devices = [place] if place.type == "cuda" else []
    try:
        with (
            closing(prefetched(draws.batch, start, plan.steps)) as batches,
            torch.random.fork_rng(devices=devices),
        ):
            # A step's end is looked at before the next begins: a cancel in between then repeats nothing.
            while True:
                due = step == plan.steps or step % every == 0
                if due and progress.validated < step:
                    validate(step)
                tick(step, plan.steps)
                if step == plan.steps:
                    break
                _, (images, labels, made) = next(batches)
                for group in optimizer.param_groups:
                    group["lr"] = plan.learning_rate * cosine(step, plan.steps)
                # Some of timm's networks have layers that draw.
                torch.manual_seed(plan.seed * 1_000_003 + step)
                network.train()
                with device.autocast():
                    logits = network(images.to(place, memory_format=torch.channels_last))
                loss = cross_entropy(logits.float(), labels.to(place), weights=weights)
                progress.loss = round(loss.item(), 5)
                refuse_broken_loss({"train": progress.loss}, step, smaller_rate(plan.learning_rate))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
                optimizer.step()
                step += 1
                progress.made += made
                average.update(network, step)
    except Cancelled:
        writer.write(step, {"key": plan.key, **vars(progress)})
        raise
    figures = {
        "validation_score": round(progress.best_score, 6) if progress.best_score >= 0 else None,
        "real_chips": plan.steps * plan.batch,
        "synthetic_chips": progress.made,
    }
    return TrainedClassifier(best.eval(), progress.best_step, figures)


def validation_score(
    network: nn.Module,
    chips: ChipSet,
    validation: NDArray[np.intp],
    plan: ClassifierPlan,
    device: Device,
    tick: Callable[[int, int], None],
    step: int,
) -> tuple[str, float]:
    """Mean average precision of the rare classes on the validation side, and what it is called.

    Of all classes where none is rare or the side holds no rare chip; NaN where it holds none at all.
    """
    if not len(validation):
        return "val_mean_ap", math.nan
    found = predict(network, chips, validation, device, lambda: tick(step, plan.steps), mixed=True)
    precisions = class_average_precisions(found, chips.labels[validation])
    rare = float(macro(precisions, plan.rare)) if plan.rare else math.nan
    if not math.isnan(rare):
        return "val_rare_ap", rare
    return "val_mean_ap", float(macro(precisions))


def predict(
    network: nn.Module,
    chips: ChipSet,
    numbers: NDArray[np.intp],
    device: Device,
    check: Callable[[], None] = lambda: None,
    mixed: bool = False,
) -> NDArray[np.float32]:
    """Probabilities ``(len(numbers), classes)`` of some chips; the network is on the device, in eval mode.

    ``check`` is called between batches and may raise ``Cancelled``. With ``mixed`` precision, where the device
    has it, a probability can be off by some hundredths: good enough to choose among states, not for scores and
    thresholds, which belong to the exported float32 model.
    """
    place, parts = device.torch_device(), []
    precision = device.autocast if mixed else contextlib.nullcontext
    for first in range(0, len(numbers), AT_ONCE):
        check()
        images = torch.from_numpy(chips.standardised(numbers[first : first + AT_ONCE]))
        with torch.inference_mode(), precision():
            logits = network(images.to(place, memory_format=torch.channels_last))
        parts.append(logits.float().softmax(dim=1).cpu().numpy())
    if not parts:
        return np.zeros((0, len(chips.table)), np.float32)
    return np.concatenate(parts)


class _Draws:
    """The batch of each step, which depends on the seed and the step alone."""

    def __init__(
        self, chips: ChipSet, synthetic: Sequence[SyntheticChips], plan: ClassifierPlan
    ) -> None:
        self._chips, self._synthetic, self._plan = chips, synthetic, plan
        self._numbers = chips.of_side(TRAIN)
        self._labels = chips.labels[self._numbers]
        self._members = [np.flatnonzero(self._labels == c) for c in np.unique(self._labels)]
        self._ends = np.cumsum([len(made.labels) for made in synthetic])

    def weights(self) -> torch.Tensor:
        """Weights of the classes in the loss, from how often they are drawn."""
        classes, plan = len(self._chips.table), self._plan
        seen = np.bincount(self._labels, minlength=classes).astype(np.float64)
        if plan.oversample:
            seen = (seen > 0).astype(np.float64)
        seen /= seen.sum()
        if self._synthetic:
            labels = np.concatenate([made.labels for made in self._synthetic])
            made = np.bincount(labels, minlength=classes) / len(labels)
            seen = seen * (1 - plan.share) + made * plan.share
        return class_weights(torch.from_numpy(seen.astype(np.float32)))

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor, int]:
        """Standardised chips ``(n, bands, size, size)``, labels ``(n,)``, how many of them are synthetic."""
        # The real chips and their turns come first, so that every arm of a seed sees the same ones.
        plan = self._plan
        rng = rng_for(plan.seed, step)
        chosen = self._drawn(plan.batch, rng)
        images = [self._turned(self._chips.standardised(self._numbers[chosen]), rng)]
        labels = [self._labels[chosen]]
        made = 0
        if self._synthetic:
            # Their share is met over the steps, also when it is no whole number.
            extra = plan.batch * plan.share / (1 - plan.share)
            made = int((step + 1) * extra) - int(step * extra)
        if made:
            native, synthetic_labels = self._picked(made, rng)
            visible = np.ones((made, *native.shape[-2:]), bool)
            images.append(self._turned(self._chips.stats.scale(native, visible), rng))
            labels.append(synthetic_labels)
        image, label = np.concatenate(images), np.concatenate(labels)
        return torch.from_numpy(image), torch.from_numpy(label), made

    def _drawn(self, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Places of real chips among those of the training side, drawn with replacement."""
        if not self._plan.oversample:
            return rng.integers(len(self._labels), size=count)
        classes = rng.integers(len(self._members), size=count)
        sizes = np.array([len(members) for members in self._members])
        places = rng.integers(sizes[classes])
        return np.array(
            [self._members[c][n] for c, n in zip(classes, places, strict=True)], np.intp
        )

    def _picked(
        self, count: int, rng: np.random.Generator
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Synthetic chips of all sources, drawn with replacement."""
        numbers = rng.integers(self._ends[-1], size=count)
        sources = np.searchsorted(self._ends, numbers, side="right")
        places = numbers - np.append(0, self._ends)[sources]
        chosen = [(self._synthetic[s], n) for s, n in zip(sources, places, strict=True)]
        images = np.stack([np.asarray(made.images[n]) for made, n in chosen])
        return images, np.array([made.labels[n] for made, n in chosen], np.int64)

    def _turned(self, images: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        """Chips at random in one of the eight symmetries, where the plan wants that."""
        symmetries = rng.integers(8, size=len(images))
        if not self._plan.flips:
            return images
        turned = np.empty_like(images)
        for number, (image, symmetry) in enumerate(zip(images, symmetries.tolist(), strict=True)):
            rotated = np.rot90(image, symmetry % 4, axes=(-2, -1))
            turned[number] = rotated[..., ::-1] if symmetry >= 4 else rotated
        return turned
