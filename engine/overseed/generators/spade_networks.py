"""The two networks of the spade method, sized to bands and classes and indifferent to the tile's size."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from overseed.generators.pix2pix_networks import full_strength, padded, spectral

#: Feature channels of the generator from full resolution downwards; each further level halves the resolution.
GENERATOR_WIDTHS = (32, 64, 96, 128, 128)
DISCRIMINATOR_WIDTHS = (32, 64, 96, 128)
#: Channels of what each level makes of the condition.
EMBEDDING = 32


class SpadeGenerator(nn.Module):
    """From the condition at its coarsest level upwards; each level is told the condition anew.

    Every level embeds condition and noise at its own resolution once; all its normalisations take scale and
    shift from that. Normalisation is over the channels of a pixel (Karras et al. 2018), not over a batch or an
    image, so that a tile does not depend on its company or its size.
    """

    def __init__(self, condition: int, noise: int, bands: int) -> None:
        super().__init__()
        inputs = condition + noise
        widths = GENERATOR_WIDTHS
        self.enter = nn.Conv2d(inputs, widths[-1], 3, padding=1)
        self.embed = nn.ModuleList(nn.Conv2d(inputs, EMBEDDING, 3, padding=1) for _ in widths)
        self.blocks = nn.ModuleList(
            SpadeBlock(deeper, width)
            for deeper, width in zip((*widths[1:], widths[-1]), widths, strict=True)
        )
        self.leave = full_strength(nn.Conv2d(widths[0] + noise, bands, 3, padding=1))

    def forward(self, condition: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """``(n, condition, h, w)`` and ``(n, noise, h, w)`` to ``(n, bands, h, w)``."""
        height, width = condition.shape[-2:]
        levels = len(self.blocks)
        pyramid = [padded(torch.cat([condition, noise], dim=1), 2 ** (levels - 1))]
        for _ in range(levels - 1):
            pyramid.append(functional.avg_pool2d(pyramid[-1], 2))
        x = self.enter(pyramid[-1])
        for level in reversed(range(levels)):
            told = functional.leaky_relu(self.embed[level](pyramid[level]), 0.2)
            if x.shape[-1] != told.shape[-1]:
                # Nearest neighbour and a convolution: transposed ones leave checkerboards.
                x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.blocks[level](x, told)
        # The finest texture is noise with little done to it, so it gets a short way through.
        fine = pyramid[0][:, condition.shape[1] :]
        x = torch.cat([functional.leaky_relu(x, 0.2), fine], dim=1)
        return self.leave(x)[..., :height, :width]


class SpadeBlock(nn.Module):
    """Residual block with two spatially adaptive normalisations (Park, Liu, Wang & Zhu 2019)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.tell_first = nn.Conv2d(EMBEDDING, 2 * inputs, 1)
        self.tell_second = nn.Conv2d(EMBEDDING, 2 * outputs, 1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        y = self.first(functional.leaky_relu(_adapted(x, self.tell_first(told)), 0.2))
        y = self.second(functional.leaky_relu(_adapted(y, self.tell_second(told)), 0.2))
        return self.skip(x) + y


class SegmentingDiscriminator(nn.Module):
    """U-Net that gives each pixel a class, or calls it made: ``classes + 1`` scores (Schönfeld et al. 2021)."""

    def __init__(self, bands: int, classes: int) -> None:
        super().__init__()
        widths = DISCRIMINATOR_WIDTHS
        self.enter = spectral(nn.Conv2d(bands, widths[0], 3, padding=1))
        self.down = nn.ModuleList(
            spectral(nn.Conv2d(a, b, 4, stride=2, padding=1)) for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(
            spectral(nn.Conv2d(deep + skip, skip, 3, padding=1))
            for deep, skip in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.leave = nn.Conv2d(widths[0], classes + 1, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """``(n, bands, h, w)`` to ``(n, classes + 1, h, w)``."""
        height, width = image.shape[-2:]
        x = functional.leaky_relu(self.enter(padded(image, 2 ** len(self.down))), 0.2)
        skips = []
        for down in self.down:
            skips.append(x)
            x = functional.leaky_relu(down(x), 0.2)
        for up in self.up:
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = functional.leaky_relu(up(torch.cat([x, skips.pop()], dim=1)), 0.2)
        return self.leave(x)[..., :height, :width]


def _adapted(x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
    """Normalise over channels, then scale and shift as told ``(n, 2 channels, h, w)``."""
    scale, shift = told.chunk(2, dim=1)
    normal = x * torch.rsqrt(x.float().square().mean(dim=1, keepdim=True) + 1e-6).to(x.dtype)
    return normal * (1 + scale) + shift
