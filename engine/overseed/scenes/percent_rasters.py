"""Rasters of whole percent that belong to a map: how sure it is, how probable its classes are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.rasters import RasterInfo, open_raster, read_file_info

#: Grids that differ by less than this part of a pixel are one.
SAME = 0.01


@dataclass(frozen=True)
class PercentRaster:
    """A raster of bytes from 0 to 100 on a map's grid; anything above 100 means that nothing is known."""

    path: Path
    info: RasterInfo

    def strips(self, rows: int, bands: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
        """Bands of ``rows`` rows from the top, ``(len(bands), rows, width)``; 255 where nothing is known.

        Raises
        ------
        InputError
            ``raster.corrupt``.
        """
        from rasterio.errors import RasterioError
        from rasterio.windows import Window

        with open_raster(self.path) as dataset:
            for row in range(0, self.info.height, rows):
                window = Window(0, row, self.info.width, min(rows, self.info.height - row))
                try:
                    values = dataset.read(list(bands), window=window)
                    masks = dataset.read_masks(list(bands), window=window)
                except RasterioError as error:
                    raise InputError(
                        "raster.corrupt",
                        f"{self.path} cannot be read around row {row}.",
                        "The file is damaged; make it again.",
                    ) from error
                values[(masks == 0) | (values > 100)] = 255
                yield values


def read_percent(path: Path, grid: RasterInfo, option: str) -> PercentRaster:
    """Look at a raster that belongs to a map.

    Raises
    ------
    InputError
        What :func:`~overseed.scenes.rasters.read_file_info` refuses, ``raster.not-percent``, or
        ``raster.other-grid`` when it is not on the map's grid.
    """
    info = read_file_info(path)
    if info.dtype != "uint8":
        raise InputError(
            "raster.not-percent",
            f"{path} holds {info.dtype} values, not whole percent in bytes.",
            f"Give the raster that 'overseed classify {option}' wrote with the map.",
        )
    if not _same_grid(info, grid):
        raise InputError(
            "raster.other-grid",
            f"{path} is not on the grid of the map {grid.path}.",
            f"Give the raster that 'overseed classify {option}' wrote together with this map.",
        )
    return PercentRaster(path, info)


def _same_grid(info: RasterInfo, grid: RasterInfo) -> bool:
    if (info.width, info.height) != (grid.width, grid.height):
        return False
    to_map = ~grid.transform @ info.transform
    corners = [(0, 0), (info.width, 0), (0, info.height), (info.width, info.height)]
    return all(
        np.allclose(np.array(to_map @ corner), corner, rtol=0, atol=SAME) for corner in corners
    )
