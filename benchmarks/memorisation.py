"""Whether the own diffusion model is caught when it learns its training ground by heart, and only then.

    PYTHONPATH=engine python benchmarks/memorisation.py --run RUN [--tiles 20] [--steps 4000] [--work W]

RUN is a prepared run folder (`overseed prepare`), which is copied; without it the demo's scene is prepared. The
model is trained twice with `overseed train-generator`, on a few tiles of the training ground, while nobody sees
what the rest shows, and on all of it. After each tenth of the steps what it paints into training ground is
held against seen and against held-out ground (`overseed.assessment.memory_watch`); the ratio of the two
distances is 1 where nothing is repeated, and below 0.75 of what real ground has, training stops. Needs the
extra `diffusion`. Results are kept in W and a second call continues.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from _scene import copied_run, parse_scene, prepared_run, scene_parser

from overseed.config import TrainGeneratorSettings
from overseed.diffusion_settings import OWN
from overseed.events import Reporter
from overseed.files import read_json
from overseed.stages.context import open_prepared
from overseed.stages.train_generator import train_generator
from overseed.tiles.split import TRAIN

#: What `side.npy` holds where no side owns the ground.
NOBODY = 255


def main() -> int:
    options = parse()
    whole = copied_run(prepared_run(options), options.work / "all", models=[])
    seed = options.seeds[0]
    figures = {
        f"{options.tiles} tiles": _trained(few_tiles(whole, options.tiles, seed), seed, options),
        "all": _trained(whole, seed, options),
    }
    print("| learned from | ratio of distances by step | usual | stopped by copies |")
    print("|---|---|---|---|")
    for name, found in figures.items():
        course = ", ".join(f"{step}: {ratio:.2f}" for step, ratio in found["course"])
        stopped = f"at {found['stopped_at']}" if found["stopped_by_copies"] else "no"
        print(f"| {name} | {course} | {found['memory_usual']:.2f} | {stopped} |")
    few, every = (found["memory_ratio"] for found in figures.values())
    result = {
        "what": f"distance to seen over distance to held-out ground, learned from {options.tiles} tiles",
        "value": few,
        "against": f"learned from all training ground, {every}",
        "ratio": round(few / every, 3),
    }
    print(json.dumps(result, ensure_ascii=False))
    caught = [found["stopped_by_copies"] for found in figures.values()]
    return 0 if caught == [True, False] else 1


def few_tiles(whole: Path, count: int, seed: int) -> Path:
    """A run folder like ``whole`` in which only a few tiles of training ground, drawn by the seed, are seen."""
    run = whole.with_name(f"{count}-tiles-{seed}")
    if run.is_dir():
        return run
    partial = run.with_name(f"{run.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(whole, partial, ignore=shutil.ignore_patterns("generators", "synthetic"))
    prepared = open_prepared(partial)
    tile = prepared.tile
    tiles = [
        (number, row, col)
        for number, scene in enumerate(prepared.scenes)
        for row in range(0, scene.side.shape[0] - tile + 1, tile)
        for col in range(0, scene.side.shape[1] - tile + 1, tile)
        if (scene.side[row : row + tile, col : col + tile] == TRAIN).all()
    ]
    if len(tiles) < count:
        sys.exit(f"There are only {len(tiles)} whole tiles of training ground.")
    chosen = np.random.default_rng(seed).permutation(len(tiles))[:count]
    for number in range(len(prepared.scenes)):
        path = partial / "tiles" / f"scene-{number + 1:03}" / "side.npy"
        sides = np.load(path)
        hidden = sides == TRAIN
        for scene, row, col in (tiles[index] for index in chosen):
            if scene == number:
                hidden[row : row + tile, col : col + tile] = False
        sides[hidden] = NOBODY
        np.save(path, sides)
    partial.rename(run)
    return run


def _trained(run: Path, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Figures of a training, with the ``course`` of the ratio as pairs of step and ratio."""
    settings = TrainGeneratorSettings(
        run=run, method=OWN, seed=seed, steps=options.steps, threads=options.threads
    )
    train_generator(settings, Reporter())
    folder = run / "split-0" / "generators" / OWN / f"seed-{seed}"
    lines = [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]
    course = [
        (line["step"], line["memory_ratio"])
        for line in lines
        if line.get("memory_ratio") is not None
    ]
    return {**read_json(folder / "record.json")["figures"], "course": course}


def parse() -> argparse.Namespace:
    parser = scene_parser(__doc__, seeds="0")
    parser.add_argument("--run", type=Path, help="a prepared run folder instead of a scene")
    parser.add_argument("--tiles", type=int, default=20)
    parser.add_argument("--steps", type=int, default=4000)
    return parse_scene(parser)


if __name__ == "__main__":
    sys.exit(main())
