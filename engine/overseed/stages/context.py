"""What the stages after `prepare` share: the opened tile store with its classes, bands and sides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.fidelity import native_bands
from overseed.errors import InputError
from overseed.files import read_json
from overseed.runs import RunFolder
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable, read_classes
from overseed.tiles.grid import Window
from overseed.tiles.halves import halve_blocks
from overseed.tiles.split import SIDES, TRAIN
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene, open_store, read_windows, scene_folder

#: Seed of the division into the gate's and the judges' ground: one for all methods and seeds, so that they are
#: comparable and no judge of one learned what a gate of another did.
HALVES_SEED = 0


@dataclass(frozen=True)
class Prepared:
    """A prepared run, open for reading. ``blocks`` are those of each side as (scene, window)."""

    run: RunFolder
    key: str
    scenes: list[StoredScene]
    table: ClassTable
    recipe: BandRecipe
    stats: BandStats
    tile: int
    blocks: tuple[list[tuple[int, Window]], ...]

    def side_shares(self, side: int) -> NDArray[np.float64]:
        """Share of each class in the labelled pixels of one side; zero where it has none."""
        counts = np.zeros(len(self.table))
        for scene in self.scenes:
            counts += np.bincount(scene.labels[scene.side == side], minlength=256)[: len(counts)]
        return counts / max(1.0, counts.sum())

    def pixel_metres(self) -> float:
        """Side of the first scene's pixels on the ground, in metres."""
        across, down = self._grid(0)["pixel_metres"]
        return round(float(np.sqrt(across * down)), 4)

    def nodata(self) -> str | None:
        """Nodata value of the first scene as text, since it may be NaN."""
        value: str | None = self._grid(0)["nodata"]
        return value

    def _grid(self, scene: int) -> dict[str, Any]:
        return dict(read_json(scene_folder(self.run.tiles, scene + 1) / "grid.json"))

    def halves(self) -> tuple[list[tuple[int, Window]], list[tuple[int, Window]]]:
        """The training blocks of the gate and those of the judges: one division for all methods and seeds."""
        blocks = read_json(self.run.split_folder / "split.json")["blocks"]
        grounds = [block["ground"] for block in blocks if block["side"] == SIDES[TRAIN]]
        return halve_blocks(self.scenes, self.blocks[TRAIN], len(self.table), HALVES_SEED, grounds)

    def native_bands(self) -> list[bool]:
        """Which bands carry detail of their own at the pixel's size, told from the best seen training block."""

        def seen(place: tuple[int, Window]) -> int:
            return int((self.scenes[place[0]].side[place[1].slices] == TRAIN).sum())

        scene, window = max(self.blocks[TRAIN], key=seen)
        return native_bands(np.asarray(self.scenes[scene].image[:, *window.slices]))


def open_prepared(root: Path, fold: int = 0) -> Prepared:
    """Open a run folder that `prepare` has filled, with the split of one fold.

    Raises
    ------
    InputError
        ``run.missing``, ``run.stage-missing`` or ``run.no-fold``.
    """
    if not root.is_dir():
        raise InputError(
            "run.missing",
            f"There is no run folder {root}.",
            "Make one with 'overseed prepare' or check the path.",
        )
    run = RunFolder(root, fold)
    key = run.key_of(run.tiles, "prepare")
    if not (run.split_folder / "split.json").is_file():
        raise InputError(
            "run.no-fold",
            f"There is no fold {fold} in {root}.",
            "Folds count from 0; 'overseed prepare --folds' makes them.",
        )
    bands: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in read_json(run.bands_file).items()
    }
    recipe = BandRecipe.from_json(bands.pop("recipe"))
    tile, _ = read_windows(run.tiles, fold)
    sides: tuple[list[tuple[int, Window]], ...] = ([], [], [])
    for block in read_json(run.split_folder / "split.json")["blocks"]:
        window = Window(block["row"], block["col"], block["height"], block["width"])
        sides[SIDES.index(block["side"])].append((block["scene"], window))
    return Prepared(
        run=run,
        key=key,
        scenes=open_store(run.tiles, fold),
        table=read_classes(root / "classes.csv"),
        recipe=recipe,
        stats=BandStats(**bands),
        tile=tile,
        blocks=sides,
    )
