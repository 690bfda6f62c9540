"""The methods by name; a module is imported when its method is wanted."""

from __future__ import annotations

from overseed.arms import CONTROLS
from overseed.diffusion_settings import DIFFUSION, OWN
from overseed.extras import check_extras
from overseed.generators.contract import SampleGenerator
from overseed.generators.diffusion_options import Learning, Sampling
from overseed.tiles.statistics import BandStats

#: Generators that measurements of fidelity must see through; they are not offered to users.
FAKES = ("class-mean", "class-noise")


def make_generator(
    method: str,
    bands: BandStats,
    classes: int,
    tile: int,
    seed: int,
    learning: Learning | None = None,
    sampling: Sampling | None = None,
) -> SampleGenerator:
    """The untrained generator of that name; ``learning`` and ``sampling`` are for diffusion and sd-inpaint.

    Raises
    ------
    InputError
        ``diffusion.not-installed``.
    """
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
    if method in DIFFUSION:
        check_extras([method])
        options = learning or Learning(), sampling or Sampling()
        if method == OWN:
            from overseed.generators.diffusion import Diffusion

            return Diffusion(bands, classes, tile, seed, *options)
        from overseed.generators.sd_inpaint import SdInpaint

        return SdInpaint(bands, classes, tile, seed, *options)
    if method in CONTROLS:
        from overseed.generators import controls

        control = controls.LayoutOnly if method == "layout-only" else controls.Noise
        return control(bands, classes, tile, seed)
    if method in FAKES:
        from overseed.generators import fakes

        kind = fakes.ClassMean if method == "class-mean" else fakes.ClassNoise
        return kind(bands, classes, tile, seed)
    raise ValueError(f"unknown method {method}")
