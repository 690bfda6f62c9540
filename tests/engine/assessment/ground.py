"""A simulated scene as the tile store holds it, cut into blocks, for tests of the gate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overseed.scenes.simulation.covers import NAMES
from overseed.tiles.grid import Window, cells
from overseed.tiles.statistics import BandStats, band_statistics
from overseed.tiles.store import StoredScene
from tests.engine.scenes import simulated

TILE = 64
BLOCK = 128


@dataclass(frozen=True)
class Ground:
    """One scene, all of it training ground; blocks for fitting, and others that nothing is fitted on."""

    scene: StoredScene
    stats: BandStats
    own: list[tuple[int, Window]]
    others: list[tuple[int, Window]]
    names: tuple[str, ...]

    def tiles(self, blocks):
        """Images and labels of the tiles of some blocks."""
        for _, block in blocks:
            for part in cells(block.height, block.width, TILE):
                if (part.height, part.width) == (TILE, TILE):
                    window = Window(block.row + part.row, block.col + part.col, TILE, TILE)
                    yield self.scene.image[:, *window.slices], self.scene.labels[window.slices]


def make(folder, size=512, bands=4, seed=3, separability=4.0) -> Ground:
    """A scene with 256 blocks of ground, every second one in a chessboard for fitting."""
    made = simulated.make(
        folder, width=size, height=size, bands=bands, seed=seed, separability=separability,
        labelled=1.0, rare_share=0.08,
    )  # fmt: skip
    codes = made.labels()
    labels = np.where(codes > 0, codes - 1, 255).astype(np.uint8)
    side = np.where(made.truth > 0, 0, 255).astype(np.uint8)
    scene = StoredScene(made.image, labels, side)
    stats = band_statistics(made.image[:, side == 0], [f"b{n}" for n in range(bands)])
    blocks = [
        (0, Window(row, col, BLOCK, BLOCK))
        for row in range(0, size, BLOCK)
        for col in range(0, size, BLOCK)
    ]
    own = [b for b in blocks if (b[1].row + b[1].col) // BLOCK % 2 == 0]
    return Ground(scene, stats, own, [b for b in blocks if b not in own], tuple(NAMES))
