"""Run folders of small chips, made by code."""

import numpy as np
from rasterio.crs import CRS

from overseed.chips.chip_set import NO_CLUSTER, ChipSet, Place
from overseed.events import Reporter
from overseed.runs import RunFolder, open_leaf
from overseed.scenes.classes import ClassTable, LandClass
from overseed.stages.chips.chip_files import write_chips
from overseed.tiles.statistics import band_statistics

UTM33 = "EPSG:32633"


def run_of_chips(
    folder,
    size=64,
    bands=3,
    dtype=np.uint8,
    bright=24,
    dark=9,
    clusters=False,
    places=True,
    rare=True,
):
    """Make a run folder of chips below ``folder``: bright ones are common, dark ones rare.

    A third of the chips of each class is held out, for validation and test in turn. The dark ones are clusters
    0 (darkest) and 1, the bright ones 2, where ``clusters`` asks for them.
    """
    rng = np.random.default_rng(4)
    labels = np.array([0] * bright + [1] * dark, np.int64)
    order = np.arange(len(labels))
    level = np.where(labels == 0, 200, np.where(order % 2 == 0, 30, 70))
    noise = rng.normal(0, 12, (len(labels), bands, size, size))
    images = np.clip(level[:, None, None, None] + noise, 0, 255).astype(dtype)
    sides = np.where(order % 3 < 2, 0, 1 + order % 2).astype(np.uint8)
    given = np.where(labels == 0, 2, (level == 70).astype(int))
    pixels = images[sides == 0].transpose(1, 0, 2, 3).reshape(bands, -1)
    names = ("red", "green", "blue", "nir", "swir")[:bands]
    wkt = CRS.from_string(UTM33).to_wkt() if places else ""
    chips = ChipSet(
        images=images,
        valid=np.ones((len(labels), size, size), bool),
        labels=labels,
        sides=sides,
        given_clusters=given if clusters else np.full(len(labels), NO_CLUSTER),
        names=[f"chip-{number}.tif" for number in order],
        places=[
            Place(wkt, (0.5, 0.0, 500_000.0 + 32 * n, 0.0, -0.5, 5_800_000.0) if places else None)
            for n in order.tolist()
        ],
        groups=order,
        table=ClassTable(
            (
                LandClass(0, 1, "bright", "#e69f00", False, ("bright",), pixels=bright),
                LandClass(1, 2, "dark", "#56b4e9", rare, ("dark",), pixels=dark),
            )
        ),
        stats=band_statistics(pixels, names),
    )
    run = RunFolder(folder / "run")
    with open_leaf(run.chips, "chips prepare", {}, {}, 0, False) as leaf:
        leaf.finish(write_chips(run, chips, [""] * len(labels)), Reporter())
    return run.root
