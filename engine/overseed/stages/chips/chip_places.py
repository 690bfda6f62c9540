"""What chips' places tell: the size of their pixels on the ground."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from overseed.chips.chip_set import ChipSet
from overseed.scenes.rasters import RasterInfo, pixel_metres

#: Chips that are asked; all of one raster have the same pixels.
ASKED = 25


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
