"""`inspect`: what the rasters and labels are, and what is wrong with them, in words."""

from __future__ import annotations

from typing import Any

from overseed.config import DataSettings, InspectSettings
from overseed.events import Reporter
from overseed.files import check_target
from overseed.scenes.classes import write_classes
from overseed.scenes.dataset import DataSet, load_dataset


def inspect(settings: InspectSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Return the class table and notes; write the table when asked to."""
    reporter = reporter or Reporter()
    if settings.write_classes:
        check_target(settings.write_classes)
    reporter.stage("inspect", "Look at rasters and labels")
    dataset = open_dataset(settings, reporter)
    outputs = describe(dataset)
    if settings.write_classes:
        write_classes(dataset.table, settings.write_classes)
        reporter.artifact("table", "classes", settings.write_classes)
        outputs["classes_file"] = str(settings.write_classes)
    outputs["text"] = _as_text(outputs)
    return outputs


def open_dataset(settings: DataSettings, reporter: Reporter) -> DataSet:
    """Open the data set that the settings name."""
    return load_dataset(
        settings.raster,
        settings.labels,
        class_field=settings.class_field,
        classes=settings.classes,
        rest_as=settings.rest_as,
        rare_below=settings.rare_below,
        rare=settings.rare,
        bands=settings.bands,
        tick=lambda done, total: reporter.progress(done, total, "scene"),
    )


def describe(dataset: DataSet) -> dict[str, Any]:
    """The content of ``inspect.json``."""
    table = dataset.table
    notes = [*dataset.notes, *_class_notes(dataset)]
    return {
        "rasters": [
            {
                "path": str(scene.info.path),
                "crs": scene.info.crs_wkt,
                "width": scene.info.width,
                "height": scene.info.height,
                "bands": list(dataset.band_names),
                "dtype": scene.info.dtype,
                "nodata": None if scene.info.nodata is None else str(scene.info.nodata),
                "resolution": list(scene.info.resolution),
                "valid_pixels": scene.valid_pixels,
            }
            for scene in dataset.scenes
        ],
        "classes": [
            {
                "index": c.index,
                "code": c.code,
                "name": c.name,
                "colour": c.colour,
                "rare": c.rare,
                "pixels": c.pixels,
                "polygons": c.polygons,
                "share": round(share, 6),
            }
            for c, share in zip(table.classes, table.shares, strict=True)
        ],
        "labelled_pixels": sum(c.pixels for c in table.classes),
        "total_pixels": sum(s.info.width * s.info.height for s in dataset.scenes),
        "notes": notes,
    }


def _class_notes(dataset: DataSet) -> list[str]:
    notes = []
    for c in dataset.table.classes:
        if c.polygons == 1 and c.index != dataset.rest_index:
            notes.append(
                f"Class '{c.name}' has a single polygon: it cannot be on training and test ground both."
            )
    if not dataset.table.rare_indices:
        notes.append("No class is rare here; name one with --rare or raise --rare-below.")
    if dataset.rest_index is not None:
        rest = dataset.table.names[dataset.rest_index]
        notes.append(
            f"Everything outside the polygons counts as '{rest}', also where other classes lie undrawn."
        )
    return notes


def _as_text(outputs: dict[str, Any]) -> str:
    lines = []
    for raster in outputs["rasters"]:
        lines.append(
            f"{raster['path']}: {raster['width']}×{raster['height']} pixels, "
            f"{len(raster['bands'])} bands of {raster['dtype']}"
        )
    width = max(len(c["name"]) for c in outputs["classes"])
    lines.append(f"{'class':{width}}  code  {'pixels':>9}  polygons   share")
    for c in outputs["classes"]:
        lines.append(
            f"{c['name']:{width}}  {c['code']:4}  {c['pixels']:9}  {c['polygons']:8}  {c['share']:6.2%}"
            + ("  rare" if c["rare"] else "")
        )
    return "\n".join(lines + [f"Note: {note}" for note in outputs["notes"]])
