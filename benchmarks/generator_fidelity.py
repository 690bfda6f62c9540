"""How good synthetic samples are, for all methods and seeds, in one table with real ground and two fakes.

    python3 build.py bench generator_fidelity
    PYTHONPATH=engine python benchmarks/generator_fidelity.py --raster zion.tif --labels zion_8class.tif \
        --methods spade,pix2pix --seeds 0,1,2 --effort normal --work WORK --out fidelity.json

For each seed the scene is prepared anew (the seed decides the split), and for each method the generator is
trained and samples are made, all by the engine's stages; what is finished in --work is not done twice. The
results are saved after each set of samples. --from-run RUN measures what a run folder already holds
instead, and changes nothing in it.

Beside the methods go real ground (`real`: half of the real training parcels taken for synthetic), which must
pass, and `class-mean` and `class-noise`, which must not. Fakes paint the layouts of the first method.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _fidelity_tables import classes_table, kid_table, mean, methods_table, single_verdicts
from _scene import parse_scene, scene_parser

from overseed.assessment.judges import after_gate, agreement
from overseed.assessment.sample_quality import RealGround, control_ground, made_ground, measure
from overseed.config import (
    PrepareSettings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.devices import Device, choose_device
from overseed.events import Reporter
from overseed.files import read_json, write_json
from overseed.generators.contract import FitPlan, SampleGenerator
from overseed.generators.methods import make_generator
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.measured_samples import (
    IMAGENET,
    SEEDS_AGAIN,
    UNET,
    Samples,
    figures,
    gather_ground,
    imagenet_encoder,
    load_samples,
    painted,
    trained_encoder,
    ungated_samples,
)
from overseed.stages.prepare import prepare
from overseed.stages.synthesize import synthesize
from overseed.stages.train import train
from overseed.stages.train_generator import load_generator, train_generator
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import TRAIN

CONTROL = "real"
FAKES = ("class-mean", "class-noise")
#: Of the two halves the first is the gate's, the second the independent judge's.
INDEPENDENT = 1
#: Batches of crops that fakes learn from.
FAKE_BATCHES = 40


def main() -> int:
    options = parse()
    results: dict[str, Any] = {}
    if options.out.exists() and not options.fresh:
        results = read_json(options.out)
    for seed in options.seeds:
        run = open_run(options, seed)
        device = choose_device(options.device, options.threads)
        prepared = open_prepared(run)
        features = encoders(prepared, options, seed, device)
        ground = gather_ground(prepared, features, seed, device.threads)
        for name, entry in measured_sets(prepared, ground, options, seed, device, results):
            results[name] = entry
            write_json(options.out, results)
            print(f"{name}: {single_verdicts(entry)}", flush=True)
    groups: dict[tuple[str, str], list[Any]] = {}
    for name, entry in results.items():
        method, state, _ = name.split(" | ")
        groups.setdefault((method, state), []).append(entry)
    for table in (methods_table, kid_table, classes_table):
        print("\n" + "\n".join(table(groups)))
    print_ratios(groups)
    return 0


def parse() -> argparse.Namespace:
    parser = scene_parser(__doc__, seeds="0")
    parser.add_argument("--from-run", type=Path, help="measure what this run folder holds")
    names = f"{CONTROL},pix2pix,{','.join(FAKES)}"
    parser.add_argument("--methods", type=lambda text: text.split(","), default=names.split(","))
    parser.add_argument("--effort", default=os.environ.get("OVERSEED_EFFORT", "quick"))
    parser.add_argument("--steps", type=int, help="of the generators; set by --effort if left out")
    parser.add_argument("--count", type=int, help="of the samples; set by --effort if left out")
    parser.add_argument("--tile-size", type=int, default=128)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="results, saved after each set of samples")
    parser.add_argument("--fresh", action="store_true", help="measure anew what --out holds")
    options = parse_scene(parser)
    options.out = options.out or options.work / "fidelity.json"
    return options


def open_run(options: argparse.Namespace, seed: int) -> Path:
    """The run folder of a seed, prepared unless it already is."""
    if options.from_run is not None:
        return Path(options.from_run)
    run = Path(options.work) / f"{Path(options.raster).stem}-{seed}"
    prepare(
        PrepareSettings(
            run=run, raster=[options.raster], labels=[options.labels],
            class_field=options.class_field, tile_size=options.tile_size, seed=seed,
        ),
        Reporter(),
    )  # fmt: skip
    return run


def encoders(
    prepared: Prepared, options: argparse.Namespace, seed: int, device: Device
) -> dict[str, Any]:
    """Feature extractors by name: ImageNet's, and that of a U-Net trained on this run's real tiles."""
    imagenet, shown = imagenet_encoder(prepared, device)
    print(f"ImageNet features see {', '.join(shown)} as red, green and blue.", flush=True)
    found = {IMAGENET: imagenet}
    if options.from_run is None:
        settings = TrainSettings(
            run=prepared.run.root, augment="none", effort=options.effort, seed=seed,
            device=options.device, threads=options.threads,
        )  # fmt: skip
        train(settings, Reporter())
    weights = prepared.run.model("none", seed) / "model.safetensors"
    if weights.exists():
        found[UNET] = trained_encoder(prepared, weights, device)
    return found


def measured_sets(
    prepared: Prepared,
    ground: RealGround,
    options: argparse.Namespace,
    seed: int,
    device: Device,
    known: dict[str, Any],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure every set of samples that is not measured yet: its name, `method | gate | seed`, and figures."""
    layouts: Samples | None = None
    for method in sorted(options.methods, key=FAKES.__contains__):
        rng = np.random.default_rng([seed, 0x71])
        key = prepared.key
        gated = None
        if method not in (CONTROL, *FAKES):
            gated = stored_samples(prepared, method, options, seed)
            if gated is None:
                continue
            layouts = layouts or gated
            key = read_json(prepared.run.synthetic(method, seed) / "record.json")["key"]
        before, after = (f"{method} | {state} | {seed}" for state in ("before", "after"))
        wanted = [before] if gated is None else [before, after]
        if all(known.get(name, {}).get("key") == key for name in wanted):
            continue
        if method == CONTROL:
            made, against = control_ground(ground, rng, SEEDS_AGAIN)
            yield before, measure(made, against, rng) | {"copies": None, "key": key}
            continue
        if layouts is None:
            raise SystemExit(f"{method} paints the layouts of another method; name one as well.")
        generator = (
            fitted_fake(prepared, method, options, seed, device)
            if gated is None
            else load_generator(prepared, method, seed)
        )
        samples = None if gated is None else ungated_samples(prepared.run.synthetic(method, seed))
        samples = samples or painted(
            generator, layouts if gated is None else gated, prepared, 7, device
        )
        ungated = figures(samples, ground, prepared, generator, rng, device) | {"key": key}
        yield before, ungated
        if gated is not None:
            entry = figures(gated, ground, prepared, generator, rng, device) | {"key": key}
            entry["agreement"] = gated_agreement(samples, gated, ground, ungated, rng)
            yield after, entry


def stored_samples(
    prepared: Prepared, method: str, options: argparse.Namespace, seed: int
) -> Samples | None:
    """Samples that `synthesize` stores, so those that its gate let through; ``None`` where a run has none."""
    folder = prepared.run.synthetic(method, seed)
    if options.from_run is None:
        common = {
            "run": prepared.run.root, "method": method, "seed": seed, "effort": options.effort,
            "device": options.device, "threads": options.threads,
        }  # fmt: skip
        train_generator(TrainGeneratorSettings(**common, steps=options.steps), Reporter())
        synthesize(SynthesizeSettings(**common, count=options.count), Reporter())
    elif not (folder / "record.json").is_file():
        return None
    return load_samples(folder)


def fitted_fake(
    prepared: Prepared, method: str, options: argparse.Namespace, seed: int, device: Device
) -> SampleGenerator:
    """A fake, fitted on the training side like a method but without a place in the run folder."""
    folder = Path(options.work) / "fakes" / f"{method}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    generator = make_generator(method, prepared.stats, len(prepared.table), prepared.tile, seed)
    source = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
    plan = FitPlan(FAKE_BATCHES, seed, prepared.key)
    generator.fit(source, plan, device, folder, lambda *_: None, lambda *_: None)
    return generator


def gated_agreement(
    before: Samples,
    after: Samples,
    ground: RealGround,
    measured: dict[str, Any],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Agreement after the gate, its change told by the judge that shares no ground with the gate."""
    own = ground.seen_by_one_judge(INDEPENDENT)
    answers = []
    for samples in (before, after):
        made = made_ground(samples.images, samples.labels, samples.changed, own, rng)
        answers.append(
            agreement(own.judges, made.pixels, own.test, own.training, own.unseen, own.names)
        )
    return after_gate(measured["agreement"], *answers)


def print_ratios(groups: dict[tuple[str, str], list[Any]]) -> None:
    for (method, state), entries in groups.items():
        for judge in entries[0]["agreement"]:
            ours, real, ratio = (
                mean([entry["agreement"][judge][name] for entry in entries])
                for name in ("synthetic", "test", "ratio")
            )
            if ratio is not None:
                line = {
                    "what": f"{method} {state} the gate, recall by {judge}, {len(entries)} seeds",
                    "value": f"{ours:.3f}",
                    "against": f"real test ground, {real:.3f}",
                    "ratio": round(ratio, 3),
                }
                print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
