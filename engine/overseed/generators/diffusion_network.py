"""The network of the own diffusion model: a small U-Net that is told layout, mask and the ground around."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

#: Channels of each level, each half as wide as the one before. Sized for training on two processor cores.
WIDTHS = (32, 64, 96, 96)
GROUPS = 8


class Painter(nn.Module):
    """Maps noisy ground and what is told of it, of any size, to v or noise.

    No attention: its cost grows with the fourth power of a tile's side, and convolutions on four levels
    already see about 100 pixels far.
    """

    def __init__(self, components: int, told: int) -> None:
        super().__init__()
        from diffusers import UNet2DModel

        levels = len(WIDTHS)
        self.unet = UNet2DModel(
            in_channels=components + told,
            out_channels=components,
            block_out_channels=WIDTHS,
            down_block_types=("DownBlock2D",) * levels,
            up_block_types=("UpBlock2D",) * levels,
            layers_per_block=1,
            norm_num_groups=GROUPS,
            add_attention=False,
            resnet_time_scale_shift="scale_shift",
        )

    def forward(self, noisy: torch.Tensor, steps: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """``(n, components, h, w)``, from as much, steps ``(n,)`` and ``(n, told, h, w)``."""
        height, width = noisy.shape[-2:]
        grain = 2 ** (len(WIDTHS) - 1)
        margin = (0, -width % grain, 0, -height % grain)
        maps = functional.pad(torch.cat([noisy, told], dim=1), margin, mode="replicate")
        said = self.unet(maps.contiguous(memory_format=torch.channels_last), steps).sample
        return said[..., :height, :width]
