"""How methods without a network see the training side: batches of crops, each looked at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from overseed.files import whole
from overseed.generators.contract import FitPlan
from overseed.tiles.sampling import Batch, Source, rng_for

#: Crops of one batch.
CROPS = 8
LOG = "training.jsonl"


def gather(
    source: Source,
    plan: FitPlan,
    folder: Path,
    tick: Callable[[int, int], None],
    metric: Callable[[str, float, int], None],
    take: Callable[[Batch], dict[str, float]],
) -> dict[str, float]:
    """Show ``plan.steps`` batches to ``take``, which returns the figures to log; returns the last ones.

    A step depends on the seed and its number alone and all take seconds, so that a cancelled fit begins
    anew instead of leaving a checkpoint. The log appears once all batches were seen.
    """
    (folder / LOG).unlink(missing_ok=True)
    figures: dict[str, float] = {}
    rows = []
    for step in range(plan.steps):
        tick(step, plan.steps)
        figures = take(source.draw(CROPS, rng_for(plan.seed, step, purpose=3)))
        rows.append(json.dumps({"step": step + 1, **figures}))
    for name, value in figures.items():
        metric(name, value, plan.steps)
    tick(plan.steps, plan.steps)
    with whole(folder / LOG) as partial:
        partial.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return figures
