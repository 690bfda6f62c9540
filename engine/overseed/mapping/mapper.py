"""Whole rasters to maps in bounded memory: one thread reads, the network runs, one writes."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.errors import InputError
from overseed.files import whole
from overseed.mapping.blending import RowBand
from overseed.mapping.onnx_model import OnnxModel
from overseed.mapping.style import colour_table, write_category_names, write_qml
from overseed.mapping.windows import WindowPlan, plan_windows
from overseed.mapping.writers import RowWriter
from overseed.scenes.band_reader import open_bands
from overseed.scenes.bands import match_bands
from overseed.scenes.raster_sources import read_info
from overseed.scenes.rasters import RasterInfo

Tick = Callable[[int, int, str], None]
#: Image rows (bands, rows, width) float32 and their validity (rows, width).
Chunk = tuple[NDArray[np.float32], NDArray[np.bool_]]

NODATA_CODE = 0
NODATA_CONFIDENCE = 255
#: Pixels that go through the network at once. On a processor more do not make it faster, and
#: between two batches the person's wish to stop is heard.
BATCH_PIXELS = 8 * 128 * 128
BATCH_PIXELS_GPU = 8 * BATCH_PIXELS
#: Chunks of rows that reader and writer may be ahead or behind.
QUEUE = 2


@dataclass(frozen=True)
class MapSummary:
    """What a map holds: pixels of each class's code, valid pixels, and who ran the network."""

    pixels: dict[int, int]
    valid_pixels: int
    provider: str


def style_files(out: Path) -> tuple[Path, Path]:
    """Where category names and style lie beside a map."""
    return out.with_name(f"{out.name}.aux.xml"), out.with_suffix(".qml")


def map_raster(
    raster: str | Path,
    model: OnnxModel,
    out: Path,
    *,
    confidence: Path | None = None,
    overlap: float = 0.5,
    resolution: float | None = None,
    threads: int = 0,
    tick: Tick = lambda done, total, unit: None,
) -> MapSummary:
    """Classify a raster.

    Every valid pixel gets the code of its most probable class, every other pixel 0. The map (a
    cloud-optimised GeoTIFF, uint8, with colour table), its category names (``<out>.aux.xml``) and
    its style (``.qml``) appear under their names when all are whole, the map last.

    Parameters
    ----------
    out:
        The map's name, ending in ``.tif``. Its folder must exist.
    confidence:
        Also write the blended probability of the chosen class there, in percent (uint8, nodata
        255).
    overlap:
        Share of a window that the next one covers again, in [0, 0.9].
    resolution:
        Pixel size in metres that the raster is resampled to first; that of the model's training rasters
        when left out, or else the raster's own grid.
    threads:
        Threads for compressing; the model has its own. 0 means all.
    tick:
        Called between batches and while files are finished; what it raises ends the work, and
        nothing is left behind.

    Raises
    ------
    ResourceError
        ``machine.disk`` when the disk is full.
    InputError
        What :func:`~overseed.scenes.raster_sources.read_info` and
        :func:`~overseed.scenes.bands.match_bands` refuse, ``raster.corrupt``, ``model.output``,
        or ``raster.all-nodata``.
    """
    info = read_info(raster, resolution or model.recipe.resolution)
    match_bands(info.path.name, info.band_names, model.recipe.names)
    plan = plan_windows(info.height, info.width, model.tile_size, overlap)
    names_file, style_file = style_files(out)
    with ExitStack() as stack:
        # Files take their names in the reverse of this order, so the map comes last.
        final_map = stack.enter_context(whole(out))
        final_confidence = stack.enter_context(whole(confidence)) if confidence else None
        write_category_names(stack.enter_context(whole(names_file)), model.table)
        write_qml(stack.enter_context(whole(style_file)), model.table)
        # `whole` removes what lies beside its temporary name with it, so this folder never stays.
        work = final_map.with_name(f"{final_map.name}.work")
        work.mkdir(exist_ok=True)
        writers = _open_writers(work, info, model, confidence is not None)
        try:
            summary = _stream(info, model, plan, writers, tick, threads)
        except BaseException:
            for writer in writers:
                writer.discard()
            raise
        if not summary.valid_pixels:
            for writer in writers:
                writer.discard()
            raise InputError(
                "raster.all-nodata",
                f"{raster} has no valid pixel in the bands {', '.join(model.bands)}.",
                "Check the raster's nodata value and mask.",
            )
        _finish(
            writers,
            work,
            (final_map, final_confidence),
            threads,
            lambda: tick(len(plan), len(plan), "window"),
        )
    # Overviews that some program built beside an older map would be shown instead of the new one's.
    out.with_name(f"{out.name}.ovr").unlink(missing_ok=True)
    return summary


def _open_writers(
    work: Path, info: RasterInfo, model: OnnxModel, with_confidence: bool
) -> list[RowWriter]:
    """The map's writer and, when wanted, the confidence's."""
    tags = {
        "OVERSEED_ENGINE": __version__,
        # Maps are passed on: the model's digest identifies it, its path would only name a person.
        "OVERSEED_MODEL": model.path.name,
        "OVERSEED_MODEL_SHA256": _sha256(model.path),
        "OVERSEED_MODEL_ENGINE": model.engine,
        "OVERSEED_ARM": model.arm,
        "OVERSEED_SYNTHETIC": "yes" if model.synthetic else "no",
    }
    colours = colour_table(model.table)
    writers = [RowWriter(work / "map.tif", info, NODATA_CODE, "class", colours, tags)]
    if with_confidence:
        path = work / "confidence.tif"
        writers.append(
            RowWriter(path, info, NODATA_CONFIDENCE, "confidence in percent", None, tags)
        )
    return writers


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _finish(
    writers: Sequence[RowWriter],
    work: Path,
    targets: Sequence[Path | None],
    threads: int,
    check: Callable[[], None],
) -> None:
    """Make the final files; overviews of codes hold codes only, those of percent their mean."""
    for writer, target, resampling in zip(writers, targets, ("MODE", "AVERAGE"), strict=False):
        if target is not None:
            # Made inside the work folder: after a cancel, GDAL's thread may still create files.
            copy = work / f"cog{target.suffix}"
            writer.finish(copy, resampling, threads, check)
            os.replace(copy, target)


def _stream(
    info: RasterInfo,
    model: OnnxModel,
    plan: WindowPlan,
    writers: Sequence[RowWriter],
    tick: Tick,
    threads: int,
) -> MapSummary:
    """Move down the raster: read new rows, run their windows, hand on the rows that are done."""
    table = model.table
    codes = np.array(table.codes, dtype=np.uint8)
    counts = np.zeros(len(table), dtype=np.int64)
    band = RowBand(plan, len(table))
    strip = _Strip(plan, model.fill)
    with ExitStack() as stack:
        bands = stack.enter_context(open_bands(info, model.recipe, threads))
        reader = stack.enter_context(ThreadPoolExecutor(1, "read-raster"))
        writer = stack.enter_context(ThreadPoolExecutor(1, "write-map"))
        stack.callback(writer.shutdown, wait=True, cancel_futures=True)
        stack.callback(reader.shutdown, wait=True, cancel_futures=True)

        def read(rows: range) -> Chunk:
            chunk = bands.read(rows.start, 0, len(rows), info.width)
            return _fill_invalid(*chunk, model.fill)

        written: deque[Future[None]] = deque()
        for row, chunk in enumerate(_read_ahead(reader, read, _new_rows(plan))):
            strip.push(*chunk)
            _run_row(row, strip, model, plan, band, tick)
            index, probability = band.finish(row)
            valid = strip.valid[: len(index), : info.width]
            counts += np.bincount(index[valid], minlength=len(table))
            rows = [np.where(valid, codes[index], np.uint8(NODATA_CODE))]
            if len(writers) > 1:
                rows.append(_percent(probability, valid))
            written.append(writer.submit(_write, writers, rows))
            if len(written) > QUEUE:
                written.popleft().result()
        for write in written:
            write.result()
    return MapSummary(
        pixels={code: int(count) for code, count in zip(table.codes, counts, strict=True)},
        valid_pixels=int(counts.sum()),
        provider=model.provider,
    )


def _new_rows(plan: WindowPlan) -> list[range]:
    """For each window row the raster rows that the one before did not read."""
    ends = [min(start + plan.rows.size, plan.rows.length) for start in plan.rows.starts]
    return [range(start, end) for start, end in zip([0, *ends], ends, strict=False)]


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


def _fill_invalid(
    image: NDArray[Any], valid: NDArray[np.bool_], fill: NDArray[np.float32]
) -> Chunk:
    """The image as float32 with the bands' fill values where it is not valid."""
    if image.dtype == np.float64:
        limits = np.finfo(np.float32)
        image = np.clip(image, limits.min, limits.max)
    filled = np.empty(image.shape, dtype=np.float32)
    filled[:] = fill[:, None, None]
    np.copyto(filled, image, where=valid, casting="unsafe")
    return filled, valid


def _run_row(
    row: int, strip: _Strip, model: OnnxModel, plan: WindowPlan, band: RowBand, tick: Tick
) -> None:
    """Run one row of windows; those without a valid pixel are skipped."""
    size = plan.cols.size
    budget = BATCH_PIXELS_GPU if model.on_gpu else BATCH_PIXELS
    batch_size = max(1, budget // (plan.rows.size * size))
    columns = [
        (number, slice(start, start + size))
        for number, start in enumerate(plan.cols.starts)
        if strip.valid[:, start : start + size].any()
    ]
    before = row * len(plan.cols.starts)
    tick(before, len(plan), "window")
    for first in range(0, len(columns), batch_size):
        batch = columns[first : first + batch_size]
        images = np.stack([strip.image[:, :, part] for _, part in batch])
        for (number, _), probabilities in zip(batch, model.predict(images), strict=True):
            band.add(row, number, probabilities)
        tick(before + batch[-1][0] + 1, len(plan), "window")


def _percent(probability: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    percent = np.rint(np.clip(np.nan_to_num(probability), 0, 1) * 100).astype(np.uint8)
    return np.where(valid, percent, np.uint8(NODATA_CONFIDENCE))


def _write(writers: Sequence[RowWriter], rows: Sequence[NDArray[np.uint8]]) -> None:
    for writer, part in zip(writers, rows, strict=True):
        writer.write(part)


class _Strip:
    """The rows of the raster that the current window row covers; padding counts as not valid."""

    def __init__(self, plan: WindowPlan, fill: NDArray[np.float32]) -> None:
        shape = (plan.rows.size, plan.cols.padded)
        self.image = np.empty((len(fill), *shape), dtype=np.float32)
        self.image[:] = fill[:, None, None]
        self.valid = np.zeros(shape, dtype=bool)
        self._filled = 0

    def push(self, image: NDArray[np.float32], valid: NDArray[np.bool_]) -> None:
        """Append rows at the bottom; the topmost ones make room for them."""
        count, width = valid.shape
        room = len(self.valid) - self._filled
        shift = max(0, count - room)
        top = self._filled - shift
        for plane, rows in zip((*self.image, self.valid), (*image, valid), strict=True):
            if shift:
                plane[:top] = plane[shift : self._filled]
            plane[top : top + count, :width] = rows
        self._filled = top + count
