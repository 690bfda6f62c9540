"""Whole rasters to maps in bounded memory: one thread reads, the network runs, one writes."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
from overseed.mapping.classifier import Classifier
from overseed.mapping.described import DescribedModel
from overseed.mapping.map_polygons import write_polygons
from overseed.mapping.patches import find_patches, sieved
from overseed.mapping.rows import MadeRows, Request, Task, Tick, map_rows, plan_task
from overseed.mapping.style import write_category_names, write_qml
from overseed.mapping.writers import RowWriter

#: Parts of a map that may wait to be written.
QUEUE = 1

#: Makes all rows of a map, from top to bottom.
RowSource = Callable[[Task], Generator[MadeRows]]


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
    request: Request,
    model: Classifier,
    *,
    least: NDArray[np.int64] | None = None,
    threads: int = 0,
    about: Mapping[str, Any] | None = None,
    rows: RowSource | None = None,
    tick: Tick = lambda done, total, unit: None,
) -> MapSummary:
    """Classify a raster.

    Every valid pixel gets the code of its most probable class, every other pixel 0. The map (a
    cloud-optimised GeoTIFF, uint8, with colour table), its category names (``<out>.aux.xml``), its style
    (``.qml``) and a record of what made it (``<out>.json``) appear under their names when all are whole, the
    map last.

    Parameters
    ----------
    least:
        ``(256,)``: pixels that a patch of each code needs to stay on the map; smaller ones are filled from
        around, see :func:`~overseed.mapping.patches.sieved`. Confidence and probabilities stay as they are.
    threads:
        Threads for compressing; the model has its own. 0 means all.
    about:
        Goes into the record.
    rows:
        What makes the rows instead of this process.
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
    task, out, outlines = plan_task(request, model), request.out, request.outlines
    grid, plan = task.area.info, task.plan
    named = [path for path in (out, request.confidence, request.probabilities) if path is not None]
    names_file, style_file, record_file = sidecars(out)
    check = partial(tick, len(plan), len(plan), "window")
    with ExitStack() as stack:
        # Files take their names in the reverse of this order, so the map comes last.
        finals = [stack.enter_context(whole(path)) for path in named]
        final_outlines = stack.enter_context(whole(outlines)) if outlines is not None else None
        write_category_names(stack.enter_context(whole(names_file)), model.table)
        write_qml(stack.enter_context(whole(style_file)), model.table)
        record = stack.enter_context(whole(record_file))
        work = work_folder(finals[0])
        tags = map_tags(model.members)
        writers = [
            stack.enter_context(RowWriter(work / f"{number}.tif", grid, product, tags))
            for number, product in enumerate(task.products)
        ]
        made = (
            rows(task)
            if rows
            else map_rows(task, model, range(len(plan.rows.starts)), tick, threads)
        )
        summary = _write(made, writers, model)
        if not summary.valid_pixels:
            raise InputError(
                "raster.all-nodata",
                f"{request.raster} has no valid pixel in the bands {', '.join(model.recipe.all_names)}"
                + (" there." if grid is not task.info else "."),
                "Check the raster's nodata value and mask.",
            )
        for writer in writers:
            writer.close()
        if least is not None:
            sieve = stack.enter_context(
                RowWriter(work / "sieved.tif", grid, task.products[0], tags)
            )
            counts = _sieve(writers[0], sieve, least, check)
            writers[0] = sieve
            pixels = {code: int(counts[code]) for code in model.table.codes}
            summary = replace(summary, pixels=pixels)
        if final_outlines is not None:
            patches = find_patches(writers[0].read, grid.height, check)
            place = work_folder(final_outlines) / "polygons.gpkg"
            write_polygons(place, patches, writers[-1].read, grid, model.table, check)
            os.replace(place, final_outlines)
        for writer, final in zip(writers, finals, strict=False):
            # Made inside the work folder: after a cancel, GDAL's thread may still create files.
            copy = work_folder(final) / f"cog{final.suffix}"
            writer.finish(copy, threads, check)
            os.replace(copy, final)
        write_json(record, _record(task, model, summary, request.overlap) | dict(about or {}))
    # Overviews that some program built beside an older map would be shown instead of the new one's.
    with contextlib.suppress(OSError):
        out.with_name(f"{out.name}.ovr").unlink()
    return summary


def work_folder(partial: Path) -> Path:
    """A folder on the disk of a temporary name; `whole` removes what lies beside that name with it."""
    folder = partial.with_name(f"{partial.name}.work")
    folder.mkdir(exist_ok=True)
    return folder


def map_tags(members: Sequence[DescribedModel]) -> dict[str, str]:
    """What a map says of its origin. Maps are passed on: a digest identifies a model, its path a person."""
    return {
        "OVERSEED_ENGINE": __version__,
        "OVERSEED_MODEL": ", ".join(m.path.name for m in members),
        "OVERSEED_MODEL_SHA256": ", ".join(sha256_of(m.path) for m in members),
        "OVERSEED_MODEL_ENGINE": ", ".join(sorted({m.engine for m in members})),
        "OVERSEED_ARM": ", ".join(sorted({m.arm for m in members})),
        "OVERSEED_SYNTHETIC": "yes" if any(m.synthetic for m in members) else "no",
    }


def _record(task: Task, model: Classifier, summary: MapSummary, overlap: float) -> dict[str, Any]:
    """What made a map, and how much of each class is on it."""
    total = max(1, summary.valid_pixels)
    return {
        "engine": __version__,
        "models": [
            {
                "file": m.path.name,
                "sha256": sha256_of(m.path),
                "engine": m.engine,
                "arm": m.arm,
                "seed": m.seed,
                "synthetic": m.synthetic,
            }
            for m in model.members
        ],
        "provider": summary.provider,
        "raster": task.info.path.name,
        "part": {
            "row": task.area.row,
            "col": task.area.col,
            "height": task.area.info.height,
            "width": task.area.info.width,
        },
        "window": {"height": task.plan.rows.size, "width": task.plan.cols.size},
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


def _write(
    made: Generator[MadeRows], writers: Sequence[RowWriter], model: Classifier
) -> MapSummary:
    """Write rows while the next ones are made; a thread compresses."""
    counts = np.zeros(256, dtype=np.int64)
    with ExitStack() as stack:
        stack.enter_context(closing(made))
        writer = stack.enter_context(ThreadPoolExecutor(1, "write-map"))
        stack.callback(writer.shutdown, wait=True, cancel_futures=True)

        def write(parts: MadeRows) -> None:
            for target, part in zip(writers, parts, strict=True):
                target.write(part)

        written: deque[Future[None]] = deque()
        for parts in made:
            counts += np.bincount(parts[0].ravel(), minlength=256)
            written.append(writer.submit(write, parts))
            if len(written) > QUEUE:
                written.popleft().result()
        for done in written:
            done.result()
    return MapSummary(
        pixels={code: int(counts[code]) for code in model.table.codes},
        valid_pixels=int(counts[model.table.codes].sum()),
        provider=model.provider,
    )
