"""spade: a generator that is told the layout at every level, against a discriminator that draws maps.

Park, Liu, Wang & Zhu, "Semantic Image Synthesis with Spatially-Adaptive Normalization", 2019; Schönfeld,
Sushko, Zhang, Gall, Schiele & Khoreva, "You Only Need Adversarial Supervision for Semantic Image Synthesis",
2021. Written from the papers.

Kept: spatially adaptive normalisation with noise at every level; a discriminator that gives each pixel one of
the classes or calls it made, with a class-balanced loss, so that it also teaches what each class looks like;
LabelMix, by which it decides pixel by pixel and not image by image.
Changed: the generator paints hidden parcels into real ground and is told a style for each; normalisation over
channels; unlabelled ground counts for neither side; mixing goes parcel by parcel between real and painted
ones, every second step; small networks; a small loss on the statistics of texture, which few steps need;
and what all adversarial generators share (:mod:`overseed.generators.adversarial`).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from overseed.devices import Device
from overseed.generators.adversarial import (
    LECAM_WEIGHT,
    AdversarialGenerator,
    Rates,
)
from overseed.generators.examples import NOISE_SCALES, Example, weighted_mean
from overseed.generators.spade_networks import SegmentingDiscriminator, SpadeGenerator
from overseed.generators.texture import texture_distance

TEXTURE_WEIGHT = 4.0
LABEL_MIX_WEIGHT = 5.0
#: Steps between two in which LabelMix is asked for.
LABEL_MIX_EVERY = 2
#: Largest weight that a class gets for being rare in a batch, relative to the mean of all.
LARGEST_WEIGHT = 10.0


class Spade(AdversarialGenerator):
    """The generator contract for SPADE with a segmenting discriminator."""

    name = "spade"
    rates = Rates(generator=1e-3, discriminator=2e-3, beta=0.0)

    def networks(self, told: int) -> tuple[nn.Module, nn.Module]:
        """See :class:`~overseed.generators.adversarial.AdversarialGenerator`."""
        bands = len(self._stats.names)
        generator = SpadeGenerator(told, len(NOISE_SCALES), bands)
        return generator, SegmentingDiscriminator(bands, self._classes)

    def discriminator_loss(
        self, example: Example, made: torch.Tensor, device: Device, step: int
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """See :class:`~overseed.generators.adversarial.AdversarialGenerator`."""
        layout, hidden = example.seen
        real, painted = example.shown(example.real), example.shown(made)
        on_real, on_made = self._scores(real, device), self._scores(painted, device)
        labelled = layout[:, :-1]
        balance = _class_weights(labelled)
        fake = hidden * labelled.sum(dim=1, keepdim=True)
        loss_real = _cross_entropy(on_real, labelled, balance)
        log_fake = functional.log_softmax(on_made, dim=1)[:, -1:]
        if example.stand_ins:
            fake = hidden
            loss_real = loss_real + _any_class(on_real, hidden * layout[:, -1:])
        loss_made = -weighted_mean(log_fake, fake)
        penalty = self._lecam(_realness(on_real), _realness(on_made), fake)
        loss = loss_real + loss_made + LECAM_WEIGHT * penalty
        figures = {"discriminator_real": loss_real, "discriminator_made": loss_made}
        if step % LABEL_MIX_EVERY == 0:
            mix = _mixed_classes(labelled, example) * hidden
            between = painted * mix + real * (1 - mix)
            wanted = (on_made * mix + on_real * (1 - mix)).detach()
            consistency = ((self._scores(between, device) - wanted) ** 2).mean()
            loss = loss + LABEL_MIX_WEIGHT * LABEL_MIX_EVERY * consistency
        return loss, {name: value.detach() for name, value in figures.items()}

    def generator_loss(
        self, example: Example, made: torch.Tensor, device: Device, step: int
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """See :class:`~overseed.generators.adversarial.AdversarialGenerator`."""
        layout, hidden = example.seen
        labelled = layout[:, :-1] * hidden
        scores = self._scores(example.shown(made), device)
        adversarial = _cross_entropy(scores, labelled, _class_weights(labelled))
        if example.stand_ins:
            adversarial = adversarial + _any_class(scores, hidden * layout[:, -1:])
        texture = texture_distance(made, example.real, example.textured, step)
        loss = adversarial + TEXTURE_WEIGHT * texture
        figures = {"adversarial": adversarial, "texture": texture}
        return loss, {name: value.detach() for name, value in figures.items()}

    def _scores(self, image: torch.Tensor, device: Device) -> torch.Tensor:
        with device.autocast():
            scores = self._discriminator(image.contiguous(memory_format=torch.channels_last))
        return scores.float()


def _class_weights(labelled: torch.Tensor) -> torch.Tensor:
    """Inverse frequency of each class ``(classes,)`` in a batch ``(n, classes, h, w)``; 0 where absent."""
    counts = labelled.sum(dim=(0, 2, 3))
    present = (counts > 0).float()
    weights = present * counts.sum() / (counts.clamp(min=1) * present.sum().clamp(min=1))
    return weights.clamp(max=LARGEST_WEIGHT)


def _cross_entropy(
    scores: torch.Tensor, labelled: torch.Tensor, balance: torch.Tensor
) -> torch.Tensor:
    """Balanced cross-entropy towards the classes of ``labelled`` ``(n, classes, h, w)``, 0 = no class."""
    logs = functional.log_softmax(scores, dim=1)[:, :-1]
    weight = labelled * balance[:, None, None]
    return -(logs * weight).sum() / weight.sum().clamp(min=1)


def _realness(scores: torch.Tensor) -> torch.Tensor:
    """How much more a pixel looks like any class than like a made one: ``(n, 1, h, w)`` log odds."""
    return torch.logsumexp(scores[:, :-1], dim=1, keepdim=True) - scores[:, -1:]


def _any_class(scores: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy towards "real, of whatever class", over ``weight`` ``(n, 1, h, w)``."""
    return weighted_mean(functional.softplus(-_realness(scores)), weight)


def _mixed_classes(labelled: torch.Tensor, example: Example) -> torch.Tensor:
    """Masks ``(n, 1, h, w)`` of the classes of each layout that the example's draw chose."""
    assert example.mix is not None
    return (labelled * example.mix[:, :, None, None]).sum(dim=1, keepdim=True)
