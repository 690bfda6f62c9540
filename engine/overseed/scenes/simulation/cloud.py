"""Clouds over a scene: how opaque they are at every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Cloud:
    """Cloud cover as a coarse lattice that is interpolated; a scene without clouds has no lattice."""

    width: int
    lattice: NDArray[np.float32] | None
    step: int

    def opacity(self, start: int, stop: int) -> NDArray[np.float32]:
        """``(stop - start, width)``: 0 where the sky is clear, else 0.2 (a cloud's edge) to 1."""
        if self.lattice is None:
            return np.zeros((stop - start, self.width), dtype=np.float32)
        row, below = np.divmod((np.arange(start, stop) + 0.5) / self.step, 1)
        column, beside = np.divmod((np.arange(self.width) + 0.5) / self.step, 1)
        upper, left = row.astype(int), column.astype(int)
        weight = below.astype(np.float32)[:, None]
        height = self.lattice[upper] * (1 - weight) + self.lattice[upper + 1] * weight
        weight = beside.astype(np.float32)
        height = height[:, left] * (1 - weight) + height[:, left + 1] * weight
        return np.where(height > 0, np.clip(0.2 + height, 0.2, 1), 0).astype(np.float32)


def draw_cloud(width: int, height: int, share: float, rng: np.random.Generator) -> Cloud:
    """Clouds over about ``share`` of the scene, in [0, 1): noise of three grain sizes above a level."""
    from scipy import ndimage

    if share == 0:
        return Cloud(width, None, 1)
    grain = float(np.clip(min(width, height) / 12, 3, 120))
    step = max(1, int(grain / 8))
    shape = (height // step + 2, width // step + 2)
    lattice = np.zeros(shape)
    for part in (1, 2, 4):
        layer = ndimage.gaussian_filter(rng.standard_normal(shape), grain / part / step)
        lattice += layer / layer.std() / part
    lattice = (lattice - np.quantile(lattice, 1 - share)) / (0.4 * lattice.std())
    return Cloud(width, lattice.astype(np.float32), step)
