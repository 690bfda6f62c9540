"""The methods by name; a module is imported when its method is wanted."""

from __future__ import annotations

from overseed.generators.contract import SampleGenerator
from overseed.tiles.statistics import BandStats


def make_generator(
    method: str, bands: BandStats, classes: int, tile: int, seed: int
) -> SampleGenerator:
    """The untrained generator of that name."""
    if method == "pix2pix":
        from overseed.generators.pix2pix import Pix2Pix

        return Pix2Pix(bands, classes, tile, seed)
    if method == "spade":
        from overseed.generators.spade import Spade

        return Spade(bands, classes, tile, seed)
    raise ValueError(f"unknown method {method}")
