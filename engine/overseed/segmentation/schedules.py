"""How the learning rate goes through a training: shares of the full rate, from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Callable

WARM_UP = 0.1
#: The one-cycle policy (Smith & Topin 2018): share of the steps that rise, and its two ends.
RISE, START, END = 0.3, 1 / 25, 1e-4


def cosine(step: int, steps: int) -> float:
    """A linear warm-up, then half a cosine to zero (Loshchilov & Hutter 2017)."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def one_cycle(step: int, steps: int) -> float:
    """Up from a twenty-fifth and down to nearly nothing, both along cosines."""
    peak = max(1, round(RISE * steps))
    if step < peak:
        return START + (1 - START) * 0.5 * (1 - math.cos(math.pi * step / peak))
    done = (step - peak) / max(1, steps - peak)
    return END + (1 - END) * 0.5 * (1 + math.cos(math.pi * done))


def warm(step: int, steps: int) -> float:
    """A linear warm-up and then the full rate, which a :class:`Plateau` lowers."""
    return min(1.0, (step + 1) / max(1, round(WARM_UP * steps)))


class Plateau:
    """Halves the rate after every two validations without gain."""

    PATIENCE = 2
    FACTOR = 0.5

    @classmethod
    def rate(cls, rate: float, since: int) -> float:
        """The new share, ``since`` so many validations without gain."""
        return rate * cls.FACTOR if since and since % cls.PATIENCE == 0 else rate


SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "cosine": cosine,
    "one-cycle": one_cycle,
    "plateau": warm,
}
