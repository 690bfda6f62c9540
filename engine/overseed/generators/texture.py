"""How far the texture of made ground is from that of the real ground which it stands for.

The idea is that of texture synthesis by matched statistics (Portilla & Simoncelli 2000); the statistic is
geostatistics' own, the variogram (Matheron 1963): mean squares of the differences between pixels some lag
apart. Unlike a filter it needs no more than pairs of pixels in one class, so it also measures narrow and
ragged parcels.
"""

from __future__ import annotations

import torch

#: Lags in pixels, down and right, whose differences are compared: a group in each step, in turn, which is a
#: third of the work and over a few steps the same. Of each group's first lag the bands' differences are also
#: compared with each other.
GROUPS = (((1, 1), (0, 4), (8, 0)), ((0, 2), (1, 0), (0, 8)), ((4, 0), (0, 1), (2, 0)))
#: Bands at most, evenly spaced, whose correlations are compared; all pairs of many bands would cost too much.
PAIRED = 16
#: Pairs of pixels from which on a class says something, and what keeps logarithms finite.
FEWEST = 24
FLOOR = 1e-5


def texture_distance(
    made: torch.Tensor, real: torch.Tensor, classes: torch.Tensor, step: int
) -> torch.Tensor:
    """A scalar for ``(n, bands, h, w)`` with pixels of each class in ``classes`` ``(n, classes, h, w)``.

    Compared are, per class, band and lag, the logarithm of the variogram, and the correlations between the
    bands' differences, at the lags whose turn it is in ``step``. L1 makes images too smooth, a young
    discriminator too rough, and rough at one scale only; this holds all scales to the real measure. Means run
    over what a batch has enough pairs of.
    """
    _, bands, height, width = made.shape
    every = -(-bands // PAIRED)
    # With all pixels in one row a lag is a shift of that row; pairs across a border weigh nothing.
    images = [_rows(image) for image in (made, real)]
    members = _rows(classes)
    place = torch.arange(members.shape[1], device=made.device)
    row, column = place // width % height, place % width
    strength, mixture = _Mean(made), _Mean(made)
    group = GROUPS[step % len(GROUPS)]
    for down, right in group:
        if height <= down or width <= right:
            continue
        shift = down * width + right
        inside = (row < height - down) & (column < width - right)
        pairs = members[:, :-shift] * members[:, shift:] * inside[:-shift]
        counts = pairs.sum(dim=1)
        enough = (counts >= FEWEST).float()
        steps = [image[:, :-shift] - image[:, shift:] for image in images]
        logs = [
            (pairs @ (step**2).T / counts.clamp(min=1)[:, None] + FLOOR).log() for step in steps
        ]
        strength.add((logs[0] - logs[1]).abs().mean(dim=1), enough)
        if (down, right) == group[0]:
            mixes = [_correlations(step[::every], pairs) for step in steps]
            mixture.add((mixes[0] - mixes[1]).abs().mean(dim=(1, 2)), enough)
    return strength.value() + mixture.value()


class _Mean:
    """A weighted mean that grows; 0 where nothing had weight."""

    def __init__(self, like: torch.Tensor) -> None:
        self._sum, self._weight = like.new_zeros(()), like.new_zeros(())

    def add(self, values: torch.Tensor, weight: torch.Tensor) -> None:
        self._sum = self._sum + (values * weight).sum()
        self._weight = self._weight + weight.sum()

    def value(self) -> torch.Tensor:
        return self._sum / self._weight.clamp(min=1)


def _rows(maps: torch.Tensor) -> torch.Tensor:
    """``(n, channels, h, w)`` as ``(channels, n·h·w)``."""
    return maps.movedim(1, 0).reshape(maps.shape[1], -1)


def _correlations(steps: torch.Tensor, pairs: torch.Tensor) -> torch.Tensor:
    """Correlations ``(classes, bands, bands)`` of differences ``(bands, pairs)``; 0 where a class has none."""
    bands = len(steps)
    products = pairs @ (steps[:, None] * steps[None]).flatten(0, 1).T
    products = products.reshape(-1, bands, bands)
    power = products.diagonal(dim1=1, dim2=2) + FLOOR
    return products / (power[:, :, None] * power[:, None, :]).sqrt()
