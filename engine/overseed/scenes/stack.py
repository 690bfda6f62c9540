"""One GeoTIFF from single-band files of the same place, also of different pixel sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overseed.files import whole
from overseed.scenes.rasters import open_raster


def stack_bands(paths: Sequence[Path], names: Sequence[str], out: Path) -> None:
    """Write the first band of each file as a named band on the grid of the finest file.

    Coarser files are repeated by nearest neighbour, so that no value is invented. Tiled, deflated GeoTIFF
    with the finest file's CRS, transform, type and nodata; written row band by row band and atomically.
    """
    import contextlib

    import rasterio
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT
    from rasterio.windows import Window

    with contextlib.ExitStack() as stack:
        sources = [stack.enter_context(open_raster(path)) for path in paths]
        grid = min(sources, key=lambda source: abs(source.transform.a))
        views = [
            stack.enter_context(
                WarpedVRT(
                    source,
                    crs=grid.crs,
                    transform=grid.transform,
                    width=grid.width,
                    height=grid.height,
                    resampling=Resampling.nearest,
                )
            )
            for source in sources
        ]
        with (
            whole(out) as partial,
            rasterio.open(
                partial, "w", driver="GTiff", dtype=grid.dtypes[0], count=len(views),
                width=grid.width, height=grid.height, crs=grid.crs, transform=grid.transform,
                nodata=grid.nodata, tiled=True, blockxsize=256, blockysize=256,
                compress="deflate", predictor=2 if grid.dtypes[0] != "uint8" else 1,
            ) as target,
        ):  # fmt: skip
            for number, (view, name) in enumerate(zip(views, names, strict=True), start=1):
                target.set_band_description(number, name)
                for row in range(0, grid.height, 256):
                    window = Window(0, row, grid.width, min(256, grid.height - row))
                    target.write(view.read(1, window=window), number, window=window)
