"""Whether the own diffusion model is caught when it learns its training ground by heart, and only then.

    PYTHONPATH=engine python benchmarks/memorisation.py --run RUN [--tiles 20] [--steps 5000] [--work W]

RUN is a prepared run folder (`overseed prepare`); without it the demo's scene is prepared, in tiles of 32
pixels, which are learned by heart in minutes. The model is trained twice: on purpose on a few tiles of the
training ground, always the same pixels the same way round, and as `overseed train-generator` does it, on all
of that ground. After each tenth of the steps what it paints into training ground is held against seen and
against held-out ground (`overseed.assessment.memory_watch`); the ratio of the two distances is 1 where
nothing is repeated, and below 0.75 of what real ground has, training stops. Exits with 1 unless the first
training was stopped and the second was not. Needs the extra `diffusion`. Results are kept in W and a second
call continues.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _scene import parse_scene, prepared_run, scene_parser

from overseed.devices import choose_device
from overseed.generators.contract import FitPlan
from overseed.generators.diffusion import Diffusion
from overseed.generators.diffusion_options import Learning, Sampling
from overseed.stages.context import Prepared, open_prepared
from overseed.tiles.sampling import Batch, CropSampler, Source
from overseed.tiles.split import TRAIN, VALIDATION

#: Side of the tiles, in pixels, where none are prepared.
TILE = 32


@dataclass(frozen=True)
class FewTiles:
    """A source that shows the same crops again and again, never turned or moved."""

    tiles: Batch

    def draw(self, count: int, rng: np.random.Generator, keep: slice = slice(None)) -> Batch:
        chosen = rng.integers(len(self.tiles.labels), size=count)[keep]
        return Batch(*(part[chosen] for part in vars(self.tiles).values()))


def main() -> int:
    options = parse()
    prepared = open_prepared(prepared_run(options, TILE))
    crops = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
    few = FewTiles(crops.draw(options.tiles, np.random.default_rng(options.seeds[0])))
    ground = CropSampler(prepared.scenes, TRAIN, prepared.tile, "anywhere")
    figures = {
        f"{options.tiles} tiles": fitted(prepared, few, few, options, options.work / "few"),
        "all": fitted(prepared, crops, ground, options, options.work / "all"),
    }
    print("| learned from | ratio of distances by step | real ground | stopped |")
    print("|---|---|---|---|")
    for name, found in figures.items():
        course = ", ".join(f"{step}: {ratio:.2f}" for step, ratio in found["course"])
        stopped = f"at {found['stopped_at']}" if found["stopped_by_copies"] else "no"
        print(f"| {name} | {course} | {found['memory_usual']:.2f} | {stopped} |")
    lowest, every = (found["memory_ratio"] for found in figures.values())
    result = {
        "what": f"distance to seen over distance to held-out ground, learned from {options.tiles} tiles",
        "value": lowest,
        "against": f"learned from all training ground, {every}",
        "ratio": round(lowest / every, 3),
    }
    print(json.dumps(result, ensure_ascii=False))
    caught = [found["stopped_by_copies"] for found in figures.values()]
    return 0 if caught == [True, False] else 1


def fitted(
    prepared: Prepared, source: Source, ground: Source, options: argparse.Namespace, folder: Path
) -> dict[str, Any]:
    """Figures of a training, with the ``course`` of the ratio as pairs of step and ratio."""
    folder.mkdir(parents=True, exist_ok=True)
    seed = options.seeds[0]
    generator = Diffusion(
        prepared.stats, len(prepared.table), prepared.tile, seed, Learning(), Sampling()
    )
    plan = FitPlan(
        options.steps,
        seed,
        f"{options.tiles}-{options.steps}-{seed}",
        validation=CropSampler(prepared.scenes, VALIDATION, prepared.tile, "balanced"),
        ground=ground,
    )
    figures = generator.fit(
        source, plan, choose_device("auto", options.threads), folder, _nothing, _nothing
    )
    lines = [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]
    course = [(row["step"], row["memory_ratio"]) for row in lines if "memory_ratio" in row]
    return {**figures, "course": course}


def _nothing(*_: object) -> None:
    """Progress that nobody watches."""


def parse() -> argparse.Namespace:
    parser = scene_parser(__doc__, seeds="0")
    parser.add_argument("--run", type=Path, help="a prepared run folder instead of a scene")
    parser.add_argument("--tiles", type=int, default=20)
    parser.add_argument("--steps", type=int, default=5000)
    return parse_scene(parser)


if __name__ == "__main__":
    sys.exit(main())
