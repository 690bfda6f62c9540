"""The files that rasters and labels consist of, and what they looked like when they were read."""

from __future__ import annotations

import glob
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from overseed.config import PrepareSettings
from overseed.runs import RunFolder, fingerprint
from overseed.scenes.labels import is_vector
from overseed.scenes.raster_sources import archive_of, files_of, read_info, real_files
from overseed.scenes.vector_sources import ANY_KIND, split_source

#: Vector formats of several files.
WITH_SIBLINGS = (".shp", ".tab", ".mif")


def data_fingerprints(settings: PrepareSettings) -> dict[str, Any]:
    """Fingerprints of all files that the data consist of, sidecars and a VRT's sources too."""
    areas = [settings.test_area] if settings.test_area else []
    found = files_of_sources(settings.raster, [*settings.labels, *areas])
    if settings.classes and not settings.classes.is_dir():
        found[str(settings.classes)] = fingerprint(settings.classes)
    return found


def files_of_sources(rasters: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Fingerprints of all files behind rasters and label sources."""
    files: set[Path] = set()
    for raster in rasters:
        files |= set(real_files(read_info(raster)))
    for source in labels:
        files |= _label_files(source)
    return {str(path): fingerprint(path) for path in sorted(files) if not path.is_dir()}


def stamp_of_files(files: Sequence[Path]) -> str:
    """Names, sizes and time stamps of many files, and of what lies beside them by their names, as one word."""
    digest = hashlib.sha256()
    for folder in sorted({path.parent for path in files}):
        names = {path.name for path in files if path.parent == folder}
        stems = {Path(name).stem for name in names}
        for path in sorted(folder.iterdir()):
            if path.name.removesuffix(".aux.xml") in names or path.stem in stems:
                status = path.stat()
                text = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n"
                digest.update(text.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def forget_fitted(run: RunFolder) -> None:
    """Remove what was fitted on an earlier preparation of the run folder."""
    for folder in [*run.root.glob("split-*"), run.map, run.comparison]:
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("best.json", "report.html"):
        (run.root / name).unlink(missing_ok=True)


def _label_files(source: str) -> set[Path]:
    """The files behind a label source; a missing one stands for itself and is refused where it is read."""
    parts = split_source(source, ANY_KIND)
    name = parts.path
    path = Path(name)
    archive = archive_of(name)
    if archive is not None:
        return {archive}
    one_layer = parts.layer is not None or parts.subset
    if path.is_file() and not one_layer and not is_vector(name):
        return files_of(name)
    if path.is_dir():
        return set(path.rglob("*"))
    files = {path}
    if path.suffix.lower() in WITH_SIBLINGS:
        # Their values, indices and projections lie in files beside.
        files |= set(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    # Recent edits of a GeoPackage in use; QGIS makes an empty one by just opening the layer.
    journal = path.with_name(f"{path.name}-wal")
    if journal.is_file() and journal.stat().st_size:
        files.add(journal)
    return files
