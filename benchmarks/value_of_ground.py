"""What more real ground is worth to an arm: a bound on what made samples could bring.

    PYTHONPATH=engine python benchmarks/value_of_ground.py --run RUN [--arm none] [--work W]

RUN is a prepared run folder (`overseed prepare`), which is copied; without it the demo's scene is prepared. The
same arm is trained with all training blocks, with half of them and with a quarter, drawn by the seed, the
smaller sets within the larger ones. What the left-out blocks show nobody sees: their pixels belong to no side.
Steps, crops, validation and test ground stay the same, so the differences are what new *real* ground brings at
that size. Samples that are as good as real ground, and show as much that is new, could bring no more. Results
are kept in W and a second call continues.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from _scene import copied_run, parse_scene, prepared_run, scene_parser

from overseed.arms import parse_arm
from overseed.assessment.comparison import arm_scores, claimed_classes
from overseed.assessment.paired import paired_difference
from overseed.config import TrainSettings
from overseed.events import Reporter
from overseed.files import read_json, write_json
from overseed.stages.context import open_prepared
from overseed.stages.train import train
from overseed.tiles.split import SIDES, TRAIN

#: What `side.npy` holds where no side owns the ground.
NOBODY = 255


def main() -> int:
    options = parse()
    whole = copied_run(
        prepared_run(options), options.work / "all", models=[parse_arm(options.arm).name]
    )
    table = open_prepared(whole).table
    stacks = {
        share: np.stack(
            [_trained(part_of(whole, share, seed), seed, options) for seed in options.seeds]
        )
        for share in options.shares
    }
    largest = max(options.shares)
    rare = table.rare_indices
    claimed = claimed_classes(stacks[largest][0].sum(axis=2), rare) or rare
    names = [table.names[index] for index in claimed]
    print(f"Mean IoU of {', '.join(names)} on the test blocks, {len(options.seeds)} trainings.")
    print(
        "| training blocks | IoU | minus the largest share (95 % interval) | IoU of each rare class |"
    )
    print("|---|---|---|---|")
    rows = {
        share: arm_scores(options.arm, stack, table.names, rare, claimed)
        for share, stack in stacks.items()
    }
    most = rows[largest]["claimed_iou"]["mean"]
    for share, row in rows.items():
        mean = row["claimed_iou"]["mean"]
        pair = paired_difference(
            stacks[share],
            stacks[largest],
            table.names,
            claimed,
            np.random.default_rng(0),
            metric="iou",
        )
        change = "" if share == largest else _interval(pair)
        each = ", ".join(
            f"{c['name']} {c['iou']['mean']:.3f}"
            for i, c in enumerate(row["classes"])
            if i in rare and c["iou"]["mean"] is not None
        )
        print(f"| {share:.0%} | {mean:.3f} | {change} | {each} |")
        if share != largest:
            result = {
                "what": f"mean rare-class IoU of {options.arm}, {largest:.0%} of the training blocks",
                "value": most,
                "against": f"{share:.0%} of them, {mean}",
                "ratio": round(most / mean, 3) if mean else None,
            }
            print(json.dumps(result, ensure_ascii=False))
    return 0


def part_of(whole: Path, share: float, seed: int) -> Path:
    """A run folder like ``whole`` in which only a share of the training blocks is to be seen."""
    if share == 1:
        return whole
    run = whole.with_name(f"{share:g}-{seed}")
    if (run / "split-0" / "split.json").is_file():
        return run
    partial = run.with_name(f"{run.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(whole, partial, ignore=shutil.ignore_patterns("models", "best.json"))
    split_file = partial / "split-0" / "split.json"
    split = read_json(split_file)
    training = [i for i, b in enumerate(split["blocks"]) if b["side"] == SIDES[TRAIN]]
    order = np.random.default_rng(seed).permutation(training)
    hidden = set(order[max(1, round(share * len(order))) :].tolist())
    for number in hidden:
        block = split["blocks"][number]
        path = partial / "tiles" / f"scene-{block['scene'] + 1:03}" / "side.npy"
        sides = np.load(path)
        rows = slice(block["row"], block["row"] + block["height"])
        cols = slice(block["col"], block["col"] + block["width"])
        part = sides[rows, cols]
        part[part == TRAIN] = NOBODY
        np.save(path, sides)
    split["blocks"] = [b for i, b in enumerate(split["blocks"]) if i not in hidden]
    write_json(split_file, split)
    partial.rename(run)
    return run


def _trained(run: Path, seed: int, options: argparse.Namespace) -> np.ndarray:
    """Confusion matrices of the test blocks ``(blocks, classes, classes)``."""
    arm = parse_arm(options.arm)
    train(
        TrainSettings(
            run=run, augment=arm.name, seed=seed, steps=options.steps, batch=options.batch,
            threads=options.threads,
        ),
        Reporter(),
    )  # fmt: skip
    blocks: np.ndarray = np.load(
        run / "split-0" / "models" / arm.name / f"seed-{seed}" / "blocks.npz"
    )["confusion"]
    return blocks


def _interval(pair: dict[str, float | None]) -> str:
    if pair["low"] is None:
        return f"{pair['difference']:+.3f} (too few blocks for an interval)"
    return f"{pair['difference']:+.3f} ({pair['low']:+.3f} to {pair['high']:+.3f})"


def parse() -> argparse.Namespace:
    parser = scene_parser(__doc__, seeds="0,1,2")
    parser.add_argument("--run", type=Path, help="a prepared run folder instead of a scene")
    parser.add_argument("--arm", default="none")
    parser.add_argument(
        "--shares",
        type=lambda text: [float(part) for part in text.split(",")],
        default=[1.0, 0.5, 0.25],
    )
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=12)
    return parse_scene(parser)


if __name__ == "__main__":
    sys.exit(main())
