"""One GeoTIFF from files of the same place, also of different pixel sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from overseed.files import whole
from overseed.scenes.band_reader import open_bands
from overseed.scenes.raster_sources import stack_files
from overseed.scenes.rasters import recipe_for

ROWS = 256


def stack_bands(paths: Sequence[Path], names: Sequence[str], out: Path) -> None:
    """Write all bands of the files, under ``names``, on the grid of the finest file.

    Coarser files are repeated by nearest neighbour, so that no value is invented. Tiled, deflated GeoTIFF
    with the finest file's CRS, transform, type and nodata; written row band by row band and atomically.
    """
    import rasterio
    from rasterio.windows import Window

    info = replace(stack_files([str(path) for path in paths], out), band_names=tuple(names))
    recipe = recipe_for(info, range(1, len(names) + 1))
    floating = np.dtype(info.dtype).kind == "f"
    with (
        whole(out) as partial,
        open_bands(info, recipe) as bands,
        rasterio.open(
            partial, "w", driver="GTiff", dtype=info.dtype, count=len(names), width=info.width,
            height=info.height, crs=info.crs_wkt, transform=info.transform, nodata=info.nodata,
            tiled=True, blockxsize=256, blockysize=256, compress="deflate",
            predictor=3 if floating else 2,
        ) as target,
    ):  # fmt: skip
        target.descriptions = names
        for row in range(0, info.height, ROWS):
            rows = min(ROWS, info.height - row)
            image, _ = bands.read(row, 0, rows, info.width)
            target.write(image, window=Window(0, row, info.width, rows))
