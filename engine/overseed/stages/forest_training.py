"""The random forest of a comparison: trained, held against validation and test blocks."""

from __future__ import annotations

import json
import os

import numpy as np

from overseed.arms import FOREST
from overseed.config import TrainSettings
from overseed.events import Reporter
from overseed.files import write_text
from overseed.runs import Leaf
from overseed.segmentation.calibration import Calibration
from overseed.stages.arm_scores import joined, write_scores
from overseed.stages.context import Prepared
from overseed.tiles.split import TEST, TRAIN, VALIDATION


def fill_with_forest(
    prepared: Prepared, leaf: Leaf, trees: int, settings: TrainSettings, reporter: Reporter
) -> None:
    from overseed.segmentation.forest import train_forest
    from overseed.tiles.pixel_features import block_features

    threads = settings.threads or os.cpu_count() or 1
    rng = np.random.default_rng([settings.seed, 3])
    reporter.progress(0, 3, "part")
    forest = train_forest(prepared.scenes, prepared.blocks[TRAIN], TRAIN, trees, threads, rng)
    classes = len(prepared.table)
    sides = []
    for part, side in enumerate((VALIDATION, TEST), start=1):
        reporter.progress(part, 3, "part")
        blocks, votes, labels = [], [], []
        for number, features, known in block_features(prepared.scenes, prepared.blocks[side], side):
            reporter.check()
            if len(known):
                blocks.append(np.full(len(known), number))
                votes.append(np.eye(classes, dtype=np.float32)[forest.predict(features)])
                labels.append(known)
        sides.append(joined(blocks, votes, labels, classes))
    reporter.progress(3, 3, "part")
    unchanged = Calibration((0.0,) * classes, 1.0, "none")
    write_scores(prepared, leaf, FOREST, unchanged, sides[0], sides[1], None)
    write_text(leaf.folder / "training.jsonl", json.dumps({"trees": trees}) + "\n")
    leaf.finish(["scores.json", "blocks.npz", "training.jsonl"], reporter)
