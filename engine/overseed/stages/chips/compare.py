"""`chips compare`: ways to treat rare classes of chips with the same steps and seeds, and their worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from overseed.assessment.chip_comparison import ArmPredictions, ScoredChips, compare_chips
from overseed.assessment.chip_verdict import verdict
from overseed.chip_arms import NONE, ChipArm, ChipGan, parse_chip_arms
from overseed.chip_settings import (
    ChipFeaturesSettings,
    ClassifyChipsSettings,
    ClusterChipsSettings,
    CompareChipsSettings,
    SampleChipsSettings,
    TrainGanSettings,
)
from overseed.chips.chip_set import NO_CLUSTER, OTHER_REGION
from overseed.config import Settings
from overseed.csv_tables import as_csv
from overseed.errors import InputError
from overseed.events import NumberedReporter, Reporter
from overseed.files import read_json, whole, write_json, write_text
from overseed.runs import RECORD, Leaf, open_leaf, settings_record
from overseed.stages.chips.chip_files import PreparedChips, open_chips
from overseed.stages.chips.comparison_tables import arm_rows, as_text
from overseed.stages.side_by_side import Job, run_jobs
from overseed.tiles.split import TEST, TRAIN

OUTPUTS = ["comparison.json", "comparison.csv", "comparison.txt", "differences.png"]
#: Sides that arms are compared on, each apart: key in the result, what its chips are called.
COMPARED = {
    TEST: ("test", "test chips"),
    OTHER_REGION: ("other_region", "chips of the other region"),
}


def compare(settings: CompareChipsSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/comparison``: train every arm with every seed and hold them against each other.

    GANs are trained and sampled where arms ask for them, and chips clustered where those ask for clusters and
    have none; both as somebody has done it before with choices of their own. What is finished is not done
    again, so a comparison that was stopped continues, and a longer one takes over a shorter one's trainings.
    ``none`` always takes part.

    Raises
    ------
    InputError
        ``compare.no-rare``, ``compare.no-label``, or whatever a stage refuses.
    """
    reporter = reporter or Reporter()
    prepared = open_chips(settings.run)
    arms = _with_none(settings.arms)
    _refuse(prepared, arms)
    seeds = list(range(settings.seed, settings.seed + settings.seeds))
    jobs = _jobs(prepared, settings, arms, seeds)
    run_jobs(jobs, settings.jobs, settings.threads, NumberedReporter(reporter, len(jobs) + 1))
    reporter.stage(
        "chips compare", "Hold the arms against each other", len(jobs) + 1, len(jobs) + 1
    )
    run = prepared.run
    inputs = {
        f"{arm.name}/{seed}": run.key_of(
            run.model(arm.name, seed), f"chips classify-chips --augment {arm.name}"
        )
        for arm in arms
        for seed in seeds
    }
    with open_leaf(
        run.comparison, "chips compare", settings_record(settings), inputs, settings.seed,
        settings.fresh,
    ) as leaf:  # fmt: skip
        if leaf is not None:
            _fill(prepared, arms, seeds, settings.seed, leaf, reporter)
    result = read_json(run.comparison / "comparison.json")
    reporter.artifact("table", "comparison", run.comparison / "comparison.csv")
    reporter.preview(run.comparison / "differences.png")
    return {
        "comparison": str(run.comparison / "comparison.json"),
        "verdict": result["verdict"],
        "text": (run.comparison / "comparison.txt").read_text(encoding="utf-8").rstrip(),
    }


def _with_none(text: str) -> list[ChipArm]:
    """The arms, real chips alone first."""
    return parse_chip_arms(",".join([NONE, text]))


def _refuse(prepared: PreparedChips, arms: list[ChipArm]) -> None:
    table = prepared.chips.table
    rare = [table.names[index] for index in table.rare_indices]
    if not rare:
        raise InputError(
            "compare.no-rare",
            "No class is rare, so there is no imbalance to treat.",
            "Name rare classes with --rare or raise --rare-below in 'overseed chips prepare'.",
        )
    blind = [g.name for arm in arms for g in arm.gans if g.condition == NONE]
    if blind and len(rare) > 1:
        raise InputError(
            "compare.no-label",
            f"Nobody can say which class a chip of {blind[0]} is of: several are rare ({', '.join(rare)}).",
            f"Take {blind[0]}-class or {blind[0]}-cluster, or name one class with --rare in 'chips prepare'.",
        )
    if not len(prepared.chips.of_side(TEST)):
        raise InputError(
            "compare.no-test",
            f"There are no test chips in {prepared.run.root}.",
            "Prepare the chips with a larger --test.",
        )


def _jobs(
    prepared: PreparedChips, settings: CompareChipsSettings, arms: list[ChipArm], seeds: list[int]
) -> list[Job]:
    """Everything to be done, in an order in which each finds what it needs.

    Seed after seed, so that a comparison that is stopped has whole ones.
    """
    jobs: list[Job] = []
    made: dict[tuple[str, int], int] = {}
    for seed in seeds:
        first = seeds[0] if settings.one_gan else seed
        for arm in arms:
            for gan in arm.gans:
                if (gan.name, first) not in made:
                    made[gan.name, first] = _add_gan(prepared, settings, gan, first, jobs)
            needs = tuple(made[gan.name, first] for gan in arm.gans)
            train = ClassifyChipsSettings(
                **_common(settings, seed), **_network(settings), augment=arm.name, share=settings.share,
                steps=settings.steps, gan_seed=first if settings.one_gan else None,
            )  # fmt: skip
            jobs.append(Job(train, needs))
    return jobs


def _add_gan(
    prepared: PreparedChips,
    settings: CompareChipsSettings,
    gan: ChipGan,
    seed: int,
    jobs: list[Job],
) -> int:
    """Add what makes a GAN's chips; returns the number of the last job."""
    needs: tuple[int, ...] = ()
    if gan.condition == "cluster":
        needs = _clustering(prepared, settings, seed, jobs)
    common = {**_common(settings, seed), "gan": gan.gan, "condition": gan.condition}
    choices = _choices(prepared.run.generator(gan.name, seed), TrainGanSettings)
    if settings.gan_steps is not None or not choices:
        choices["steps"] = settings.gan_steps
    jobs.append(Job(TrainGanSettings(**common | choices), needs))
    jobs.append(Job(SampleChipsSettings(**common, count=settings.count), (len(jobs) - 1,)))
    return len(jobs) - 1


def _clustering(
    prepared: PreparedChips, settings: CompareChipsSettings, seed: int, jobs: list[Job]
) -> tuple[int, ...]:
    """Add what finds clusters with this seed, unless they are there or came with the chips.

    They are found as another seed's were, where somebody has clustered with choices of their own.
    """
    planned = [
        number
        for number, job in enumerate(jobs)
        if isinstance(job.settings, ClusterChipsSettings) and job.settings.seed == seed
    ]
    if planned:
        return (planned[0],)
    chips, folder = prepared.chips, prepared.run.chip_clusters(seed)
    given = chips.given_clusters[chips.sides == TRAIN] != NO_CLUSTER
    if (folder / RECORD).is_file() or given.any():
        return ()
    choices = _choices(folder, ClusterChipsSettings)
    if not (prepared.run.chip_features(seed) / RECORD).is_file():
        features = ChipFeaturesSettings(**_common(settings, seed), **_network(settings))
        jobs.append(Job(features))
        needs: tuple[int, ...] = (len(jobs) - 1,)
    else:
        needs = ()
    jobs.append(Job(ClusterChipsSettings(**_common(settings, seed), **choices), needs))
    return (len(jobs) - 1,)


def _choices(folder: Path, kind: type[Settings]) -> dict[str, Any]:
    """Settings of a stage's own as somebody chose them for this seed's ``folder``, else for another seed's."""
    records = [folder / RECORD, *sorted(folder.parent.glob(f"seed-*/{RECORD}"))]
    found = next((r for r in records if r.is_file()), None)
    chosen: dict[str, Any] = {} if found is None else read_json(found)["settings"]
    own = set(kind.model_fields) - set(Settings.model_fields) - {"run"}
    return {name: value for name, value in chosen.items() if name in own}


def _common(settings: CompareChipsSettings, seed: int) -> dict[str, Any]:
    """What all commands share, with another seed."""
    shared = {name: getattr(settings, name) for name in Settings.model_fields}
    return shared | {"run": settings.run, "seed": seed}


def _network(settings: CompareChipsSettings) -> dict[str, Any]:
    names = ("network", "weights", "batch", "learning_rate")
    return {name: getattr(settings, name) for name in names}


def _fill(
    prepared: PreparedChips,
    arms: list[ChipArm],
    seeds: list[int],
    seed: int,
    leaf: Leaf,
    reporter: Reporter,
) -> None:
    from overseed.reporting.chip_comparison_figure import draw_chip_comparison

    leaf.begin()
    run, names = prepared.run, prepared.chips.table.names
    result: dict[str, Any] = {}
    for side, (key, where) in COMPARED.items():
        found = _compare_side(prepared, arms, seeds, side, seed)
        result[key] = None if found is None else found | {"verdict": verdict(found, where)}
    for row in result["test"]["arms"]:
        records = [read_json(run.model(row["arm"], s) / RECORD) for s in seeds]
        row["minutes"] = round(sum(r["seconds"] for r in records) / 60 / len(records), 2)
        for name in ("real_chips", "synthetic_chips"):
            row[name] = round(float(np.mean([r["figures"][name] for r in records])), 1)
        row["share"] = records[0]["figures"]["share"]
        row["validation_chips"] = {
            one["name"]: one["validation_chips"]
            for one in read_json(run.model(row["arm"], seeds[0]) / "scores.json")["thresholds"]
        }
    result["rare"] = [names[index] for index in prepared.chips.table.rare_indices]
    result["verdict"] = " ".join(
        result[key]["verdict"] for key, _ in COMPARED.values() if result[key] is not None
    )
    rows = arm_rows(result)
    write_json(leaf.folder / "comparison.json", result)
    write_text(leaf.folder / "comparison.csv", as_csv(rows))
    write_text(leaf.folder / "comparison.txt", f"{as_text(rows)}\n{result['verdict']}\n")
    with whole(leaf.folder / "differences.png") as partial:
        draw_chip_comparison(result["test"], partial)
    leaf.finish(OUTPUTS, reporter)


def _compare_side(
    prepared: PreparedChips, arms: list[ChipArm], seeds: list[int], side: int, seed: int
) -> dict[str, Any] | None:
    """Hold the arms against each other on one side's chips; ``None`` where it has none."""
    chips = prepared.chips
    numbers = chips.of_side(side)
    if not len(numbers):
        return None
    targets = tuple(chips.table.rare_indices)
    found = {}
    for arm in arms:
        folders = [prepared.run.model(arm.name, s) for s in seeds]
        probabilities, thresholds = [], []
        for folder in folders:
            with np.load(folder / "predictions.npz") as stored:
                place = np.searchsorted(stored["numbers"], numbers)
                probabilities.append(stored["probabilities"][place])
            own = {
                t["name"]: t["threshold"] for t in read_json(folder / "scores.json")["thresholds"]
            }
            thresholds.append([own[chips.table.names[target]] for target in targets])
        found[arm.name] = ArmPredictions(np.stack(probabilities), np.array(thresholds))
    scored = ScoredChips(chips.labels[numbers], chips.groups[numbers], targets)
    return compare_chips(found, scored, chips.table.names, seed)
