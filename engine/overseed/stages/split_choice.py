"""Which ground goes to which side: the size of the blocks, the folds, and whether the result can work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from overseed.config import PrepareSettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.scenes.census import Census
from overseed.scenes.dataset import DataSet
from overseed.scenes.polygons import read_areas
from overseed.scenes.rasters import pixel_metres
from overseed.stages.split_files import block_outline
from overseed.tiles.cells import LabelCells
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

#: Width of the unlabelled buffer along borders between sides, in pixels per 32 pixels of tile.
BUFFER_PER_32 = 1
#: Fewest pixels of a block's side.
LEAST_BLOCK = 16
#: Bands whose autocorrelation is looked at.
RANGE_BANDS = 4


@dataclass(frozen=True)
class SplitChoice:
    """The choices for one data set; what is doubtful is said to the reporter, what cannot work is refused."""

    dataset: DataSet
    settings: PrepareSettings
    tile: int
    reporter: Reporter

    def pixels(self) -> list[Pixel]:
        metres = [pixel_metres(scene.info) for scene in self.dataset.scenes]
        return [Pixel(height, width) for width, height in metres]

    def finest_block(self) -> int:
        """Pixels of the shortest side of a block that was asked for, and at least 16."""
        if self.settings.block_size is None:
            return 2 * self.tile
        coarsest = max(max(p.height, p.width) for p in self.pixels())
        pixels = round(self._asked_size(self.settings.block_size) / coarsest)
        if pixels < LEAST_BLOCK:
            raise InputError(
                "split.block-size",
                f"--block-size {self.settings.block_size} makes blocks of {pixels} pixels; they need at "
                f"least {LEAST_BLOCK}.",
                "Give a larger size.",
            )
        return pixels

    def _asked_size(self, text: str) -> float:
        """In metres; a number of pixels counts those of the first raster."""
        return float(text[:-1]) if text.endswith("m") else int(text) * self.pixels()[0].height

    def block_size(
        self, label_cells: list[LabelCells], censuses: list[Census]
    ) -> tuple[float, float]:
        """Block size and autocorrelation range, both in metres."""
        number = max(range(len(censuses)), key=lambda n: censuses[n].valid_pixels)
        lattice, pixel = censuses[number].lattice, self.pixels()[number]
        bands = lattice.image[:: max(1, -(-len(lattice.image) // RANGE_BANDS))]
        ranges = [
            autocorrelation_range(
                np.where(lattice.valid, band, 0).astype(np.float32), lattice.valid
            )
            for band in bands
        ]
        range_m = float(np.median(ranges)) * lattice.step * pixel.height
        if self.settings.block_size:
            return self._asked_size(self.settings.block_size), range_m
        size, notes = choose_block_size(label_cells, self.pixels(), self.tile, range_m)
        for note in notes:
            self.reporter.warning("split.block-size", note)
        return size, range_m

    def sides(
        self, label_cells: list[LabelCells], size: float
    ) -> tuple[list[list[Block]], list[Overlap]]:
        """The split of every fold, and which scenes show the same ground."""
        infos = [scene.info for scene in self.dataset.scenes]
        found = make_blocks(label_cells, self.pixels(), size)
        coarsest = max(max(p.height, p.width) for p in self.pixels())
        overlaps = find_overlaps(infos, 2 * self.buffer() * coarsest)
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

    def buffer(self) -> int:
        return max(2, self.tile // 32 * BUFFER_PER_32)

    def judge(self, splits: list[list[Block]]) -> None:
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
        if self.dataset.rest_index is not None and self.settings.rest_share < 1:
            self.reporter.warning(
                "labels.rest-share",
                f"On training ground at most {self.settings.rest_share:.0%} of a tile's pixels count as "
                f"'{table.names[self.dataset.rest_index]}', so that it does not drown the drawn classes.",
            )
