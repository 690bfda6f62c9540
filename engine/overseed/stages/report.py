"""`report`: reads what a run folder holds so far and puts it on one self-contained page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.arms import FOREST, NONE, parse_arm
from overseed.config import ReportSettings
from overseed.csv_tables import as_csv
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, copy_whole, read_json, write_json, write_text
from overseed.reporting import bands, page, pictures
from overseed.reporting.content import (
    ArmResult,
    ArmsCompared,
    Curve,
    Grid,
    MapPicture,
    Provenance,
    RunContent,
    Sample,
    Scene,
    Synthesis,
)
from overseed.reporting.run_data import run_data
from overseed.reporting.run_tables import TABLES, run_tables
from overseed.runs import RECORD, RunFolder
from overseed.scenes.classes import ClassTable, LandClass, read_classes
from overseed.stages.assessment_files import read_assessments
from overseed.stages.report_commands import STAGES, commands_to_make, commands_to_repeat
from overseed.stages.sample_review import rejected_by_hand
from overseed.tiles.grid import Window
from overseed.tiles.store import StoredScene, open_store, read_crop, scene_folder

#: Pixels along the longer side of the pictures: of the first scene, and of each further one.
LONGEST, LONGEST_FURTHER = 900, 600
LONGEST_TILE = 192
SCENES_SHOWN = 4
SAMPLES_SHOWN = 6
TRAINING = 0


def report(settings: ReportSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Write ``RUN/report.html`` anew from what the run holds; the page also to ``settings.out``.

    Beside it come ``report.json`` with all that the page says, and its tables in ``report-tables``, those that
    there is something for.

    Returns
    -------
    ``report``, ``data`` (the JSON file), ``tables`` (CSV files), ``text``.

    Raises
    ------
    InputError
        ``run.missing`` when the folder holds no run, ``run.unreadable`` with the file that is
        broken, ``output.not-writable`` or ``output.busy``.
    """
    reporter = reporter or Reporter()
    reporter.stage("report", "Write the report")
    run = RunFolder(settings.run)
    _refuse_other_folders(run)
    target, data = run.root / "report.html", run.root / "report.json"
    tables = {name: run.root / "report-tables" / f"{name}.csv" for name in TABLES}
    for path in (target, data, settings.out, *tables.values()):
        if path is not None:
            check_target(path)
    content = _read(run, settings, reporter)
    text, values, rows = page.render(content), run_data(content), run_tables(content)
    reporter.progress(4, 4, "part")
    for name, path in tables.items():
        if name in rows:
            write_text(path, as_csv(rows[name]))
        else:
            path.unlink(missing_ok=True)
    write_json(data, values)
    write_text(target, text)
    if settings.out is not None and settings.out.resolve() != target.resolve():
        copy_whole(target, settings.out)
    reporter.artifact("html", "report", target)
    return {
        "report": str(target),
        "data": str(data),
        "tables": [str(tables[name]) for name in rows],
        "text": f"Report: {target}",
    }


def _refuse_other_folders(run: RunFolder) -> None:
    marks = ("run.yaml", "inspect.json", "classes.csv", "tiles")
    if not any((run.root / mark).exists() for mark in marks):
        raise InputError(
            "run.missing",
            f"{run.root} is not a run folder: it holds none of {', '.join(marks)}.",
            "Give the folder of 'overseed prepare' or 'overseed run'.",
        )


def _read(run: RunFolder, settings: ReportSettings, reporter: Reporter) -> RunContent:
    resolved = _run_yaml(run)
    records = _records(run)
    chosen = resolved or records.get("tiles", {}).get("settings", {})
    inspection = _json(run.root / "inspect.json")
    table = _class_table(run, inspection)
    reporter.progress(0, 4, "part")
    stored = _stored_scenes(run)
    scenes = tuple(_scene(run, n, scene) for n, scene in enumerate(stored[:SCENES_SHOWN]))
    reporter.progress(1, 4, "part")
    stretch = pictures.stretch_limits([s.picture for s in scenes]) if scenes else None
    methods = {
        name
        for part in ("generators", "synthetic", "fidelity")
        for name in _names(run.split_folder / part)
    }
    seed = resolved.get("seed", settings.seed)
    syntheses = tuple(_synthesis(run, m, seed, table, stored) for m in sorted(methods))
    reporter.progress(2, 4, "part")
    found_maps = sorted(
        path
        for path in run.map.glob("*.tif")
        if not path.name.startswith((".", "confidence", "probabilities"))
    )
    maps = tuple(
        _map(path, LONGEST_FURTHER if n else LONGEST)
        for n, path in enumerate(found_maps[:SCENES_SHOWN])
    )
    reporter.progress(3, 4, "part")
    arms = _arms(run, chosen, seed, table)
    assessments = read_assessments(run)
    return RunContent(
        title=settings.title or chosen.get("title") or _title(run, inspection),
        run=str(settings.run),
        table=table,
        make=commands_to_make(
            settings.run, chosen, inspection, [a.arm for a in arms], [m.name for m in maps]
        ),
        inspection=inspection,
        scenes=scenes,
        scenes_left_out=len(stored) - len(scenes),
        stretch=stretch,
        split=_json(run.split_folder / "split.json"),
        syntheses=syntheses,
        arms=arms,
        comparison=_json(run.split_folder / "comparison.json"),
        arms_compared=_arms_compared(run),
        best=_json(run.root / "best.json"),
        maps=maps,
        maps_left_out=len(found_maps) - len(maps),
        shares=_json(run.map / "shares.json"),
        assessments=assessments,
        warnings=_warnings(inspection, records),
        provenance=Provenance(
            records=records,
            settings=chosen,
            commands=commands_to_repeat(settings.run, resolved, records, assessments),
            engine=__version__,
        ),
    )


def _json(path: Path) -> Any:
    """A JSON file's content; ``None`` when there is no such file."""
    if not path.is_file():
        return None
    try:
        return read_json(path)
    except ValueError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        "run.unreadable",
        f"{path} in the run folder cannot be read ({error}).",
        "Run the stage that made it again with --fresh.",
    )


def _run_yaml(run: RunFolder) -> dict[str, Any]:
    import yaml

    path = run.root / "run.yaml"
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return content if isinstance(content, dict) else {}


def _records(run: RunFolder) -> dict[str, dict[str, Any]]:
    """All records by their folder, in the order in which the stages began and build on each other."""
    found = {
        path.parent.relative_to(run.root).as_posix(): _json(path) for path in run.root.rglob(RECORD)
    }
    order = {stage: place for place, stage in enumerate(STAGES)}

    def place(item: tuple[str, dict[str, Any]]) -> tuple[str, int, str]:
        folder, record = item
        return str(record.get("started")), order.get(record.get("stage", ""), len(order)), folder

    return dict(sorted(found.items(), key=place))


def _class_table(run: RunFolder, inspection: dict[str, Any] | None) -> ClassTable:
    """The table of ``classes.csv``; before that exists, what ``inspect.json`` says."""
    path = run.root / "classes.csv"
    if path.is_file():
        try:
            return read_classes(path)
        except (ValueError, KeyError) as error:
            raise _unreadable(path, error) from error
    rows = (inspection or {}).get("classes", [])
    return ClassTable(
        tuple(
            LandClass(
                index=i, code=row["code"], name=row["name"], colour=row["colour"], rare=row["rare"],
                values=(row["name"],), pixels=row["pixels"], polygons=row["polygons"],
            )
            for i, row in enumerate(rows)
        )
    )  # fmt: skip


def _title(run: RunFolder, inspection: dict[str, Any] | None) -> str:
    rasters = (inspection or {}).get("rasters") or []
    name = Path(rasters[0]["path"]).stem if rasters else run.root.resolve().name
    more = f" and {len(rasters) - 1} more" if len(rasters) > 1 else ""
    return f"Land cover of {name}{more}"


def _stored_scenes(run: RunFolder) -> list[StoredScene]:
    """The tile store; empty while `prepare` has not finished it."""
    finished = (run.tiles / RECORD).is_file()
    return open_store(run.tiles) if finished else []


def _scene(run: RunFolder, number: int, stored: StoredScene) -> Scene:
    folder = scene_folder(run.tiles, number + 1)
    content = _json(folder / "grid.json") or {}
    names = content.get("band_names") or [f"band_{i + 1}" for i in range(stored.image.shape[0])]
    chosen, true_colour = bands.picture_bands(names)
    height, width = stored.labels.shape
    step = pictures.thinning_step(height, width, LONGEST_FURTHER if number else LONGEST)
    return Scene(
        name=Path(content["source"]).name if "source" in content else folder.name,
        picture=pictures.thin_image(stored.image, chosen, step, stored.side),
        picture_bands=tuple(names[b] for b in chosen),
        true_colour=true_colour,
        labels=np.array(stored.labels[::step, ::step]),
        side=np.array(stored.side[::step, ::step]),
        grid=_grid(content),
    )


def _grid(content: dict[str, Any]) -> Grid | None:
    if "transform" not in content:
        return None
    a, b, c, d, e, f = content["transform"]
    return Grid(content["crs"], (a, b, c, d, e, f), content["width"], content["height"])


def _synthesis(
    run: RunFolder, method: str, seed: int, table: ClassTable, scenes: list[StoredScene]
) -> Synthesis:
    generator = _seed_folder(run.generator(method, seed))
    folder = _seed_folder(run.synthetic(method, seed))
    measured = _seed_folder(run.fidelity(method, seed))
    index, page_of_it = _json(folder / "index.json"), measured / "fidelity.png"
    by_hand = rejected_by_hand(folder) if index else []
    return Synthesis(
        method=method,
        curve=_curve(generator / "training.jsonl"),
        samples=_samples(run, folder, index, by_hand, table, scenes) if index and scenes else (),
        index=index,
        rejected=_json(folder / "rejected.json"),
        fidelity=_json(folder / "fidelity.json"),
        measured=_json(measured / "fidelity.json"),
        measured_page=page_of_it.read_bytes() if page_of_it.is_file() else None,
        by_hand=tuple(by_hand),
    )


def _seed_folder(folder: Path) -> Path:
    """The folder of the wanted seed, or of the first seed there is."""
    others = sorted(folder.parent.glob("seed-*"))
    return folder if folder.is_dir() or not others else others[0]


def _samples(
    run: RunFolder,
    folder: Path,
    index: dict[str, Any],
    by_hand: list[int],
    table: ClassTable,
    scenes: list[StoredScene],
) -> tuple[Sample, ...]:
    images, labels, changed = (
        np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("images", "labels", "changed")
    )
    names = (_json(scene_folder(run.tiles, 1) / "grid.json") or {}).get("band_names") or []
    chosen, _ = bands.picture_bands(names or [""] * images.shape[1])
    height, width = labels.shape[1:]
    step = pictures.thinning_step(height, width, LONGEST_TILE)
    samples = []
    rare = [c.name for c in table.classes if c.rare]
    for n in _choose_samples(index["samples"], rare, {number - 1 for number in by_hand}):
        entry = index["samples"][n]
        place = entry["source"] or entry.get("beside")
        if place is None:
            # Made without a real tile, and there is no ground of its classes to show beside it.
            continue
        scene, row, col = place
        crop = read_crop(scenes[scene], Window(row, col, height, width), TRAINING)
        real = np.where(crop.visible, crop.image[list(chosen)].astype(np.float32), np.nan)
        known = crop.visible | changed[n]
        beside = "" if entry["source"] else " real ground beside it:"
        made = np.where(known, images[n][list(chosen)].astype(np.float32), np.nan)
        samples.append(
            Sample(
                real=real[:, ::step, ::step],
                real_labels=crop.labels[::step, ::step],
                made=made[:, ::step, ::step],
                made_labels=np.array(labels[n, ::step, ::step]),
                changed=np.array(changed[n, ::step, ::step]),
                sown=entry["classes"],
                source=f"Sample {n + 1};{beside} scene {scene + 1}, row {row}, column {col}.",
            )
        )
    return tuple(samples)


def _choose_samples(
    entries: list[dict[str, Any]], rare: list[str], left_out: set[int]
) -> list[int]:
    """Numbers of the samples to show: for each rare class in turn the next one it was sown on."""
    main = [max(e["classes"], key=e["classes"].get, default="") for e in entries]
    order = [name for name in rare if name in main]
    order += [name for name in dict.fromkeys(main) if name not in order]
    queues = [
        [n for n, name in enumerate(main) if name == wanted and n not in left_out]
        for wanted in order
    ]
    chosen: list[int] = []
    while any(queues) and len(chosen) < SAMPLES_SHOWN:
        for queue in queues:
            if queue and len(chosen) < SAMPLES_SHOWN:
                chosen.append(queue.pop(0))
    return chosen


def _arms(
    run: RunFolder, chosen: dict[str, Any], seed: int, table: ClassTable
) -> tuple[ArmResult, ...]:
    """The arms a run should have, then what else it has; without rare classes nothing is sown."""
    try:
        arm = parse_arm(chosen.get("augment", "spade"))
    except ValueError as error:
        raise _unreadable(run.root / "run.yaml", error) from error
    if len(table) and not table.rare_indices:
        arm = parse_arm(arm.without_samples)
    if _compared(run):
        # A dozen arms side by side nobody reads; the comparison has a table of its own.
        best = _json(run.root / "best.json") or {}
        arms = list(dict.fromkeys([NONE, best.get("arm", NONE), FOREST]))
    else:
        expected = dict.fromkeys([NONE, arm.without_samples, arm.name, FOREST])
        arms = [*expected, *sorted(_names(run.split_folder / "models") - set(expected))]
    results = []
    for arm in arms:
        folder = _seed_folder(run.model(arm, seed))
        results.append(
            ArmResult(arm, _json(folder / "scores.json"), _curve(folder / "training.jsonl"))
        )
    return tuple(results)


def _compared(run: RunFolder) -> bool:
    """Whether `compare` has finished, and with the trainings that are there now."""
    record = _json(run.comparison / RECORD)
    if record is None:
        return False
    for place, key in record["inputs"].items():
        fold, arm, seed = place.split("/")
        model = run.for_fold(int(fold)).model(arm, int(seed))
        if (_json(model / RECORD) or {}).get("key") != key:
            return False
    return True


def _arms_compared(run: RunFolder) -> ArmsCompared | None:
    """What `compare` left, where it still holds."""
    if not _compared(run):
        return None
    try:
        pictures = [
            (run.comparison / f"{name}.png").read_bytes() for name in ("differences", "areas")
        ]
        return ArmsCompared(read_json(run.comparison / "comparison.json"), *pictures)
    except (OSError, ValueError) as error:
        raise _unreadable(run.comparison, error) from error


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*") if path.is_dir()}


def _curve(path: Path) -> Curve | None:
    """A training log with its nested numbers flattened, without half a line of a killed writer."""
    if not path.is_file():
        return None
    rows: Curve = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if not isinstance(row, dict) or "step" not in row:
            continue
        flat = {k: float(v) for k, v in row.items() if isinstance(v, int | float)}
        for name, value in row.get("losses", {}).items():
            flat[name if "loss" in name else f"{name} loss"] = float(value)
        rows.append({k: v for k, v in flat.items() if np.isfinite(v)})
    return rows


def _map(path: Path, longest: int) -> MapPicture:
    """Read a map thinned out by nearest neighbour, and the confidence that lies beside it."""
    import rasterio

    with rasterio.open(path) as source:
        codes = _thinned(source, longest)
        t = source.transform
        grid = Grid(
            source.crs.to_wkt() if source.crs else "",
            (t.a, t.b, t.c, t.d, t.e, t.f),
            source.width,
            source.height,
        )
        size = source.width, source.height
    sure = path.with_name(path.name.replace("classified", "confidence", 1))
    if sure != path and sure.is_file():
        with rasterio.open(sure) as source:
            if (source.width, source.height) == size and source.dtypes[0] == "uint8":
                measure = source.descriptions[0] or ""
                return MapPicture(path.name, codes, grid, _thinned(source, longest), measure)
    return MapPicture(path.name, codes, grid)


def _thinned(source: Any, longest: int) -> NDArray[np.uint8]:
    from rasterio.enums import Resampling

    step = pictures.thinning_step(source.height, source.width, longest)
    shape = (-(-source.height // step), -(-source.width // step))
    return np.asarray(source.read(1, out_shape=shape, resampling=Resampling.nearest), np.uint8)


def _warnings(inspection: dict[str, Any] | None, records: dict[str, Any]) -> tuple[str, ...]:
    """Notes on the input, then the warnings of all stages, each sentence once."""
    sentences = list((inspection or {}).get("notes", []))
    for record in records.values():
        for warning in record.get("warnings", []):
            sentences.append(warning["message"] if isinstance(warning, dict) else str(warning))
    return tuple(dict.fromkeys(sentences))
