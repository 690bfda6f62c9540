"""`classify`: whole rasters to maps with a trained model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.config import ClassifySettings, parse_extent, parse_min_patch
from overseed.devices import choose_device, versions
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, read_json
from overseed.mapping.area import find_area
from overseed.mapping.classifier import Ensemble, OneModel
from overseed.mapping.described import DescribedModel
from overseed.mapping.map_polygons import HECTARE
from overseed.mapping.mapper import MapSummary, map_raster, sidecars
from overseed.mapping.onnx_model import load_model
from overseed.mapping.shift import shifted_bands
from overseed.runs import fingerprint
from overseed.scenes.bands import match_bands
from overseed.scenes.classes import ClassTable
from overseed.scenes.polygons import read_areas
from overseed.scenes.raster_sources import display_stem, read_info, real_files
from overseed.scenes.rasters import RasterInfo, pixel_metres

MODEL_FILE = "model.onnx"
INT8_FILE = "model.int8.onnx"
TIFF = (".tif", ".tiff")


def classify(settings: ClassifySettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Write one map per raster, each with its category names and its style beside it.

    Returns
    -------
    ``maps`` and ``map`` (the first of them), ``confidence`` when wanted, ``model``,
    ``provider``, and ``shares``: the share of each class in the classified pixels of all maps.

    Raises
    ------
    InputError
        Whatever refuses the model, the rasters or the outputs; all of them are looked at before the
        first map is begun.
    """
    reporter = reporter or Reporter()
    members = [_open_model(find_model(path), settings) for path in settings.model]
    model = Ensemble(members, settings.views)
    extent = None if settings.extent is None else parse_extent(settings.extent)
    targets = _targets(settings)
    for target in targets:
        info = read_info(target.raster, settings.resolution or model.recipe.resolution)
        match_bands(info.path.name, info.band_names, model.recipe.names)
        find_area(info, extent, _polygons(settings, info))
        _least_patches(settings, model.table, info)
        for path in target.files:
            check_target(path)
    for member in members:
        reporter.log(f"Model: {member.path} (arm {member.arm}), run by {member.provider}.")
    summaries = []
    for number, target in enumerate(targets, start=1):
        name = Path(target.raster).name
        reporter.stage("classify", f"Map {name}", number, len(targets))
        info = read_info(target.raster, settings.resolution or model.recipe.resolution)
        _warn_of_shift(info, members[0], settings, reporter)
        summaries.append(
            map_raster(
                target.raster,
                model,
                target.map,
                confidence=target.confidence,
                measure=settings.measure,
                probabilities=target.probabilities,
                outlines=target.polygons,
                least=_least_patches(settings, model.table, info),
                window=settings.window,
                overlap=settings.overlap,
                resolution=settings.resolution,
                extent=extent,
                polygons=_polygons(settings, info),
                threads=settings.threads,
                about={"versions": versions(), "inputs": _inputs(info)},
                tick=reporter.progress,
            )
        )
        reporter.artifact("raster", "map", target.map)
    shares = map_shares(model.table, summaries)
    maps = [target.map for target in targets]
    outputs: dict[str, Any] = {
        "map": str(maps[0]),
        "maps": [str(path) for path in maps],
        "model": str(members[0].path),
        "models": [str(member.path) for member in members],
        "provider": model.provider,
        "shares": shares,
        "text": _as_text(members, maps, shares),
    }
    for name in ("confidence", "probabilities", "polygons"):
        if getattr(settings, name):
            outputs[name] = [str(getattr(target, name)) for target in targets]
    return outputs


def _open_model(path: Path, settings: ClassifySettings) -> OneModel:
    if settings.backend == "onnx":
        if settings.half:
            raise InputError(
                "device.half",
                "float16 is there with --backend torch alone.",
                "Add --backend torch, or leave out --half.",
            )
        if not settings.quantized:
            return load_model(path, settings.threads, settings.device)
        return load_model(_quantized(path), settings.threads, "cpu")
    if settings.quantized:
        raise InputError(
            "device.quantized",
            "PyTorch does not run the 8-bit version of a model.",
            "Leave out --backend torch or --quantized.",
        )
    from overseed.mapping.torch_model import load_torch_model

    device = choose_device(settings.device, settings.threads)
    return load_torch_model(path.with_suffix(".safetensors"), device, settings.half)


def _quantized(path: Path) -> Path:
    found = path.with_name(INT8_FILE)
    if not found.is_file():
        raise InputError(
            "model.missing",
            f"There is no {INT8_FILE} beside {path}.",
            f"Run 'overseed quantize {path}' first, or leave out --quantized.",
        )
    return found


def _least_patches(
    settings: ClassifySettings, table: ClassTable, info: RasterInfo
) -> NDArray[np.int64] | None:
    """Pixels that a patch of each code needs, ``(256,)``."""
    if settings.min_patch is None:
        return None
    sizes = parse_min_patch(settings.min_patch)
    unknown = set(sizes) - {"", *table.names}
    if unknown:
        raise InputError(
            "classify.min-patch",
            f"--min-patch names {', '.join(sorted(unknown))}, which the model does not know.",
            f"Its classes are: {', '.join(table.names)}.",
        )
    hectare = HECTARE / float(np.prod(pixel_metres(info)))
    least = np.ones(256, np.int64)
    for c in table.classes:
        size, unit = sizes.get(c.name, sizes.get("", (1.0, "px")))
        least[c.code] = math.ceil(size * hectare if unit == "ha" else size)
    return least


def _polygons(settings: ClassifySettings, info: RasterInfo) -> NDArray[Any] | None:
    return None if settings.aoi is None else read_areas(settings.aoi, info.crs_wkt)


def _inputs(info: RasterInfo) -> list[dict[str, Any]]:
    """Fingerprints of the raster's files by name: maps are passed on, a path would only name a person."""
    files = sorted(path for path in set(real_files(info)) if not path.is_dir())
    return [fingerprint(path) | {"path": path.name} for path in files]


def _warn_of_shift(
    info: RasterInfo, model: DescribedModel, settings: ClassifySettings, reporter: Reporter
) -> None:
    """Say when a raster's values lie far from those that the model learned from."""
    shifted = shifted_bands(info, model, settings.threads)
    if not shifted:
        return
    worst = max(shifted, key=lambda band: abs(band.shift))
    names = ", ".join(band.name for band in shifted)
    reporter.warning(
        "classify.shifted",
        f"{info.path.name} looks unlike the rasters that the model was trained on: {names} (most of all "
        f"{worst.name}, whose mean lies {abs(worst.shift):.1f} standard deviations "
        f"{'higher' if worst.shift > 0 else 'lower'}). Check units, season and sensor, and the map with care.",
    )


def find_model(path: Path) -> Path:
    """Find the model file that a path means: itself, a run's best model, or the one in the folder.

    Raises
    ------
    InputError
        ``model.missing`` when there is none.
    """
    if not path.is_dir():
        return path
    best = path / "best.json"
    model = path / (read_json(best)["model"] if best.is_file() else "") / MODEL_FILE
    if not model.is_file():
        raise InputError(
            "model.missing",
            f"There is no trained model in {path}.",
            f"Run 'overseed train' for it first, or give a {MODEL_FILE}.",
        )
    return model


def map_shares(table: ClassTable, summaries: list[MapSummary]) -> dict[str, float]:
    """Share of each class, by name, in the classified pixels of all maps together."""
    total = max(1, sum(summary.valid_pixels for summary in summaries))
    return {
        c.name: round(sum(summary.pixels[c.code] for summary in summaries) / total, 6)
        for c in table.classes
    }


@dataclass(frozen=True)
class Target:
    """The files that are made of one raster."""

    raster: str
    map: Path
    confidence: Path | None
    probabilities: Path | None
    polygons: Path | None

    @property
    def outputs(self) -> list[Path]:
        """What was asked for by name."""
        wanted = (self.map, self.confidence, self.probabilities, self.polygons)
        return [path for path in wanted if path is not None]

    @property
    def files(self) -> list[Path]:
        return [*self.outputs, *sidecars(self.map)]


def _targets(settings: ClassifySettings) -> list[Target]:
    """What is to be made of each raster."""
    several = len(settings.raster) > 1
    targets: list[Target] = []
    for number, raster in enumerate(settings.raster, start=1):
        if several or settings.out.is_dir():
            stem = display_stem(read_info(raster))
            target = settings.out / f"{stem}.tif"
            if target in (other.map for other in targets):
                target = settings.out / f"{stem}-{number:03}.tif"
        else:
            target = _checked(settings.out, "--out")
        targets.append(
            Target(
                raster,
                target,
                _numbered(settings.confidence, "--confidence", number),
                _numbered(settings.probabilities, "--probabilities", number),
                _numbered(settings.polygons, "--polygons", number, (".gpkg",)),
            )
        )
    _refuse_clashes(targets)
    return targets


def _numbered(
    path: Path | None, option: str, number: int, endings: Sequence[str] = TIFF
) -> Path | None:
    """A further output for the raster of this number, from 1."""
    if path is None:
        return None
    checked = _checked(path, option, endings)
    return checked if number == 1 else checked.with_stem(f"{checked.stem}-{number:03}")


def _checked(path: Path, option: str, endings: Sequence[str] = TIFF) -> Path:
    if path.suffix.lower() not in endings:
        kind = "Maps are GeoTIFF files" if endings == TIFF else "Polygons go to a GeoPackage"
        raise InputError(
            "output.not-tif" if endings == TIFF else "output.not-gpkg",
            f"{option}: {path} does not end in {endings[0]}.",
            f"{kind}; give a name that ends in {endings[0]}"
            + (" or an existing folder." if option == "--out" else "."),
        )
    return path


def _refuse_clashes(targets: list[Target]) -> None:
    """Refuse outputs that would overwrite an input or each other."""
    taken = {file.resolve() for t in targets for file in real_files(read_info(t.raster))}
    for path in (path for target in targets for path in target.outputs):
        if path.resolve() in taken:
            raise InputError(
                "output.clash",
                f"The output {path} is also an input or another output.",
                "Choose another name or folder for it.",
            )
        taken.add(path.resolve())


def _as_text(models: Sequence[DescribedModel], maps: list[Path], shares: dict[str, float]) -> str:
    lines = [f"Map: {path}" for path in maps]
    lines += [f"Model: {model.path} (arm {model.arm})" for model in models]
    width = max(map(len, shares))
    lines += [f"  {name:{width}}  {share:7.2%}" for name, share in shares.items()]
    return "\n".join(lines)
