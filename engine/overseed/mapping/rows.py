"""Rows of a map from top to bottom: a thread reads, the network runs, what is blended is turned into bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.mapping import products
from overseed.mapping.area import Area, find_area
from overseed.mapping.blending import RowBand
from overseed.mapping.classifier import Classifier
from overseed.mapping.products import Product
from overseed.mapping.windows import WindowPlan, plan_windows
from overseed.scenes.band_reader import open_bands
from overseed.scenes.bands import match_bands
from overseed.scenes.raster_sources import read_info
from overseed.scenes.rasters import RasterInfo
from overseed.tiles.grid import STRIDE

Tick = Callable[[int, int, str], None]
#: Image rows (bands, rows, width) as they are stored, which of their pixels have a value, and which are to be
#: mapped (rows, width).
Chunk = tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]
#: For each product its rows, ``(bands, rows, width)`` uint8.
MadeRows = list[NDArray[np.uint8]]

#: Pixels that go through the network at once. On a processor more do not make it faster, and
#: between two batches the person's wish to stop is heard.
BATCH_PIXELS = 8 * 128 * 128
BATCH_PIXELS_GPU = 8 * BATCH_PIXELS
#: Chunks of rows that the reader may be ahead.
QUEUE = 1
#: Bytes that rows of a very wide raster, or one with very many bands, may take; windows are made lower for it.
MOST_BYTES = 640 << 20


@dataclass(frozen=True)
class Request:
    """What is to be made of one raster.

    Parameters
    ----------
    out:
        The map's name, ending in ``.tif``. Its folder must exist.
    confidence:
        Also write a measure of confidence there, in percent (uint8, nodata 255): ``probability``, ``margin``
        or ``entropy``, see :func:`~overseed.mapping.products.confidence`.
    probabilities:
        Also write the probability of each class there, a band each (uint8, hundredths, nodata 255).
    outlines:
        Also write the map as polygons there, a GeoPackage; see
        :func:`~overseed.mapping.map_polygons.write_polygons`.
    window:
        Side of the windows in pixels, rounded up to what the network takes; the model's tile size when left
        out.
    overlap:
        Share of a window that the next one covers again, in [0, 0.9].
    resolution:
        Pixel size in metres that the raster is resampled to first; that of the model's training rasters
        when left out, or else the raster's own grid.
    extent, polygons:
        Map only a part, see :func:`~overseed.mapping.area.find_area`; the map then has the size of
        that part.
    """

    raster: str | Path
    out: Path
    confidence: Path | None = None
    measure: str = "probability"
    probabilities: Path | None = None
    outlines: Path | None = None
    window: int | None = None
    overlap: float = 0.5
    resolution: float | None = None
    extent: Sequence[float] | None = None
    polygons: NDArray[Any] | None = None


@dataclass(frozen=True)
class Task:
    """A request with all that a model and a raster make of it.

    ``products`` are the map, then what else was asked for by name, last what only polygons want.
    """

    info: RasterInfo
    area: Area
    plan: WindowPlan
    products: tuple[Product, ...]


def plan_task(request: Request, model: Classifier) -> Task:
    """Plan what a request asks for; raises what :func:`~overseed.mapping.mapper.map_raster` says of inputs."""
    info = read_info(
        request.raster, request.resolution or model.recipe.resolution, crs_needed=False
    )
    match_bands(info.path.name, info.band_names, model.recipe.names)
    area = find_area(info, request.extent, request.polygons)
    side = -(-(request.window or model.tile_size) // STRIDE) * STRIDE
    rows = max(model.tile_size, _rows_that_fit(area.info, model))
    plan = plan_windows(area.info.height, area.info.width, side, request.overlap, rows)
    made = [products.class_map(request.out, model.table)]
    if request.confidence is not None:
        made.append(products.confidence(request.confidence, request.measure))
    if request.probabilities is not None:
        made.append(products.probabilities(request.probabilities, model.table))
    if request.outlines is not None:
        made.append(products.confidence(request.outlines, "probability"))
    return Task(info, area, plan, tuple(made))


def map_rows(
    task: Task, model: Classifier, wanted: range, tick: Tick, threads: int = 0
) -> Generator[MadeRows]:
    """Move down a raster: read new rows, run their windows, hand on the rows that are done.

    Parameters
    ----------
    wanted:
        Rows of windows whose finished rows are handed on. Windows above them are run too where they reach into
        them, so that a part of a map is the same as in the whole, bit for bit.
    threads:
        Threads for decoding the raster; the model has its own. 0 means all.
    tick:
        Called between batches with windows done and windows in all.
    """
    plan, area, width = task.plan, task.area, task.area.info.width
    band = RowBand(plan, len(model.table))
    strip = _Strip(plan, model.fill)
    run = range(_first_reaching(plan, wanted.start), wanted.stop)
    with ExitStack() as stack:
        bands = stack.enter_context(open_bands(task.info, model.recipe, threads))
        reader = stack.enter_context(ThreadPoolExecutor(1, "read-raster"))
        stack.callback(reader.shutdown, wait=True, cancel_futures=True)

        def read(rows: range) -> Chunk:
            image, valid = bands.read(area.row + rows.start, area.col, len(rows), width)
            inside = area.inside(rows)
            # Ground outside of what is mapped is still seen by the network.
            return image, valid, valid if inside is None else valid & inside

        for row, chunk in zip(run, _read_ahead(reader, read, _new_rows(plan, run)), strict=True):
            strip.push(*chunk)
            _run_row(row, strip, model, plan, band, tick)
            probabilities = band.finish(row)
            if row not in wanted:
                continue
            mapped = strip.wanted[: probabilities.shape[1], :width]
            # Bytes are handed on, not probabilities, which are many times as large.
            yield [
                np.where(mapped, product.derive(probabilities), np.uint8(product.nodata))
                for product in task.products
            ]


def _first_reaching(plan: WindowPlan, row: int) -> int:
    """The first row of windows that reaches into those rows of the raster that a row of windows begins with."""
    starts = plan.rows.starts
    return next(n for n in range(row + 1) if starts[n] + plan.rows.size > starts[row])


def _rows_that_fit(info: RasterInfo, model: Classifier) -> int:
    """Rows of windows that keep what is held of the raster and of the map within bounds."""
    stored = np.dtype(info.dtype).itemsize
    if model.recipe.indices or set(model.recipe.scales) != {1.0}:
        stored = max(stored, 4)
    # Of the image: the strip, chunks ahead and what one is read as; of the probabilities: their sums, weights,
    # and what is derived of them.
    images = len(model.fill) * (4 + stored * (QUEUE + 3))
    probabilities = 4 * len(model.table) + 24
    return MOST_BYTES // (info.width * (images + probabilities))


def _new_rows(plan: WindowPlan, run: range) -> list[range]:
    """For each row of windows the raster rows that the one before did not read."""
    own = [plan.rows.starts[row] for row in run]
    ends = [min(start + plan.rows.size, plan.rows.length) for start in own]
    return [range(start, end) for start, end in zip([own[0], *ends], ends, strict=False)]


def _read_ahead(
    reader: ThreadPoolExecutor, read: Callable[[range], Chunk], parts: Sequence[range]
) -> Iterator[Chunk]:
    """Yield what ``read`` gives for each part; the reader is at most ``QUEUE`` parts ahead."""
    ahead: deque[Future[Chunk]] = deque()
    for part in parts:
        ahead.append(reader.submit(read, part))
        if len(ahead) > QUEUE:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()


def _run_row(
    row: int, strip: _Strip, model: Classifier, plan: WindowPlan, band: RowBand, tick: Tick
) -> None:
    """Run one row of windows; those without a pixel to be mapped are skipped."""
    size = plan.cols.size
    budget = BATCH_PIXELS_GPU if model.on_gpu else BATCH_PIXELS
    batch_size = max(1, budget // (plan.rows.size * size))
    columns = [
        (number, slice(start, start + size))
        for number, start in enumerate(plan.cols.starts)
        if strip.wanted[:, start : start + size].any()
    ]
    before = row * len(plan.cols.starts)
    tick(before, len(plan), "window")
    for first in range(0, len(columns), batch_size):
        batch = columns[first : first + batch_size]
        images = np.stack([strip.image[:, :, part] for _, part in batch])
        for (number, _), probabilities in zip(batch, model.predict(images), strict=True):
            band.add(row, number, probabilities)
        tick(before + batch[-1][0] + 1, len(plan), "window")


class _Strip:
    """The rows of the raster that the current window row covers; padding is not to be mapped."""

    def __init__(self, plan: WindowPlan, fill: NDArray[np.float32]) -> None:
        shape = (plan.rows.size, plan.cols.padded)
        self.image = np.empty((len(fill), *shape), dtype=np.float32)
        self.image[:] = fill[:, None, None]
        self.wanted = np.zeros(shape, dtype=bool)
        self._fill = fill
        self._filled = 0

    def push(
        self, image: NDArray[Any], valid: NDArray[np.bool_], wanted: NDArray[np.bool_]
    ) -> None:
        """Append rows at the bottom, the bands' fill values where they have no value; the topmost make room."""
        count, width = wanted.shape
        room = len(self.wanted) - self._filled
        shift = max(0, count - room)
        top = self._filled - shift
        for plane in (*self.image, self.wanted):
            if shift:
                plane[:top] = plane[shift : self._filled]
        self.wanted[top : top + count, :width] = wanted
        for plane, rows, fill in zip(self.image, image, self._fill, strict=True):
            place = plane[top : top + count, :width]
            place[:] = fill
            np.copyto(place, _in_float32(rows), where=valid, casting="unsafe")
        self._filled = top + count


def _in_float32(rows: NDArray[Any]) -> NDArray[Any]:
    """Values that float32 can hold: the largest there are in place of larger ones."""
    if rows.dtype != np.float64:
        return rows
    limits = np.finfo(np.float32)
    return np.clip(rows, limits.min, limits.max)
