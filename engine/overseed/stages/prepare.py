"""`prepare`: the tile store, the spatial split, the class table and the band statistics."""

from __future__ import annotations

import glob
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.config import PrepareSettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_folder, sweep_partials, whole, write_json
from overseed.runs import Leaf, RunFolder, fingerprint, open_leaf, settings_record
from overseed.scenes.classes import write_classes
from overseed.scenes.dataset import STRIP, DataSet, Scene, valid_mask
from overseed.scenes.rasters import open_raster, read_window
from overseed.scenes.sources import split_source
from overseed.stages.inspect import describe, open_dataset
from overseed.tiles.grid import Window, cells, tile_side
from overseed.tiles.split import (
    SIDES,
    TEST,
    TRAIN,
    Block,
    autocorrelation_range,
    blank_buffer,
    choose_block_size,
    missing_classes,
    recount,
    side_pixels,
    side_raster,
    split_blocks,
)
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import open_store

#: The autocorrelation is estimated on at most this many pixels a side.
RANGE_SAMPLE = 1024
#: Width of the unlabelled buffer along borders between sides, in pixels per 32 pixels of tile.
BUFFER_PER_32 = 1


def prepare(settings: PrepareSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/tiles`` and ``RUN/split-0``.

    Raises
    ------
    InputError
        Whatever the data refuse, and ``raster.mixed-types``, ``split.impossible`` or
        ``output.not-writable``.
    """
    reporter = reporter or Reporter()
    reporter.stage("prepare", "Cut the scene into training, validation and test ground")
    check_folder(settings.run)
    run = RunFolder(settings.run)
    record = settings_record(settings)
    with open_leaf(
        run.tiles, "prepare", record, _inputs(settings), settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            _fill(run, leaf, settings, reporter)
    return {"run": str(settings.run), "tiles": str(run.tiles)}


def _inputs(settings: PrepareSettings) -> dict[str, Any]:
    """Fingerprints of all files that the data consist of, sidecars and a VRT's sources too."""
    files = set(settings.raster) | ({settings.classes} if settings.classes else set())
    for raster in settings.raster:
        with open_raster(raster) as dataset:
            files |= {Path(name) for name in dataset.files}
    for source in settings.labels:
        path = Path(split_source(source)[0])
        files.add(path)
        if path.is_dir():
            files |= set(path.rglob("*"))
        elif path.is_file():
            # A Shapefile's values lie in .dbf; recent edits of a GeoPackage in use in -wal.
            siblings = path.parent.glob(f"{glob.escape(path.stem)}.*")
            files |= set(siblings) if path.suffix.lower() == ".shp" else set()
            files |= {p for p in [path.with_name(f"{path.name}-wal")] if p.exists()}
    return {str(path): fingerprint(path) for path in sorted(files) if not path.is_dir()}


@dataclass
class _Ground:
    """Labels (the buffer blanked), validity and the split, all before anything is written."""

    labels: list[NDArray[np.uint8]]
    valid: list[NDArray[np.bool_]]
    split: list[Block]
    tile: int
    size: int
    range_px: int
    missing: list[tuple[int, int]]


def _fill(run: RunFolder, leaf: Leaf, settings: PrepareSettings, reporter: Reporter) -> None:
    dataset = open_dataset(settings, reporter)
    ground = _divide(dataset, settings, reporter)
    leaf.begin()
    _forget_what_was_fitted(run)
    _store_images(run, dataset, reporter)
    _store_sides(run, ground)
    _write_windows(run, ground.split, ground.tile)
    rng = np.random.default_rng([settings.seed, 1])
    stats = band_statistics(open_store(run.tiles), TRAIN, dataset.band_names, rng)
    write_json(run.root / "bands.json", vars(stats))
    write_classes(dataset.table, run.root / "classes.csv")
    inspection = describe(dataset)
    inspection["notes"] += [w["message"] for w in reporter.warnings]
    write_json(run.root / "inspect.json", inspection)
    _write_split(run, dataset, ground)
    leaf.figures = {
        "tile_size": ground.tile,
        "block_size": ground.size,
        "autocorrelation_range": ground.range_px,
    }
    names = ["windows.json", "../bands.json", "../classes.csv", "../inspect.json"]
    names += [f"../split-0/{name}" for name in ("split.json", "split.png", "blocks.gpkg")]
    for number in range(1, len(dataset.scenes) + 1):
        names += [f"scene-{number:03}/{array}.npy" for array in ("image", "labels", "side")]
    leaf.finish(names, reporter)


def _divide(dataset: DataSet, settings: PrepareSettings, reporter: Reporter) -> _Ground:
    """Split the ground, blank the buffer, decide rarity on the training side; refuse what cannot work."""
    types = {scene.info.dtype for scene in dataset.scenes}
    if len(types) > 1:
        raise InputError(
            "raster.mixed-types",
            f"The rasters have different number types: {', '.join(sorted(types))}.",
            "Convert them to one type.",
        )
    side = min(min(s.info.height, s.info.width) for s in dataset.scenes)
    tile = tile_side(side, side, settings.tile_size)
    if tile < settings.tile_size:
        reporter.warning(
            "tiles.shrunk", f"Tiles are {tile} pixels wide, since the smallest raster has {side}."
        )
    for one, other in _overlapping(dataset):
        reporter.warning(
            "scenes.overlap",
            f"{one} and {other} show the same ground; scores may be too good, since the same place can be "
            "in training through one and in the test through the other.",
        )
    valid = [valid_mask(scene) for scene in dataset.scenes]
    labels = [dataset.read_labels(s, v) for s, v in zip(dataset.scenes, valid, strict=True)]
    size, range_px, notes = _block_size(dataset, labels, valid, tile, settings)
    for note in notes:
        reporter.warning("split.block-size", note)
    classes = len(dataset.table)
    shares = (1 - settings.val - settings.test, settings.val, settings.test)
    split = split_blocks(labels, classes, size, shares, np.random.default_rng([settings.seed, 0]))
    for number, scene_labels in enumerate(labels):
        blank_buffer(scene_labels, split, number, max(2, tile // 32 * BUFFER_PER_32))
    split = recount(split, labels, classes)
    pixels = side_pixels(split, classes)
    if (pixels[TRAIN] > 0).sum() < 2 or not pixels[TEST].any():
        raise InputError(
            "split.impossible",
            "Every class is too small to split: after the buffer between the sides, training ground holds "
            f"{(pixels[TRAIN] > 0).sum()} classes and test ground {pixels[TEST].sum()} labelled pixels.",
            "Draw more or larger polygons, spread over the scene, or use a smaller --tile-size.",
        )
    dataset.table = dataset.rarity.decide(dataset.table, pixels[TRAIN].tolist())
    missing = missing_classes(split, classes)
    for index, absent in missing:
        reporter.warning(
            "split.class-missing",
            f"Class '{dataset.table.names[index]}' has no labels on the {SIDES[absent]} side.",
        )
    return _Ground(labels, valid, split, tile, size, range_px, missing)


def _overlapping(dataset: DataSet) -> list[tuple[str, str]]:
    """Names of scenes whose footprints share ground, pair by pair."""
    import shapely
    from rasterio.warp import transform_geom

    first = dataset.scenes[0].info.crs_wkt
    footprints = []
    for scene in dataset.scenes:
        whole_scene = _outline(
            Window(0, 0, scene.info.height, scene.info.width), scene.info.transform
        )
        moved = transform_geom(scene.info.crs_wkt, first, shapely.geometry.mapping(whole_scene))
        footprints.append((scene.info.path.name, shapely.geometry.shape(moved)))
    return [
        (one, other)
        for number, (one, ground) in enumerate(footprints)
        for other, more in footprints[number + 1 :]
        if ground.intersection(more).area > 0.001 * min(ground.area, more.area)
    ]


def _forget_what_was_fitted(run: RunFolder) -> None:
    """Remove generators, samples, models and maps of an earlier preparation: their split is no more."""
    for name in ("generators", "synthetic", "models"):
        shutil.rmtree(run.split_folder / name, ignore_errors=True)
    shutil.rmtree(run.map, ignore_errors=True)
    (run.root / "best.json").unlink(missing_ok=True)
    (run.split_folder / "comparison.json").unlink(missing_ok=True)


def _store_images(run: RunFolder, dataset: DataSet, reporter: Reporter) -> None:
    """Stream every raster into its array."""
    rows = sum(scene.info.height for scene in dataset.scenes)
    done = 0
    for number, scene in enumerate(dataset.scenes, start=1):
        folder = run.tiles / f"scene-{number:03}"
        check_folder(folder)
        sweep_partials(folder)
        with whole(folder / "image.npy") as partial:
            _copy_image(
                scene, partial, lambda d, start=done: reporter.progress(start + d, rows, "row")
            )
        done += scene.info.height
        write_json(
            folder / "grid.json",
            {
                "source": str(scene.info.path.resolve()),
                "crs": scene.info.crs_wkt,
                "transform": list(scene.info.transform)[:6],
                "width": scene.info.width,
                "height": scene.info.height,
                "band_names": list(dataset.band_names),
            },
        )


def _copy_image(scene: Scene, target: Path, tick: Any) -> None:
    info = scene.info
    image = np.lib.format.open_memmap(
        target, mode="w+", dtype=info.dtype, shape=(len(scene.bands), info.height, info.width)
    )
    _reserve(target)
    with open_raster(info.path) as source:
        for row in range(0, info.height, STRIP):
            rows = min(STRIP, info.height - row)
            image[:, row : row + rows], _ = read_window(
                source, scene.bands, row, 0, rows, info.width
            )
            tick(row + rows)
    image.flush()


def _reserve(path: Path) -> None:
    """Claim a file's whole size on the disk: a mapped page that finds no room kills the process."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)


def _block_size(
    dataset: DataSet,
    labels: list[NDArray[np.uint8]],
    valid: list[NDArray[np.bool_]],
    tile: int,
    settings: PrepareSettings,
) -> tuple[int, int, list[str]]:
    """Block size, autocorrelation range (both pixels) and notes."""
    largest = max(range(len(valid)), key=lambda i: valid[i].size)
    scene, seen = dataset.scenes[largest], valid[largest]
    step = max(1, int(np.ceil(max(seen.shape) / RANGE_SAMPLE)))
    seen = seen[::step, ::step]
    ranges = []
    with open_raster(scene.info.path) as source:
        for band in scene.bands[:: max(1, len(scene.bands) // 4)]:
            values = source.read(band, out_shape=seen.shape).astype(np.float32)
            ranges.append(autocorrelation_range(np.where(seen, values, 0), seen) * step)
    range_px = int(np.median(ranges))
    if settings.block_size:
        return settings.block_size, range_px, []
    size, notes = choose_block_size(labels, len(dataset.table), tile, range_px)
    return size, range_px, notes


def _store_sides(run: RunFolder, ground: _Ground) -> None:
    for number, (labels, valid) in enumerate(zip(ground.labels, ground.valid, strict=True)):
        folder = run.tiles / f"scene-{number + 1:03}"
        for name, array in (("labels", labels), ("side", side_raster(ground.split, number, valid))):
            with whole(folder / f"{name}.npy") as partial:
                np.save(partial, array)


def _write_windows(run: RunFolder, split: list[Block], tile: int) -> None:
    """Grid windows of each block, clipped to it."""
    windows = [
        [b.scene, b.window.row + c.row, b.window.col + c.col, c.height, c.width, b.side]
        for b in split
        for c in cells(b.window.height, b.window.width, tile)
    ]
    write_json(run.tiles / "windows.json", {"tile_size": tile, "windows": windows})


def _write_split(run: RunFolder, dataset: DataSet, ground: _Ground) -> None:
    folder = run.split_folder
    check_folder(folder)
    write_json(
        folder / "split.json",
        {
            "block_size": ground.size,
            "range_px": ground.range_px,
            "blocks": [
                {
                    "scene": b.scene,
                    "row": b.window.row,
                    "col": b.window.col,
                    "height": b.window.height,
                    "width": b.window.width,
                    "side": SIDES[b.side],
                    "pixels": list(b.pixels),
                }
                for b in ground.split
            ],
            "missing": [
                {"class": dataset.table.names[index], "side": SIDES[side]}
                for index, side in ground.missing
            ],
        },
    )
    _draw_split(folder / "split.png", run)
    _write_blocks(folder / "blocks.gpkg", dataset, ground.split)


def _draw_split(path: Path, run: RunFolder) -> None:
    """The first scene's sides and labels as a small picture: dark where labelled."""
    from matplotlib.image import imsave

    from overseed.reporting.palette import SIDE_COLOURS, rgb

    scene = open_store(run.tiles)[0]
    step = max(1, max(scene.side.shape) // 1024)
    side, labels = scene.side[::step, ::step], scene.labels[::step, ::step]
    palette = np.full((256, 3), 255, np.uint8)
    palette[:3] = [rgb(colour) for colour in SIDE_COLOURS]
    picture = palette[side].astype(np.float32)
    picture = np.where((labels == 255)[..., None], picture * 0.35 + 255 * 0.65, picture)
    with whole(path) as partial:
        imsave(partial, picture.astype(np.uint8), format="png")


def _write_blocks(path: Path, dataset: DataSet, split: list[Block]) -> None:
    """The blocks as polygons, a layer per scene in its own CRS."""
    import shapely
    from pyogrio.raw import write

    with whole(path) as partial:
        for number, scene in enumerate(dataset.scenes):
            mine = [b for b in split if b.scene == number]
            outlines = [_outline(b.window, scene.info.transform) for b in mine]
            write(
                partial,
                geometry=np.array(shapely.to_wkb(outlines), dtype=object),
                field_data=[np.array([SIDES[b.side] for b in mine], dtype=object)],
                fields=np.array(["side"]),
                layer=f"scene-{number + 1:03}",
                driver="GPKG",
                geometry_type="Polygon",
                crs=scene.info.crs_wkt,
                append=number > 0,
            )


def _outline(window: Window, transform: Any) -> Any:
    import shapely

    corners = [
        (window.col, window.row),
        (window.col + window.width, window.row),
        (window.col + window.width, window.row + window.height),
        (window.col, window.row + window.height),
    ]
    return shapely.Polygon([transform * corner for corner in corners])
