"""What holds made samples back: the same arm with one thing changed at a time, against training without any.

    PYTHONPATH=engine python benchmarks/limits_of_samples.py --run RUN [--arm spade] [--work W]

RUN is a prepared run folder (`overseed prepare`); without it the demo's scene is prepared. Every variant works
in a copy of it, with the generators and samples that RUN already has, and is compared on the same test blocks,
steps and seeds with `none` and with the arm that differs in the samples alone (`oversample` for
`oversample+spade`). Validation scores stand beside: only these may decide on a default. What new *real* ground
is worth, the limit of any sample, is measured by `value_of_ground`. Results are kept in W and a second call
continues.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np
from _scene import copied_run, parse_scene, prepared_run, scene_parser

from overseed.arms import FOREST, NONE, parse_arm
from overseed.assessment.confusion import class_scores, macro
from overseed.assessment.paired import paired_difference, training_noise
from overseed.config import CompareSettings
from overseed.events import Reporter
from overseed.files import read_json
from overseed.stages.compare import compare

#: What each variant asks of `compare` beyond what all share.
VARIANTS: dict[str, dict[str, Any]] = {
    "as compared": {},
    "share 0.1": {"share": "0.1"},
    "share 0.4": {"share": "0.4"},
    "layouts: shares by root": {"target": "sqrt"},
    "layouts: reassigned parcels only": {"layouts": "reassign"},
    "four times the samples": {"count": 4},
    "generator: three times the steps": {"generator_steps": 3},
    "filter: distrust 3": {"distrust": 3.0},
    "schedule: samples first": {"order": "synthetic-first"},
}
#: Settings that a variant multiplies.
FACTORS = ("count", "generator_steps")


def main() -> int:
    options = parse()
    run = prepared_run(options)
    base = parse_arm(options.arm).without_samples
    arms = list(dict.fromkeys((NONE, base, options.arm)))
    print(
        f"| variant of {options.arm} | claimed IoU | minus none (95 % interval) | minus {base} | validation |"
    )
    print("|---|---|---|---|---|")
    for name in options.variants:
        copy = copied_run(run, options.work / _file_name(name), models=[NONE, base, FOREST])
        result = _compared(copy, options, arms, VARIANTS[name])
        scores = {row["arm"]: row["claimed_iou"]["mean"] for row in result["arms"]}
        validation = {
            arm: statistics.mean(
                read_json(folder / "scores.json")["validation"]["rare_macro_f1"]
                for folder in _folders(copy, arm, options)
            )
            for arm in arms
        }
        against = " | ".join(
            _difference(copy, options, result, other) for other in dict.fromkeys((NONE, base))
        )
        others = ", ".join(f"{arm} {validation[arm]:.3f}" for arm in arms[:-1])
        print(
            f"| {name} | {scores[options.arm]:.3f} | {against} | {validation[options.arm]:.3f} ({others}) |",
            flush=True,
        )
        line = {
            "what": f"mean rare-class IoU of {options.arm}, {name}",
            "value": scores[options.arm],
            "against": f"{base}, {scores[base]}",
            "ratio": round(scores[options.arm] / scores[base], 3) if scores[base] else None,
        }
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return 0


def _difference(run: Path, options: argparse.Namespace, result: dict[str, Any], other: str) -> str:
    """The arm's claimed IoU minus the other arm's, with its interval over blocks and seeds."""
    claimed = [index for index, c in enumerate(result["classes"]) if c["claimed"]]
    stacks = {
        row["arm"]: np.stack(
            [
                np.load(folder / "blocks.npz")["confusion"]
                for folder in _folders(run, row["arm"], options)
            ]
        )
        for row in result["arms"]
        if row["arm"] != FOREST
    }
    scores = [
        macro(class_scores(stack.sum(axis=1))["iou"], claimed or None) for stack in stacks.values()
    ]
    found = paired_difference(
        stacks[options.arm], stacks[other], [c["name"] for c in result["classes"]], claimed,
        np.random.default_rng(min(options.seeds)), metric="iou", noise=training_noise(np.array(scores)),
    )  # fmt: skip
    return f"{found['difference']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"


def _folders(run: Path, arm: str, options: argparse.Namespace) -> list[Path]:
    return [run / "split-0" / "models" / arm / f"seed-{seed}" for seed in options.seeds]


def _compared(
    run: Path, options: argparse.Namespace, arms: list[str], changes: dict[str, Any]
) -> dict[str, Any]:
    shared = {
        "count": options.count, "generator_steps": options.generator_steps, "steps": options.steps,
        "batch": options.batch, "threads": options.threads, "jobs": options.jobs,
    }  # fmt: skip
    own = {k: shared[k] * v if k in FACTORS else v for k, v in changes.items()}
    settings = CompareSettings(
        run=run,
        arms=",".join(arms),
        seed=min(options.seeds),
        seeds=len(options.seeds),
        **shared | own,
    )
    return dict(read_json(Path(compare(settings, Reporter())["comparison"])))


def _file_name(variant: str) -> str:
    return "".join(c if c.isalnum() or c == "." else "-" for c in variant)


def parse() -> argparse.Namespace:
    parser = scene_parser(__doc__, seeds="0,1,2")
    parser.add_argument("--run", type=Path, help="a prepared run folder instead of a scene")
    parser.add_argument("--arm", default="spade")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--count", type=int, default=192)
    parser.add_argument("--generator-steps", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--variants", type=lambda text: text.split(","), default=list(VARIANTS), help="by comma"
    )
    return parse_scene(parser)


if __name__ == "__main__":
    sys.exit(main())
