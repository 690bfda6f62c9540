"""The U-Net on real samples against the random forest, over seeds of split and training.

    PYTHONPATH=engine python benchmarks/unet_against_forest.py [--raster R --labels L [--class-field F]]

The scene is the demo's sample (`python3 build.py demo` fetches it into demo/sample), or another one. Both
methods learn from the same training blocks and are scored on the same test blocks; the seed decides split and
training.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from _scene import parse_scene, scene_parser

from overseed.arms import FOREST
from overseed.config import PrepareSettings, TrainSettings
from overseed.events import Reporter
from overseed.stages.prepare import prepare
from overseed.stages.train import train

FIGURES = ("macro_f1", "rare_macro_f1", "overall_accuracy")


def main() -> int:
    parser = scene_parser(__doc__, seeds="0,1,2")
    parser.add_argument("--arms", default="none", help="networks, as in --augment, by comma")
    parser.add_argument("--tile-size", type=int, default=128)
    parser.add_argument("--block-size")
    parser.add_argument("--steps", type=int, help="of networks; set by the effort if left out")
    options = parse_scene(parser)
    arms = [*options.arms.split(","), FOREST]
    found: dict[str, list[dict[str, float]]] = {arm: [] for arm in arms}
    print("| seed | arm | macro-F1 | rare classes' F1 | overall accuracy |\n|---|---|---|---|---|")
    for seed in options.seeds:
        run = options.work / f"{Path(options.raster).stem}-{seed}"
        prepare(
            PrepareSettings(
                run=run, raster=[options.raster], labels=[options.labels],
                class_field=options.class_field, tile_size=options.tile_size,
                block_size=options.block_size, seed=seed,
            ),
            Reporter(),
        )  # fmt: skip
        for arm in arms:
            steps = None if arm == FOREST else options.steps
            settings = TrainSettings(
                run=run, augment=arm, seed=seed, steps=steps, threads=options.threads
            )
            scores = train(settings, Reporter())["scores"]
            found[arm].append(scores)
            figures = " | ".join(_figure(scores[key]) for key in FIGURES)
            print(f"| {seed} | {arm} | {figures} |", flush=True)
    means = {arm: statistics.mean(s["macro_f1"] for s in rows) for arm, rows in found.items()}
    for arm in arms[:-1]:
        result = {
            "what": f"mean macro-F1 of {arm} on {Path(options.raster).stem}, {len(options.seeds)} seeds",
            "value": round(means[arm], 3),
            "against": f"random forest, {means[FOREST]:.3f}",
            "ratio": round(means[arm] / means[FOREST], 3),
        }
        print(json.dumps(result))
    return 0


def _figure(value: float | None) -> str:
    return "not evaluated" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
