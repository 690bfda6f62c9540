"""pix2pix: Isola, Zhu, Zhou & Efros, "Image-to-Image Translation with Conditional Adversarial Networks", 2017.

Kept: U-Net generator, PatchGAN that sees image and condition, binary cross-entropy, 100·L1, Adam with
β₁ = 0.5 and 2·10⁻⁴.
Changed: any band count; the condition is a one-hot layout with a channel for unlabelled ground, on which L1
counts little, since its content cannot be told from the layout; noise maps instead of dropout, so that one
layout gives many images; standardised bands with a linear last layer instead of 8-bit values and tanh;
resize-convolutions; L1 compares the means of 16×16 pixels, so that it fixes colours and leaves texture to the
adversarial loss; a third, small loss compares the strength of texture per class, band and scale, without
which a short training ends too smooth or too rough; spectral normalisation in the discriminator; the weights
used are a moving average; pixels outside the training side are blank for both networks.
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
from overseed.generators.contract import UNLABELLED, Canvas, FitPlan
from overseed.generators.pix2pix_networks import NOISE_SCALES, PatchDiscriminator, UNetGenerator
from overseed.tiles.sampling import Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.training.checkpoints import (
    append_jsonl,
    load_checkpoint,
    save_checkpoint,
    torch_rng,
)
from overseed.training.ema import WeightAverage

BATCH = 8
LEARNING_RATE = 2e-4
L1_WEIGHT = 100.0
#: Side, in pixels, of the squares whose means L1 compares.
L1_GRAIN = 16
TEXTURE_WEIGHT = 5.0
#: Scales, in pixels, at which the strength of texture is compared.
TEXTURE_SCALES = (1, 2, 4, 8)
#: L1 on unlabelled ground, relative to labelled ground.
UNLABELLED_WEIGHT = 0.1
LOG_EVERY = 20
#: Steps between checkpoints; a killed process loses at most these.
KEEP_EVERY = 100
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
        layout = torch.channels_last
        generator = self._generator.to(place, memory_format=layout)  # type: ignore[call-overload]
        discriminator = self._discriminator.to(place, memory_format=layout)  # type: ignore[call-overload]
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
                if (step + 1) % KEEP_EVERY == 0:
                    save_checkpoint(folder, step + 1, modules, adams, {"key": plan.key})
            tick(plan.steps, plan.steps)
        except Cancelled:
            save_checkpoint(folder, step, modules, adams, {"key": plan.key})
            raise
        return losses

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        place = device.torch_device()
        network = self._average.network.to(place).eval()
        images = []
        with torch.no_grad():
            for start in range(0, len(canvas), BATCH):
                condition = self._condition(canvas.labels[start : start + BATCH]).to(place)
                noise = _noise(condition, torch_rng(seed, start, place))
                with device.autocast():
                    made = network(condition, noise)
                images.append(self._stats.unscale(made.float().cpu().numpy()))
        return np.concatenate(images)

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.torch import save_file

        state = self._average.network.state_dict()
        with whole(folder / WEIGHTS) as partial:
            tensors = {k: v.cpu().contiguous() for k, v in state.items()}
            save_file(tensors, partial, metadata=dict(about))
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
        real = torch.from_numpy(self._stats.scale(batch.images, batch.visible))
        real = real.to(place, memory_format=torch.channels_last)
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
        l1 = _l1(fake, real, weight)
        texture = _texture_distance(fake, real, condition[:, :-1] * visible)
        adversarial = _bce(fooled, True)
        loss_g = adversarial + L1_WEIGHT * l1 + TEXTURE_WEIGHT * texture
        adams["generator"].zero_grad(set_to_none=True)
        loss_g.backward()
        adams["generator"].step()
        discriminator.requires_grad_(True)
        return {
            "discriminator": round(loss_d.item(), 4),
            "adversarial": round(adversarial.item(), 4),
            "l1": round(l1.item(), 4),
            "texture": round(texture.item(), 4),
        }

    def _condition(self, layouts: NDArray[np.uint8]) -> torch.Tensor:
        """One-hot ``(n, classes + 1, h, w)`` float; the last channel is unlabelled ground."""
        index = np.where(layouts == UNLABELLED, self._classes, layouts).astype(np.int64)
        one_hot = functional.one_hot(torch.from_numpy(index), self._classes + 1)
        return one_hot.movedim(-1, 1).float().contiguous(memory_format=torch.channels_last)


def _l1(fake: torch.Tensor, real: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of local means, each over ``L1_GRAIN`` pixels squared.

    At full resolution L1 asks for the median of all textures, which is none; on local means it holds
    colours and gradients and leaves the texture to the discriminator.
    """
    grain = min(L1_GRAIN, fake.shape[-1])
    share = functional.avg_pool2d(weight, grain)
    known = share.clamp(min=1e-6)
    means = [functional.avg_pool2d(image * weight, grain) / known for image in (fake, real)]
    return ((means[0] - means[1]).abs() * share).sum() / (share.sum() * fake.shape[1]).clamp(
        min=1e-6
    )


def _texture_distance(
    fake: torch.Tensor, real: torch.Tensor, classes: torch.Tensor
) -> torch.Tensor:
    """How far the strength of texture is from the real one, per class, band and scale, as a log ratio.

    Texture of a scale is what a Laplacian leaves after averaging over ``TEXTURE_SCALES`` pixels; compared is
    its mean square over the pixels of each class that is in the batch. L1 makes images too smooth, a young
    discriminator too rough, and rough at one scale only; this holds all scales to the real measure.
    """
    bands = fake.shape[1]
    kernel = fake.new_tensor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) / 4
    kernel = kernel.expand(bands, 1, 3, 3)
    distances = []
    for scale in TEXTURE_SCALES:
        share = functional.avg_pool2d(classes, scale)
        # Only cells that lie wholly in one class: borders between parcels are not texture.
        inside = (share > 0.999).float()
        counts = inside.sum(dim=(0, 2, 3))
        present = counts > 0
        logs = []
        for image in (fake, real):
            detail = functional.conv2d(
                functional.avg_pool2d(image, scale), kernel, padding=1, groups=bands
            )
            energy = torch.einsum("nbhw,nkhw->kb", detail**2, inside)
            logs.append((energy[present] / counts[present, None] + 1e-4).log())
        if present.any():
            distances.append((logs[0] - logs[1]).abs().mean())
    return torch.stack(distances).mean() if distances else fake.sum() * 0


def _noise(condition: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Noise of unit variance, one channel for each of ``NOISE_SCALES`` pixels.

    Texture has strength at all scales; from white noise alone a young generator only learns the finest.
    """
    n, _, height, width = condition.shape
    channels = []
    for scale in NOISE_SCALES:
        shape = (n, 1, -(-height // scale), -(-width // scale))
        noise = torch.randn(shape, generator=rng, device=condition.device)
        if scale > 1:
            noise = functional.interpolate(noise, size=(height, width), mode="bilinear")
            noise = noise / noise.std()
        channels.append(noise)
    return torch.cat(channels, dim=1)


def _bce(scores: torch.Tensor, real: bool) -> torch.Tensor:
    target = torch.ones_like(scores) if real else torch.zeros_like(scores)
    return nn.functional.binary_cross_entropy_with_logits(scores.float(), target.float())
