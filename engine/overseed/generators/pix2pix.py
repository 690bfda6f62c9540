"""pix2pix: Isola, Zhu, Zhou & Efros, "Image-to-Image Translation with Conditional Adversarial Networks", 2017.

Kept: U-Net generator, PatchGAN that sees image and condition, binary cross-entropy, 100·L1, Adam with
β₁ = 0.5.
Changed: any band count; the layout is one-hot with a channel for unlabelled ground; real ground around, a
style for each parcel and noise maps (instead of dropout) make one layout give many images that fit their
place; standardised bands with a linear last layer instead of 8-bit values and tanh; resize-convolutions;
windows of 64 pixels, of which the PatchGAN sees patches of 34; L1 compares the means of 16×16 pixels, so
that it fixes colours and leaves texture to the adversarial loss; a third, small loss compares the statistics
of texture, without which a short training ends too smooth or too rough; and what all adversarial generators
share (:mod:`overseed.generators.adversarial`).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from overseed.devices import Device
from overseed.generators.adversarial import (
    LECAM_WEIGHT,
    WINDOW,
    AdversarialGenerator,
    Rates,
)
from overseed.generators.examples import NOISE_SCALES, Example, weighted_mean
from overseed.generators.pix2pix_networks import PatchDiscriminator, UNetGenerator
from overseed.generators.texture import texture_distance

L1_WEIGHT = 100.0
#: Side, in pixels, of the squares whose means L1 compares.
L1_GRAIN = 16
TEXTURE_WEIGHT = 5.0


class Pix2Pix(AdversarialGenerator):
    """The generator contract for pix2pix."""

    name = "pix2pix"
    rates = Rates(generator=2e-4, discriminator=4e-4, beta=0.5)

    def networks(self, told: int) -> tuple[nn.Module, nn.Module]:
        """See :class:`~overseed.generators.adversarial.AdversarialGenerator`."""
        bands = len(self._stats.names)
        size = min(WINDOW, self._tile)
        generator = UNetGenerator(told, len(NOISE_SCALES), bands, size)
        return generator, PatchDiscriminator(self._classes + 1, bands, size)

    def discriminator_loss(
        self, example: Example, made: torch.Tensor, device: Device, step: int
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """See :class:`~overseed.generators.adversarial.AdversarialGenerator`."""
        on_real, weight = self._scores(example, example.real, device)
        on_made, _ = self._scores(example, made, device)
        loss = 0.5 * (_bce(on_real, weight, True) + _bce(on_made, weight, False))
        penalty = self._lecam(on_real, on_made, weight)
        return loss + LECAM_WEIGHT * penalty, {"discriminator": loss.detach()}

    def generator_loss(
        self, example: Example, made: torch.Tensor, device: Device, step: int
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """See :class:`~overseed.generators.adversarial.AdversarialGenerator`."""
        scores, weight = self._scores(example, made, device)
        adversarial = _bce(scores, weight, True)
        l1 = _l1(made, example.real, example.hidden)
        texture = texture_distance(made, example.real, example.textured, step)
        loss = adversarial + L1_WEIGHT * l1 + TEXTURE_WEIGHT * texture
        figures = {"adversarial": adversarial, "l1": l1, "texture": texture}
        return loss, {name: value.detach() for name, value in figures.items()}

    def _scores(
        self, example: Example, image: torch.Tensor, device: Device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of patches of the augmented image, and how much of each patch is painted."""
        layout, hidden = example.seen
        maps = torch.cat([layout, example.shown(image)], dim=1)
        with device.autocast():
            scores = self._discriminator(maps.contiguous(memory_format=torch.channels_last))
        return scores.float(), functional.adaptive_avg_pool2d(hidden, scores.shape[-2:])


def _l1(made: torch.Tensor, real: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of local means over painted pixels, each over ``L1_GRAIN`` pixels squared.

    At full resolution L1 asks for the median of all textures, which is none; on local means it holds
    colours and gradients and leaves the texture to the discriminator.
    """
    grain = min(L1_GRAIN, *made.shape[-2:])
    share = functional.avg_pool2d(weight, grain)
    means = [functional.avg_pool2d(i * weight, grain) / share.clamp(min=1e-6) for i in (made, real)]
    return weighted_mean((means[0] - means[1]).abs(), share)


def _bce(scores: torch.Tensor, weight: torch.Tensor, real: bool) -> torch.Tensor:
    target = torch.full_like(scores, float(real))
    loss = functional.binary_cross_entropy_with_logits(scores, target, reduction="none")
    return weighted_mean(loss, weight)
