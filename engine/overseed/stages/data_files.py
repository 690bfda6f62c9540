"""The files that rasters and labels consist of, and what they looked like when they were read."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

from overseed.config import PrepareSettings
from overseed.runs import fingerprint
from overseed.scenes.labels import is_vector
from overseed.scenes.raster_sources import archive_of, files_of, read_info, real_files
from overseed.scenes.vector_sources import split_source

#: Vector formats of several files.
WITH_SIBLINGS = (".shp", ".tab", ".mif")


def data_fingerprints(settings: PrepareSettings) -> dict[str, Any]:
    """Fingerprints of all files that the data consist of, sidecars and a VRT's sources too."""
    files = {settings.classes} if settings.classes else set()
    for raster in settings.raster:
        files |= set(real_files(read_info(raster)))
    for source in [*settings.labels, *([settings.test_area] if settings.test_area else [])]:
        files |= _label_files(source)
    return {str(path): fingerprint(path) for path in sorted(files) if not path.is_dir()}


def _label_files(source: str) -> set[Path]:
    """The files behind a label source; a missing one stands for itself and is refused where it is read."""
    name = split_source(source).path
    path = Path(name)
    archive = archive_of(name)
    if archive is not None:
        return {archive}
    if path.is_file() and not is_vector(source):
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
