"""From an image to its layout: pix2pix (Isola, Zhu, Zhou & Efros 2017) in the other direction.

Kept: U-Net with skip connections, batch normalisation, a PatchGAN that sees image and layout together, binary
cross-entropy, Adam with β₁ = 0.5.
Changed: the output is a softmax over classes, and cross-entropy with the labels takes the place of L1, as the
paper's own results for labels ask for (its section 4.4: without the adversarial loss labels are as good or
better, so that loss is kept small). The discriminator sees the most likely class, one-hot, with the gradient
of the softmax (straight-through, Bengio, Léonard & Courville 2013): shown probabilities, it would tell real
layouts by their hardness and drive the network to be surer than it has reason to be. Unlabelled pixels count
in neither loss, and are blank in both layouts. No noise and no dropout, since an image has one layout; a
higher rate, since it learns for a few hundred steps; spectral normalisation and LeCam in the discriminator, a
moving average of the weights, any bands, as the other networks here have.

It is a network of its own, from random weights, that sees training ground alone; no network that is judged
later starts from it, and the gate and the judges of samples are classifiers of other kinds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.files import whole
from overseed.generators.contract import FitPlan, Labelling
from overseed.generators.examples import choose_windows, cut, weighted_mean
from overseed.generators.pix2pix_networks import PatchDiscriminator, UNetGenerator
from overseed.tiles.sampling import Batch, Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.training.augmentation import GAIN, OFFSET
from overseed.training.checkpoints import (
    CheckpointWriter,
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
)
from overseed.training.divergence import refuse_broken_loss
from overseed.training.ema import WeightAverage
from overseed.training.feeding import prefetched
from overseed.training.lecam import LeCam
from overseed.unlabelled import UNLABELLED

BATCH = 12
#: Side of the windows that training looks at, in pixels.
WINDOW = 64
#: Weight of the cross-entropy beside the adversarial loss, about what 100·L1 amounts to in the paper.
LABEL_WEIGHT = 20.0
LECAM_WEIGHT = 0.1
RATES = {"generator": 1e-3, "discriminator": 4e-4}
BETA = 0.5
LOG = "training.jsonl"
LOG_EVERY = 20
#: Steps between checkpoints, where writing is fast enough; a killed process loses what came after the last.
KEEP_EVERY = 100
#: How often the weights are held against validation ground.
TRIALS = 10
VALIDATION_CROPS = 32
#: Images that are labelled at a time.
AT_ONCE = 16
WEIGHTS = "weights.safetensors"
#: For a training that ran away; its learning rate is fixed.
REMEDY = "Train it again with another --seed."
#: Purposes of random numbers, see :func:`overseed.tiles.sampling.rng_for`.
_CROPS, _VALIDATION = 41, 42


@dataclass(frozen=True)
class _Pairs:
    """Standardised images ``(n, bands, h, w)`` with classes ``(n, h, w)`` int64, 255 where there is none."""

    images: torch.Tensor
    classes: torch.Tensor

    def to(self, place: torch.device) -> _Pairs:
        return _Pairs(self.images.to(place), self.classes.to(place))

    @property
    def labelled(self) -> torch.Tensor:
        """``(n, 1, h, w)``, 1 where there is a class."""
        return (self.classes != UNLABELLED)[:, None].float()


@dataclass
class _Best:
    """What a checkpoint keeps beside the tensors; ``last`` are the losses that were logged last."""

    loss: float | None = None
    step: int = 0
    tried: int = 0
    last: dict[str, float] = field(default_factory=dict)


class ImageToLayout:
    """A classifier of pixels that learns from pairs of crops and labels, with an opponent."""

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        self._stats, self._classes = bands, classes
        self._size = min(WINDOW, tile)
        count = len(bands.names)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._generator = UNetGenerator(count, 0, classes, self._size)
            self._discriminator = PatchDiscriminator(count, classes, self._size)
        self._average = WeightAverage(self._generator)
        self._best = WeightAverage(self._generator).network
        self._lecam = LeCam()

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """Learn from crops; of ten states the one with the least loss on validation crops is kept.

        As :meth:`~overseed.generators.contract.Generator.fit`; without validation crops the last state is kept.

        Raises
        ------
        InputError
            ``training.diverged`` when a loss is no number any more.
        """
        place = device.torch_device()
        modules, adams = self._parts(place)
        start, state = load_checkpoint(folder, modules, adams, plan.key)
        best = _Best(**{k: v for k, v in state.items() if k != "key"})
        log = folder / LOG
        continue_jsonl(log, start)
        writer = CheckpointWriter(folder, modules, adams)
        trial = self._validation(plan)
        every = max(1, plan.steps // TRIALS)
        losses: dict[str, torch.Tensor] = {}
        step = start

        def state_now() -> dict[str, Any]:
            return {"key": plan.key, **vars(best)}

        def pairs_of(step: int) -> _Pairs:
            return self._pairs(source, plan.seed, step).to(place)

        try:
            with closing(prefetched(pairs_of, start, plan.steps)) as drawn:
                while True:
                    if step > 0 and (step % every == 0 or step == plan.steps) and best.tried < step:
                        self._try(trial, best, step, device, metric)
                        keep = writer.write if step == plan.steps else writer.write_if_due
                        keep(step, state_now())
                    tick(step, plan.steps)
                    if step == plan.steps:
                        break
                    _, pairs = next(drawn)
                    losses = self._step(pairs, device, adams)
                    step += 1
                    self._average.update(self._generator, step)
                    if step % LOG_EVERY == 0 or step == plan.steps:
                        best.last = {name: round(float(v), 4) for name, v in losses.items()}
                        refuse_broken_loss(best.last, step, REMEDY)
                        append_jsonl(log, {"step": step, "losses": best.last})
                        for name, value in best.last.items():
                            metric(name, value, step)
                    if step % KEEP_EVERY == 0:
                        writer.write_if_due(step, state_now())
        except Cancelled:
            writer.write(step, state_now())
            raise
        return best.last | {"best_step": best.step, "validation_loss": best.loss}

    def label(self, images: NDArray[Any], visible: NDArray[np.bool_], device: Device) -> Labelling:
        """See :class:`~overseed.generators.contract.LabellingGenerator`."""
        network = self._best.to(device.torch_device(), memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        labels = np.empty(visible.shape, np.uint8)
        confidence = np.empty(visible.shape, np.float32)
        for start in range(0, len(images), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            scaled = torch.from_numpy(self._stats.scale(images[part], visible[part]))
            with torch.no_grad():
                chances = self._logits(network, scaled.to(device.torch_device()), device).softmax(1)
            sure, found = chances.max(dim=1)
            labels[part] = found.cpu().numpy().astype(np.uint8)
            confidence[part] = sure.cpu().numpy()
        return Labelling(labels, confidence)

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.Generator`."""
        from safetensors.torch import save_file

        state = {name: value.cpu().contiguous() for name, value in self._best.state_dict().items()}
        with whole(folder / WEIGHTS) as partial:
            save_file(state, partial, metadata=dict(about))
        return [WEIGHTS]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.Generator`."""
        from safetensors.torch import load_file

        self._best.load_state_dict(load_file(folder / WEIGHTS))

    def _parts(
        self, place: torch.device
    ) -> tuple[dict[str, nn.Module], dict[str, torch.optim.Optimizer]]:
        """What a checkpoint holds, on the device."""
        modules = {
            "generator": self._generator,
            "discriminator": self._discriminator,
            "average": self._average.network,
            "best": self._best,
            "lecam": self._lecam,
        }
        for module in modules.values():
            module.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return modules, {
            name: torch.optim.Adam(modules[name].parameters(), rate, betas=(BETA, 0.999))
            for name, rate in RATES.items()
        }

    def _step(
        self, pairs: _Pairs, device: Device, adams: dict[str, torch.optim.Optimizer]
    ) -> dict[str, torch.Tensor]:
        """One update of the discriminator, then one of the generator; losses stay on the device."""
        self._generator.train()
        self._discriminator.train()
        labelled = pairs.labelled
        logits = self._logits(self._generator, pairs.images, device)
        chances = logits.softmax(dim=1)
        index = torch.where(pairs.classes == UNLABELLED, 0, pairs.classes)
        real = functional.one_hot(index, self._classes).movedim(-1, 1).float() * labelled
        hard = functional.one_hot(chances.argmax(dim=1), self._classes).movedim(-1, 1).float()
        made = (hard + chances - chances.detach()) * labelled

        on_real, weight = self._scores(pairs.images, real, labelled, device)
        on_made, _ = self._scores(pairs.images, made.detach(), labelled, device)
        opponent = 0.5 * (_bce(on_real, weight, True) + _bce(on_made, weight, False))
        penalty = self._lecam(on_real, on_made, weight)
        adams["discriminator"].zero_grad(set_to_none=True)
        (opponent + LECAM_WEIGHT * penalty).backward()
        adams["discriminator"].step()

        self._discriminator.requires_grad_(False)
        on_made, weight = self._scores(pairs.images, made, labelled, device)
        adversarial = _bce(on_made, weight, True)
        cross_entropy = _cross_entropy(logits, pairs.classes)
        adams["generator"].zero_grad(set_to_none=True)
        (adversarial + LABEL_WEIGHT * cross_entropy).backward()
        adams["generator"].step()
        self._discriminator.requires_grad_(True)
        return {
            "discriminator": opponent.detach(),
            "adversarial": adversarial.detach(),
            "cross_entropy": cross_entropy.detach(),
        }

    def _scores(
        self, images: torch.Tensor, layout: torch.Tensor, labelled: torch.Tensor, device: Device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of patches of image and layout, and how much of each patch is labelled."""
        maps = torch.cat([images, layout], dim=1).contiguous(memory_format=torch.channels_last)
        with device.autocast():
            scores = self._discriminator(maps)
        return scores.float(), functional.adaptive_avg_pool2d(labelled, scores.shape[-2:])

    def _logits(self, network: nn.Module, images: torch.Tensor, device: Device) -> torch.Tensor:
        maps = images.contiguous(memory_format=torch.channels_last)
        with device.autocast():
            logits: torch.Tensor = network(maps, maps[:, :0])
        return logits.float()

    def _pairs(self, source: Source, seed: int, step: int) -> _Pairs:
        """Crops around labelled ground, each in light of its own as a scene may have it."""
        rng = rng_for(seed, step, purpose=_CROPS)
        pairs = self._standardised(source.draw(BATCH, rng), rng)
        gain, offset = (
            torch.from_numpy(rng.uniform(low, high, (BATCH, 1, 1, 1)).astype(np.float32))
            for low, high in ((1 - GAIN, 1 + GAIN), (-OFFSET, OFFSET))
        )
        return _Pairs(pairs.images * gain + offset, pairs.classes)

    def _validation(self, plan: FitPlan) -> _Pairs | None:
        if plan.validation is None:
            return None
        rng = rng_for(0, 0, purpose=_VALIDATION)
        return self._standardised(plan.validation.draw(VALIDATION_CROPS, rng), rng)

    def _standardised(self, batch: Batch, rng: np.random.Generator) -> _Pairs:
        """A window of each crop."""
        windows = choose_windows(batch, min(self._size, batch.labels.shape[-1]), rng)
        images, labels, visible = (
            cut(part, windows) for part in (batch.images, batch.labels, batch.visible)
        )
        return _Pairs(
            torch.from_numpy(self._stats.scale(images, visible)),
            torch.from_numpy(labels.astype(np.int64)),
        )

    def _try(
        self,
        trial: _Pairs | None,
        best: _Best,
        step: int,
        device: Device,
        metric: Callable[[str, float, int], None],
    ) -> None:
        """Keep the averaged weights if their loss on validation crops is the least yet."""
        best.tried = step
        loss = math.nan
        if trial is not None:
            place = device.torch_device()
            with torch.no_grad():
                logits = torch.cat(
                    [
                        self._logits(self._average.network, part.to(place), device).cpu()
                        for part in trial.images.split(AT_ONCE)
                    ]
                )
            loss = float(_cross_entropy(logits, trial.classes))
            refuse_broken_loss({"validation_cross_entropy": loss}, step, REMEDY)
            metric("validation_cross_entropy", loss, step)
        if math.isfinite(loss) and best.loss is not None and loss >= best.loss:
            return
        best.step = step
        best.loss = round(loss, 5) if math.isfinite(loss) else None
        self._best.load_state_dict(self._average.network.state_dict())


def _cross_entropy(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Mean over labelled pixels; 0 without any."""
    total = functional.cross_entropy(logits, classes, ignore_index=UNLABELLED, reduction="sum")
    return total / (classes != UNLABELLED).sum().clamp(min=1)


def _bce(scores: torch.Tensor, weight: torch.Tensor, real: bool) -> torch.Tensor:
    target = torch.full_like(scores, float(real))
    loss = functional.binary_cross_entropy_with_logits(scores, target, reduction="none")
    return weighted_mean(loss, weight)
