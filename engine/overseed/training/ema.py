"""Exponential moving average of weights (Polyak & Juditsky 1992; warm-up as in timm's ModelEmaV3)."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import nn


class WeightAverage:
    """A second copy of a network whose weights trail the trained ones.

    The decay grows with the steps, ``min(decay, (1 + step) / (10 + step))``, so that short trainings do not
    stay at their random start. Buffers (batch statistics) are averaged like weights; counters are copied.
    """

    def __init__(self, network: nn.Module, decay: float = 0.998) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network's weights after optimizer step ``step`` (from 1)."""
        self.update_from(network.state_dict(), step)

    @torch.no_grad()
    def update_from(self, state: Mapping[str, torch.Tensor], step: int) -> None:
        """Move towards weights that are given by name, as in the averaged network's own state."""
        decay = min(self._decay, (1 + step) / (10 + step))
        own = self.network.state_dict()
        for name, value in state.items():
            if value.dtype.is_floating_point:
                own[name].lerp_(value, 1 - decay)
            else:
                own[name].copy_(value)
