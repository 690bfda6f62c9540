"""Run folders of small chips made by code, as `chips prepare` and `chips sample` leave them."""

import numpy as np

from overseed.events import Reporter
from overseed.files import write_json
from overseed.runs import RunFolder, open_leaf
from overseed.stages.chips.chip_files import open_chips, write_chips
from overseed.tiles.split import TRAIN
from tests.engine.chips.planted_chips import PANEL, planted


def make_run(root, chips=None):
    """A run folder with chips."""
    run = RunFolder(root)
    chips = chips or planted()
    with open_leaf(run.chips, "chips prepare", {}, {"chips": str(chips.labels)}, 0, False) as leaf:
        if leaf is not None:
            leaf.begin()
            leaf.finish(write_chips(run, chips, [""] * len(chips)), Reporter())
    return root


def make_synthetic(root, name, seed, count=6):
    """What `chips sample` leaves: the rare class's training chips, a little brighter."""
    prepared = open_chips(root)
    chips = prepared.chips
    rare = np.flatnonzero((chips.sides == TRAIN) & (chips.labels == PANEL))
    folder = prepared.run.synthetic(name, seed)
    with open_leaf(folder, "chips sample", {}, {"of": name, "count": count}, seed, False) as leaf:
        if leaf is None:
            return
        leaf.begin()
        images = chips.images[rare[np.arange(count) % len(rare)]] + np.uint16(5)
        np.save(folder / "images.npy", images)
        np.save(folder / "labels.npy", np.full(count, PANEL, np.int64))
        write_json(folder / "index.json", {"gan": name})
        leaf.finish(["images.npy", "labels.npy", "index.json"], Reporter())
