"""Which files `classify` makes of which raster, and whether they would overwrite something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from overseed.errors import InputError
from overseed.map_settings import ClassifySettings
from overseed.mapping.mapper import sidecars
from overseed.scenes.raster_sources import display_stem, read_info, real_files
from overseed.scenes.vector_sources import split_source

TIFF = (".tif", ".tiff")


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


def map_targets(settings: ClassifySettings) -> list[Target]:
    """What is to be made of each raster.

    Raises
    ------
    InputError
        ``output.not-folder``, ``output.not-tif``, ``output.not-gpkg``, or ``output.clash`` when an output is
        also an input or another output.
    """
    several = len(settings.raster) > 1
    targets: list[Target] = []
    for number, raster in enumerate(settings.raster, start=1):
        if several and settings.out.suffix.lower() in TIFF and not settings.out.is_dir():
            raise InputError(
                "output.not-folder",
                f"--out: {settings.out} is the name of one map, and there are {len(settings.raster)} rasters.",
                "Give the name of a folder.",
            )
        if several or settings.out.is_dir():
            stem = display_stem(read_info(raster, crs_needed=False))
            # Names of subdatasets hold what file names must not.
            stem = re.sub(r'[<>:"|?*\\/]+', "_", stem).strip("_ ") or "map"
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
    _refuse_clashes(targets, settings)
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


def _refuse_clashes(targets: list[Target], settings: ClassifySettings) -> None:
    """Refuse outputs that would overwrite an input or each other."""
    inputs = {file for t in targets for file in real_files(read_info(t.raster, crs_needed=False))}
    # The style beside an input is the user's work too.
    inputs |= {path.with_suffix(".qml") for path in inputs}
    inputs |= set(settings.model)
    if settings.aoi is not None:
        inputs.add(Path(split_source(settings.aoi).path))
    taken = {path.resolve() for path in inputs if path.exists()}
    for path in (path for target in targets for path in target.files):
        if path.resolve() in taken:
            raise InputError(
                "output.clash",
                f"The output {path} is also an input or another output.",
                "Choose another name or folder for it.",
            )
        taken.add(path.resolve())
