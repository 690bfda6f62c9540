"""Trainings that ran away: a loss or weights that are no finite numbers, said in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn

from overseed.errors import InputError


def refuse_broken_loss(losses: Mapping[str, float], step: int, hint: str) -> None:
    """Refuse to go on once a loss is no finite number: from then on nothing is learned.

    Parameters
    ----------
    step:
        Steps taken.
    hint:
        What the person can do about it.

    Raises
    ------
    InputError
        ``training.diverged``.
    """
    broken = sorted(name for name, value in losses.items() if not math.isfinite(value))
    if broken:
        raise _diverged(f"its loss ({', '.join(broken)}) is no number any more", step, hint)


def refuse_broken_weights(network: nn.Module, step: int, hint: str) -> None:
    """Refuse a network with weights that are no finite numbers; parameters as :func:`refuse_broken_loss`."""
    values = [v for v in network.state_dict().values() if v.dtype.is_floating_point]
    if not all(bool(torch.isfinite(value).all()) for value in values):
        raise _diverged("its weights are no numbers any more", step, hint)


def smaller_rate(rate: float) -> str:
    """The hint where the person chooses the learning rate."""
    return f"Use a smaller --learning-rate, such as {rate / 10:g}."


def _diverged(what: str, step: int, hint: str) -> InputError:
    return InputError(
        "training.diverged", f"The training ran away: after {step} steps {what}.", hint
    )
