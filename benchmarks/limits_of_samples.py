"""What holds made samples back: the same arm with one thing changed at a time, against training without any.

    PYTHONPATH=engine python benchmarks/limits_of_samples.py --run RUN [--arm spade] [--work W]

RUN is a prepared run folder (`overseed prepare`); without it the demo's scene is prepared. Every variant works
in a copy of it, with the generators and samples that RUN already has, and is compared with `none` on the same
test blocks, steps and seeds. Validation scores stand beside: only these may decide on a default. What new
*real* ground is worth, the limit of any sample, is measured by `value_of_ground`. Results are kept in W and a
second call continues.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from _scene import copied_run, parse_scene, prepared_run, scene_parser

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
    print(f"| variant of {options.arm} | claimed IoU | minus none (95 % interval) | validation |")
    print("|---|---|---|---|")
    for name in options.variants:
        copy = copied_run(run, options.work / _file_name(name), models=["none", "random-forest"])
        result = _compared(copy, options, VARIANTS[name])
        pair = next(d for d in result["differences"] if d["against"] == "none")
        scores = {row["arm"]: row["claimed_iou"]["mean"] for row in result["arms"]}
        validation = {
            arm: statistics.mean(
                read_json(path)["validation"]["rare_macro_f1"]
                for seed in options.seeds
                for path in copy.glob(f"split-*/models/{arm}/seed-{seed}/scores.json")
            )
            for arm in ("none", options.arm)
        }
        print(
            f"| {name} | {scores[options.arm]:.3f} | {pair['difference']:+.3f} "
            f"({pair['low']:+.3f} to {pair['high']:+.3f}) | {validation[options.arm]:.3f} "
            f"(none {validation['none']:.3f}) |",
            flush=True,
        )
        line = {
            "what": f"mean rare-class IoU of {options.arm}, {name}",
            "value": scores[options.arm],
            "against": f"none, {scores['none']}",
            "ratio": round(scores[options.arm] / scores["none"], 3) if scores["none"] else None,
        }
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return 0


def _compared(run: Path, options: argparse.Namespace, changes: dict[str, Any]) -> dict[str, Any]:
    shared = {
        "count": options.count, "generator_steps": options.generator_steps, "steps": options.steps,
        "batch": options.batch, "threads": options.threads, "jobs": options.jobs,
    }  # fmt: skip
    own = {k: shared[k] * v if k in FACTORS else v for k, v in changes.items()}
    settings = CompareSettings(
        run=run, arms=options.arm, seed=min(options.seeds), seeds=len(options.seeds), **shared | own
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
