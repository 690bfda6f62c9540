"""Small chips made by code: dark ground, and a bright square on those of the rare class."""

import numpy as np

from overseed.chips.chip_set import NO_CLUSTER, OTHER_REGION, ChipSet, Place
from overseed.scenes.classes import ClassTable, LandClass
from overseed.tiles.split import TEST, TRAIN, VALIDATION
from overseed.tiles.statistics import band_statistics

SIZE = 32
NAMES = ("ground", "striped", "panel")
PANEL = 2


def table():
    """Three classes, of which the last is rare."""
    colours = ("#c8c8c8", "#e69f00", "#0072b2")
    return ClassTable(
        tuple(
            LandClass(i, i + 1, name, colours[i], rare=i == PANEL, values=(name,))
            for i, name in enumerate(NAMES)
        )
    )


def picture(label, rng, bands=2, size=SIZE):
    """One chip ``(bands, size, size)`` uint16 of a class."""
    image = rng.normal(400, 25, (bands, size, size))
    if label == 1:
        image[:, :, rng.integers(4) :: 4] += 120
    if label == PANEL:
        top, left = rng.integers(2, size - 14, 2)
        image[:, top : top + 12, left : left + 12] += 260
    return image.clip(0).astype(np.uint16)


def planted(counts=None, seed=0, bands=2, groups=4):
    """A set with ``counts[side] = (ground, striped, panel)`` chips; each side has groups of its own."""
    counts = counts or {
        TRAIN: (24, 24, 6), VALIDATION: (10, 10, 5), TEST: (12, 12, 6), OTHER_REGION: (6, 6, 4),
    }  # fmt: skip
    rng = np.random.default_rng(seed)
    labels = [c for side in counts for c, n in enumerate(counts[side]) for _ in range(n)]
    sides = [side for side in counts for n in counts[side] for _ in range(n)]
    images = np.stack([picture(label, rng, bands) for label in labels])
    train = images[np.array(sides) == TRAIN]
    stats = band_statistics(
        train.swapaxes(0, 1).reshape(bands, -1), [f"b{n + 1}" for n in range(bands)]
    )
    return ChipSet(
        images=images,
        valid=np.ones((len(images), SIZE, SIZE), bool),
        labels=np.array(labels, np.int64),
        sides=np.array(sides, np.uint8),
        given_clusters=np.full(len(images), NO_CLUSTER, np.int64),
        names=[f"{NAMES[label]}/{n:03}.tif" for n, label in enumerate(labels)],
        places=[Place("", None)] * len(images),
        groups=np.array([side * groups + n % groups for n, side in enumerate(sides)], np.int64),
        table=table(),
        stats=stats,
    )
