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
from overseed.files import check_folder, write_json
from overseed.runs import Leaf, RunFolder, fingerprint, open_leaf, settings_record
from overseed.scenes.census import Census
from overseed.scenes.classes import write_classes
from overseed.scenes.dataset import DataSet, strips
from overseed.scenes.labels import is_vector
from overseed.scenes.polygons import read_areas
from overseed.scenes.raster_sources import archive_of, files_of, read_info, real_files
from overseed.scenes.rasters import pixel_metres
from overseed.scenes.vector_sources import split_source
from overseed.stages.inspect import count_labels, describe, open_dataset
from overseed.stages.split_files import block_outline, write_split
from overseed.tiles.cells import LabelCells
from overseed.tiles.division import RestLimit, divide
from overseed.tiles.grid import cells, tile_side
from overseed.tiles.ground import Overlap, find_overlaps, share_ground
from overseed.tiles.split import (
    SIDES,
    TEST,
    TRAIN,
    VALIDATION,
    Block,
    Pixel,
    assign_folds,
    assign_sides,
    autocorrelation_range,
    choose_block_size,
    make_blocks,
    missing_classes,
    side_pixels,
)
from overseed.tiles.statistics import BandStats, band_statistics
from overseed.tiles.store import SceneWriter, division, scene_folder

#: Width of the unlabelled buffer along borders between sides, in pixels per 32 pixels of tile.
BUFFER_PER_32 = 1
#: Fewest pixels of a block's side.
LEAST_BLOCK = 16
#: Vector formats of several files.
WITH_SIBLINGS = (".shp", ".tab", ".mif")
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
        files |= _label_files(source)
    return {str(path): fingerprint(path) for path in sorted(files) if not path.is_dir()}


def _label_files(source: str) -> set[Path]:
    """The files behind a label source; a missing one stands for itself and is refused where it is read."""
    name = split_source(source).path
    path = Path(name)
    archive = archive_of(name)
    if archive is not None:
        return {archive}
    if path.is_file() and not is_vector(source):
        return files_of(name)
    if path.is_dir():
        return set(path.rglob("*"))
    files = {path}
    if path.suffix.lower() in WITH_SIBLINGS:
        # Their values, indices and projections lie in files beside.
        files |= set(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    # Recent edits of a GeoPackage in use; QGIS makes an empty one by just opening the layer.
    journal = path.with_name(f"{path.name}-wal")
    if journal.is_file() and journal.stat().st_size:
        files.add(journal)
    return files


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
            check_folder(scene_folder(self.run.tiles, number))
        try:
            with contextlib.ExitStack() as stack:
                self._scan(stack)
                count_labels(self.dataset, self.censuses)
                size, range_m = self._block_size()
                splits, overlaps = self._split(size)
                splits, stats = self._divide(splits, overlaps, stack)
                self._judge(splits)
                inspection = describe(self.dataset, self.censuses)
                # From here on nothing is refused: what an earlier preparation has made goes.
                self.leaf.begin()
                self._forget_earlier()
        finally:
            for folder in [*self.run.tiles.glob("scene-*/fold-*"), *self.run.tiles.glob("scene-*")]:
                if not any(folder.iterdir()):
                    folder.rmdir()
        self._write(splits, stats, inspection, size, range_m)

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
            folder = scene_folder(self.run.tiles, number + 1)
            writer = stack.enter_context(SceneWriter(folder, shape, dataset.dtype))
            census = Census(dataset, number)
            label_cells = LabelCells.empty(
                height, width, len(dataset.table), self._finest_block() // 4
            )

            def tick(rows: int, _: int, start: int = done) -> None:
                self.reporter.progress(start + rows, total, "row")

            for strip in census.watch(strips(dataset, number, self.settings.threads, tick)):
                writer.write(strip.row, strip.image, strip.labels, strip.valid)
                label_cells.add(strip.row, strip.labels)
            self.writers.append(writer)
            self.censuses.append(census)
            self.label_cells.append(label_cells)
            done += height

    def _pixels(self) -> list[Pixel]:
        metres = [pixel_metres(scene.info) for scene in self.dataset.scenes]
        return [Pixel(height, width) for width, height in metres]

    def _finest_block(self) -> int:
        """Pixels of the shortest side of a block that was asked for, and at least 16."""
        if self.settings.block_size is None:
            return 2 * self.tile
        coarsest = max(max(p.height, p.width) for p in self._pixels())
        pixels = round(self._asked_block_size(self.settings.block_size) / coarsest)
        if pixels < LEAST_BLOCK:
            raise InputError(
                "split.block-size",
                f"--block-size {self.settings.block_size} makes blocks of {pixels} pixels; they need at "
                f"least {LEAST_BLOCK}.",
                "Give a larger size.",
            )
        return pixels

    def _asked_block_size(self, text: str) -> float:
        """In metres; a number of pixels counts those of the first raster."""
        return float(text[:-1]) if text.endswith("m") else int(text) * self._pixels()[0].height

    def _block_size(self) -> tuple[float, float]:
        """Block size and autocorrelation range, both in metres."""
        number = max(range(len(self.censuses)), key=lambda n: self.censuses[n].valid_pixels)
        lattice, pixel = self.censuses[number].lattice, self._pixels()[number]
        bands = lattice.image[:: max(1, -(-len(lattice.image) // RANGE_BANDS))]
        ranges = [
            autocorrelation_range(
                np.where(lattice.valid, band, 0).astype(np.float32), lattice.valid
            )
            for band in bands
        ]
        range_m = float(np.median(ranges)) * lattice.step * pixel.height
        if self.settings.block_size:
            return self._asked_block_size(self.settings.block_size), range_m
        size, notes = choose_block_size(self.label_cells, self._pixels(), self.tile, range_m)
        for note in notes:
            self.reporter.warning("split.block-size", note)
        return size, range_m

    def _split(self, size: float) -> tuple[list[list[Block]], list[Overlap]]:
        """The split of every fold, and which scenes show the same ground."""
        infos = [scene.info for scene in self.dataset.scenes]
        found = make_blocks(self.label_cells, self._pixels(), size)
        coarsest = max(max(p.height, p.width) for p in self._pixels())
        overlaps = find_overlaps(infos, 2 * self._buffer() * coarsest)
        for overlap in overlaps:
            one, other = (infos[n].path.name for n in (overlap.earlier, overlap.later))
            self.reporter.warning(
                "scenes.overlap",
                f"{one} and {other} show the same or adjacent ground: there both are on the same side of the "
                "split, and where their blocks differ pixels of the second one are left out.",
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
    ) -> tuple[list[list[Block]], list[BandStats]]:
        """Draw every fold's split into its labels and sides; the splits counted anew, and band statistics."""
        infos = [scene.info for scene in self.dataset.scenes]
        rest = None
        if self.dataset.rest_index is not None:
            rest = RestLimit(self.dataset.rest_index, self.settings.rest_share, self.tile)
        divided, stats = [], []
        # The store's own labels come last, since the other folds begin with a copy of them.
        for fold in reversed(range(len(splits))):
            split = splits[fold]
            training = []
            for number, writer in enumerate(self.writers):
                if fold == 0:
                    labels, side = writer.array("labels"), writer.array("side")
                else:
                    labels, side = stack.enter_context(writer.copy(division(fold)))
                split = divide(
                    split, number, labels, side, self._buffer(), infos, overlaps, rest,
                    np.random.default_rng([self.settings.seed, 2, fold, number]),
                )  # fmt: skip
                lattice = self.censuses[number].lattice
                drawn = side[:: lattice.step, :: lattice.step]
                training.append(lattice.image[:, lattice.valid & (drawn == TRAIN)])
            divided.append(split)
            stats.append(self._statistics(np.concatenate(training, axis=1)))
        return divided[::-1], stats[::-1]

    def _statistics(self, pixels: NDArray[Any]) -> BandStats:
        """Band statistics of an even sample ``(bands, n)`` of the training side.

        Raises
        ------
        InputError
            ``split.impossible`` without any pixel, ``raster.extreme`` where no finite figures come out.
        """
        if not pixels.shape[1]:
            raise InputError(
                "split.impossible",
                "No pixel with a value is left for training.",
                "Hold out less test ground, or check the rasters' nodata values.",
            )
        stats = band_statistics(pixels, self.dataset.band_names)
        for name, mean, std in zip(stats.names, stats.mean, stats.std, strict=True):
            if not np.isfinite([mean, std]).all():
                raise InputError(
                    "raster.extreme",
                    f"The values of band {name} are too large to work with.",
                    "Check its nodata value; an unmarked fill value is a common reason.",
                )
        return stats

    def _forget_earlier(self) -> None:
        """Remove what an earlier preparation stored and what was fitted on it."""
        run = self.run
        for folder in run.root.glob("split-*"):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(run.map, ignore_errors=True)
        for name in ("best.json", "report.html"):
            (run.root / name).unlink(missing_ok=True)
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
            if not pixels[VALIDATION].any():
                self.reporter.warning(
                    "split.no-validation",
                    "No label is left on the validation side, so the last weights of a training are kept "
                    "instead of the best.",
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

    def _write(
        self,
        splits: list[list[Block]],
        stats: list[BandStats],
        inspection: dict[str, Any],
        size: float,
        range_m: float,
    ) -> None:
        run, dataset, leaf = self.run, self.dataset, self.leaf
        names = ["../classes.csv", "../inspect.json"]
        write_classes(dataset.table, run.root / "classes.csv")
        inspection["notes"] += [w["message"] for w in self.reporter.warnings]
        write_json(run.root / "inspect.json", inspection)
        for number, scene in enumerate(dataset.scenes, start=1):
            folder = scene_folder(run.tiles, number)
            write_json(
                folder / "grid.json",
                {
                    "source": str(scene.info.path),
                    "crs": scene.info.crs_wkt,
                    "transform": list(scene.info.transform)[:6],
                    "width": scene.info.width,
                    "height": scene.info.height,
                    # As text, since JSON has no NaN.
                    "nodata": None if scene.info.nodata is None else str(scene.info.nodata),
                    "band_names": list(dataset.band_names),
                },
            )
            names += [f"{folder.name}/{name}" for name in ("grid.json", "image.npy")]
            names += [
                (Path(folder.name) / division(fold) / f"{array}.npy").as_posix()
                for fold in range(len(splits))
                for array in ("labels", "side")
            ]
        _write_windows(run.tiles / "windows.json", splits, self.tile, len(dataset.scenes))
        names.append("windows.json")
        for fold, (split, band_stats) in enumerate(zip(splits, stats, strict=True)):
            place = run.for_fold(fold)
            metre = self._pixels()[0].height
            write_split(place, dataset, split, size, round(size / metre), round(range_m / metre))
            write_json(place.bands_file, vars(band_stats) | {"recipe": dataset.recipe.as_json()})
            files = [place.split_folder / n for n in ("split.json", "split.png", "blocks.gpkg")]
            names += [os.path.relpath(path, run.tiles) for path in (place.bands_file, *files)]
        leaf.figures = {
            "tile_size": self.tile,
            "block_metres": round(size, 3),
            "autocorrelation_range_metres": round(range_m, 3),
        }
        leaf.finish(names, self.reporter)


def _write_windows(path: Path, splits: list[list[Block]], tile: int, scenes: int) -> None:
    """Grid windows of each block, clipped to it: scene, row, col, height, width, and each fold's side."""
    windows = [
        [b.scene, b.window.row + c.row, b.window.col + c.col, c.height, c.width]
        + [split[position].side for split in splits]
        for position, b in enumerate(splits[0])
        for c in cells(b.window.height, b.window.width, tile)
    ]
    write_json(path, {"tile_size": tile, "scenes": scenes, "windows": windows})
