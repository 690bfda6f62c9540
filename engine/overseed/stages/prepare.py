"""`prepare`: the tile store, the spatial split, the class table and the band statistics."""

from __future__ import annotations

import contextlib
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
from overseed.runs import RECORD, Leaf, RunFolder, open_leaf, settings_record
from overseed.scenes.census import Census
from overseed.scenes.classes import write_classes
from overseed.scenes.dataset import DataSet, strips
from overseed.scenes.rasters import pixel_metres
from overseed.stages.data_files import data_fingerprints, forget_fitted
from overseed.stages.inspect import count_labels, describe, open_dataset
from overseed.stages.split_choice import SplitChoice
from overseed.stages.split_files import write_split
from overseed.tiles.cells import LabelCells
from overseed.tiles.division import RestLimit, divide
from overseed.tiles.grid import cells, tile_side
from overseed.tiles.ground import Overlap
from overseed.tiles.split import (
    TRAIN,
    Block,
)
from overseed.tiles.statistics import BandStats, band_statistics
from overseed.tiles.store import SceneWriter, division, scene_folder


def prepare(settings: PrepareSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/tiles`` and one ``RUN/split-k`` per fold, reading every raster once.

    Raises
    ------
    InputError
        Whatever the data refuse, and ``prepare.run-in-use`` for a run folder of chips, ``split.impossible``,
        ``split.test-raster``, ``split.block-size`` or ``output.not-writable``.
    OSError
        When the disk is full; nothing stays under a final name.
    """
    reporter = reporter or Reporter()
    reporter.stage("prepare", "Cut the scene into training, validation and test ground")
    run = RunFolder(settings.run)
    if (run.chips / RECORD).is_file():
        raise InputError(
            "prepare.run-in-use",
            f"The run folder {run.root} holds the chips of 'overseed chips prepare'.",
            "Give tiles a run folder of their own.",
        )
    check_folder(settings.run)
    record = settings_record(settings)
    with open_leaf(
        run.tiles, "prepare", record, data_fingerprints(settings), settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            _Preparation(run, leaf, settings, reporter).fill()
    return {"run": str(settings.run), "tiles": str(run.tiles), "folds": settings.folds}


@dataclass
class _Preparation:
    """One preparation under way: scan all scenes, choose the split, write what follows from it."""

    run: RunFolder
    leaf: Leaf
    settings: PrepareSettings
    reporter: Reporter
    dataset: DataSet = field(init=False)
    tile: int = field(init=False)
    choice: SplitChoice = field(init=False)
    censuses: list[Census] = field(default_factory=list)
    label_cells: list[LabelCells] = field(default_factory=list)
    writers: list[SceneWriter] = field(default_factory=list)

    def fill(self) -> None:
        self.dataset = open_dataset(self.settings)
        self.tile = _tile_side(self.dataset, self.settings.tile_size, self.reporter)
        self.choice = SplitChoice(self.dataset, self.settings, self.tile, self.reporter)
        for number in range(1, len(self.dataset.scenes) + 1):
            check_folder(scene_folder(self.run.tiles, number))
        try:
            with contextlib.ExitStack() as stack:
                self._scan(stack)
                count_labels(self.dataset, self.censuses)
                size, range_m = self.choice.block_size(self.label_cells, self.censuses)
                splits, overlaps = self.choice.sides(self.label_cells, size)
                splits, stats = self._divide(splits, overlaps, stack)
                self.choice.judge(splits)
                inspection = describe(self.dataset, self.censuses)
                # From here on nothing is refused: what an earlier preparation has made goes.
                self.leaf.begin()
                self._forget_earlier()
        finally:
            for folder in [*self.run.tiles.glob("scene-*/fold-*"), *self.run.tiles.glob("scene-*")]:
                if not any(folder.iterdir()):
                    folder.rmdir()
        self._write(splits, stats, inspection, size, range_m)

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
                height, width, len(dataset.table), self.choice.finest_block() // 4
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
                    split, number, labels, side, self.choice.buffer(), infos, overlaps, rest,
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
        forget_fitted(run)
        for folder in run.tiles.glob("scene-*"):
            if int(folder.name.partition("-")[2]) > len(self.dataset.scenes):
                shutil.rmtree(folder, ignore_errors=True)
            for old in folder.glob("fold-*"):
                if int(old.name.partition("-")[2]) >= self.settings.folds:
                    shutil.rmtree(old, ignore_errors=True)

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
                    "pixel_metres": [round(side, 4) for side in pixel_metres(scene.info)],
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
            metre = self.choice.pixels()[0].height
            write_split(place, dataset, split, size, round(size / metre), round(range_m / metre))
            write_json(place.bands_file, vars(band_stats) | {"recipe": dataset.recipe.as_json()})
            files = [place.split_folder / n for n in ("split.json", "split.png", "blocks.gpkg")]
            names += [os.path.relpath(path, run.tiles) for path in (place.bands_file, *files)]
        leaf.figures = {
            "tile_size": self.tile,
            "buffer_pixels": self.choice.buffer(),
            "block_metres": round(size, 3),
            "autocorrelation_range_metres": round(range_m, 3),
        }
        leaf.finish(names, self.reporter)


def _tile_side(dataset: DataSet, wanted: int, reporter: Reporter) -> int:
    """The wanted side, or what the smallest raster has room for."""
    side = min(min(s.info.height, s.info.width) for s in dataset.scenes)
    tile = tile_side(side, side, wanted)
    if tile < wanted:
        reporter.warning(
            "tiles.shrunk",
            f"Tiles are {tile} pixels wide, since the smallest raster has {side}.",
        )
    return tile


def _write_windows(path: Path, splits: list[list[Block]], tile: int, scenes: int) -> None:
    """Grid windows of each block, clipped to it: scene, row, col, height, width, and each fold's side."""
    windows = [
        [b.scene, b.window.row + c.row, b.window.col + c.col, c.height, c.width]
        + [split[position].side for split in splits]
        for position, b in enumerate(splits[0])
        for c in cells(b.window.height, b.window.width, tile)
    ]
    write_json(path, {"tile_size": tile, "scenes": scenes, "windows": windows})
