"""How far the texture of made ground is from that of the real ground which it stands for.

The idea is that of texture synthesis by matched statistics (Portilla & Simoncelli 2000); the statistic is
geostatistics' own, the variogram (Matheron 1963): mean squares of the differences between pixels some lag
apart. Unlike a filter it needs no more than pairs of pixels in one class, so it also measures narrow and
ragged parcels.
"""

from __future__ import annotations

import torch

#: Lags in pixels, down and right, whose differences are compared.
LAGS = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (0, 4), (4, 0), (0, 8), (8, 0))
#: Lags at which the bands' differences are also compared with each other.
PAIRED_LAGS = ((1, 1), (0, 2), (4, 0))
#: Bands at most, evenly spaced, whose correlations are compared; all pairs of many bands would cost too much.
PAIRED = 16
#: Pairs of pixels from which on a class says something, and what keeps logarithms finite.
FEWEST = 24
FLOOR = 1e-5


def texture_distance(made: torch.Tensor, real: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """A scalar for ``(n, bands, h, w)`` with pixels of each class in ``classes`` ``(n, classes, h, w)``.

    Compared are, per class, band and lag, the logarithm of the variogram, and per lag the correlations between
    the bands' differences. L1 makes images too smooth, a young discriminator too rough, and rough at one
    scale only; this holds all scales to the real measure. Means run over what a batch has enough pairs of.
    """
    bands = made.shape[1]
    paired = slice(None, None, -(-bands // PAIRED))
    strength, mixture = _Mean(made), _Mean(made)
    for down, right in LAGS:
        if made.shape[-2] <= down or made.shape[-1] <= right:
            continue
        pairs = _here(classes, down, right) * _there(classes, down, right)
        counts = pairs.sum(dim=(0, 2, 3))
        enough = (counts >= FEWEST).float()
        steps = [_here(image, down, right) - _there(image, down, right) for image in (made, real)]
        logs = [
            (torch.einsum("nbhw,nkhw->kb", step**2, pairs) / counts.clamp(min=1)[:, None] + FLOOR)
            for step in steps
        ]
        strength.add((logs[0].log() - logs[1].log()).abs().mean(dim=1), enough)
        if (down, right) in PAIRED_LAGS:
            mixes = [_correlations(step[:, paired], pairs) for step in steps]
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


def _here(maps: torch.Tensor, down: int, right: int) -> torch.Tensor:
    return maps[..., : maps.shape[-2] - down, : maps.shape[-1] - right]


def _there(maps: torch.Tensor, down: int, right: int) -> torch.Tensor:
    return maps[..., down:, right:]


def _correlations(steps: torch.Tensor, pairs: torch.Tensor) -> torch.Tensor:
    """Correlations ``(classes, bands, bands)`` of differences over the pairs of each class; 0 where none."""
    bands = steps.shape[1]
    flat = steps.movedim(1, -1).reshape(-1, bands)
    masks = pairs.movedim(1, -1).reshape(flat.shape[0], -1)
    products = torch.einsum("pk,pb,pd->kbd", masks, flat, flat)
    power = products.diagonal(dim1=1, dim2=2) + FLOOR
    return products / (power[:, :, None] * power[:, None, :]).sqrt()
