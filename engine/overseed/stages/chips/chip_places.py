"""What is known of where chips come from: how their bands were read, the size of their pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from overseed.chips.chip_set import ChipSet
from overseed.files import read_json
from overseed.scenes.bands import BandRecipe
from overseed.scenes.rasters import RasterInfo, pixel_metres
from overseed.stages.chips.chip_files import PreparedChips
from overseed.stages.chips.prepare import RECIPE

#: Chips that are asked; all of one raster have the same pixels.
ASKED = 25


def recipe_of(prepared: PreparedChips) -> BandRecipe:
    """How the chips' bands were read; as they were stored where nothing says so."""
    file, chips = prepared.run.chips / RECIPE, prepared.chips
    if file.is_file():
        return BandRecipe.from_json(read_json(file))
    return BandRecipe(chips.stats.names, (1.0,) * chips.bands, (0.0,) * chips.bands)


def pixel_metres_of(chips: ChipSet, side: int) -> float | None:
    """Side of a pixel in metres, the median over chips of one side; ``None`` where no place is known."""
    from affine import Affine

    numbers = [n for n in chips.of_side(side) if _is_placed(chips, int(n))]
    if not numbers:
        return None
    chosen = {numbers[i] for i in np.linspace(0, len(numbers) - 1, ASKED).astype(int)}
    lengths = []
    for number in sorted(chosen):
        place = chips.places[number]
        assert place.transform is not None
        info = RasterInfo(
            path=Path(chips.names[number]),
            crs_wkt=place.crs_wkt,
            transform=Affine.from_gdal(*place.transform),
            width=chips.size,
            height=chips.size,
            band_names=chips.stats.names,
            dtype=chips.stats.dtype,
            nodata=None,
        )
        lengths.append(float(np.sqrt(np.prod(pixel_metres(info)))))
    return round(float(np.median(lengths)), 4)


def _is_placed(chips: ChipSet, number: int) -> bool:
    place = chips.places[number]
    return bool(place.crs_wkt) and place.transform is not None
