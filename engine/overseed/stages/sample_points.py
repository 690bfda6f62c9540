"""`sample-points`: a probability sample of a map's pixels, for people to say what is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.assessment import allocation
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, output_lock, sweep_partials_of
from overseed.map_settings import SamplePointsSettings
from overseed.runs import fingerprint
from overseed.scenes.burning import covering
from overseed.scenes.class_maps import (
    Census,
    ClassMap,
    Mask,
    count_pixels,
    draw_pixels,
    read_class_map,
)
from overseed.scenes.polygons import read_areas
from overseed.scenes.rasters import pixel_metres, require_crs
from overseed.scenes.vector_layers import layer_names
from overseed.setting_texts import parse_named_shares
from overseed.stages.point_files import (
    NOTE,
    REFERENCE,
    DrawnSample,
    Stratum,
    read_sample,
    write_form,
    write_instructions,
    write_sample,
)

#: User's accuracy of a class that nobody expects anything of.
USUAL = 0.8


def sample_points(
    settings: SamplePointsSettings, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Draw points without replacement and write them with an empty field for what is there.

    Returns
    -------
    ``points`` (the GeoPackage), ``instructions``, ``count``, ``strata``: name, pixels and points of each,
    ``codes``: the map's code of each class.

    Raises
    ------
    InputError
        ``output.not-gpkg``, ``output.clash``, ``sample.idle``, ``classes.unknown``, ``sample.no-design``,
        ``sample.other-map``, or whatever refuses map and layers.
    """
    reporter = reporter or Reporter()
    files = _targets(settings)
    reporter.stage("sample-points", "Count the map's pixels")
    found = read_class_map(settings.map)
    require_crs(found.info)
    left_out = _left_out(settings, found)
    census = count_pixels(found, left_out)
    strata = _strata(found, census, settings)
    kept = _kept(settings, found, strata)
    wanted = _wanted(settings, strata)
    reporter.stage("sample-points", "Draw points")
    rng = np.random.default_rng(settings.seed)
    places, stratum = _draw(found, strata, wanted, kept, left_out, rng)
    drawn, reference, notes = _joined(settings, found, strata, kept, places, stratum, rng)
    with output_lock(files[0]):
        for path in files:
            sweep_partials_of(path)
        names = [found.name(code) for code in census.pixels]
        width, height = pixel_metres(found.info)
        write_instructions(files[1], names, f"{width:.4g} m × {height:.4g} m", len(reference))
        write_form(files[2], names)
        write_sample(files[0], drawn, found.info, reference, notes)
    reporter.artifact("vector", "points", files[0])
    counts = np.bincount(drawn.stratum, minlength=len(strata))
    rows = [
        {"stratum": s.name, "pixels": s.pixels, "points": int(n)}
        for s, n in zip(strata, counts, strict=True)
    ]
    return {
        "points": str(files[0]),
        "instructions": str(files[1]),
        "count": len(reference),
        "strata": rows,
        "codes": {found.name(code): code for code in census.pixels},
        "text": _as_text(files[0], rows, census),
    }


def _targets(settings: SamplePointsSettings) -> tuple[Path, Path, Path]:
    """Points, instructions and form; refuses names that will not do."""
    out = settings.out
    if out.suffix.lower() != ".gpkg":
        raise InputError(
            "output.not-gpkg",
            f"--out: {out} does not end in .gpkg.",
            "Points go to a GeoPackage; give a name that ends in .gpkg.",
        )
    if settings.keep is not None and out.resolve() == settings.keep.resolve():
        raise InputError(
            "output.clash",
            f"The output {out} is also the sample to keep.",
            "Choose another name, so that no answers can be lost.",
        )
    if settings.design == "simple":
        for name in ("allocation", "error", "least"):
            if getattr(settings, name) != type(settings).model_fields[name].default:
                raise InputError(
                    "sample.idle",
                    f"--{name} shares points out to classes, and --design simple does not.",
                    f"Leave out --{name}, or take --design stratified.",
                )
    files = (
        out,
        out.with_name(f"{out.stem}-instructions.md"),
        out.with_suffix(".qml"),
    )
    for path in files:
        check_target(path)
    return files


def _left_out(settings: SamplePointsSettings, found: ClassMap) -> Mask | None:
    """Which pixels are no part of the population."""
    shapes: list[Any] = []
    for source in settings.leave_out:
        folder = Path(source)
        if folder.is_dir() and (folder / "classes.csv").is_file():
            blocks = folder / "split-0" / "blocks.gpkg"
            if not blocks.is_file():
                raise InputError(
                    "run.stage-missing",
                    f"The run folder {folder} has no split.",
                    "Run 'overseed prepare' for it first.",
                )
            for layer in layer_names(str(blocks)):
                own = f"{blocks}|layername={layer}|subset=side <> 'test'"
                shapes += list(read_areas(own, found.info.crs_wkt))
        else:
            shapes += list(read_areas(source, found.info.crs_wkt))
    if not shapes:
        return None
    return covering(shapes, found.info)


def _strata(found: ClassMap, census: Census, settings: SamplePointsSettings) -> tuple[Stratum, ...]:
    if settings.design == "simple":
        pixels = sum(census.pixels.values())
        return (Stratum("all", tuple(census.pixels), pixels, census.total),)
    names = [found.name(code) for code in census.pixels]
    return tuple(
        # Two classes of one name would be one stratum.
        Stratum(name if names.count(name) == 1 else f"{name} ({code})", (code,), pixels, area)
        for name, (code, pixels), area in zip(
            names, census.pixels.items(), census.areas.values(), strict=True
        )
    )


def _wanted(settings: SamplePointsSettings, strata: tuple[Stratum, ...]) -> NDArray[np.int64]:
    """Points of each stratum, ``(strata,)``."""
    pixels = np.array([s.pixels for s in strata], np.int64)
    names = [s.name for s in strata]
    expected = _by_name(settings.expect, "--expect", names)
    accuracies = [expected.get(name, USUAL) for name in names]
    if settings.allocation == "equal":
        found = allocation.equal(pixels, settings.count, settings.least)
    elif settings.allocation == "proportional":
        found = allocation.proportional(pixels, settings.count, settings.least)
    else:
        found = allocation.neyman(pixels, settings.count, accuracies, settings.least)
    targets = {
        names.index(name): allocation.points_for_error(
            int(pixels[names.index(name)]), expected.get(name, USUAL), error
        )
        for name, error in _by_name(settings.error, "--error", names).items()
    }
    return allocation.with_targets(found, targets, pixels)


def _by_name(text: str | None, option: str, names: list[str]) -> dict[str, float]:
    found = {} if text is None else parse_named_shares(text)
    unknown = set(found) - set(names)
    if unknown:
        raise InputError(
            "classes.unknown",
            f"{option} names {', '.join(sorted(unknown))}, which is not on the map.",
            f"Its classes are: {', '.join(names)}.",
        )
    return found


@dataclass(frozen=True)
class _Kept:
    """An earlier sample with the answers that it has already."""

    sample: DrawnSample
    reference: dict[int, str]
    notes: dict[int, str]


def _kept(
    settings: SamplePointsSettings, found: ClassMap, strata: tuple[Stratum, ...]
) -> _Kept | None:
    if settings.keep is None:
        return None
    points, sample = read_sample(str(settings.keep))
    if sample is None:
        raise InputError(
            "sample.no-design",
            f"{settings.keep} does not say how its points were drawn, so nothing can be added to them.",
            "Give a file that 'overseed sample-points' wrote.",
        )
    same = [(s.name, s.codes, s.pixels) for s in sample.strata]
    if same != [(s.name, s.codes, s.pixels) for s in strata] or sample.about.get("grid") != _grid(
        found
    ):
        raise InputError(
            "sample.other-map",
            f"{settings.keep} is a sample of another map or design, or other ground was left out of it.",
            "Give the map it was drawn from with the same --design and --leave-out, or draw anew.",
        )
    numbers = points.texts("id")
    return _Kept(
        sample,
        *(
            {int(n): text for n, text in zip(numbers, points.texts(name), strict=True) if text}
            for name in (REFERENCE, NOTE)
        ),
    )


def _draw(
    found: ClassMap,
    strata: tuple[Stratum, ...],
    wanted: NDArray[np.int64],
    kept: _Kept | None,
    left_out: Mask | None,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """New pixels, ``(n, 2)``, and their strata, ``(n,)``; none that an earlier sample has.

    Drawing without replacement goes on where it stopped: a random order of all pixels is drawn on, and what the
    earlier sample has taken is passed over.
    """
    have = np.zeros(len(strata), np.int64)
    taken: set[tuple[int, int]] = set()
    if kept is not None:
        have = np.bincount(kept.sample.stratum, minlength=len(strata))
        taken = {(int(row), int(column)) for row, column in kept.sample.places}
    missing = np.maximum(wanted - have, 0)
    ranks = {
        # As many more as may turn out to be taken.
        s.codes: rng.choice(s.pixels, min(s.pixels, int(need + own)), replace=False)
        for s, need, own in zip(strata, missing, have, strict=True)
    }
    found_at = draw_pixels(
        found, {codes: np.sort(order) for codes, order in ranks.items()}, left_out
    )
    places, numbers = [np.empty((0, 2), np.int64)], [np.empty(0, np.int64)]
    for index, s in enumerate(strata):
        order = np.argsort(np.argsort(ranks[s.codes]))
        in_order = found_at[s.codes][order]
        free = [place for place in in_order if (int(place[0]), int(place[1])) not in taken]
        chosen = np.array(free[: int(missing[index])], np.int64).reshape(-1, 2)
        places.append(chosen)
        numbers.append(np.full(len(chosen), index, np.int64))
    return np.concatenate(places), np.concatenate(numbers)


def _joined(
    settings: SamplePointsSettings,
    found: ClassMap,
    strata: tuple[Stratum, ...],
    kept: _Kept | None,
    places: NDArray[np.int64],
    stratum: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[DrawnSample, list[str | None], list[str | None]]:
    """The whole sample with answers and notes: kept points first, new ones shuffled behind them."""
    order = rng.permutation(len(places))
    places, stratum = places[order], stratum[order]
    first = 1 if kept is None else int(kept.sample.numbers.max(initial=0)) + 1
    numbers = np.arange(first, first + len(places), dtype=np.int64)
    reference: list[str | None] = [None] * len(places)
    notes = list(reference)
    if kept is not None:
        numbers = np.concatenate([kept.sample.numbers, numbers])
        places = np.concatenate([kept.sample.places, places])
        stratum = np.concatenate([kept.sample.stratum, stratum])
        old = [int(n) for n in kept.sample.numbers]
        reference = [*(kept.reference.get(n) for n in old), *reference]
        notes = [*(kept.notes.get(n) for n in old), *notes]
    about = {
        "design": settings.design,
        "allocation": settings.allocation if settings.design == "stratified" else None,
        "map": found.path.name,
        "map_fingerprint": fingerprint(found.path)["sha256_of_samples"],
        "grid": _grid(found),
        "left_out": [Path(source.partition("|")[0]).name for source in settings.leave_out],
        "seed": settings.seed,
        "engine": __version__,
    }
    return DrawnSample(strata, numbers, stratum, places, about), reference, notes


def _grid(found: ClassMap) -> list[float]:
    return [found.info.width, found.info.height, *found.info.transform[:6]]


def _as_text(path: Path, rows: list[dict[str, Any]], census: Census) -> str:
    width = max(len(row["stratum"]) for row in rows)
    lines = [f"Points: {path}", f"  {'stratum':{width}}  {'pixels':>12}  points"]
    lines += [f"  {r['stratum']:{width}}  {r['pixels']:>12,}  {r['points']:>6}" for r in rows]
    lines.append(f"They speak for {census.total / 10_000:,.1f} ha.")
    return "\n".join(lines)
