"""DiffAugment (Zhao, Liu, Lin, Zhu & Han 2020) for images of any bands: what a discriminator sees, and how.

Colour becomes what varies between scenes: one gain and one offset for all bands of an image, as illumination
and haze do; a change for each band by itself would make spectra that no ground has. Translation and cutout
move and blank image, layout and weights alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

GAIN = 0.15
OFFSET = 0.2
#: Largest shift, and side of the blanked square, as shares of the tile.
SHIFT = 0.125
CUT = 0.25


@dataclass(frozen=True)
class Augmentation:
    """The same draw for real and made images, ``n`` of each.

    ``gain`` and ``offset`` ``(n,)`` float32; ``shift`` ``(n, 2)`` in pixels; ``cut`` ``(n, 2)``, the upper
    left pixel of a blanked square of side ``side``, which may lie partly outside.
    """

    gain: torch.Tensor
    offset: torch.Tensor
    shift: NDArray[np.int64]
    cut: NDArray[np.int64]
    side: int

    def colour(self, images: torch.Tensor) -> torch.Tensor:
        """Change gain and offset of standardised ``(n, bands, h, w)``."""
        return images * self.gain[:, None, None, None] + self.offset[:, None, None, None]

    def place(self, maps: torch.Tensor) -> torch.Tensor:
        """Shift and blank ``(n, channels, h, w)``; ground that comes in is 0 in every channel."""
        height, width = maps.shape[-2:]
        moved = torch.zeros_like(maps)
        for number, ((down, right), (top, left)) in enumerate(
            zip(self.shift.tolist(), self.cut.tolist(), strict=True)
        ):
            moved[number, :, max(0, down) : height + down, max(0, right) : width + right] = maps[
                number, :, max(0, -down) : height - down, max(0, -right) : width - right
            ]
            moved[
                number,
                :,
                max(0, top) : max(0, top + self.side),
                max(0, left) : max(0, left + self.side),
            ] = 0
        return moved


def draw_augmentation(count: int, size: int, rng: np.random.Generator) -> Augmentation:
    """Draw what happens to ``count`` tiles of ``size`` pixels."""
    shift, side = int(size * SHIFT), int(size * CUT)
    return Augmentation(
        gain=torch.from_numpy(rng.uniform(1 - GAIN, 1 + GAIN, count).astype(np.float32)),
        offset=torch.from_numpy(rng.uniform(-OFFSET, OFFSET, count).astype(np.float32)),
        shift=rng.integers(-shift, shift, (count, 2), endpoint=True),
        cut=rng.integers(-side, size, (count, 2)),
        side=side,
    )
