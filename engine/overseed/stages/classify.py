"""`classify`: whole rasters to maps with a trained model."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import versions
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, output_lock, read_json, sweep_partials_of
from overseed.map_settings import ClassifySettings
from overseed.mapping.area import Area
from overseed.mapping.classifier import Ensemble
from overseed.mapping.cluster import Cluster, ClusterMap
from overseed.mapping.described import DescribedModel
from overseed.mapping.map_polygons import HECTARE
from overseed.mapping.mapper import MapSummary, map_raster
from overseed.mapping.opening import ModelChoice
from overseed.mapping.rows import Request, plan_task
from overseed.mapping.shift import shifted_bands
from overseed.runs import fingerprint
from overseed.scenes.classes import ClassTable
from overseed.scenes.polygons import read_areas
from overseed.scenes.raster_sources import read_info, real_files
from overseed.scenes.rasters import RasterInfo, is_gdal_name, pixel_metres, require_crs
from overseed.setting_texts import parse_extent, parse_min_patch
from overseed.stages.map_targets import Target, map_targets

MODEL_FILE = "model.onnx"
#: More pixels than any patch has.
MOST_PIXELS = 1 << 62


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
    choice = ModelChoice(
        tuple(find_model(path).resolve() for path in settings.model), settings.backend, settings.quantized,
        settings.half, settings.views, settings.device, settings.threads,
    )  # fmt: skip
    _refuse_idle(settings)
    if settings.scheduler is not None:
        # On a worker one thread for each part, since a worker runs as many at once as it has threads.
        choice = replace(choice, device="cpu", threads=settings.threads or 1)
    model = choice.open()
    targets = map_targets(settings)
    jobs = [_job(target, settings, model) for target in targets]
    for target in targets:
        for path in target.files:
            check_target(path)
    for member in model.members:
        reporter.log(f"Model: {member.path} (arm {member.arm}), run by {model.provider}.")
    with ExitStack() as stack:
        for target in targets:
            for path in target.outputs:
                stack.enter_context(output_lock(path))
            for path in target.files:
                sweep_partials_of(path)
        parts: list[ClusterMap | None] = [None] * len(jobs)
        if settings.scheduler is not None:
            cluster = stack.enter_context(Cluster(settings.scheduler))
            if not cluster.workers:
                reporter.warning(
                    "cluster.no-workers",
                    f"The scheduler at {settings.scheduler} has no workers yet; the map waits for them.",
                )
            parts = [
                cluster.submit(job.request, choice, model, job.inputs(), settings.fresh)
                for job in jobs
            ]
        summaries = []
        for number, (job, part) in enumerate(zip(jobs, parts, strict=True), start=1):
            reporter.stage("classify", f"Map {job.info.path.name}", number, len(jobs))
            if not job.info.crs_wkt:
                reporter.warning(
                    "raster.no-crs",
                    f"{job.info.path.name} has no coordinate reference system; its map has none either.",
                )
            _warn_of_shift(job, model.members[0], settings, reporter)
            summaries.append(
                map_raster(
                    job.request,
                    model,
                    least=job.least,
                    threads=settings.threads,
                    about={"versions": versions(), "inputs": job.inputs()},
                    rows=None if part is None else part.rows(reporter.progress),
                    tick=reporter.progress,
                )
            )
            if part is not None:
                part.discard()
            reporter.artifact("raster", "map", job.request.out)
    shares = map_shares(model.table, summaries)
    maps = [target.map for target in targets]
    outputs: dict[str, Any] = {
        "map": str(maps[0]),
        "maps": [str(path) for path in maps],
        "model": str(model.members[0].path),
        "models": [str(member.path) for member in model.members],
        "provider": model.provider,
        "shares": shares,
        "text": _as_text(model.members, maps, shares),
    }
    for name in ("confidence", "probabilities", "polygons"):
        if getattr(settings, name):
            outputs[name] = [str(getattr(target, name)) for target in targets]
    return outputs


@dataclass(frozen=True)
class Job:
    """One raster that is to be mapped. ``least`` is what :func:`map_raster` takes."""

    info: RasterInfo
    area: Area
    request: Request
    least: NDArray[np.int64] | None

    def inputs(self) -> list[dict[str, Any]]:
        """Fingerprints of the raster's files by name: maps are passed on, a path would only name a person."""
        files = sorted(path for path in set(real_files(self.info)) if not path.is_dir())
        return [fingerprint(path) | {"path": path.name} for path in files]


def _job(target: Target, settings: ClassifySettings, model: Ensemble) -> Job:
    """Look at everything that one map needs before the first is begun."""
    info = read_info(
        target.raster, settings.resolution or model.recipe.resolution, crs_needed=False
    )
    request = Request(
        raster=_absolute(target.raster),
        out=target.map.resolve(),
        confidence=target.confidence,
        measure=settings.measure,
        probabilities=target.probabilities,
        outlines=target.polygons,
        window=settings.window,
        overlap=settings.overlap,
        resolution=settings.resolution,
        extent=None if settings.extent is None else parse_extent(settings.extent),
        polygons=None if settings.aoi is None else _areas(settings.aoi, info),
    )
    task = plan_task(request, model)
    return Job(task.info, task.area, request, _least_patches(settings, model.table, info))


def _absolute(raster: str) -> str:
    """A raster's name as it is understood in every folder."""
    parts = [part.strip() for part in raster.split(";") if part.strip()]
    return ";".join(part if is_gdal_name(part) else os.path.abspath(part) for part in parts)


def _refuse_idle(settings: ClassifySettings) -> None:
    """Refuse settings that would have no effect."""
    if settings.measure != "probability" and settings.confidence is None:
        raise InputError(
            "classify.measure",
            f"--measure {settings.measure} says what --confidence holds, and none is wanted.",
            "Add --confidence FILE.tif, or leave out --measure.",
        )
    on_gpu = settings.device in ("cuda", "mps") or settings.backend == "tensorrt"
    if settings.scheduler is not None and (settings.half or on_gpu):
        raise InputError(
            "cluster.device",
            "A cluster's workers map on their processors.",
            "Leave out --half, --device and --backend tensorrt, or --scheduler.",
        )


def _areas(layer: str, info: RasterInfo) -> NDArray[Any]:
    require_crs(info)
    return read_areas(layer, info.crs_wkt)


def _whole_pixels(size: float) -> int:
    """Rounded up, but for what rounding has added."""
    return math.ceil(round(size, 6))


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
    in_hectares = any(unit == "ha" for _, unit in sizes.values())
    hectare = HECTARE / float(np.prod(pixel_metres(info))) if in_hectares else math.nan
    least = np.ones(256, np.int64)
    for c in table.classes:
        size, unit = sizes.get(c.name, sizes.get("", (1.0, "px")))
        least[c.code] = min(MOST_PIXELS, _whole_pixels(size * hectare if unit == "ha" else size))
    return least


def _warn_of_shift(
    job: Job, model: DescribedModel, settings: ClassifySettings, reporter: Reporter
) -> None:
    """Say when a raster's values lie far from those that the model learned from."""
    shifted = shifted_bands(job.info, job.area, model, settings.threads)
    if not shifted:
        return
    worst = max(shifted, key=lambda band: abs(band.shift))
    names = ", ".join(band.name for band in shifted)
    reporter.warning(
        "classify.shifted",
        f"{job.info.path.name} looks unlike the rasters that the model was trained on: {names} (most of all "
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


def _as_text(models: Sequence[DescribedModel], maps: list[Path], shares: dict[str, float]) -> str:
    lines = [f"Map: {path}" for path in maps]
    lines += [f"Model: {model.path} (arm {model.arm})" for model in models]
    width = max(map(len, shares))
    lines += [f"  {name:{width}}  {share:7.2%}" for name, share in shares.items()]
    return "\n".join(lines)
