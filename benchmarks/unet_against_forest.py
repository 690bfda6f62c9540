"""The U-Net on real samples against the random forest, over three seeds of split and training.

    python3 build.py bench unet_against_forest

The scene is the demo's sample (`python3 build.py demo` fetches it into demo/sample), or whatever the
environment variables OVERSEED_RASTER, OVERSEED_LABELS and OVERSEED_CLASS_FIELD name. Both methods learn
from the same training blocks and are scored on the same test blocks; the seed decides split and training.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from overseed.config import PrepareSettings, TrainSettings
from overseed.events import Reporter
from overseed.stages.prepare import prepare
from overseed.stages.train import train

SEEDS = (0, 1, 2)
ROOT = Path(__file__).resolve().parents[1]
ARMS = {"none": "U-Net", "random-forest": "random forest"}
FIGURES = ("macro_f1", "rare_macro_f1", "overall_accuracy")


def main() -> int:
    raster = Path(os.environ.get("OVERSEED_RASTER", ROOT / "demo/sample/havel.tif"))
    labels = os.environ.get("OVERSEED_LABELS", str(ROOT / "demo/sample/landuse.gpkg"))
    field = os.environ.get("OVERSEED_CLASS_FIELD", "fclass")
    if not raster.exists():
        print(f"{raster} is missing; run 'python3 build.py demo' first.", file=sys.stderr)
        return 1
    found: dict[str, list[dict[str, float]]] = {arm: [] for arm in ARMS}
    print(
        "| seed | method | macro-F1 | rare classes' F1 | overall accuracy |\n|---|---|---|---|---|"
    )
    for seed in SEEDS:
        # A new folder each time: a benchmark measures the code of today.
        run = Path(tempfile.mkdtemp(prefix="overseed-benchmark-"))
        prepare(
            PrepareSettings(
                run=run, raster=[raster], labels=[labels], class_field=field, seed=seed
            ),
            Reporter(),
        )
        for arm, name in ARMS.items():
            scores = train(TrainSettings(run=run, augment=arm, seed=seed), Reporter())["scores"]
            found[arm].append(scores)
            figures = " | ".join(_figure(scores[key]) for key in FIGURES)
            print(f"| {seed} | {name} | {figures} |", flush=True)
    means = {
        arm: statistics.mean(scores["macro_f1"] for scores in rows) for arm, rows in found.items()
    }
    print(
        json.dumps(
            {
                "what": f"mean macro-F1 of the U-Net on {raster.stem}, {len(SEEDS)} seeds",
                "value": round(means["none"], 3),
                "against": f"random forest, {means['random-forest']:.3f}",
                "ratio": round(means["none"] / means["random-forest"], 3),
            }
        )
    )
    return 0


def _figure(value: float | None) -> str:
    return "not evaluated" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
