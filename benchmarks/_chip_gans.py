"""Every chip GAN, told nothing, the class or the cluster, by the kernel distance of its chips to real ones.

    PYTHONPATH=engine python benchmarks/_chip_gans.py RUN [--folder CHIPS --thin NAME=0.05 --rare NAME]

RUN is a run folder of `overseed chips prepare`; with --folder it is prepared first, and features and clusters
are made where they lack. A GAN that is told nothing learns from the rare class alone, since nobody could label
its chips otherwise; the others learn from all classes and are asked for all. What is finished is not done
again, so that several processes may share the work with --gans and --conditions; the table is of all that is
there.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from overseed.chip_arms import CHIP_GANS, CONDITIONS, GANS, ChipGan
from overseed.chip_settings import (
    ChipFeaturesSettings,
    ClusterChipsSettings,
    PrepareChipsSettings,
    SampleChipsSettings,
    TrainGanSettings,
)
from overseed.events import Reporter
from overseed.files import read_json
from overseed.stages.chips.chip_files import PreparedChips, open_chips
from overseed.stages.chips.cluster import cluster
from overseed.stages.chips.features import features
from overseed.stages.chips.prepare import prepare
from overseed.stages.chips.sample import sample
from overseed.stages.chips.train_gan import train_gan

HEAD = (
    "| GAN | told | steps | minutes | near copies | KID, rare class (95 %) | real and real | KID, all (95 %) | "
    "real and real |\n|---|---|---|---|---|---|---|---|---|"
)


def main() -> int:
    options = _options()
    common: dict[str, Any] = {"run": options.run, "threads": options.threads, "seed": options.seed}
    if options.folder:
        chips: dict[str, Any] = {"folder": options.folder, "size": options.size}
        rarity = {"thin": options.thin, "rare": options.rare}
        prepare(PrepareChipsSettings(**chips, **rarity, **(common | {"seed": 0})))
    prepared = open_chips(options.run)
    if "cluster" in options.conditions:
        features(ChipFeaturesSettings(**common))
        cluster(ClusterChipsSettings(**common))
    for gan in (CHIP_GANS[ChipGan(g, c).name] for g in options.gans for c in options.conditions):
        _make(gan, options, common, prepared)
        print(f"{gan.name} is done", flush=True)
    print(HEAD)
    for gan in CHIP_GANS.values():
        folder = prepared.run.synthetic(gan.name, options.seed)
        if (folder / "record.json").is_file():
            print(_row(gan, prepared, options.seed))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--folder", type=Path, help="folder with a folder of chips per class")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--thin")
    parser.add_argument("--rare", action="append", default=[])
    parser.add_argument("--gans", type=lambda text: text.split(","), default=list(GANS))
    parser.add_argument("--conditions", type=lambda text: text.split(","), default=list(CONDITIONS))
    parser.add_argument(
        "--steps", type=_steps, default={}, help="of each GAN, as dcgan=3000,wgan-gp=1000"
    )
    parser.add_argument("--count", type=int, default=150, help="chips of each class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def _steps(text: str) -> dict[str, int]:
    return {
        name: int(steps) for name, _, steps in (part.partition("=") for part in text.split(","))
    }


def _make(
    gan: ChipGan, options: argparse.Namespace, common: dict[str, Any], prepared: PreparedChips
) -> None:
    reporter = Reporter()
    same = common | {"gan": gan.gan, "condition": gan.condition}
    train_gan(TrainGanSettings(steps=options.steps.get(gan.gan), **same), reporter)
    table = prepared.chips.table
    of = [table.names[i] for i in table.rare_indices] if gan.condition == "none" else table.names
    sample(SampleChipsSettings(of=of, count=options.count, force=True, **same), reporter)


def _row(gan: ChipGan, prepared: PreparedChips, seed: int) -> str:
    record = read_json(prepared.run.generator(gan.name, seed) / "record.json")
    found = read_json(prepared.run.synthetic(gan.name, seed) / "fidelity.json")
    table = prepared.chips.table
    rare = found["classes"].get(table.names[table.rare_indices[0]])
    everything = found["all"] if gan.condition != "none" else None
    cells = [
        gan.gan,
        gan.condition,
        str(record["settings"]["steps"]),
        f"{record['seconds'] / 60:.1f}",
        f"{found['copies']['share']:.2f}",
        *_distance(rare),
        *_distance(everything),
    ]
    return f"| {' | '.join(cells)} |"


def _distance(found: dict[str, Any] | None) -> tuple[str, str]:
    """KID with its interval, and the mean and range of real against real over subsets."""
    if found is None:
        return "", ""
    value, low, high = found["estimate"]
    mean, least, most = found["real"]
    return f"{value:.3f} ({low:.3f} to {high:.3f})", f"{mean:.3f} ({least:.3f} to {most:.3f})"


if __name__ == "__main__":
    raise SystemExit(main())
