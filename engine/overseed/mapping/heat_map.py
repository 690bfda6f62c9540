"""Heat maps: how probable a class is around each place of a raster, as a classifier of chips sees it.

Each pixel of a heat map is a square of ``step`` × ``step`` pixels of the raster. Its value is the probability
that the chip centred there is of the class, which is what the classifier has learned to say: chips are cut
around objects. A mean over all chips that cover a place would be smoother, but would show an object that fills
one chip as something improbable over four. Along the raster's edges, where no chip can be centred, it is the
nearest whole one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.errors import InputError
from overseed.files import sha256_of, whole, write_json
from overseed.mapping.chip_model import ChipModel
from overseed.mapping.mapper import map_tags, sidecars, work_folder
from overseed.mapping.products import NODATA_PERCENT, heat
from overseed.mapping.rows import BATCH_PIXELS, BATCH_PIXELS_GPU
from overseed.mapping.style import write_heat_qml
from overseed.mapping.writers import RowWriter
from overseed.scenes.band_reader import bands_dtype, open_bands
from overseed.scenes.bands import match_bands
from overseed.scenes.rasters import RasterInfo
from overseed.training.feeding import prefetched

#: Bytes of the raster that are held at once, of which there are a few: one is looked at, some wait.
BLOCK_BYTES = 48 << 20
#: Rows of the heat map that are made together at most, so that one hears of progress.
MOST_ROWS = 64

Tick = Callable[[int, int, str], None]


@dataclass(frozen=True)
class HeatSummary:
    """``places`` with a value, how many of them ``reach`` the threshold, and the highest percentage."""

    places: int
    reach: int
    highest: int


@dataclass(frozen=True)
class Block:
    """Rows and columns of a heat map that are made together, and the window of the raster that they need."""

    rows: range
    cols: range
    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class HeatGrid:
    """Where the chips of a heat map lie on a raster."""

    info: RasterInfo
    size: int
    step: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the heat map."""
        return -(-self.info.height // self.step), -(-self.info.width // self.step)

    @property
    def raster(self) -> RasterInfo:
        """The heat map as a raster; its last row and column may reach beyond the raster's own."""
        from affine import Affine

        rows, cols = self.shape
        transform = self.info.transform @ Affine.scale(self.step)
        return replace(self.info, transform=transform, width=cols, height=rows)

    def starts(self, axis: int) -> NDArray[np.int64]:
        """First pixel of the chip of each row (axis 0) or column (axis 1)."""
        length = (self.info.height, self.info.width)[axis]
        centred = ((2 * np.arange(self.shape[axis]) + 1) * self.step - self.size) // 2
        return np.clip(centred, 0, length - self.size)

    def blocks(self, pixel_bytes: int) -> Iterator[list[Block]]:
        """From top to bottom, the blocks from left to right that make the same rows of the heat map.

        ``pixel_bytes`` is what a pixel of the raster takes.
        """
        rows, cols = self.shape
        least = max(self.size, self.step)
        budget = max(1, BLOCK_BYTES // pixel_bytes)
        # As many rows over the full width as fit, else one row in parts.
        fit = (budget // self.info.width - least) // self.step + 1
        tall, broad = min(MOST_ROWS, fit), cols
        if fit < 1:
            tall, broad = 1, max(1, (budget // least - least) // self.step + 1)
        for row in range(0, rows, tall):
            own = range(row, min(rows, row + tall))
            top, height = self._extent(0, own)
            yield [
                Block(own, part, top, left, height, width)
                for part in (range(c, min(cols, c + broad)) for c in range(0, cols, broad))
                for left, width in [self._extent(1, part)]
            ]

    def _extent(self, axis: int, part: range) -> tuple[int, int]:
        """First pixel and length of what rows or columns of the heat map need: their chips and themselves."""
        length = (self.info.height, self.info.width)[axis]
        starts = self.starts(axis)[part.start : part.stop]
        first = min(int(starts[0]), part.start * self.step)
        last = max(int(starts[-1]) + self.size, min(length, part.stop * self.step))
        return first, last - first


def plan_heat(info: RasterInfo, model: ChipModel, step: int) -> HeatGrid:
    """Where chips lie on a raster.

    Raises
    ------
    InputError
        ``bands.mismatch``, or ``raster.too-small`` when no chip fits into it.
    """
    match_bands(info.path.name, info.band_names, model.recipe.names)
    if min(info.height, info.width) < model.tile_size:
        raise InputError(
            "raster.too-small",
            f"{info.path.name} has {info.width}×{info.height} pixels, and chips have {model.tile_size}.",
            "Give a larger raster, or train with chips of a smaller --size.",
        )
    return HeatGrid(info, model.tile_size, step)


def heat_raster(
    info: RasterInfo,
    model: ChipModel,
    index: int,
    step: int,
    out: Path,
    *,
    threads: int = 0,
    about: Mapping[str, Any] | None = None,
    tick: Tick = lambda done, total, unit: None,
) -> HeatSummary:
    """Make the heat map of one class.

    The map (a cloud-optimised GeoTIFF, uint8 percent, 255 where the raster has no value), its style (``.qml``)
    and a record of what made it (``<out>.json``) appear under their names when all are whole, the map last.
    Memory does not grow with the raster.

    Parameters
    ----------
    index:
        Of the class.
    step:
        Pixels from chip to chip.
    tick:
        Called between batches with chips done and chips in all; what it raises ends the work, and nothing is
        left behind.

    Raises
    ------
    InputError
        What :func:`plan_heat` refuses, ``raster.corrupt``, ``model.output``, or ``raster.all-nodata``.
    ResourceError
        ``machine.disk`` when the disk is full.
    """
    grid = plan_heat(info, model, step)
    name = model.table.names[index]
    names_file, style_file, record_file = sidecars(out)
    with ExitStack() as stack:
        final = stack.enter_context(whole(out))
        write_heat_qml(stack.enter_context(whole(style_file)), name)
        record = stack.enter_context(whole(record_file))
        work = work_folder(final)
        tags = map_tags(model.members) | {"OVERSEED_CLASS": name}
        product = heat(out, name, index)
        writer = stack.enter_context(RowWriter(work / "heat.tif", grid.raster, product, tags))
        counts = np.zeros(256, np.int64)
        with closing(_rows(grid, model, threads, tick)) as made:
            for probabilities, known in made:
                rows = np.where(known, product.derive(probabilities), np.uint8(NODATA_PERCENT))
                counts += np.bincount(rows.ravel(), minlength=256)
                writer.write(rows)
        summary = _summary(counts, model.thresholds.get(name, 0.5))
        if not summary.places:
            raise InputError(
                "raster.all-nodata",
                f"{info.path.name} has no valid pixel in the bands {', '.join(model.bands)}.",
                "Check the raster's nodata value and mask.",
            )
        writer.close()
        total = int(np.prod(grid.shape))
        copy = work / f"cog{out.suffix}"
        writer.finish(copy, threads, lambda: tick(total, total, "chip"))
        os.replace(copy, final)
        write_json(record, _record(grid, model, name, summary) | dict(about or {}))
    # What some program has put beside an older map would be shown instead of the new one's.
    for stale in (names_file, out.with_name(f"{out.name}.ovr")):
        stale.unlink(missing_ok=True)
    return summary


def _rows(
    grid: HeatGrid, model: ChipModel, threads: int, tick: Tick
) -> Generator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Probabilities ``(classes, rows, width)`` from top to bottom, and where the raster has a value."""
    pixel_bytes = len(model.bands) * bands_dtype(grid.info, model.recipe).itemsize + 1
    groups = list(grid.blocks(pixel_bytes))
    blocks = [block for group in groups for block in group]
    width = grid.shape[1]
    done, total = 0, int(np.prod(grid.shape))
    with ExitStack() as stack:
        bands = stack.enter_context(open_bands(grid.info, model.recipe, threads))

        def read(number: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
            block = blocks[number]
            return bands.read(block.top, block.left, block.height, block.width)

        windows = stack.enter_context(closing(prefetched(read, 0, len(blocks))))
        for group in groups:
            count = len(group[0].rows)
            found = np.zeros((len(model.table), count, width), np.float32)
            known = np.zeros((count, width), bool)
            for block in group:
                _, (image, valid) = next(windows)
                part = slice(block.cols.start, block.cols.stop)
                known[:, part] = _cells_with_values(grid, block, valid)
                _look(
                    grid, block, image, valid, model, known[:, part], found[:, :, part],
                    partial(tick, done, total, "chip"),
                )  # fmt: skip
                done += count * len(block.cols)
                tick(done, total, "chip")
            yield found, known


def _cells_with_values(grid: HeatGrid, block: Block, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which squares of a block hold a pixel with a value, ``(rows, cols)``."""
    rows = np.array(block.rows) * grid.step - block.top
    cols = np.array(block.cols) * grid.step - block.left
    # What lies beyond the last square belongs to chips alone.
    last = rows[-1] + grid.step, cols[-1] + grid.step
    inside = valid[rows[0] : last[0], cols[0] : last[1]]
    down = np.logical_or.reduceat(inside, rows - rows[0], axis=0)
    return np.logical_or.reduceat(down, cols - cols[0], axis=1)


def _look(
    grid: HeatGrid,
    block: Block,
    image: NDArray[Any],
    valid: NDArray[np.bool_],
    model: ChipModel,
    known: NDArray[np.bool_],
    found: NDArray[np.float32],
    tick: Callable[[], None],
) -> None:
    """Put the probabilities of a block's chips into ``found`` ``(classes, rows, cols)``."""
    budget = BATCH_PIXELS_GPU if model.on_gpu else BATCH_PIXELS
    at_once = max(1, budget // grid.size**2)
    tops = grid.starts(0)[block.rows.start : block.rows.stop] - block.top
    lefts = grid.starts(1)[block.cols.start : block.cols.stop] - block.left
    rows, cols = np.nonzero(known)
    for first in range(0, len(rows), at_once):
        part = slice(first, first + at_once)
        tick()
        own = list(zip(rows[part], cols[part], strict=True))
        chips = np.empty((len(own), len(image), grid.size, grid.size), np.float32)
        for chip, (row, col) in zip(chips, own, strict=True):
            down = slice(tops[row], tops[row] + grid.size)
            across = slice(lefts[col], lefts[col] + grid.size)
            chip[:] = model.fill[:, None, None]
            np.copyto(chip, image[:, down, across], where=valid[down, across], casting="unsafe")
        found[:, rows[part], cols[part]] = model.predict(chips).T


def _summary(counts: NDArray[np.int64], threshold: float) -> HeatSummary:
    counts = counts[:NODATA_PERCENT]
    present = np.flatnonzero(counts)
    least = int(np.ceil(round(100 * threshold, 6)))
    return HeatSummary(
        int(counts.sum()), int(counts[least:].sum()), int(present[-1]) if len(present) else 0
    )


def _record(grid: HeatGrid, model: ChipModel, name: str, summary: HeatSummary) -> dict[str, Any]:
    """What made a heat map, and what is on it."""
    threshold = model.thresholds.get(name)
    return {
        "engine": __version__,
        "models": [
            {
                "file": model.path.name,
                "sha256": sha256_of(model.path),
                "engine": model.engine,
                "arm": model.arm,
                "seed": model.seed,
                "synthetic": model.synthetic,
            }
        ],
        "provider": model.provider,
        "raster": grid.info.path.name,
        "class": name,
        "value": "probability in percent that the chip centred there is of the class",
        "threshold_percent": None if threshold is None else round(100 * threshold, 4),
        "chip": grid.size,
        "step": grid.step,
        "places": summary.places,
        "places_from_threshold": summary.reach,
        "highest_percent": summary.highest,
    }
