"""pix2pix: Isola, Zhu, Zhou & Efros, "Image-to-Image Translation with Conditional Adversarial Networks", 2017.

Kept: U-Net generator, PatchGAN that sees image and condition, binary cross-entropy, 100·L1, Adam with
β₁ = 0.5 and 2·10⁻⁴.
Changed: any band count; the condition is a one-hot layout with a channel for unlabelled ground, on which L1
counts little, since its content cannot be told from the layout; noise maps instead of dropout, so that one
layout gives many images; standardised bands with a linear last layer instead of 8-bit values and tanh;
resize-convolutions; spectral normalisation in the discriminator; the weights used are a moving average;
pixels outside the training side are blank for both networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from overseed.generators.contract import UNLABELLED, FitPlan, Source
from overseed.generators.pix2pix_networks import NOISE, PatchDiscriminator, UNetGenerator
from overseed.tiles.sampling import rng_for
from overseed.tiles.statistics import BandStats
from overseed.training.checkpoints import (
    append_jsonl,
    discard_checkpoint,
    load_checkpoint,
    save_checkpoint,
    torch_rng,
)
from overseed.training.ema import WeightAverage

BATCH = 8
LEARNING_RATE = 2e-4
L1_WEIGHT = 100.0
#: L1 on unlabelled ground, relative to labelled ground.
UNLABELLED_WEIGHT = 0.1
LOG_EVERY = 20
WEIGHTS = "weights.safetensors"


class Pix2Pix:
    """The generator contract for pix2pix."""

    name = "pix2pix"
    learned = True

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        self._stats = bands
        self._classes = classes
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._generator = UNetGenerator(classes + 1, len(bands.names), tile)
            self._discriminator = PatchDiscriminator(classes + 1, len(bands.names), tile)
        self._average = WeightAverage(self._generator)

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        place = device.torch_device()
        generator, discriminator = self._generator.to(place), self._discriminator.to(place)
        average = self._average
        average.network.to(place)
        adams = {
            name: torch.optim.Adam(network.parameters(), LEARNING_RATE, betas=(0.5, 0.999))
            for name, network in (("generator", generator), ("discriminator", discriminator))
        }
        modules = {
            "generator": generator,
            "discriminator": discriminator,
            "average": average.network,
        }
        start, _ = load_checkpoint(folder, modules, adams, plan.key)
        log = folder / "training.jsonl"
        if start == 0:
            log.unlink(missing_ok=True)
        losses: dict[str, float] = {}
        step = start
        try:
            for step in range(start, plan.steps):
                tick(step, plan.steps)
                losses = self._step(source, plan, step, device, adams)
                average.update(generator, step + 1)
                if (step + 1) % LOG_EVERY == 0 or step + 1 == plan.steps:
                    append_jsonl(log, {"step": step + 1, "losses": losses})
                    for name, value in losses.items():
                        metric(name, value, step + 1)
            tick(plan.steps, plan.steps)
        except Cancelled:
            save_checkpoint(folder, step, modules, adams, {"key": plan.key})
            raise
        discard_checkpoint(folder)
        return losses

    def generate(self, layouts: NDArray[np.uint8], seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        place = device.torch_device()
        network = self._average.network.to(place).eval()
        images = []
        with torch.no_grad():
            for start in range(0, len(layouts), BATCH):
                condition = self._condition(layouts[start : start + BATCH]).to(place)
                noise = _noise(condition, torch_rng(seed, start, place))
                with device.autocast():
                    made = network(condition, noise)
                images.append(self._stats.unscale(made.float().cpu().numpy()))
        return np.concatenate(images)

    def save(self, folder: Path) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.torch import save_file

        state = self._average.network.state_dict()
        with whole(folder / WEIGHTS) as partial:
            save_file({k: v.cpu().contiguous() for k, v in state.items()}, partial)
        return [WEIGHTS]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.torch import load_file

        self._average.network.load_state_dict(load_file(folder / WEIGHTS))

    def _step(
        self,
        source: Source,
        plan: FitPlan,
        step: int,
        device: Device,
        adams: Mapping[str, torch.optim.Optimizer],
    ) -> dict[str, float]:
        """One update of the discriminator, then one of the generator."""
        place = device.torch_device()
        batch = source.draw(BATCH, rng_for(plan.seed, step, purpose=1))
        real = torch.from_numpy(self._stats.scale(batch.images, batch.visible)).to(place)
        visible = torch.from_numpy(batch.visible)[:, None].float().to(place)
        known = torch.from_numpy(batch.labels != UNLABELLED)[:, None].to(place)
        condition = self._condition(batch.labels).to(place)
        noise = _noise(condition, torch_rng(plan.seed, step, place))
        generator, discriminator = self._generator.train(), self._discriminator.train()
        with device.autocast():
            fake = generator(condition, noise).float() * visible
        with device.autocast():
            on_real = discriminator(condition, real)
            on_fake = discriminator(condition, fake.detach())
        loss_d = 0.5 * (_bce(on_real, True) + _bce(on_fake, False))
        adams["discriminator"].zero_grad(set_to_none=True)
        loss_d.backward()
        adams["discriminator"].step()

        discriminator.requires_grad_(False)
        with device.autocast():
            fooled = discriminator(condition, fake)
        weight = visible * torch.where(known, 1.0, UNLABELLED_WEIGHT)
        bands = real.shape[1]
        l1 = ((fake - real).abs() * weight).sum() / (weight.sum() * bands).clamp(min=1)
        adversarial = _bce(fooled, True)
        loss_g = adversarial + L1_WEIGHT * l1
        adams["generator"].zero_grad(set_to_none=True)
        loss_g.backward()
        adams["generator"].step()
        discriminator.requires_grad_(True)
        return {
            "discriminator": round(loss_d.item(), 4),
            "adversarial": round(adversarial.item(), 4),
            "l1": round(l1.item(), 4),
        }

    def _condition(self, layouts: NDArray[np.uint8]) -> torch.Tensor:
        """One-hot ``(n, classes + 1, h, w)`` float; the last channel is unlabelled ground."""
        index = np.where(layouts == UNLABELLED, self._classes, layouts).astype(np.int64)
        one_hot = functional.one_hot(torch.from_numpy(index), self._classes + 1)
        return one_hot.movedim(-1, 1).float().contiguous()


def _noise(condition: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    n, _, height, width = condition.shape
    return torch.randn((n, NOISE, height, width), generator=rng, device=condition.device)


def _bce(scores: torch.Tensor, real: bool) -> torch.Tensor:
    target = torch.ones_like(scores) if real else torch.zeros_like(scores)
    return nn.functional.binary_cross_entropy_with_logits(scores.float(), target.float())
