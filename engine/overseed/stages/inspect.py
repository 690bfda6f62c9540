"""`inspect`: what the rasters and labels are, and what is wrong with them, in words."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from overseed.config import DataSettings, InspectSettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target
from overseed.scenes.census import Census
from overseed.scenes.classes import with_counts, write_classes
from overseed.scenes.dataset import DataSet, Scene, load_dataset, strips
from overseed.scenes.labels import PolygonLabels
from overseed.scenes.overlaps import overlaps, placement
from overseed.scenes.rasters import RasterInfo, pixel_metres
from overseed.scenes.separability import Neighbour, joined, nearest_classes
from overseed.unlabelled import UNLABELLED

#: Below this distance (0 … 2) a pixel classifier mixes two classes up.
CLOSE = 1.0
#: More pixels than this share at a band's greatest value, which are not at the next ones, are saturated.
SATURATED = 0.005
#: A class that loses more than this share of its drawn pixels to clouds or nodata is named.
LOST = 0.05
FEW_POLYGONS = 5
#: Writing the store costs about this much of reading it.
WRITING = 1.3


def inspect(settings: InspectSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Return the class table and notes; write the table when asked to."""
    reporter = reporter or Reporter()
    if settings.write_classes:
        check_target(settings.write_classes)
    reporter.stage("inspect", "Look at rasters and labels")
    dataset = open_dataset(settings)
    begun = time.monotonic()
    censuses = scan(dataset, settings, reporter)
    count_labels(dataset, censuses)
    outputs = describe(dataset, censuses)
    outputs["prepare"] = {
        "bytes": _store_bytes(dataset),
        "seconds": round(WRITING * (time.monotonic() - begun), 1),
    }
    if settings.write_classes:
        write_classes(dataset.table, settings.write_classes)
        reporter.artifact("table", "classes", settings.write_classes)
        outputs["classes_file"] = str(settings.write_classes)
    outputs["text"] = _as_text(outputs)
    return outputs


def open_dataset(settings: DataSettings) -> DataSet:
    """Open the data set that the settings name."""
    return load_dataset(
        settings.raster,
        settings.labels,
        class_field=settings.class_field,
        colour_field=settings.colour_field,
        classes=settings.classes,
        rest_as=settings.rest_as,
        rare_below=settings.rare_below,
        rare=settings.rare,
        bands=settings.bands,
        indices=settings.index,
        resolution=settings.resolution,
    )


def scan(dataset: DataSet, settings: DataSettings, reporter: Reporter) -> list[Census]:
    """Read every scene once and count."""
    total = sum(scene.info.height for scene in dataset.scenes)
    done = 0
    censuses = []
    for number, scene in enumerate(dataset.scenes):

        def tick(rows: int, _: int, start: int = done) -> None:
            reporter.progress(start + rows, total, "row")

        census = Census(dataset, number)
        for _ in census.watch(strips(dataset, number, settings.threads, tick)):
            pass
        censuses.append(census)
        done += scene.info.height
    return censuses


def count_labels(dataset: DataSet, censuses: Sequence[Census]) -> None:
    """Fill in the table's pixels, polygons and rarity.

    Raises
    ------
    InputError
        ``raster.all-nodata`` or ``labels.none-valid``.
    """
    for scene, census in zip(dataset.scenes, censuses, strict=True):
        if not census.valid_pixels:
            raise InputError(
                "raster.all-nodata",
                f"{scene.info.path.name} holds nothing but nodata.",
                "Give a raster with values, or check its nodata value.",
            )
    pixels = sum((census.pixels for census in censuses), np.zeros(len(dataset.table), np.int64))
    if not pixels.any():
        raise InputError(
            "labels.none-valid",
            "No labelled pixel lies on a valid pixel of the rasters.",
            "Draw polygons where the raster has values; polygons smaller than a pixel do not count.",
        )
    polygons: Counter[int] = Counter()
    for scene in dataset.scenes:
        for value, count in scene.labels.polygon_counts().items():
            index = dataset.table.index_of_value.get(value)
            if index is not None and index < len(dataset.table):
                polygons[index] += count
    table = with_counts(dataset.table, pixels.tolist(), [polygons[c] for c in range(len(pixels))])
    dataset.table = dataset.rarity.decide(table, pixels.tolist())


def describe(dataset: DataSet, censuses: Sequence[Census]) -> dict[str, Any]:
    """The content of ``inspect.json``: rasters, classes, figures about the polygons, and notes."""
    table = dataset.table
    nearest = _nearest(dataset, censuses)
    hectares = _hectares(dataset, censuses)
    drawn = [_drawn(scene, dataset) for scene in dataset.scenes]
    notes = [
        *dataset.notes,
        *_class_notes(dataset, censuses, nearest),
        *_polygon_notes(dataset, drawn),
        *_band_notes(dataset, censuses),
    ]
    return {
        "rasters": [
            {
                "path": str(scene.info.path),
                "crs": scene.info.crs_wkt,
                "width": scene.info.width,
                "height": scene.info.height,
                "bands": list(dataset.band_names),
                "dtype": str(dataset.dtype),
                "nodata": None if scene.info.nodata is None else str(scene.info.nodata),
                "resolution": list(scene.info.resolution),
                "pixel_metres": [round(length, 4) for length in pixel_metres(scene.info)],
                "valid_pixels": census.valid_pixels,
            }
            for scene, census in zip(dataset.scenes, censuses, strict=True)
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
                "hectares": round(area, 4),
                "nearest": None if near is None else table.names[near.index],
                "separability": None if near is None else round(near.distance, 4),
            }
            for c, share, area, near in zip(
                table.classes, table.shares, hectares, nearest, strict=True
            )
        ],
        "labelled_pixels": sum(c.pixels for c in table.classes),
        "total_pixels": sum(s.info.width * s.info.height for s in dataset.scenes),
        "polygons": drawn,
        "notes": notes,
    }


def _nearest(dataset: DataSet, censuses: Sequence[Census]) -> list[Neighbour | None]:
    samples = []
    for census in censuses:
        lattice = census.lattice
        known = lattice.valid & (lattice.labels != UNLABELLED)
        samples.append((lattice.image[:, known], lattice.labels[known]))
    return nearest_classes(*joined(samples), len(dataset.table))


def _hectares(dataset: DataSet, censuses: Sequence[Census]) -> list[float]:
    """Labelled area per class, with each scene's pixel size at its centre."""
    area = np.zeros(len(dataset.table))
    for scene, census in zip(dataset.scenes, censuses, strict=True):
        area += census.pixels * float(np.prod(pixel_metres(scene.info))) / 10_000
    return [float(value) for value in area]


def _store_bytes(dataset: DataSet) -> int:
    pixels = sum(scene.info.width * scene.info.height for scene in dataset.scenes)
    return pixels * (len(dataset.band_names) * dataset.dtype.itemsize + 2)


def _class_notes(
    dataset: DataSet, censuses: Sequence[Census], nearest: Sequence[Neighbour | None]
) -> list[str]:
    notes = []
    table = dataset.table
    lost = sum((census.lost for census in censuses), np.zeros(len(table), np.int64))
    drawn = any(isinstance(scene.labels, PolygonLabels) for scene in dataset.scenes)
    for c, near in zip(table.classes, nearest, strict=True):
        rest = c.index == dataset.rest_index
        if not c.pixels:
            notes.append(
                f"Class '{c.name}' has no pixel: its polygons cover no pixel centre with a value."
            )
        elif drawn and not rest and c.polygons == 1:
            notes.append(
                f"Class '{c.name}' has a single polygon: it cannot be on training and test ground both."
            )
        elif drawn and not rest and 1 < c.polygons < FEW_POLYGONS:
            notes.append(
                f"Class '{c.name}' has {c.polygons} polygons, which are what counts as its sample, not its "
                f"{c.pixels} pixels: pixels of one polygon resemble each other."
            )
        if near is not None and near.distance < CLOSE and near.index > c.index:
            notes.append(
                f"'{c.name}' and '{table.names[near.index]}' look much alike in these bands (separability "
                f"{near.distance:.2f} of 2); expect them to be mixed up."
            )
        if lost[c.index] > LOST * (lost[c.index] + c.pixels) and not rest:
            share = lost[c.index] / (lost[c.index] + c.pixels)
            notes.append(
                f"{share:.0%} of the drawn pixels of '{c.name}' have no value (nodata, cloud or shadow) and "
                "do not count."
            )
    if not table.rare_indices:
        notes.append("No class is rare here; name one with --rare or raise --rare-below.")
    if dataset.rest_index is not None:
        notes.append(
            f"Everything outside the polygons counts as '{table.names[dataset.rest_index]}', also where "
            "other classes lie undrawn; scores on it say how well the drawn classes are told from all the "
            "rest, not how much of them was missed by whoever drew."
        )
    return notes


def _drawn(scene: Scene, dataset: DataSet) -> dict[str, Any] | None:
    """How a scene's polygons lie, over one another and on the raster; ``None`` for a label raster."""
    labels = scene.labels
    if not isinstance(labels, PolygonLabels):
        return None
    found = overlaps(labels.geometries, labels.values, scene.info, dataset.table.index_of_value)
    placed = placement(labels.geometries, scene.info)
    hectares = found.contradicting_area * _square_metres(scene.info) / 10_000
    return {
        "overlapping_pairs": found.pairs,
        "duplicate_pairs": found.duplicates,
        "contradicting_pairs": found.contradictions,
        "contradicting_hectares": round(hectares, 4),
        "smaller_than_3_pixels": placed.small,
        "outside": placed.outside + labels.outside,
        "partly_outside": placed.partly_outside,
    }


def _polygon_notes(dataset: DataSet, drawn: Sequence[dict[str, Any] | None]) -> list[str]:
    notes = []
    for scene, found in zip(dataset.scenes, drawn, strict=True):
        if found is None:
            continue
        name = scene.info.path.name
        if found["smaller_than_3_pixels"]:
            notes.append(
                f"{found['smaller_than_3_pixels']} polygons on {name} are smaller than 3 pixels; they add "
                "little or nothing."
            )
        if found["outside"]:
            notes.append(f"{found['outside']} polygons lie outside {name}.")
        if found["partly_outside"]:
            notes.append(f"{found['partly_outside']} polygons reach over the edge of {name}.")
        if found["duplicate_pairs"]:
            notes.append(
                f"{found['duplicate_pairs']} pairs of polygons on {name} have the same outline."
            )
        if found["overlapping_pairs"]:
            notes.append(
                f"{found['overlapping_pairs']} pairs of polygons on {name} overlap, "
                f"{found['contradicting_pairs']} of them with different classes, on "
                f"{found['contradicting_hectares']:.1f} ha; there the smaller polygon wins."
            )
    return notes


def _square_metres(info: RasterInfo) -> float:
    """Square metres of one square map unit."""
    metres, units = pixel_metres(info), info.resolution
    return metres[0] * metres[1] / (units[0] * units[1])


def _band_notes(dataset: DataSet, censuses: Sequence[Census]) -> list[str]:
    notes = []
    for scene, census in zip(dataset.scenes, censuses, strict=True):
        for number, band in enumerate(dataset.band_names):
            low, high = census.low[number], census.high[number]
            at_top = census.at_high[number] / max(1, census.valid_pixels)
            if low == high:
                notes.append(f"Band {band} of {scene.info.path.name} is {low:g} everywhere.")
            elif at_top > SATURATED and _stands_out(census, number):
                notes.append(
                    f"{at_top:.1%} of the pixels of band {band} of {scene.info.path.name} have its greatest "
                    f"value {high:g}; it is probably saturated there."
                )
    return notes


def _stands_out(census: Census, number: int) -> bool:
    """Whether a band's greatest value is far more frequent than the values just below it."""
    lattice = census.lattice
    values = lattice.image[number][lattice.valid]
    high = census.high[number]
    near = values[(values >= high - 0.02 * (high - census.low[number])) & (values < high)]
    top = int((values == high).sum())
    return top > 3 * len(near) / max(1, len(np.unique(near)))


def _as_text(outputs: dict[str, Any]) -> str:
    lines = []
    for raster in outputs["rasters"]:
        lines.append(
            f"{raster['path']}: {raster['width']}×{raster['height']} pixels, "
            f"{len(raster['bands'])} bands of {raster['dtype']}"
        )
    width = max(len(c["name"]) for c in outputs["classes"])
    lines.append(
        f"{'class':{width}}  code     pixels  polygons         ha   share  nearest class (0 alike … 2 apart)"
    )
    for c in outputs["classes"]:
        near = "not known" if c["nearest"] is None else f"{c['nearest']} {c['separability']:.2f}"
        lines.append(
            f"{c['name']:{width}}  {c['code']:4}  {c['pixels']:9}  {c['polygons']:8}  {c['hectares']:9.1f}  "
            f"{c['share']:6.2%}  {near}" + ("  rare" if c["rare"] else "")
        )
    cost = outputs["prepare"]
    lines.append(
        f"prepare will write about {cost['bytes'] / 1e6:.0f} MB and take about {cost['seconds']:.0f} s."
    )
    return "\n".join(lines + [f"Note: {note}" for note in outputs["notes"]])
