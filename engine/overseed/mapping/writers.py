"""Rasters that are written row by row and end as cloud-optimised GeoTIFFs."""

from __future__ import annotations

import contextlib
import shutil
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from overseed.errors import ResourceError
from overseed.mapping.products import Product
from overseed.scenes.rasters import RasterInfo

#: Rows are gathered to whole tiles before they are compressed, so that each tile is written once.
TILE = 256
COG_TILE = 512


class RowWriter:
    """A raster of bytes on another raster's grid, written from top to bottom.

    Rows go to a plain tiled GeoTIFF at ``path``, since a cloud-optimised one cannot be written in
    order; :meth:`finish` turns it into one.
    """

    def __init__(
        self, path: Path, info: RasterInfo, product: Product, tags: Mapping[str, str] | None = None
    ) -> None:
        import rasterio

        self._dataset = rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=info.width,
            height=info.height,
            count=len(product.bands),
            dtype="uint8",
            crs=info.crs_wkt or None,
            transform=info.transform,
            nodata=product.nodata,
            tiled=True,
            blockxsize=TILE,
            blockysize=TILE,
            compress="deflate",
            zlevel=1,
            BIGTIFF="IF_SAFER",
        )
        self._dataset.descriptions = product.bands
        if product.scale != 1:
            self._dataset.scales = (product.scale,) * len(product.bands)
        if product.colours:
            self._dataset.write_colormap(1, dict(product.colours))
        if tags:
            self._dataset.update_tags(**tags)
        self._rows = np.empty((len(product.bands), TILE, info.width), dtype=np.uint8)
        self._height = info.height
        self._filled = 0
        self._written = 0
        self._path = path
        self._checksums = [0] * len(product.bands)
        self._resampling = product.resampling

    def write(self, rows: NDArray[np.uint8]) -> None:
        """Append rows, ``(bands, n, width)``."""
        while rows.shape[1]:
            part = rows[:, : TILE - self._filled]
            count = part.shape[1]
            self._checksums = [
                zlib.crc32(band.tobytes(), sum_)
                for band, sum_ in zip(part, self._checksums, strict=True)
            ]
            self._rows[:, self._filled : self._filled + count] = part
            self._filled += count
            rows = rows[:, count:]
            if self._filled == TILE:
                self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._dataset.close()

    @property
    def height(self) -> int:
        """Rows of the whole raster."""
        return self._height

    def close(self) -> None:
        """Write what is left; then the file can be read.

        Raises
        ------
        ResourceError
            ``machine.disk`` when the disk is full.
        """
        try:
            self._flush()
        finally:
            self._dataset.close()

    def read(self, rows: range) -> NDArray[np.uint8]:
        """Rows of the first band, ``(rows, width)``, once the writer is closed."""
        import rasterio
        from rasterio.windows import Window

        with _refused_when_damaged(self._path), rasterio.open(self._path) as dataset:
            window = Window(0, rows.start, dataset.width, len(rows))
            return np.asarray(dataset.read(1, window=window))

    def finish(self, target: Path, threads: int, check: Callable[[], None]) -> None:
        """Make the cloud-optimised GeoTIFF ``target`` of it, once it is closed.

        Parameters
        ----------
        threads:
            Threads for compressing; 0 means all.
        check:
            Called several times a second; when it raises, the copy is abandoned. GDAL cannot be
            stopped inside a copy, so its thread may go on for a while in files that nobody reads.

        Raises
        ------
        ResourceError
            ``machine.disk`` when the file does not hold what was written to it.
        """
        with _refused_when_damaged(target):
            _copy_as_cog(self._path, target, self._resampling, threads, check)
            # GDAL reports a full disk at closing time on standard error alone.
            if _checksums(target, check) != self._checksums:
                raise not_whole(target)

    def _flush(self) -> None:
        from rasterio.windows import Window

        if self._filled:
            window = Window(0, self._written, self._dataset.width, self._filled)
            with _refused_when_damaged(self._path):
                self._dataset.write(self._rows[:, : self._filled], window=window)
            self._written += self._filled
            self._filled = 0


@contextlib.contextmanager
def _refused_when_damaged(path: Path) -> Iterator[None]:
    """Turn what GDAL says about a write that failed into a refusal."""
    try:
        yield
    except Exception as error:
        # Errors that rasterio hands on from GDAL have no public base class.
        if not type(error).__module__.startswith("rasterio"):
            raise
        raise not_whole(path) from error


def not_whole(path: Path) -> ResourceError:
    """The refusal of a file in a work folder that does not hold all that was written to it."""
    # The temporary files lie in a work folder inside the map's own folder.
    folder = path.parent.parent
    free = shutil.disk_usage(folder).free / 2**20
    return ResourceError(
        "machine.disk",
        f"The map could not be written whole to {folder}; {free:.1f} MB are free there.",
        "Make room there or choose another folder, then start the same command again.",
    )


def _copy_as_cog(
    source: Path, target: Path, resampling: str, threads: int, check: Callable[[], None]
) -> None:
    failures: list[BaseException] = []

    def copy() -> None:
        import rasterio
        import rasterio.shutil

        options: dict[str, Any] = {
            "COMPRESS": "DEFLATE",
            "BLOCKSIZE": COG_TILE,
            "OVERVIEWS": "AUTO",
            "OVERVIEW_RESAMPLING": resampling,
            "BIGTIFF": "IF_SAFER",
            "NUM_THREADS": threads or "ALL_CPUS",
        }
        try:
            with rasterio.Env():
                rasterio.shutil.copy(source, target, driver="COG", **options)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=copy, name="write-cog", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
        check()
    if failures:
        raise failures[0]


def _checksums(path: Path, check: Callable[[], None]) -> list[int]:
    """CRC-32 of each band's pixels from top to bottom."""
    import rasterio
    from rasterio.windows import Window

    with rasterio.open(path) as dataset:
        sums = [0] * dataset.count
        for row in range(0, dataset.height, COG_TILE):
            check()
            height = min(COG_TILE, dataset.height - row)
            rows = dataset.read(window=Window(0, row, dataset.width, height))
            sums = [zlib.crc32(band, sum_) for band, sum_ in zip(rows, sums, strict=True)]
    return sums
