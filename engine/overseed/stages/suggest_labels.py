"""`suggest-labels`: where to label next, as a layer of squares to digitise on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from overseed import __version__
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, output_lock, sweep_partials_of
from overseed.map_settings import SuggestLabelsSettings
from overseed.mapping.label_places import RARE, UNSURE, Candidates, Place, Rows, cell_of
from overseed.runs import fingerprint
from overseed.scenes.burning import covering
from overseed.scenes.class_maps import Census, ClassMap, Mask, count_pixels, read_class_map
from overseed.scenes.percent_rasters import PercentRaster, read_percent
from overseed.scenes.polygons import read_areas
from overseed.scenes.rasters import pixel_metres, require_crs
from overseed.stages.place_files import Described, write_places, write_style

#: Pixels that are read at once, as far as whole rows of squares allow.
PIXELS = 4_000_000
#: Rows of a raster's blocks that GDAL keeps for the next rows; without a limit it takes a share of the machine.
CACHED_ROWS, BANDS = 1024, 8
#: A class on less than this share of the map is rare, if nobody says which are.
RARE_BELOW = 0.05
#: How many times nearer to each other places may be than if they were spread evenly.
NEARER = 2.0
#: Measures of confidence by the first word of the band's description, in sentences.
SAID = {
    "probability": "has only {0:.0f} % probability for it",
    "margin": "is only {0:.0f} % ahead of the next class with it",
    "entropy": "has {1:.0f} % of the greatest doubt there can be",
}


@dataclass(frozen=True)
class _Evidence:
    """What places are judged by; ``rare`` has by code the band of its probability, ``None`` without one."""

    found: ClassMap
    confidence: PercentRaster
    measure: str
    probabilities: PercentRaster | None
    rare: dict[int, int | None]
    labelled: Mask | None


def suggest_labels(
    settings: SuggestLabelsSettings, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Choose squares that are worth labelling, and write them by rank.

    Returns
    -------
    ``places`` (the GeoPackage), ``style``, ``count``, ``by``: how many for each reason, ``rare``: names of the
    classes that were looked for, ``min_distance`` and ``side`` in metres, ``list``: rank, why, class and middle
    of each, ``text``.

    Raises
    ------
    InputError
        ``output.not-gpkg``, ``suggest.idle``, ``suggest.no-rare``, ``suggest.nothing``,
        ``suggest.other-classes``, ``classes.unknown``, or whatever refuses map, rasters and layers.
    """
    import rasterio

    reporter = reporter or Reporter()
    files = _targets(settings)
    found = read_class_map(settings.map)
    require_crs(found.info)
    with rasterio.Env(GDAL_CACHEMAX=max(2**26, CACHED_ROWS * found.info.width * BANDS)):
        return _suggest(settings, found, files, reporter)


def _suggest(
    settings: SuggestLabelsSettings, found: ClassMap, files: tuple[Path, Path], reporter: Reporter
) -> dict[str, Any]:
    reporter.stage("suggest-labels", "Count the map's pixels")
    evidence = _evidence(settings, found, count_pixels(found))
    whys: tuple[str, ...] = (UNSURE,) if settings.by == "unsure" else (RARE,)
    if settings.by == "auto":
        whys = (RARE, UNSURE) if evidence.rare else (UNSURE,)
    sides, apart = _lengths(settings, found, evidence)
    reporter.stage("suggest-labels", "Look for places")
    candidates = Candidates(settings.size, cell_of(apart, sides), settings.seed)
    for rows in _rows(evidence, settings.size):
        candidates.add(rows)
        reporter.progress(rows.first + len(rows.codes), found.info.height, "row")
    places = candidates.choose(settings.count, apart, sides, whys)
    if not places:
        raise InputError(
            "suggest.nothing",
            f"There is no place to suggest on {found.path}: the map is certain everywhere, or all that is left "
            "is labelled.",
            "Take a smaller --size, leave out less, or map with another model.",
        )
    if len(places) < settings.count:
        reporter.warning(
            "suggest.fewer",
            f"There are {len(places)} of {settings.count} places that lie {apart:,.0f} m apart; take a smaller "
            "--min-distance for more.",
        )
    described = [_described(place, evidence) for place in places]
    with output_lock(files[0]):
        for path in files:
            sweep_partials_of(path)
        write_style(files[1])
        write_places(
            files[0], described, found.info, settings.size, _about(settings, evidence, apart)
        )
    reporter.artifact("vector", "places", files[0])
    return _outputs(files, described, evidence, sides, apart, settings.size)


def _targets(settings: SuggestLabelsSettings) -> tuple[Path, Path]:
    """Places and style; refuses names and settings that will not do."""
    out = settings.out
    if out.suffix.lower() != ".gpkg":
        raise InputError(
            "output.not-gpkg",
            f"--out: {out} does not end in .gpkg.",
            "Places go to a GeoPackage; give a name that ends in .gpkg.",
        )
    if settings.by == "unsure":
        for option in ("rare", "probabilities"):
            if getattr(settings, option):
                raise InputError(
                    "suggest.idle",
                    f"--{option} says where rare classes are looked for, and --by unsure looks for none.",
                    f"Leave out --{option}, or take --by auto.",
                )
    files = (out, out.with_suffix(".qml"))
    for path in files:
        check_target(path)
    return files


def _evidence(settings: SuggestLabelsSettings, found: ClassMap, census: Census) -> _Evidence:
    confidence = read_percent(settings.confidence, found.info, "--confidence")
    measure = confidence.info.band_names[0].split()[0]
    probabilities = None
    if settings.probabilities is not None:
        probabilities = read_percent(settings.probabilities, found.info, "--probabilities")
    shapes: list[Any] = []
    for source in settings.leave_out:
        shapes += list(read_areas(source, found.info.crs_wkt))
    return _Evidence(
        found,
        confidence,
        measure if measure in SAID else "probability",
        probabilities,
        {} if settings.by == UNSURE else _rare(settings, found, census, probabilities),
        covering(shapes, found.info) if shapes else None,
    )


def _rare(
    settings: SuggestLabelsSettings,
    found: ClassMap,
    census: Census,
    probabilities: PercentRaster | None,
) -> dict[int, int | None]:
    """Codes of the classes to look for, with the band of each one's probability, from 1."""
    names = {found.name(code): code for code in {*found.names, *census.pixels}}
    bands: dict[int, int | None] = dict.fromkeys(names.values())
    if probabilities is not None:
        of_bands = probabilities.info.band_names
        if not set(of_bands) <= set(names):
            raise InputError(
                "suggest.other-classes",
                f"The bands of {probabilities.path} are {', '.join(of_bands)}, the classes of {found.path} are "
                f"{', '.join(names)}.",
                "Give the probabilities that 'overseed classify' wrote with this map.",
            )
        bands = {names[name]: number for number, name in enumerate(of_bands, start=1)}
    total = sum(census.pixels.values())
    rare = [code for code in bands if census.pixels.get(code, 0) < RARE_BELOW * total]
    if settings.rare:
        unknown = [name for name in settings.rare if names.get(name) not in bands]
        if unknown:
            raise InputError(
                "classes.unknown",
                f"--rare names {', '.join(unknown)}, which is not on the map.",
                f"Its classes are: {', '.join(names)}.",
            )
        rare = [names[name] for name in settings.rare]
    if not rare and settings.by == RARE:
        raise InputError(
            "suggest.no-rare",
            f"No class covers less than {RARE_BELOW:.0%} of {found.path}.",
            "Name the classes to look for with --rare.",
        )
    return {code: bands[code] for code in sorted(rare)}


def _lengths(
    settings: SuggestLabelsSettings, found: ClassMap, evidence: _Evidence
) -> tuple[tuple[float, float], float]:
    """Sides of a place, and the least distance of two, in metres."""
    width, height = pixel_metres(found.info)
    apart = settings.min_distance
    if apart is None:
        pixels = sum(count_pixels(found, evidence.labelled).pixels.values())
        apart = float(np.sqrt(pixels * width * height / settings.count)) / NEARER
    return (width * settings.size, height * settings.size), apart


def _rows(evidence: _Evidence, size: int) -> Iterator[Rows]:
    """The map from top to bottom, whole rows of squares at a time."""
    info = evidence.found.info
    height = max(1, PIXELS // (info.width * size)) * size
    wanted = [band for band in evidence.rare.values() if band is not None]
    chances = (
        evidence.probabilities.strips(height, wanted)
        if evidence.probabilities is not None and wanted
        else None
    )
    sure = evidence.confidence.strips(height, [1])
    for first, codes in evidence.found.strips(height):
        (surety,) = next(sure)
        known = surety != 255
        if evidence.measure == "entropy":
            surety = np.where(known, 100 - surety, 0).astype(np.uint8)
        rare: dict[int, Any] = dict.fromkeys(evidence.rare)
        if chances is not None:
            percent = next(chances)
            percent[percent == 255] = 0
            rare = dict(zip(evidence.rare, percent, strict=True))
        labelled = None
        if evidence.labelled is not None:
            labelled = evidence.labelled((first, first + len(codes)))
        yield Rows(first, codes, surety, known, labelled, rare)


def _described(place: Place, evidence: _Evidence) -> Described:
    mapped = evidence.found.name(place.code)
    if place.why == UNSURE:
        doubt = SAID[evidence.measure].format(place.surety, 100 - place.surety)
        return Described(place, f"The map says {mapped} and {doubt}.", mapped, None)
    assert place.rare is not None
    likely = evidence.found.name(place.rare)
    if evidence.rare[place.rare] is None:
        sentence = f"{place.likely:.0f} % of the place is mapped as {likely}, and the map is not sure of it."
    else:
        sentence = (
            f"The map says {mapped}, but {likely} has {place.likely:.0f} % probability on average where the "
            "map does not show it."
        )
    return Described(place, sentence, mapped, likely)


def _about(settings: SuggestLabelsSettings, evidence: _Evidence, apart: float) -> dict[str, Any]:
    return {
        "map": evidence.found.path.name,
        "map_fingerprint": fingerprint(evidence.found.path)["sha256_of_samples"],
        "confidence": evidence.confidence.path.name,
        "measure": evidence.measure,
        "probabilities": evidence.probabilities.path.name if evidence.probabilities else None,
        "by": settings.by,
        "rare": [evidence.found.name(code) for code in evidence.rare],
        "left_out": [Path(source.partition("|")[0]).name for source in settings.leave_out],
        "size": settings.size,
        "min_distance": round(apart, 3),
        "seed": settings.seed,
        "engine": __version__,
    }


def _outputs(
    files: tuple[Path, Path],
    described: list[Described],
    evidence: _Evidence,
    sides: tuple[float, float],
    apart: float,
    size: int,
) -> dict[str, Any]:
    transform = evidence.found.info.transform
    rows = []
    for rank, one in enumerate(described, start=1):
        place = one.place
        x, y = transform @ ((place.col + 0.5) * size, (place.row + 0.5) * size)
        rows.append(
            {
                "rank": rank, "why": place.why, "sentence": one.sentence, "mapped": one.mapped,
                "likely": one.likely, "confidence": round(place.surety, 1), "x": x, "y": y,
            }
        )  # fmt: skip
    by = {why: sum(row["why"] == why for row in rows) for why in (UNSURE, RARE)}
    side = float(np.sqrt(sides[0] * sides[1]))
    lines = [f"Places: {files[0]}"]
    lines += [f"{row['rank']:>5}  {row['sentence']}" for row in rows]
    lines.append(
        f"Squares of {side:,.0f} m, {apart:,.0f} m apart at least: {by[UNSURE]} where the map is unsure, "
        f"{by[RARE]} where a rare class is likely."
    )
    return {
        "places": str(files[0]),
        "style": str(files[1]),
        "count": len(rows),
        "by": by,
        "rare": [evidence.found.name(code) for code in evidence.rare],
        "min_distance": round(apart, 3),
        "side": round(side, 3),
        "list": rows,
        "text": "\n".join(lines),
    }
