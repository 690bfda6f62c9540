"""`chips prepare`: chips of one size with their classes, parted into training, validation and test."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

from overseed.chip_settings import PrepareChipsSettings
from overseed.chips.chip_set import CHIP_SIDES, ChipSet
from overseed.csv_tables import as_csv
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_folder, read_json, write_json, write_text
from overseed.runs import RECORD, Leaf, RunFolder, open_leaf, settings_record
from overseed.scenes.classes import ClassTable, Rarity, build_table, sorted_values, with_counts
from overseed.stages.chips.chip_files import open_chips, write_chips
from overseed.stages.chips.chip_sides import OVERLAP, THINNED, Sides, choose_sides, side_counts
from overseed.stages.chips.chip_sources import ChipEntry, from_folder, from_table
from overseed.stages.chips.cutting import cut_chips
from overseed.stages.chips.gathering import ChipSource, Gathered, gathered, store_chosen
from overseed.stages.chips.reading_files import FileChips
from overseed.stages.data_files import files_of_sources, forget_fitted, stamp_of_files
from overseed.tiles.split import TRAIN
from overseed.tiles.statistics import BandStats, band_statistics

#: Pixels of training chips that band statistics are taken from.
STATISTICS = 2_000_000
LEFT_OUT, RECIPE = "left-out.csv", "recipe.json"


def prepare(settings: PrepareChipsSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/chips``, and ``classes.csv`` and ``bands.json`` beside it; returns counts and a table as text.

    In the class table ``pixels`` counts training chips.

    Raises
    ------
    InputError
        What the modules beside this one refuse, ``chips.run-in-use``, ``chips.run-inside``,
        ``chips.one-class``, ``raster.extreme`` or ``output.not-writable``.
    OSError
        When the disk is full; nothing stays under a final name.
    """
    reporter = reporter or Reporter()
    reporter.stage("chips prepare", "Gather chips")
    run = RunFolder(settings.run)
    if (run.tiles / RECORD).is_file():
        raise InputError(
            "chips.run-in-use",
            f"The run folder {run.root} holds the tiles of 'overseed prepare'.",
            "Give chips a run folder of their own.",
        )
    entries = _entries(settings)
    check_folder(settings.run)
    record, inputs = settings_record(settings), _fingerprints(settings, entries)
    with (
        open_leaf(
            run.chips, "chips prepare", record, inputs, settings.seed, settings.fresh
        ) as leaf,
        warnings.catch_warnings(),
    ):
        # Most pictures lie nowhere, and need not.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        if leaf is not None:
            source = _source(settings, entries)
            table, labels = _classes(source.entries, settings)
            for note in source.notes:
                reporter.warning("chips.input", note)
            with gathered(source, run.chips, settings, reporter) as found:
                sides = choose_sides(found, source.entries, labels, table, settings, reporter)
                _write(run, leaf, settings, source, found, sides, table, labels, reporter)
    return _outputs(run)


def _entries(settings: PrepareChipsSettings) -> list[ChipEntry]:
    """Chips that are files; none where they are cut from rasters."""
    if settings.folder is not None:
        if settings.run.resolve().is_relative_to(settings.folder.resolve()):
            raise InputError(
                "chips.run-inside",
                f"The run folder {settings.run} lies among the chips in {settings.folder}.",
                "Choose a run folder elsewhere.",
            )
        return from_folder(settings.folder)
    return from_table(settings.table) if settings.table is not None else []


def _source(settings: PrepareChipsSettings, entries: list[ChipEntry]) -> ChipSource:
    if settings.raster:
        return cut_chips(settings)
    crs_wkt = _crs_wkt(settings.crs) if settings.crs else ""
    if not crs_wkt and any(entry.xy is not None for entry in entries):
        raise InputError(
            "chips.crs",
            f"The table {settings.table} has coordinates, but it is not known in which CRS.",
            "Name it with --crs, such as --crs EPSG:32633, or leave the columns x and y out.",
        )
    return FileChips(entries, settings.size, settings.bands, crs_wkt, settings.pixel_size)


def _crs_wkt(text: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return str(CRS.from_user_input(text).to_wkt())
    except CRSError as error:
        raise InputError(
            "chips.crs", f"'{text}' is no CRS that PROJ knows.", "Write it as EPSG:32633."
        ) from error


def _fingerprints(settings: PrepareChipsSettings, entries: list[ChipEntry]) -> dict[str, Any]:
    """What the inputs look like: of files their names, sizes and time stamps."""
    if settings.raster:
        return files_of_sources(settings.raster, settings.labels)
    files = [entry.path for entry in entries if entry.path is not None]
    inputs: dict[str, Any] = {"files": stamp_of_files(files)}
    if settings.table is not None:
        inputs |= files_of_sources([], [str(settings.table)])
    return inputs


def _classes(
    entries: Sequence[ChipEntry], settings: PrepareChipsSettings
) -> tuple[ClassTable, NDArray[np.int64]]:
    """The class table and the class index ``(n,)`` of each chip."""
    values = {entry.value for entry in entries}
    if len(values) == 1:
        raise InputError(
            "chips.one-class",
            f"All chips are of one class, '{values.pop()}'.",
            "Use --rest-as NAME to cut chips of another class elsewhere on the raster."
            if settings.raster
            else "Give chips of what it is to be told from, as a class of their own.",
        )
    table = build_table(sorted_values(values - {settings.rest_as}), rest=settings.rest_as)
    labels = np.array([table.index_of(entry.value) for entry in entries], np.int64)
    Rarity(settings.rare_below, tuple(settings.rare)).decide(table, [1] * len(table))
    return table, labels


def _write(
    run: RunFolder,
    leaf: Leaf,
    settings: PrepareChipsSettings,
    source: ChipSource,
    found: Gathered,
    chosen: Sides,
    table: ClassTable,
    labels: NDArray[np.int64],
    reporter: Reporter,
) -> None:
    """Store the chips that stay, and say of the others why they do not."""
    kept, entries = chosen.kept(), source.entries
    counts = side_counts(chosen.sides, labels, kept, len(table))
    training = counts[TRAIN].tolist()
    rarity = Rarity(settings.rare_below, tuple(settings.rare))
    table = with_counts(rarity.decide(table, training), training, [0] * len(table))
    on_training = kept[chosen.sides[kept] == TRAIN]
    rng = np.random.default_rng([settings.seed, 2])
    stats = training_statistics(found, on_training, source.recipe.all_names, rng)
    # From here on nothing is refused: what an earlier preparation has made goes.
    leaf.begin()
    forget_fitted(run)
    _, groups = np.unique(chosen.groups[kept], return_inverse=True)
    chips = ChipSet(
        images=store_chosen(found.images, kept, run.chips / "images.npy"),
        valid=store_chosen(found.valid, kept, run.chips / "valid.npy"),
        labels=labels[kept],
        sides=chosen.sides[kept],
        given_clusters=np.array([entries[n].cluster for n in kept], np.int64),
        names=[entries[n].name for n in kept],
        places=[found.places[n] for n in kept],
        groups=groups.astype(np.int64),
        table=table,
        stats=stats,
    )
    files = write_chips(run, chips, [entries[n].region for n in kept])
    rows: list[Sequence[object]] = [("file", "class", "side", "reason")]
    for number, reason in sorted(chosen.left_out.items()):
        side = CHIP_SIDES[chosen.sides[number]] if reason in (OVERLAP, THINNED) else ""
        rows.append((entries[number].name, entries[number].value, side, reason))
    write_text(run.chips / LEFT_OUT, as_csv(rows))
    write_json(run.chips / RECIPE, source.recipe.as_json())
    left_out = np.zeros(len(table), np.int64)
    np.add.at(left_out, labels[list(chosen.left_out)], 1)
    leaf.figures = chosen.figures | {
        "given": len(entries),
        "chips": {
            name: dict(zip(CHIP_SIDES, counts[:, index].tolist(), strict=True))
            | {"left-out": int(left_out[index])}
            for index, name in enumerate(table.names)
        },
    }
    leaf.finish([*files, LEFT_OUT, RECIPE, "../classes.csv", "../bands.json"], reporter)


def training_statistics(
    found: Gathered,
    numbers: NDArray[np.intp],
    names: Sequence[str],
    rng: np.random.Generator,
) -> BandStats:
    """Band statistics of the valid pixels of some chips; where they are many, of as many of each chip.

    Least and greatest values are those of all pixels.

    Raises
    ------
    InputError
        ``raster.extreme`` where no finite figures come out.
    """
    share = max(1, STATISTICS // len(numbers))
    sample, low, high = [], [], []
    for number in numbers.tolist():
        image, valid = found.chip(number)
        pixels = image[:, valid]
        low.append(pixels.min(axis=1))
        high.append(pixels.max(axis=1))
        if pixels.shape[1] > share:
            pixels = pixels[:, rng.choice(pixels.shape[1], share, replace=False)]
        sample.append(pixels)
    stats = band_statistics(np.concatenate(sample, axis=1), names)
    for name, mean, std in zip(stats.names, stats.mean, stats.std, strict=True):
        if not np.isfinite([mean, std]).all():
            raise InputError(
                "raster.extreme",
                f"The values of band {name} are too large to work with.",
                "Check its nodata value; an unmarked fill value is a common reason.",
            )
    return replace(
        stats,
        min=tuple(np.min(low, axis=0).astype(float).tolist()),
        max=tuple(np.max(high, axis=0).astype(float).tolist()),
    )


def _outputs(run: RunFolder) -> dict[str, Any]:
    """What lies in the run folder, as values and as a table for people."""
    chips = open_chips(run.root).chips
    record = read_json(run.chips / RECORD)
    counts = record["figures"]["chips"]
    classes = [{"name": c.name, "rare": c.rare} | counts[c.name] for c in chips.table.classes]
    columns = [*CHIP_SIDES, "left-out"]
    width = max(5, *(len(c.name) for c in chips.table.classes))
    lines = [
        f"{len(chips)} chips of {chips.size}×{chips.size} pixels, {chips.bands} bands of {chips.images.dtype}",
        "  ".join([f"{'class':{width}}", *(f"{name:>{len(name)}}" for name in columns)]),
    ]
    for entry in classes:
        numbers = (f"{entry[name]:>{len(name)}}" for name in columns)
        rare = "  rare" if entry["rare"] else ""
        lines.append("  ".join([f"{entry['name']:{width}}", *numbers]) + rare)
    lines += [f"Note: {warning['message']}" for warning in record["warnings"]]
    return {
        "run": str(run.root),
        "chips": len(chips),
        "size": chips.size,
        "bands": list(chips.stats.names),
        "classes": classes,
        "text": "\n".join(lines),
    }
