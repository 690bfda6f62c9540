"""Whole rasters to maps in bounded memory: one thread reads, the network runs, one writes."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.errors import InputError
from overseed.files import whole, write_json
from overseed.mapping import products
from overseed.mapping.area import Area, find_area
from overseed.mapping.blending import RowBand
from overseed.mapping.classifier import Classifier
from overseed.mapping.map_polygons import write_polygons
from overseed.mapping.patches import find_patches, sieved
from overseed.mapping.products import Product
from overseed.mapping.style import write_category_names, write_qml
from overseed.mapping.windows import WindowPlan, plan_windows
from overseed.mapping.writers import RowWriter
from overseed.scenes.band_reader import open_bands
from overseed.scenes.bands import match_bands
from overseed.scenes.raster_sources import read_info
from overseed.scenes.rasters import RasterInfo
from overseed.tiles.grid import STRIDE

Tick = Callable[[int, int, str], None]
#: Image rows (bands, rows, width) float32 and which pixels are to be mapped (rows, width).
Chunk = tuple[NDArray[np.float32], NDArray[np.bool_]]

#: Pixels that go through the network at once. On a processor more do not make it faster, and
#: between two batches the person's wish to stop is heard.
BATCH_PIXELS = 8 * 128 * 128
BATCH_PIXELS_GPU = 8 * BATCH_PIXELS
#: Chunks of rows that reader and writer may be ahead or behind.
QUEUE = 1
#: Bytes that rows of a very wide raster, or one with very many bands, may take; windows are made lower for it.
MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class MapSummary:
    """What a map holds: pixels of each class's code, mapped pixels, and who ran the network."""

    pixels: dict[int, int]
    valid_pixels: int
    provider: str


def sidecars(out: Path) -> tuple[Path, Path, Path]:
    """Where category names, style and record lie beside a map."""
    return (
        out.with_name(f"{out.name}.aux.xml"),
        out.with_suffix(".qml"),
        out.with_name(f"{out.name}.json"),
    )


def map_raster(
    raster: str | Path,
    model: Classifier,
    out: Path,
    *,
    confidence: Path | None = None,
    measure: str = "probability",
    probabilities: Path | None = None,
    outlines: Path | None = None,
    least: NDArray[np.int64] | None = None,
    window: int | None = None,
    overlap: float = 0.5,
    resolution: float | None = None,
    extent: Sequence[float] | None = None,
    polygons: NDArray[Any] | None = None,
    threads: int = 0,
    about: Mapping[str, Any] | None = None,
    tick: Tick = lambda done, total, unit: None,
) -> MapSummary:
    """Classify a raster.

    Every valid pixel gets the code of its most probable class, every other pixel 0. The map (a
    cloud-optimised GeoTIFF, uint8, with colour table), its category names (``<out>.aux.xml``), its style
    (``.qml``) and a record of what made it (``<out>.json``) appear under their names when all are whole, the
    map last.

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
    least:
        ``(256,)``: pixels that a patch of each code needs to stay on the map; smaller ones are filled from
        around, see :func:`~overseed.mapping.patches.sieved`. Confidence and probabilities stay as they are.
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
    threads:
        Threads for compressing; the model has its own. 0 means all.
    about:
        Goes into the record.
    tick:
        Called between batches and while files are finished; what it raises ends the work, and
        nothing is left behind.

    Raises
    ------
    ResourceError
        ``machine.disk`` when the disk is full.
    InputError
        What :func:`~overseed.scenes.raster_sources.read_info`,
        :func:`~overseed.scenes.bands.match_bands` and :func:`~overseed.mapping.area.find_area` refuse,
        ``raster.corrupt``, ``model.output``, or ``raster.all-nodata``.
    """
    info = read_info(raster, resolution or model.recipe.resolution)
    match_bands(info.path.name, info.band_names, model.recipe.names)
    area = find_area(info, extent, polygons)
    side = -(-(window or model.tile_size) // STRIDE) * STRIDE
    rows = max(model.tile_size, _rows_that_fit(area.info.width, model))
    plan = plan_windows(area.info.height, area.info.width, side, overlap, rows)
    names_file, style_file, record_file = sidecars(out)
    made = [products.class_map(out, model.table)]
    if confidence is not None:
        made.append(products.confidence(confidence, measure))
    if probabilities is not None:
        made.append(products.probabilities(probabilities, model.table))
    targets = [product.target for product in made]
    if outlines is not None:
        # Only polygons want it: it stays in the work folder.
        made.append(products.confidence(out, "probability"))
    check = partial(tick, len(plan), len(plan), "window")
    with ExitStack() as stack:
        # Files take their names in the reverse of this order, so the map comes last.
        finals = [stack.enter_context(whole(target)) for target in targets]
        final_outlines = stack.enter_context(whole(outlines)) if outlines is not None else None
        write_category_names(stack.enter_context(whole(names_file)), model.table)
        write_qml(stack.enter_context(whole(style_file)), model.table)
        record = stack.enter_context(whole(record_file))
        # `whole` removes what lies beside its temporary name with it, so this folder never stays.
        work = finals[0].with_name(f"{finals[0].name}.work")
        work.mkdir(exist_ok=True)
        tags = _tags(model)
        writers = [
            stack.enter_context(RowWriter(work / f"{number}.tif", area.info, product, tags))
            for number, product in enumerate(made)
        ]
        summary = _stream(area, info, model, plan, made, writers, tick, threads)
        if not summary.valid_pixels:
            raise InputError(
                "raster.all-nodata",
                f"{raster} has no valid pixel in the bands {', '.join(model.recipe.all_names)}"
                + (" there." if area.info is not info else "."),
                "Check the raster's nodata value and mask.",
            )
        for writer in writers:
            writer.close()
        if least is not None:
            sieve = stack.enter_context(RowWriter(work / "sieved.tif", area.info, made[0], tags))
            counts = _sieve(writers[0], sieve, least, check)
            writers[0] = sieve
            pixels = {code: int(counts[code]) for code in model.table.codes}
            summary = replace(summary, pixels=pixels)
        if final_outlines is not None:
            patches = find_patches(writers[0].read, area.info.height, check)
            place = work / "polygons.gpkg"
            write_polygons(place, patches, writers[-1].read, area.info, model.table, work, check)
            os.replace(place, final_outlines)
        for writer, final in zip(writers, finals, strict=False):
            # Made inside the work folder: after a cancel, GDAL's thread may still create files.
            copy = work / f"cog{final.suffix}"
            writer.finish(copy, threads, check)
            os.replace(copy, final)
        write_json(record, _record(info, area, model, summary, side, overlap) | dict(about or {}))
    # Overviews that some program built beside an older map would be shown instead of the new one's.
    out.with_name(f"{out.name}.ovr").unlink(missing_ok=True)
    return summary


def _rows_that_fit(width: int, model: Classifier) -> int:
    """Rows of windows that keep what is held of the raster and of the map within bounds."""
    # Of the image: the strip, chunks ahead and what they were read as; of the probabilities: sums, means.
    images = 4 * len(model.fill) * (1 + 2 * (QUEUE + 2))
    probabilities = 4 * len(model.table) * 3
    return MOST_BYTES // (width * (images + probabilities))


def _tags(model: Classifier) -> dict[str, str]:
    """What a map says of its origin. Maps are passed on: a digest identifies a model, its path a person."""
    members = model.members
    return {
        "OVERSEED_ENGINE": __version__,
        "OVERSEED_MODEL": ", ".join(m.path.name for m in members),
        "OVERSEED_MODEL_SHA256": ", ".join(_sha256(m.path) for m in members),
        "OVERSEED_MODEL_ENGINE": ", ".join(sorted({m.engine for m in members})),
        "OVERSEED_ARM": ", ".join(sorted({m.arm for m in members})),
        "OVERSEED_SYNTHETIC": "yes" if any(m.synthetic for m in members) else "no",
    }


def _record(
    info: RasterInfo,
    area: Area,
    model: Classifier,
    summary: MapSummary,
    side: int,
    overlap: float,
) -> dict[str, Any]:
    """What made a map, and how much of each class is on it."""
    total = max(1, summary.valid_pixels)
    return {
        "engine": __version__,
        "models": [
            {
                "file": m.path.name,
                "sha256": _sha256(m.path),
                "engine": m.engine,
                "arm": m.arm,
                "seed": m.seed,
                "synthetic": m.synthetic,
            }
            for m in model.members
        ],
        "provider": summary.provider,
        "raster": info.path.name,
        "part": {
            "row": area.row,
            "col": area.col,
            "height": area.info.height,
            "width": area.info.width,
        },
        "window": side,
        "overlap": overlap,
        "mapped_pixels": summary.valid_pixels,
        "classes": [
            {
                "code": c.code,
                "name": c.name,
                "pixels": summary.pixels[c.code],
                "share": round(summary.pixels[c.code] / total, 6),
            }
            for c in model.table.classes
        ],
    }


def _sieve(
    source: RowWriter, target: RowWriter, least: NDArray[np.int64], check: Callable[[], None]
) -> NDArray[np.int64]:
    """Write a map without its small patches; returns the pixels of each code, ``(256,)``."""
    counts = np.zeros(256, np.int64)
    patches = find_patches(source.read, source.height, check)
    for rows in sieved(patches, source.read, least, check):
        counts += np.bincount(rows.ravel(), minlength=256)
        target.write(rows[None])
    target.close()
    return counts


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stream(
    area: Area,
    info: RasterInfo,
    model: Classifier,
    plan: WindowPlan,
    made: Sequence[Product],
    writers: Sequence[RowWriter],
    tick: Tick,
    threads: int,
) -> MapSummary:
    """Move down the raster: read new rows, run their windows, hand on the rows that are done."""
    table, width = model.table, area.info.width
    counts = np.zeros(256, dtype=np.int64)
    band = RowBand(plan, len(table))
    strip = _Strip(plan, model.fill)
    with ExitStack() as stack:
        bands = stack.enter_context(open_bands(info, model.recipe, threads))
        reader = stack.enter_context(ThreadPoolExecutor(1, "read-raster"))
        writer = stack.enter_context(ThreadPoolExecutor(1, "write-map"))
        stack.callback(writer.shutdown, wait=True, cancel_futures=True)
        stack.callback(reader.shutdown, wait=True, cancel_futures=True)

        def read(rows: range) -> Chunk:
            image, valid = bands.read(area.row + rows.start, area.col, len(rows), width)
            filled = _fill_invalid(image, valid, model.fill)
            inside = area.inside(rows)
            # Ground outside of what is mapped is still seen by the network.
            return filled, valid if inside is None else valid & inside

        def write(made_rows: Sequence[NDArray[np.uint8]]) -> None:
            for target, rows in zip(writers, made_rows, strict=True):
                target.write(rows)

        written: deque[Future[None]] = deque()
        for row, chunk in enumerate(_read_ahead(reader, read, _new_rows(plan))):
            strip.push(*chunk)
            _run_row(row, strip, model, plan, band, tick)
            probabilities = band.finish(row)
            wanted = strip.wanted[: probabilities.shape[1], :width]
            # Bytes wait to be written, not probabilities, which are many times as large.
            made_rows = [
                np.where(wanted, product.derive(probabilities), np.uint8(product.nodata))
                for product in made
            ]
            counts += np.bincount(made_rows[0].ravel(), minlength=256)
            written.append(writer.submit(write, made_rows))
            if len(written) > QUEUE:
                written.popleft().result()
        for done in written:
            done.result()
    return MapSummary(
        pixels={code: int(counts[code]) for code in table.codes},
        valid_pixels=int(counts[table.codes].sum()),
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
) -> NDArray[np.float32]:
    """The image as float32 with the bands' fill values where it is not valid."""
    if image.dtype == np.float64:
        limits = np.finfo(np.float32)
        image = np.clip(image, limits.min, limits.max)
    filled = np.empty(image.shape, dtype=np.float32)
    filled[:] = fill[:, None, None]
    np.copyto(filled, image, where=valid, casting="unsafe")
    return filled


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
        self._filled = 0

    def push(self, image: NDArray[np.float32], wanted: NDArray[np.bool_]) -> None:
        """Append rows at the bottom; the topmost ones make room for them."""
        count, width = wanted.shape
        room = len(self.wanted) - self._filled
        shift = max(0, count - room)
        top = self._filled - shift
        for plane, rows in zip((*self.image, self.wanted), (*image, wanted), strict=True):
            if shift:
                plane[:top] = plane[shift : self._filled]
            plane[top : top + count, :width] = rows
        self._filled = top + count
