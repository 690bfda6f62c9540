"""The chips of a run folder: how `chips prepare` stores them and how the commands after it open them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import CHIP_SIDES, NO_CLUSTER, ChipSet, Place
from overseed.csv_tables import as_csv, plain
from overseed.errors import InputError
from overseed.files import read_json, whole, write_json, write_text
from overseed.runs import RunFolder
from overseed.scenes.classes import read_classes, write_classes
from overseed.tiles.statistics import BandStats

COLUMNS = ("number", "file", "class", "side", "group", "region", "cluster")
#: In ``RUN/chips``; beside them the run folder's own ``classes.csv`` and ``bands.json``.
FILES = ("images.npy", "valid.npy", "chips.csv", "places.json")


@dataclass(frozen=True)
class PreparedChips:
    """A run folder that `chips prepare` has filled, open for reading. ``key`` is that of its record."""

    run: RunFolder
    key: str
    chips: ChipSet


def write_chips(run: RunFolder, chips: ChipSet, regions: Sequence[str]) -> list[str]:
    """Store a set of chips in ``RUN/chips``, its tables in ``RUN``; returns the names of the former.

    ``regions`` has one text per chip, empty where there is none. Images that are memory-mapped from the
    folder's own ``images.npy`` are left as they are.
    """
    arrays: dict[str, NDArray[Any]] = {"images.npy": chips.images, "valid.npy": chips.valid}
    for name, array in arrays.items():
        if isinstance(array, np.memmap) and Path(str(array.filename)) == run.chips / name:
            continue
        with whole(run.chips / name) as partial:
            np.save(partial, array)
    rows: list[Sequence[object]] = [COLUMNS]
    for number, name in enumerate(chips.names):
        cluster = int(chips.given_clusters[number])
        rows.append(
            (
                number,
                name,
                chips.table.names[chips.labels[number]],
                CHIP_SIDES[chips.sides[number]],
                int(chips.groups[number]),
                regions[number],
                "" if cluster == NO_CLUSTER else cluster,
            )
        )
    write_text(run.chips / "chips.csv", as_csv(rows))
    systems = sorted({place.crs_wkt for place in chips.places})
    places = [[systems.index(place.crs_wkt), place.transform] for place in chips.places]
    write_json(run.chips / "places.json", {"systems": systems, "places": places})
    write_classes(chips.table, run.root / "classes.csv")
    write_json(run.bands_file, asdict(chips.stats))
    return list(FILES)


def open_chips(root: Path) -> PreparedChips:
    """Open a run folder that `chips prepare` has filled.

    Raises
    ------
    InputError
        ``run.missing`` or ``run.stage-missing``.
    """
    if not root.is_dir():
        raise InputError(
            "run.missing",
            f"There is no run folder {root}.",
            "Make one with 'overseed chips prepare' or check the path.",
        )
    run = RunFolder(root)
    key = run.key_of(run.chips, "chips prepare")
    table = read_classes(root / "classes.csv")
    with (run.chips / "chips.csv").open(encoding="utf-8", newline="") as stream:
        rows = [{name: plain(text) for name, text in row.items()} for row in csv.DictReader(stream)]
    stored = read_json(run.chips / "places.json")
    places = [
        Place(stored["systems"][system], None if transform is None else tuple(transform))
        for system, transform in stored["places"]
    ]
    bands: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in read_json(run.bands_file).items()
    }
    chips = ChipSet(
        images=np.load(run.chips / "images.npy", mmap_mode="r"),
        valid=np.load(run.chips / "valid.npy", mmap_mode="r"),
        labels=np.array([table.index_of(row["class"]) for row in rows], np.int64),
        sides=np.array([CHIP_SIDES.index(row["side"]) for row in rows], np.uint8),
        given_clusters=np.array([int(row["cluster"] or NO_CLUSTER) for row in rows], np.int64),
        names=[row["file"] for row in rows],
        places=places,
        groups=np.array([int(row["group"]) for row in rows], np.int64),
        table=table,
        stats=BandStats(**bands),
    )
    return PreparedChips(run, key, chips)
