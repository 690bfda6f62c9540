"""`chips map`: a raster classified chip by chip, as heat maps of one class."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from overseed.chip_settings import MapChipsSettings
from overseed.devices import versions
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, output_lock, read_json, sweep_partials_of
from overseed.map_settings import ClassifySettings
from overseed.mapping.area import find_area
from overseed.mapping.chip_model import ChipModel, load_chip_model
from overseed.mapping.heat_map import heat_raster, plan_heat
from overseed.mapping.shift import shifted_bands
from overseed.runs import fingerprint
from overseed.scenes.raster_sources import read_info, real_files
from overseed.scenes.rasters import RasterInfo, pixel_metres
from overseed.segmentation.description import CHIPS, KIND
from overseed.stages.map_targets import map_targets

#: Pixels that differ by more than this factor show other things in a chip.
OTHER_PIXELS = 1.1


def heat_map(settings: MapChipsSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Write one heat map per raster, each with its style and its record beside it.

    Raises
    ------
    InputError
        Whatever refuses the model, the class, the rasters or the outputs; all of them are looked at before the
        first map is begun.
    """
    reporter = reporter or Reporter()
    model = load_chip_model(
        find_chip_model(settings.model).resolve(), settings.threads, settings.device
    )
    index = _class_index(model, settings.of)
    name = model.table.names[index]
    step = settings.step or max(1, model.tile_size // 4)
    targets = map_targets(
        ClassifySettings(raster=settings.raster, model=[settings.model], out=settings.out)
    )
    infos = [read_info(target.raster, crs_needed=False) for target in targets]
    for info in infos:
        plan_heat(info, model, step)
    for target in targets:
        for path in target.files:
            check_target(path)
    reporter.log(f"Model: {model.path} (arm {model.arm}), run by {model.provider}.")
    lines = []
    with ExitStack() as stack:
        for target in targets:
            stack.enter_context(output_lock(target.map))
            for path in target.files:
                sweep_partials_of(path)
        for number, (info, target) in enumerate(zip(infos, targets, strict=True), start=1):
            reporter.stage(
                "chips map", f"Look for {name} in {info.path.name}", number, len(targets)
            )
            _warn(info, model, step, settings.threads, reporter)
            files = sorted(path for path in set(real_files(info)) if not path.is_dir())
            inputs = [fingerprint(path) | {"path": path.name} for path in files]
            found = heat_raster(
                info, model, index, step, target.map, threads=settings.threads,
                about={"versions": versions(), "inputs": inputs}, tick=reporter.progress,
            )  # fmt: skip
            reporter.artifact("raster", "heat-map", target.map)
            lines += [
                f"Heat map of {name}: {target.map}",
                f"  highest {found.highest} %; {found.reach} of {found.places} places reach the threshold"
                f"{_threshold(model, name)}",
            ]
    maps = [str(target.map) for target in targets]
    return {
        "map": maps[0],
        "maps": maps,
        "model": str(model.path),
        "provider": model.provider,
        "class": name,
        "step": step,
        "text": "\n".join(lines),
    }


def find_chip_model(path: Path) -> Path:
    """Find the model file that a path means: itself, or the best classifier of chips of a run folder.

    Raises
    ------
    InputError
        ``model.missing`` when there is none.
    """
    if not path.is_dir():
        return path
    best = path / "best.json"
    stored = read_json(best) if best.is_file() else {}
    inside = stored["model"] if stored.get(KIND) == CHIPS else ""
    model = path / inside / "model.onnx"
    if not model.is_file():
        raise InputError(
            "model.missing",
            f"There is no classifier of chips in {path}.",
            "Run 'overseed chips classify-chips' for it first, or give a model.onnx.",
        )
    return model


def _class_index(model: ChipModel, wanted: str | None) -> int:
    """The class that is looked for."""
    if wanted is not None:
        return model.table.index_of(wanted)
    rare = model.table.rare_indices
    if len(rare) != 1:
        raise InputError(
            "chips.which-class",
            "It is not clear which class to look for: "
            + ("several are rare." if rare else "none is rare."),
            f"Name one with --of: {', '.join(model.table.names)}.",
        )
    return rare[0]


def _warn(info: RasterInfo, model: ChipModel, step: int, threads: int, reporter: Reporter) -> None:
    """Say what about a raster makes its heat map doubtful."""
    if not info.crs_wkt:
        reporter.warning(
            "raster.no-crs",
            f"{info.path.name} has no coordinate reference system; its map has none either.",
        )
    elif model.pixel_metres is not None:
        own = float(np.sqrt(np.prod(pixel_metres(info))))
        if not 1 / OTHER_PIXELS <= own / model.pixel_metres <= OTHER_PIXELS:
            reporter.warning(
                "chips.other-pixels",
                f"The pixels of {info.path.name} have {own:.3g} m, those of the training chips "
                f"{model.pixel_metres:.3g} m: things have another size in chips of it. Resample it first.",
            )
    if step > model.tile_size:
        reporter.warning(
            "chips.gaps",
            f"With a --step of {step} pixels and chips of {model.tile_size} some ground is not looked at.",
        )
    shifted = shifted_bands(info, find_area(info), model, threads)
    if shifted:
        worst = max(shifted, key=lambda band: abs(band.shift))
        names = ", ".join(band.name for band in shifted)
        reporter.warning(
            "classify.shifted",
            f"{info.path.name} looks unlike the chips that the model was trained on: {names} (most of all "
            f"{worst.name}, whose mean lies {abs(worst.shift):.1f} standard deviations "
            f"{'higher' if worst.shift > 0 else 'lower'}). Check units, season and sensor, and the map too.",
        )


def _threshold(model: ChipModel, name: str) -> str:
    if name not in model.thresholds:
        return " of 50 %, since none was chosen for this class"
    return f" of {100 * model.thresholds[name]:.1f} %"
