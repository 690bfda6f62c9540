"""`run`: all stages for one data set, from rasters and polygons to a map and a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from overseed.arms import FOREST, NONE, Arm, parse_arm
from overseed.assessment.paired import paired_difference, verdict
from overseed.config import (
    PrepareSettings,
    ReportSettings,
    RunSettings,
    Settings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.diffusion_settings import without_foreign
from overseed.errors import InputError
from overseed.events import NumberedReporter, Reporter
from overseed.extras import check_extras
from overseed.files import check_folder, check_target, copy_whole, read_json, write_json, write_text
from overseed.map_settings import OVERLAP, WINDOW
from overseed.mapping.mapper import sidecars
from overseed.runs import RunFolder, open_leaf, settings_record
from overseed.scenes.raster_sources import read_info, real_files
from overseed.scenes.vector_sources import split_source
from overseed.setting_texts import parse_target
from overseed.stages.base_weights import weights_input
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.prepare import prepare
from overseed.stages.report import report
from overseed.stages.synthesize import synthesize
from overseed.stages.train import train
from overseed.stages.train_generator import train_generator

S = TypeVar("S", bound=Settings)
#: Beside the trainings: prepare, classify and report; and train-generator and synthesize for each method.
_STAGES, _STAGES_OF_METHOD = 3, 2
#: Refusals of synthesize after which a run goes on without the method's samples.
NO_SAMPLES = (
    "synthesize.nothing-to-change",
    "synthesize.all-rejected",
    "pseudo-labels.unsure",
    "pseudo-labels.nothing-usable",
)
NOT_ASKED = (
    "Only real samples were used, so whether synthetic ones would help here was not measured; "
    "--augment spade does."
)


def run(settings: RunSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Run every stage that is not up to date; the same call continues a cancelled one.

    Raises
    ------
    InputError
        Whatever a stage refuses; outputs that cannot be written are refused before any work.
    """
    arm = parse_arm(settings.augment)
    check_extras(arm.samples)
    weights_input(settings, arm.samples)
    reporter = NumberedReporter(reporter or Reporter(), _stages(arm))
    check_folder(settings.run)
    for target in _targets(settings):
        check_target(target)
    prepare(_narrow(PrepareSettings, settings), reporter)
    for note in read_json(settings.run / "inspect.json")["notes"]:
        if note not in (warning["message"] for warning in reporter.warnings):
            reporter.warning("inspect.note", note)
    write_text(settings.run / "run.yaml", _yaml(settings))
    prepared = open_prepared(settings.run)
    wanted = parse_target(settings.target)
    for name in list(wanted) if isinstance(wanted, dict) else []:
        prepared.table.index_of(name)
    if arm.samples and not prepared.table.rare_indices:
        reporter.warning(
            "run.no-rare",
            "No class is rare, so no samples are synthesized; name rare classes to change that.",
        )
        arm = parse_arm(arm.without_samples)
        reporter.count = _stages(arm)
    for method in arm.samples:
        train_generator(_narrow(TrainGeneratorSettings, settings, method=method), reporter)
        if not _could_synthesize(settings, method, reporter):
            smaller = parse_arm(arm.without(method))
            reporter.count -= len(_trained(arm)) - len(_trained(smaller))
            arm = smaller
    arms = _trained(arm)
    for name in arms:
        train(_narrow(TrainSettings, settings, augment=name), reporter)
    words = compare_arms(prepared, arm, settings.seed)
    maps = _map(settings, prepared, reporter)
    page = report(
        ReportSettings(run=settings.run, title=settings.title, out=settings.report), reporter
    )
    scores = {
        name: read_json(prepared.run.model(name, settings.seed) / "scores.json") for name in arms
    }
    reporter.log(words)
    outputs = {
        "run": str(settings.run),
        "map": str(maps[0]),
        "maps": [str(path) for path in maps],
        "report": str(settings.report or page["report"]),
        "verdict": words,
        "best": read_json(settings.run / "best.json"),
        "scores": {
            name: {k: s[k] for k in ("macro_f1", "rare_macro_f1", "overall_accuracy")}
            for name, s in scores.items()
        },
    }
    outputs["text"] = "\n".join((words, f"map: {outputs['map']}", f"report: {outputs['report']}"))
    return outputs


def _trained(arm: Arm) -> list[str]:
    """What is trained for an arm: real crops alone, the arm without samples, the arm, and the forest."""
    return list(dict.fromkeys([NONE, arm.without_samples, arm.name, FOREST]))


def _stages(arm: Arm) -> int:
    return _STAGES + _STAGES_OF_METHOD * len(arm.samples) + len(_trained(arm))


def _could_synthesize(settings: RunSettings, method: str, reporter: NumberedReporter) -> bool:
    """Synthesize; where nothing can change or no sample is good enough, say so and go on with real samples."""
    try:
        synthesize(_narrow(SynthesizeSettings, settings, method=method), reporter)
    except InputError as error:
        if error.code not in NO_SAMPLES:
            raise
        reporter.warning("run.no-samples", f"{error} The run goes on without {method} samples.")
        return False
    return True


def compare_arms(prepared: Prepared, arm: Arm, seed: int) -> str:
    """Write ``comparison.json`` with what each arm and the samples changed; return the verdict's sentence."""
    run = prepared.run
    matrices = {
        name: np.load(run.model(name, seed) / "blocks.npz")["confusion"] for name in _trained(arm)
    }
    asked = [(arm.name, arm.without_samples), *((name, NONE) for name in matrices)]
    pairs = []
    for name, against in dict.fromkeys(pair for pair in asked if pair[0] != pair[1]):
        difference = paired_difference(
            matrices[name], matrices[against], prepared.table.names, prepared.table.rare_indices,
            np.random.default_rng(seed),
        )  # fmt: skip
        pairs.append({"arm": name, "against": against, **difference})
    words = NOT_ASKED if arm.name == NONE else verdict(pairs[0], _what(arm))
    write_json(run.split_folder / "comparison.json", {"pairs": pairs, "verdict": words})
    return words


def _what(arm: Arm) -> str:
    """What the verdict is about."""
    if not arm.samples:
        return arm.name
    samples = f"{' and '.join(arm.samples)} samples"
    return samples if arm.without_samples == NONE else f"{samples} beside {arm.without_samples}"


def _map(settings: RunSettings, prepared: Prepared, reporter: Reporter) -> list[Path]:
    """Map every raster with the best model into RUN/map, and copy the maps to where they are wanted."""
    from overseed.devices import choose_device
    from overseed.mapping.mapper import map_raster
    from overseed.mapping.onnx_model import load_model
    from overseed.mapping.rows import Request

    reporter.stage("classify", "Map the whole scene")
    run: RunFolder = prepared.run
    best = read_json(run.root / "best.json")
    model_folder = run.root / best["model"]
    names = _numbered(run.map / "classified.tif", len(settings.raster))
    inputs = {"model": run.key_of(model_folder, "train"), "prepare": prepared.key}
    with open_leaf(
        run.map, "classify", settings_record(settings), inputs, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            leaf.begin()
            for old in run.map.glob("*.*"):
                old.unlink()
            reporter.log(f"The map is made with the model of {best['model']}.")
            device = choose_device(settings.device, settings.threads)
            model = load_model(model_folder / "model.onnx", device.threads, settings.device)
            counts = np.zeros(256, np.int64)
            for raster, out in zip(settings.raster, names, strict=True):
                request = Request(
                    raster, out, confidence=out.with_name(out.name.replace("classified", "confidence")),
                    window=WINDOW, overlap=OVERLAP, resolution=settings.resolution,
                )  # fmt: skip
                summary = map_raster(request, model, threads=device.threads, tick=reporter.progress)
                for code, pixels in summary.pixels.items():
                    counts[code] += pixels
            total = max(1, counts[1:].sum())
            table = prepared.table
            write_json(
                run.map / "shares.json",
                {
                    "mapped": {
                        c.name: round(int(counts[c.code]) / total, 6) for c in table.classes
                    },
                    "labelled": {
                        c.name: round(s, 6)
                        for c, s in zip(table.classes, table.shares, strict=True)
                    },
                },
            )
            files = [name.name for path in names for name in _with_sidecars(path)]
            leaf.finish([*files, "shares.json"], reporter, device)
    if settings.map is None:
        wanted = names
    else:
        wanted = _numbered(settings.map, len(names))
        for made, target in zip(names, wanted, strict=True):
            # The sidecars go first: whoever sees the map finds its names and colours with it.
            pairs = list(zip(_with_sidecars(made), _with_sidecars(target), strict=True))
            for source, copy in reversed(pairs):
                reporter.check()
                copy_whole(source, copy)
    for path in wanted:
        reporter.artifact("raster", "map", path)
    return wanted


def _targets(settings: RunSettings) -> list[Path]:
    """Everything that will be written outside the stages' own folders; refuses to overwrite an input."""
    maps = _numbered(settings.run / "map" / "classified.tif", len(settings.raster))
    if settings.map:
        if settings.map.suffix.lower() not in (".tif", ".tiff"):
            raise InputError(
                "output.not-tif",
                f"--map: {settings.map} does not end in .tif.",
                "The map is a GeoTIFF; give a name that ends in .tif.",
            )
        maps += _numbered(settings.map, len(settings.raster))
    targets = [file for path in maps for file in _with_sidecars(path)]
    targets += [settings.run / "report.html", settings.run / "report.json"]
    targets += [settings.report] if settings.report else []
    inputs = {
        file.resolve() for raster in settings.raster for file in real_files(read_info(raster))
    }
    inputs |= {Path(split_source(source)[0]).resolve() for source in settings.labels}
    inputs |= {settings.classes.resolve()} if settings.classes else set()
    # The style beside an input layer is the user's work too.
    inputs |= {path.with_suffix(".qml") for path in inputs if path.with_suffix(".qml").exists()}
    for target in targets:
        if target.resolve() in inputs:
            raise InputError(
                "output.is-input",
                f"The output {target} would overwrite an input.",
                "Choose another name for it.",
            )
    return targets


def _numbered(path: Path, count: int) -> list[Path]:
    """``map.tif``, ``map-002.tif`` … for several rasters."""
    more = [path.with_name(f"{path.stem}-{n:03}{path.suffix}") for n in range(2, count + 1)]
    return [path, *more]


def _with_sidecars(path: Path) -> list[Path]:
    return [path, *sidecars(path)]


def _narrow(kind: type[S], settings: RunSettings, **more: Any) -> S:
    """The settings of one stage out of those of the whole run."""
    own = {name: getattr(settings, name) for name in kind.model_fields if hasattr(settings, name)}
    return kind(**(without_foreign(own, [more.get("method", "")]) | more))


def _yaml(settings: RunSettings) -> str:
    import yaml

    record = without_foreign(settings_record(settings), parse_arm(settings.augment).samples)
    return yaml.safe_dump(record, sort_keys=False, allow_unicode=True)
