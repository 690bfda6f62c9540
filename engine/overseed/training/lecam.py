"""LeCam regularisation of a discriminator (Tseng, Jiang, Liu, Yang & Yang 2021), for training on few tiles."""

from __future__ import annotations

import torch
from torch import nn

DECAY = 0.99


class LeCam(nn.Module):
    """Holds the scores of real images near what made ones had on average, and the other way round.

    The two averages are buffers, so that a checkpoint keeps them.
    """

    real: torch.Tensor
    made: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("real", torch.zeros(()))
        self.register_buffer("made", torch.zeros(()))

    def forward(
        self, on_real: torch.Tensor, on_made: torch.Tensor, weight: torch.Tensor
    ) -> torch.Tensor:
        """The penalty for scores ``(n, 1, h, w)``, weighted; also brings the averages up to date."""
        total = weight.sum().clamp(min=1e-6)
        with torch.no_grad():
            for own, scores in ((self.real, on_real), (self.made, on_made)):
                own.lerp_((scores.float() * weight).sum() / total, 1 - DECAY)
        distance = (on_real.float() - self.made) ** 2 + (on_made.float() - self.real) ** 2
        return (distance * weight).sum() / total
