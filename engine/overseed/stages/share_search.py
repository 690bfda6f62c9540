"""`--share auto`: short trainings with several shares of synthetic crops, held against validation ground."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from overseed.files import read_json, write_json
from overseed.segmentation.training_loop import TrainingPlan
from overseed.training.team import Team

SHARES = (0.1, 0.25, 0.4)
#: A probe takes this part of the steps.
PART = 3
FOUND = "share.json"


def search_share(
    fit_with: Callable[[TrainingPlan, Path], float],
    plan_with: Callable[[float], TrainingPlan],
    folder: Path,
    team: Team,
) -> tuple[float, dict[str, float]]:
    """The share with the best validation score, and all scores.

    A search that was stopped continues: what is found is kept in ``folder``, under the plan's key.

    Parameters
    ----------
    fit_with:
        Trains by a plan in a folder and returns the validation score.
    """
    key = plan_with(SHARES[0]).key
    known = read_json(folder / FOUND) if (folder / FOUND).is_file() else {}
    scores = known["scores"] if known.get("key") == key else {}
    for share in SHARES:
        if str(share) in scores:
            continue
        probe = folder / f"probe-{share}"
        probe.mkdir(exist_ok=True)
        plan = plan_with(share)
        plan = replace(plan, steps=max(1, plan.steps // PART), key=f"{key}-{share}")
        scores[str(share)] = round(fit_with(plan, probe), 5)
        team.wait()
        if team.rank == 0:
            write_json(folder / FOUND, {"key": key, "scores": scores})
            shutil.rmtree(probe, ignore_errors=True)
    # Of equal ones the smallest, which trusts the samples least.
    return max(SHARES, key=lambda share: (scores[str(share)], -share)), scores
