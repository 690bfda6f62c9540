"""The two networks of pix2pix, sized to tile, bands and classes."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import nn

WIDTH = 32
WIDEST = 256


class UNetGenerator(nn.Module):
    """U-Net from condition and noise to standardised bands.

    Halves the resolution down to 4 pixels (at most 5 times); an image that this does not divide is continued
    at its edges. Upsampling is nearest-neighbour followed by a
    convolution (Odena, Dumoulin & Olah 2016), since transposed convolutions leave checkerboards. Batch
    normalisation as in the paper; instance normalisation would erase which class a uniform layout has.
    """

    def __init__(self, condition: int, noise: int, bands: int, tile: int) -> None:
        super().__init__()
        depth = max(2, min(5, int(math.log2(tile)) - 2))
        widths = [min(WIDEST, WIDTH * 2**level) for level in range(depth + 1)]
        self.enter = nn.Conv2d(condition + noise, widths[0], 3, padding=1)
        self.down = nn.ModuleList(
            _block(nn.Conv2d(a, b, 4, stride=2, padding=1), b) for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(
            _block(nn.Conv2d(deep + skip, skip, 3, padding=1), skip)
            for deep, skip in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.leave = nn.Sequential(
            nn.Conv2d(widths[0] + noise, widths[0], 3, padding=1),
            nn.LeakyReLU(0.2),
            full_strength(nn.Conv2d(widths[0], bands, 1)),
        )

    def forward(self, condition: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """``(n, condition, h, w)`` and ``(n, noise, h, w)`` to ``(n, bands, h, w)``."""
        height, width = condition.shape[-2:]
        inputs = padded(torch.cat([condition, noise], dim=1), 2 ** len(self.down))
        x = self.enter(inputs)
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(x)
        for up in self.up:
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = up(torch.cat([x, skips.pop()], dim=1))
        fine = inputs[:, condition.shape[1] :]
        return self.leave(torch.cat([x, fine], dim=1))[..., :height, :width]


class PatchDiscriminator(nn.Module):
    """PatchGAN: scores of overlapping patches, seen together with their condition.

    Two strided layers see patches of 34 pixels, three see the paper's 70; the count follows the tile.
    Spectral normalisation (Miyato et al. 2018) instead of batch normalisation.
    """

    def __init__(self, condition: int, bands: int, tile: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs, width = condition + bands, WIDTH
        for _ in range(3 if tile >= 256 else 2 if tile >= 64 else 1):
            layers += [spectral(nn.Conv2d(inputs, width, 4, 2, 1)), nn.LeakyReLU(0.2)]
            inputs, width = width, min(WIDEST, width * 2)
        layers += [spectral(nn.Conv2d(inputs, width, 4, 1, 1)), nn.LeakyReLU(0.2)]
        layers += [spectral(nn.Conv2d(width, 1, 4, 1, 1))]
        self.layers = nn.Sequential(*layers)

    def forward(self, condition_and_image: torch.Tensor) -> torch.Tensor:
        """``(n, condition + bands, h, w)`` to scores ``(n, 1, rows, cols)``."""
        return self.layers(condition_and_image)


def padded(maps: torch.Tensor, multiple: int) -> torch.Tensor:
    """``(n, channels, h, w)`` continued at the lower and right edge until ``multiple`` divides both sides."""
    height, width = maps.shape[-2:]
    missing = (0, -width % multiple, 0, -height % multiple)
    return nn.functional.pad(maps, missing, mode="replicate") if any(missing) else maps


def _block(convolution: nn.Module, channels: int) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.LeakyReLU(0.2))


def full_strength(layer: nn.Conv2d) -> nn.Conv2d:
    """Weights that keep the variance (LeCun et al. 1998); PyTorch's own start gives nearly no texture."""
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=fan_in**-0.5)
    return layer


def spectral(layer: nn.Module) -> nn.Module:
    return nn.utils.parametrizations.spectral_norm(layer)
