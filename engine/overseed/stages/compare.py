"""`compare`: arms on the same splits, with the same steps and seeds, and what each is worth."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.arms import FOREST, NONE, parse_arms
from overseed.assessment.areas import mapped_areas
from overseed.assessment.comparison import compare_matrices
from overseed.config import (
    WITHOUT_LAYOUTS,
    WITHOUT_NETWORK,
    CompareSettings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.csv_tables import as_csv
from overseed.diffusion_settings import without_foreign
from overseed.errors import InputError
from overseed.events import NumberedReporter, Reporter
from overseed.extras import check_extras
from overseed.files import read_json, whole, write_json, write_text
from overseed.runs import Leaf, open_leaf, settings_record
from overseed.stages.base_weights import weights_input
from overseed.stages.comparison_tables import area_rows, arm_rows, as_text
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.sample_review import BY_HAND
from overseed.stages.side_by_side import Job, run_jobs

#: What a comparison asks of layouts is not asked of methods that have none.
NO_LAYOUTS = {"layouts": "auto", "backgrounds": "any"}
OUTPUTS = ["comparison.json", "comparison.csv", "areas.csv", "differences.png", "areas.png"]


def compare(settings: CompareSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/comparison``: train every arm with every seed in every fold, and hold them against each other.

    What is finished is not done again, so a comparison that was stopped continues, and a longer one takes
    over a shorter one's trainings. ``none`` and the random forest always take part.

    Raises
    ------
    InputError
        ``run.no-fold``, ``diffusion.not-installed``, or whatever a stage refuses.
    """
    reporter = reporter or Reporter()
    check_extras(settings.methods)
    weights_input(settings, settings.methods)
    arms = _with_floors(settings.arms)
    folds = settings.folds or _folds(open_prepared(settings.run))
    prepared = {fold: open_prepared(settings.run, fold) for fold in folds}
    if not prepared[folds[0]].table.rare_indices:
        raise InputError(
            "compare.no-rare",
            "No class is rare, so there is no imbalance to treat.",
            "Name rare classes with --rare or raise --rare-below in 'overseed prepare'.",
        )
    seeds = list(range(settings.seed, settings.seed + settings.seeds))
    jobs = _jobs(settings, arms, folds, seeds)
    run_jobs(jobs, settings.jobs, settings.threads, NumberedReporter(reporter, len(jobs) + 1))
    reporter.stage("compare", "Hold the arms against each other", len(jobs) + 1, len(jobs) + 1)
    inputs = {
        f"{fold}/{arm}/{seed}": prepared[fold].run.key_of(
            prepared[fold].run.model(arm, seed), f"train --augment {arm}"
        )
        for fold in folds
        for arm in arms
        for seed in seeds
    }
    run = prepared[folds[0]].run
    record = without_foreign(settings_record(settings), settings.methods)
    with open_leaf(
        run.comparison, "compare", record, inputs, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            _fill(prepared, settings, arms, seeds, leaf, reporter)
    result = read_json(run.comparison / "comparison.json")
    reporter.artifact("table", "comparison", run.comparison / "comparison.csv")
    reporter.preview(run.comparison / "differences.png")
    return {
        "comparison": str(run.comparison / "comparison.json"),
        "verdict": result["verdict"],
        "text": "\n".join((result["table"], result["verdict"])),
    }


def _with_floors(arms: str) -> list[str]:
    """The arms' names, real samples alone first and the forest last."""
    wanted = [arm.name for arm in parse_arms(arms)]
    return [NONE, *(arm for arm in wanted if arm not in (NONE, FOREST)), FOREST]


def _folds(prepared: Prepared) -> list[int]:
    found = sorted(int(p.name.removeprefix("split-")) for p in prepared.run.root.glob("split-*"))
    return [fold for fold in found if (prepared.run.root / f"split-{fold}/split.json").is_file()]


def _jobs(
    settings: CompareSettings, arms: list[str], folds: list[int], seeds: list[int]
) -> list[Job]:
    """Everything to be done, in an order in which each finds what it needs.

    Seed after seed, so that a comparison that is stopped has whole ones.
    """
    jobs: list[Job] = []
    for seed in seeds:
        for fold in folds:
            made: dict[str, int] = {}
            first = len(jobs)
            for arm in parse_arms(",".join(arms)):
                needs = [first] if arm.samples and settings.distrust is not None else []
                for method in arm.samples:
                    if method not in made:
                        common = {"seed": seed, "fold": fold, "method": method}
                        # Methods without a network count batches of crops, not steps.
                        long = None if method in WITHOUT_NETWORK else settings.generator_steps
                        learn = _narrow(TrainGeneratorSettings, settings, **common, steps=long)
                        jobs.append(Job(learn))
                        own = NO_LAYOUTS if method in WITHOUT_LAYOUTS else {}
                        make = _narrow(SynthesizeSettings, settings, **common, **own)
                        jobs.append(Job(make, (len(jobs) - 1,)))
                        made[method] = len(jobs) - 1
                    needs.append(made[method])
                steps = settings.steps if arm.name != FOREST else None
                train = _narrow(
                    TrainSettings, settings, seed=seed, fold=fold, augment=arm.name, steps=steps
                )
                jobs.append(Job(train, tuple(needs)))
    return jobs


def _narrow(kind: type[Any], settings: CompareSettings, **more: Any) -> Any:
    own = {name: getattr(settings, name) for name in kind.model_fields if hasattr(settings, name)}
    return kind(**(without_foreign(own, [more.get("method", "")]) | more))


def _fill(
    prepared: dict[int, Prepared],
    settings: CompareSettings,
    arms: list[str],
    seeds: list[int],
    leaf: Leaf,
    reporter: Reporter,
) -> None:
    from overseed.reporting.comparison_figures import draw_areas, draw_comparison

    leaf.begin()
    table = next(iter(prepared.values())).table
    matrices = {arm: _matrices(prepared, arm, seeds) for arm in arms}
    result = compare_matrices(matrices, table.names, table.rare_indices, settings.seed)
    result["areas"] = []
    for row in result["arms"]:
        folders = [p.run.model(row["arm"], seed) for p in prepared.values() for seed in seeds]
        own = [read_json(folder / "record.json") for folder in folders]
        row["minutes"] = round(sum(r["seconds"] for r in own) / 60 / len(own), 2)
        corrections = [r["figures"]["correction"] for r in own if "correction" in r["figures"]]
        row["corrections"] = dict(Counter(corrections))
        by_hand = [len(n) for r in own for key, n in r["inputs"].items() if key.endswith(BY_HAND)]
        if by_hand:
            row["rejected_by_hand"] = sum(by_hand)
        for name in ("real_crops", "synthetic_crops", "share"):
            values = [r["figures"][name] for r in own if name in r["figures"]]
            row[name] = round(float(np.mean(values)), 4) if values else None
        areas = [read_json(folder / "scores.json")["areas"] for folder in folders]
        result["areas"] += mapped_areas(
            row["arm"], areas, corrections, table.names, table.rare_indices
        )
    rows = arm_rows(result)
    result["table"] = as_text(rows)
    result["folds"] = list(prepared)
    write_json(leaf.folder / "comparison.json", result)
    write_text(leaf.folder / "comparison.csv", as_csv(rows))
    write_text(leaf.folder / "areas.csv", as_csv(area_rows(result)))
    for name, draw in (("differences.png", draw_comparison), ("areas.png", draw_areas)):
        with whole(leaf.folder / name) as partial:
            draw(result, partial)
    leaf.finish(OUTPUTS, reporter)


def _matrices(prepared: dict[int, Prepared], arm: str, seeds: list[int]) -> NDArray[np.int64]:
    """``(seeds, blocks, classes, classes)``, the blocks of all folds one after the other."""
    return np.stack(
        [
            np.concatenate(
                [
                    np.load(p.run.model(arm, s) / "blocks.npz")["confusion"]
                    for p in prepared.values()
                ]
            )
            for s in seeds
        ]
    )
