"""`classify`: whole rasters to maps with a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overseed.config import ClassifySettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, read_json
from overseed.mapping.mapper import MapSummary, map_raster, style_files
from overseed.mapping.onnx_model import OnnxModel, load_model
from overseed.scenes.bands import match_bands
from overseed.scenes.raster_sources import display_stem, read_info, real_files

MODEL_FILE = "model.onnx"


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
    model = load_model(find_model(settings.model), settings.threads, settings.device)
    targets = _targets(settings)
    for raster, target, confidence in targets:
        info = read_info(raster, settings.resolution or model.recipe.resolution)
        match_bands(info.path.name, info.band_names, model.recipe.names)
        for path in (target, *style_files(target), *([confidence] if confidence else [])):
            check_target(path)
    reporter.log(f"Model: {model.path} (arm {model.arm}), run by {model.provider}.")
    summaries = []
    for number, (raster, target, confidence) in enumerate(targets, start=1):
        reporter.stage("classify", f"Map {Path(raster).name}", number, len(targets))
        summaries.append(
            map_raster(
                raster,
                model,
                target,
                confidence=confidence,
                overlap=settings.overlap,
                resolution=settings.resolution,
                threads=settings.threads,
                tick=reporter.progress,
            )
        )
        reporter.artifact("raster", "map", target)
    shares = map_shares(model, summaries)
    outputs: dict[str, Any] = {
        "map": str(targets[0][1]),
        "maps": [str(target) for _, target, _ in targets],
        "model": str(model.path),
        "provider": model.provider,
        "shares": shares,
        "text": _as_text(model, [target for _, target, _ in targets], shares),
    }
    if settings.confidence:
        outputs["confidence"] = [str(confidence) for _, _, confidence in targets]
    return outputs


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


def map_shares(model: OnnxModel, summaries: list[MapSummary]) -> dict[str, float]:
    """Share of each class, by name, in the classified pixels of all maps together."""
    total = max(1, sum(summary.valid_pixels for summary in summaries))
    return {
        c.name: round(sum(summary.pixels[c.code] for summary in summaries) / total, 6)
        for c in model.table.classes
    }


def _targets(settings: ClassifySettings) -> list[tuple[str, Path, Path | None]]:
    """Raster, map and confidence of each map to be made."""
    several = len(settings.raster) > 1
    targets: list[tuple[str, Path, Path | None]] = []
    for number, raster in enumerate(settings.raster, start=1):
        confidence = settings.confidence
        if several or settings.out.is_dir():
            stem = display_stem(read_info(raster))
            target = settings.out / f"{stem}.tif"
            if target in (other for _, other, _ in targets):
                target = settings.out / f"{stem}-{number:03}.tif"
        else:
            target = _checked(settings.out, "--out")
        if confidence is not None:
            confidence = _checked(confidence, "--confidence")
            if number > 1:
                confidence = confidence.with_stem(f"{confidence.stem}-{number:03}")
        targets.append((raster, target, confidence))
    _refuse_clashes(targets)
    return targets


def _checked(path: Path, option: str) -> Path:
    if path.suffix.lower() not in (".tif", ".tiff"):
        raise InputError(
            "output.not-tif",
            f"{option}: {path} does not end in .tif.",
            "Maps are GeoTIFF files; give a name that ends in .tif or an existing folder.",
        )
    return path


def _refuse_clashes(targets: list[tuple[str, Path, Path | None]]) -> None:
    """Refuse outputs that would overwrite an input or each other."""
    taken = {file.resolve() for raster, _, _ in targets for file in real_files(read_info(raster))}
    for _, target, confidence in targets:
        for path in (target, confidence):
            if path is None:
                continue
            if path.resolve() in taken:
                raise InputError(
                    "output.clash",
                    f"The output {path} is also an input or another output.",
                    "Choose another name or folder for it.",
                )
            taken.add(path.resolve())


def _as_text(model: OnnxModel, maps: list[Path], shares: dict[str, float]) -> str:
    lines = [f"Map: {path}" for path in maps]
    lines.append(f"Model: {model.path} (arm {model.arm})")
    width = max(map(len, shares))
    lines += [f"  {name:{width}}  {share:7.2%}" for name, share in shares.items()]
    return "\n".join(lines)
