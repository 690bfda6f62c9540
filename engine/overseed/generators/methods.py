"""The methods by name; a module is imported when its method is wanted."""

from __future__ import annotations

from overseed.arms import CONTROLS
from overseed.generators.contract import SampleGenerator
from overseed.tiles.statistics import BandStats

#: Generators that measurements of fidelity must see through; they are not offered to users.
FAKES = ("class-mean", "class-noise")


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
    if method == "statistical":
        from overseed.generators.statistical import Statistical

        return Statistical(bands, classes, tile, seed)
    if method == "replace":
        from overseed.generators.replace import Replace

        return Replace(bands, classes, tile, seed)
    if method == "copy-paste":
        from overseed.generators.copy_paste import CopyPaste

        return CopyPaste(bands, classes, tile, seed)
    if method in CONTROLS:
        from overseed.generators import controls

        control = controls.LayoutOnly if method == "layout-only" else controls.Noise
        return control(bands, classes, tile, seed)
    if method in FAKES:
        from overseed.generators import fakes

        kind = fakes.ClassMean if method == "class-mean" else fakes.ClassNoise
        return kind(bands, classes, tile, seed)
    raise ValueError(f"unknown method {method}")
