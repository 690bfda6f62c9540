"""`prepare`: the tile store, the spatial split, the class table and the band statistics."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.config import PrepareSettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_folder, sweep_partials, write_json
from overseed.runs import Leaf, RunFolder, fingerprint, open_leaf, settings_record
from overseed.scenes.census import Census
from overseed.scenes.classes import write_classes
from overseed.scenes.dataset import DataSet, strips
from overseed.scenes.polygons import read_areas
from overseed.scenes.raster_sources import read_info, real_files
from overseed.scenes.rasters import pixel_metres
from overseed.scenes.vector_sources import split_source
from overseed.stages.inspect import count_labels, describe, open_dataset
from overseed.stages.split_files import write_split
from overseed.tiles.cells import LabelCells
from overseed.tiles.division import RestLimit, divide
from overseed.tiles.grid import cells, tile_side
from overseed.tiles.ground import Overlap, find_overlaps, share_ground
from overseed.tiles.split import (
    SIDES,
    TEST,
    TRAIN,
    Block,
    assign_folds,
    assign_sides,
    autocorrelation_range,
    choose_block_size,
    make_blocks,
    missing_classes,
    side_pixels,
)
from overseed.tiles.statistics import BandStats, band_statistics
from overseed.tiles.store import SceneWriter, division

#: Width of the unlabelled buffer along borders between sides, in pixels per 32 pixels of tile.
BUFFER_PER_32 = 1
#: Bands whose autocorrelation is looked at.
RANGE_BANDS = 4


def prepare(settings: PrepareSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/tiles`` and one ``RUN/split-k`` per fold, reading every raster once.

    Raises
    ------
    InputError
        Whatever the data refuse, and ``split.impossible``, ``split.test-raster``, ``split.block-size`` or
        ``output.not-writable``.
    OSError
        When the disk is full; nothing stays under a final name.
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
            _Preparation(run, leaf, settings, reporter).fill()
    return {"run": str(settings.run), "tiles": str(run.tiles), "folds": settings.folds}


def _inputs(settings: PrepareSettings) -> dict[str, Any]:
    """Fingerprints of all files that the data consist of, sidecars and a VRT's sources too."""
    files = {settings.classes} if settings.classes else set()
    for raster in settings.raster:
        files |= set(real_files(read_info(raster)))
    for source in [*settings.labels, *([settings.test_area] if settings.test_area else [])]:
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
class _Preparation:
    """One preparation under way: scan all scenes, choose the split, write what follows from it."""

    run: RunFolder
    leaf: Leaf
    settings: PrepareSettings
    reporter: Reporter
    dataset: DataSet = field(init=False)
    tile: int = field(init=False)
    censuses: list[Census] = field(default_factory=list)
    label_cells: list[LabelCells] = field(default_factory=list)
    writers: list[SceneWriter] = field(default_factory=list)

    def fill(self) -> None:
        self.dataset = open_dataset(self.settings)
        self.tile = self._tile_side()
        for number in range(1, len(self.dataset.scenes) + 1):
            folder = self.run.tiles / f"scene-{number:03}"
            check_folder(folder)
            sweep_partials(folder)
        try:
            with contextlib.ExitStack() as stack:
                self._scan(stack)
                count_labels(self.dataset, self.censuses)
                size, range_px = self._block_size()
                splits, overlaps = self._split(size)
                splits = self._divide(splits, overlaps, stack)
                self._judge(splits)
                stats = [self._statistics(split) for split in splits]
                self.leaf.begin()
                self._forget_earlier()
        finally:
            for folder in self.run.tiles.glob("scene-*"):
                # A refusal leaves no empty folder that would count as a scene.
                if not any(folder.iterdir()):
                    folder.rmdir()
        self._write(splits, stats, size, range_px)

    def _tile_side(self) -> int:
        side = min(min(s.info.height, s.info.width) for s in self.dataset.scenes)
        tile = tile_side(side, side, self.settings.tile_size)
        if tile < self.settings.tile_size:
            self.reporter.warning(
                "tiles.shrunk",
                f"Tiles are {tile} pixels wide, since the smallest raster has {side}.",
            )
        return tile

    def _scan(self, stack: contextlib.ExitStack) -> None:
        """Read every scene once: store, count, sample."""
        dataset = self.dataset
        total = sum(scene.info.height for scene in dataset.scenes)
        done = 0
        for number, scene in enumerate(dataset.scenes):
            height, width = scene.info.height, scene.info.width
            shape = len(dataset.band_names), height, width
            folder = self.run.tiles / f"scene-{number + 1:03}"
            writer = stack.enter_context(SceneWriter(folder, shape, dataset.dtype))
            census = Census(dataset, number)
            label_cells = LabelCells.empty(height, width, len(dataset.table))

            def tick(rows: int, _: int, start: int = done) -> None:
                self.reporter.progress(start + rows, total, "row")

            for strip in census.watch(strips(dataset, number, self.settings.threads, tick)):
                writer.write(strip.row, strip.image, strip.labels, strip.valid)
                label_cells.add(strip.row, strip.labels)
            self.writers.append(writer)
            self.censuses.append(census)
            self.label_cells.append(label_cells)
            done += height

    def _block_size(self) -> tuple[int, int]:
        """Block size and autocorrelation range, both in pixels along a column."""
        largest = max(self.censuses, key=lambda census: census.valid_pixels).lattice
        bands = largest.image[:: max(1, -(-len(largest.image) // RANGE_BANDS))]
        ranges = [
            autocorrelation_range(
                np.where(largest.valid, band, 0).astype(np.float32), largest.valid
            )
            * largest.step
            for band in bands
        ]
        range_px = int(np.median(ranges))
        if self.settings.block_size:
            return self._asked_block_size(self.settings.block_size), range_px
        size, notes = choose_block_size(self.label_cells, self.tile, range_px, self._aspect())
        for note in notes:
            self.reporter.warning("split.block-size", note)
        return size, range_px

    def _asked_block_size(self, text: str) -> int:
        metres = pixel_metres(self.dataset.scenes[0].info)[1]
        size = round(float(text[:-1]) / metres) if text.endswith("m") else int(text)
        if size < 16:
            raise InputError(
                "split.block-size",
                f"--block-size {text} makes blocks of {size} pixels; they need at least 16.",
                "Give a larger size.",
            )
        return size

    def _aspect(self) -> float:
        """Height over width of a pixel on the ground."""
        x, y = pixel_metres(self.dataset.scenes[0].info)
        return y / x

    def _split(self, size: int) -> tuple[list[list[Block]], list[Overlap]]:
        """The split of every fold, and which scenes show the same ground."""
        infos = [scene.info for scene in self.dataset.scenes]
        found = make_blocks(self.label_cells, size, self._aspect())
        overlaps = find_overlaps(infos)
        for overlap in overlaps:
            one, other = (infos[n].path.name for n in (overlap.earlier, overlap.later))
            self.reporter.warning(
                "scenes.overlap",
                f"{one} and {other} show the same ground: there both are on the same side of the split, and "
                "where their blocks differ pixels of the second one are left out.",
            )
        if overlaps:
            found = share_ground(found, infos, overlaps)
        rng = np.random.default_rng([self.settings.seed, 0])
        if self.settings.folds > 1:
            return assign_folds(found, self.settings.folds, self.settings.val, rng), overlaps
        shares = (
            1 - self.settings.val - self.settings.test,
            self.settings.val,
            self.settings.test,
        )
        return [assign_sides(found, shares, rng, self._held_out(found))], overlaps

    def _held_out(self, found: list[Block]) -> frozenset[int]:
        """Grounds that are the test side because the user says so."""
        held: set[int] = set()
        for name in self.settings.test_raster:
            scenes = [
                n for n, raster in enumerate(self.settings.raster)
                if name in (raster, Path(raster).name)
            ]  # fmt: skip
            if not scenes:
                raise InputError(
                    "split.test-raster",
                    f"--test-raster {name} is none of the rasters.",
                    f"They are: {', '.join(self.settings.raster)}.",
                )
            held |= {block.ground for block in found if block.scene in scenes}
        if self.settings.test_area:
            held |= self._touched(found, self.settings.test_area)
        if held and held == {block.ground for block in found}:
            raise InputError(
                "split.test-raster",
                "The held-out test ground covers everything, so nothing is left to train on.",
                "Hold out less.",
            )
        return frozenset(held)

    def _touched(self, found: list[Block], layer: str) -> set[int]:
        import shapely

        from overseed.stages.split_files import block_outline

        held = set()
        for number, scene in enumerate(self.dataset.scenes):
            area = shapely.union_all(read_areas(layer, scene.info.crs_wkt))
            shapely.prepare(area)
            held |= {
                block.ground
                for block in found
                if block.scene == number and area.intersects(block_outline(block, scene.info))
            }
        if not held:
            raise InputError(
                "split.test-area",
                f"The test area {layer} does not touch the rasters.",
                "Draw it on the ground that the rasters show.",
            )
        return held

    def _divide(
        self, splits: list[list[Block]], overlaps: list[Overlap], stack: contextlib.ExitStack
    ) -> list[list[Block]]:
        """Draw every fold's split into its labels and sides."""
        infos = [scene.info for scene in self.dataset.scenes]
        rest = None
        if self.dataset.rest_index is not None:
            rest = RestLimit(self.dataset.rest_index, self.settings.rest_share, self.tile)
        divided = []
        # The store's own labels come last, since the other folds begin with a copy of them.
        for fold in reversed(range(len(splits))):
            split = splits[fold]
            for number, writer in enumerate(self.writers):
                if fold == 0:
                    labels, side = writer.array("labels"), writer.array("side")
                else:
                    labels, side = stack.enter_context(writer.copy(division(fold)))
                split = divide(
                    split, number, labels, side, self._buffer(), infos, overlaps, rest,
                    np.random.default_rng([self.settings.seed, 2, fold, number]),
                )  # fmt: skip
            divided.append(split)
        return divided[::-1]

    def _forget_earlier(self) -> None:
        """Remove what an earlier preparation stored and what was fitted on it."""
        run = self.run
        for folder in run.root.glob("split-*"):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(run.map, ignore_errors=True)
        (run.root / "best.json").unlink(missing_ok=True)
        for folder in run.tiles.glob("scene-*"):
            if int(folder.name.partition("-")[2]) > len(self.dataset.scenes):
                shutil.rmtree(folder, ignore_errors=True)
            for old in folder.glob("fold-*"):
                if int(old.name.partition("-")[2]) >= self.settings.folds:
                    shutil.rmtree(old, ignore_errors=True)

    def _buffer(self) -> int:
        return max(2, self.tile // 32 * BUFFER_PER_32)

    def _judge(self, splits: list[list[Block]]) -> None:
        """Decide rarity on the first training side; refuse a split that cannot work, name what is missing."""
        table = self.dataset.table
        for fold, split in enumerate(splits):
            pixels = side_pixels(split, len(table))
            if (pixels[TRAIN] > 0).sum() < 2 or not pixels[TEST].any():
                raise InputError(
                    "split.impossible",
                    "Every class is too small to split: after the buffer between the sides, training ground "
                    f"holds {(pixels[TRAIN] > 0).sum()} classes and test ground {pixels[TEST].sum()} "
                    "labelled pixels.",
                    "Draw more or larger polygons, spread over the scene, or use a smaller --tile-size.",
                )
            where = f" in fold {fold}" if len(splits) > 1 else ""
            for index, absent in missing_classes(split, len(table)):
                self.reporter.warning(
                    "split.class-missing",
                    f"Class '{table.names[index]}' has no labels on the {SIDES[absent]} side{where}.",
                )
        pixels = side_pixels(splits[0], len(table))
        self.dataset.table = self.dataset.rarity.decide(table, pixels[TRAIN].tolist())
        if self.dataset.rest_index is not None:
            self.reporter.warning(
                "labels.rest-share",
                f"On training ground at most {self.settings.rest_share:.0%} of a tile's pixels count as "
                f"'{table.names[self.dataset.rest_index]}', so that it does not drown the drawn classes.",
            )

    def _statistics(self, split: list[Block]) -> BandStats:
        """Band statistics of the training side, from the even samples of all scenes."""
        values = []
        for number, census in enumerate(self.censuses):
            lattice = census.lattice
            side = np.full(lattice.valid.shape, 255, np.uint8)
            for block in split:
                if block.scene == number:
                    window, step = block.window, lattice.step
                    rows = slice(-(-window.row // step), -(-(window.row + window.height) // step))
                    cols = slice(-(-window.col // step), -(-(window.col + window.width) // step))
                    side[rows, cols] = block.side
            values.append(lattice.image[:, lattice.valid & (side == TRAIN)])
        pixels: NDArray[Any] = np.concatenate(values, axis=1)
        return band_statistics(pixels, self.dataset.band_names)

    def _write(
        self, splits: list[list[Block]], stats: list[BandStats], size: int, range_px: int
    ) -> None:
        run, dataset, leaf = self.run, self.dataset, self.leaf
        names = ["../classes.csv", "../inspect.json"]
        write_classes(dataset.table, run.root / "classes.csv")
        inspection = describe(dataset, self.censuses)
        inspection["notes"] += [w["message"] for w in self.reporter.warnings]
        write_json(run.root / "inspect.json", inspection)
        for number, scene in enumerate(dataset.scenes, start=1):
            write_json(
                run.tiles / f"scene-{number:03}" / "grid.json",
                {
                    "source": str(scene.info.path),
                    "crs": scene.info.crs_wkt,
                    "transform": list(scene.info.transform)[:6],
                    "width": scene.info.width,
                    "height": scene.info.height,
                    "band_names": list(dataset.band_names),
                },
            )
            names += [f"scene-{number:03}/{array}.npy" for array in ("image", "labels", "side")]
        _write_windows(run.tiles / "windows.json", splits, self.tile)
        names.append("windows.json")
        for fold, (split, band_stats) in enumerate(zip(splits, stats, strict=True)):
            place = run.for_fold(fold)
            write_split(place, dataset, split, size, range_px)
            write_json(place.bands_file, vars(band_stats) | {"recipe": dataset.recipe.as_json()})
            files = [place.split_folder / n for n in ("split.json", "split.png", "blocks.gpkg")]
            names += [os.path.relpath(path, run.tiles) for path in (place.bands_file, *files)]
        leaf.figures = {
            "tile_size": self.tile,
            "block_size": size,
            "autocorrelation_range": range_px,
        }
        leaf.finish(names, self.reporter)


def _write_windows(path: Path, splits: list[list[Block]], tile: int) -> None:
    """Grid windows of each block, clipped to it: scene, row, col, height, width, and each fold's side."""
    windows = [
        [b.scene, b.window.row + c.row, b.window.col + c.col, c.height, c.width]
        + [split[position].side for split in splits]
        for position, b in enumerate(splits[0])
        for c in cells(b.window.height, b.window.width, tile)
    ]
    write_json(path, {"tile_size": tile, "windows": windows})
