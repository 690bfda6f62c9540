"""`simulate`: a scene with known truth."""

from __future__ import annotations

from typing import Any

from overseed.config import SimulateSettings
from overseed.events import Reporter
from overseed.files import check_folder


def simulate(settings: SimulateSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Write ``scene.tif``, ``polygons.gpkg`` and ``truth.tif`` into the folder.

    Raises
    ------
    InputError
        ``output.not-writable`` when the folder cannot be written to.
    """
    import numpy as np

    from overseed.scenes.simulate import CLASS_FIELD, simulate_scene, write_scene

    reporter = reporter or Reporter()
    check_folder(settings.folder)
    reporter.stage("simulate", "Simulate a scene")
    scene = simulate_scene(
        settings.width,
        settings.height,
        settings.bands,
        settings.labelled,
        np.random.default_rng(settings.seed),
    )
    reporter.check()
    files = write_scene(scene, settings.folder)
    names = sorted(set(scene.polygon_classes))
    return {
        "raster": str(files.raster),
        "labels": str(files.labels),
        "class_field": CLASS_FIELD,
        "truth": str(files.truth),
        "text": f"{files.raster}: {settings.width} x {settings.height} pixels, {settings.bands} "
        f"bands; {files.labels}: {len(scene.polygons)} polygons of {len(names)} classes in the "
        f"field {CLASS_FIELD}; {files.truth}: the true class of every pixel",
    }
