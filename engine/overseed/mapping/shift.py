"""Whether a raster's values lie where those of a model's training rasters did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overseed.mapping.area import Area
from overseed.mapping.described import DescribedModel
from overseed.scenes.band_reader import open_bands
from overseed.scenes.rasters import RasterInfo

#: A band has shifted when its mean lies this many standard deviations off, or its spread is wider or narrower
#: than the training rasters' by this factor.
FAR, FACTOR = 1.0, 3.0
#: Rows and columns of windows that are looked at, and a window's side.
PLACES, SIDE = 5, 64
#: Fewer valid pixels say nothing.
LEAST = 500


@dataclass(frozen=True)
class ShiftedBand:
    """A band whose mean lies ``shift`` training standard deviations off, and its spread as a factor."""

    name: str
    shift: float
    factor: float


def shifted_bands(
    info: RasterInfo, area: Area, model: DescribedModel, threads: int = 0
) -> list[ShiftedBand]:
    """Bands whose values in 25 windows spread over a part of a raster lie far from the training rasters'.

    Empty when the model does not tell its statistics or too little of the raster is valid.

    Raises
    ------
    InputError
        ``raster.corrupt``.
    """
    if model.mean is None or model.std is None:
        return []
    parts = []
    with open_bands(info, model.recipe, threads) as bands:
        for row in _places(area.info.height):
            for col in _places(area.info.width):
                height, width = min(SIDE, area.info.height - row), min(SIDE, area.info.width - col)
                image, valid = bands.read(area.row + row, area.col + col, height, width)
                parts.append(image[:, valid].astype(np.float64))
    values = np.concatenate(parts, axis=1)
    if values.shape[1] < LEAST:
        return []
    found = []
    columns = zip(
        model.recipe.all_names, values.mean(axis=1), values.std(axis=1), model.mean, model.std,
        strict=True,
    )  # fmt: skip
    for name, mean, std, usual, spread in columns:
        spread = max(spread, np.finfo(np.float32).tiny)
        shift, factor = float((mean - usual) / spread), float(std / spread)
        if abs(shift) > FAR or not 1 / FACTOR <= factor <= FACTOR:
            found.append(ShiftedBand(name, shift, factor))
    return found


def _places(length: int) -> list[int]:
    """Starts of windows spread evenly along an axis."""
    last = max(0, length - SIDE)
    return sorted({round(last * i / (PLACES - 1)) for i in range(PLACES)})
