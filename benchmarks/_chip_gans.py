"""Every chip GAN, told nothing, the class or the cluster, by the kernel distance of its chips to real ones.

    PYTHONPATH=engine python benchmarks/_chip_gans.py RUN [--folder CHIPS --thin NAME=0.05 --rare NAME]

RUN is a run folder of `overseed chips prepare`; with --folder it is prepared first, and features and clusters
are made where they lack. A GAN that is told nothing learns from the rare class alone, since nobody could label
its chips otherwise; the others learn from all classes and are asked for all. What is finished is not done
again, so that several processes may share the work with --gans and --conditions; the table is of all that is
there. Figures are kept in RUN/chip-gans, since a comparison makes the rare class's chips alone, in the same
place.
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
from overseed.files import read_json, write_json
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
        kept = _kept(options.run, gan, options.seed)
        if kept.is_file():
            print(_row(gan, prepared, read_json(kept)))
    return 0


def _kept(run: Path, gan: ChipGan, seed: int) -> Path:
    return run / "chip-gans" / f"{gan.name}-{seed}.json"


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
    parser.add_argument(
        "--settings",
        type=_settings,
        default={},
        help="of GANs, as wgan-gp:critic_steps=2;sagan:width=16",
    )
    parser.add_argument("--count", type=int, default=150, help="chips of each class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def _steps(text: str) -> dict[str, int]:
    return {
        name: int(steps) for name, _, steps in (part.partition("=") for part in text.split(","))
    }


def _settings(text: str) -> dict[str, dict[str, str]]:
    return {
        name: dict(setting.split("=") for setting in settings.split(","))
        for name, _, settings in (part.partition(":") for part in text.split(";"))
    }


def _make(
    gan: ChipGan, options: argparse.Namespace, common: dict[str, Any], prepared: PreparedChips
) -> None:
    kept = _kept(options.run, gan, options.seed)
    if kept.is_file():
        return
    reporter = Reporter()
    same = common | {"gan": gan.gan, "condition": gan.condition}
    own: dict[str, Any] = {"steps": options.steps.get(gan.gan)} | options.settings.get(gan.gan, {})
    train_gan(TrainGanSettings(**own, **same), reporter)
    table = prepared.chips.table
    of = [table.names[i] for i in table.rare_indices] if gan.condition == "none" else table.names
    made = sample(SampleChipsSettings(of=of, count=options.count, force=True, **same), reporter)
    record = read_json(prepared.run.generator(gan.name, options.seed) / "record.json")
    kept.parent.mkdir(exist_ok=True)
    write_json(kept, {"record": record, "fidelity": made["fidelity"]})


def _row(gan: ChipGan, prepared: PreparedChips, kept: dict[str, Any]) -> str:
    record, found = kept["record"], kept["fidelity"]
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
