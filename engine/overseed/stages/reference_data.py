"""Reference data of an assessment: what is really there, on a map's ground, and how it was chosen."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.map_accuracy import Answers
from overseed.assessment.point_sample import PointSample
from overseed.csv_tables import plain
from overseed.errors import InputError
from overseed.map_settings import AssessSettings
from overseed.scenes.class_maps import Census, ClassMap
from overseed.scenes.label_rasters import RasterLabels
from overseed.scenes.labels import load_labels
from overseed.scenes.points import Points
from overseed.stages.point_files import REFERENCE, DrawnSample, read_sample
from overseed.unlabelled import UNLABELLED

STRATIFIED, SIMPLE, CHOSEN, CENSUS = "stratified", "simple", "chosen", "census"


@dataclass
class Legend:
    """Class names of maps and references together, in the order in which they were met."""

    names: list[str] = field(default_factory=list)

    def index(self, name: str) -> int:
        """A name's number; a new name gets the next one, and case alone makes no new class."""
        for number, known in enumerate(self.names):
            if known == name or known.casefold() == name.casefold():
                return number
        self.names.append(name)
        return len(self.names) - 1

    def of_reference(self, value: str, found: ClassMap, census: Census) -> int:
        """Number of the class that a reference names: by its name, or by its code on the map."""
        codes = [*census.pixels, *(code for code in found.names if code not in census.pixels)]
        names = {found.name(code).casefold() for code in codes}
        if value.casefold() not in names and value.lstrip("-").isdigit() and int(value) in codes:
            return self.index(found.name(int(value)))
        return self.index(value)


@dataclass(frozen=True)
class SampledReference:
    """Points that were drawn by a design, with what each map says there."""

    design: str
    sample: PointSample
    reference: NDArray[np.int64]
    #: By map, class numbers ``(n,)``; -1 where a map is empty.
    mapped: list[NDArray[np.int64]]
    ground: float
    warnings: list[str]

    def answers(self, number: int = 0) -> Answers:
        return Answers(self.mapped[number], self.reference)


@dataclass(frozen=True)
class ChosenReference:
    """Ground or points that somebody chose, or all ground there is (``census``), in matrices by map.

    Matrices are ``(classes + 1, classes)``, mapped by rows, the last row for what the map leaves empty:
    ``counts`` in points or pixels, ``areas`` in square metres (of points, again a count).
    """

    design: str
    counts: list[NDArray[np.int64]]
    areas: list[NDArray[np.float64]]
    ground: float
    warnings: list[str]


def at_points(
    source: str,
    settings: AssessSettings,
    maps: Sequence[ClassMap],
    censuses: Sequence[Census],
    legend: Legend,
) -> SampledReference | ChosenReference:
    """Read points and ask one or several maps about them.

    Raises
    ------
    InputError
        ``assess.no-answers``, ``assess.no-common-class``, ``assess.stratum-empty``, ``assess.strata``, or
        whatever refuses the layer.
    """
    points, drawn = read_sample(source)
    values = points.texts(settings.class_field or REFERENCE)
    warnings: list[str] = []
    design: str = settings.design
    if design == "auto":
        design = CHOSEN if drawn is None else str(drawn.about.get("design", STRATIFIED))
    elif design != CHOSEN:
        drawn = None
    if design == CHOSEN:
        drawn = None
    first, census = maps[0], censuses[0]
    places = [points.pixels(found.info) for found in maps]
    codes = [found.codes_at(*at) for found, at in zip(maps, places, strict=True)]
    usable = np.array([value != "" for value in values])
    _tell(warnings, int((~usable).sum()), "without a reference class")
    outside = usable & (places[0][0] < 0)
    _tell(warnings, int(outside.sum()), f"outside of {first.path.name}")
    usable &= ~outside
    stratum, strata, pixels, ground = np.zeros(len(points), np.int64), ["all"], [0], np.nan
    if drawn is not None:
        stratum = _drawn_strata(points, drawn)
        _tell(
            warnings,
            int((usable & (stratum < 0)).sum()),
            "that the sample does not know",
        )
        strata, pixels = [s.name for s in drawn.strata], [s.pixels for s in drawn.strata]
        ground = drawn.ground
        usable &= stratum >= 0
    elif design != CHOSEN:
        empty = usable & (codes[0] == 0)
        _tell(
            warnings,
            int(empty.sum()),
            f"where {first.path.name} is empty",
        )
        usable &= ~empty
        stratum, strata, pixels = _own_strata(points, design, settings, first, census, codes[0])
        _tell(
            warnings,
            int((usable & (stratum < 0)).sum()),
            "without a stratum",
        )
        usable &= stratum >= 0
        ground = census.total
    if not usable.any():
        raise InputError(
            "assess.no-answers",
            f"No point of {source} has a reference class on {first.path.name}.",
            f"Fill in the field '{settings.class_field or REFERENCE}'; check that both show the same place.",
        )
    chosen = np.flatnonzero(usable)
    reference = np.array([legend.of_reference(values[i], first, census) for i in chosen], np.int64)
    said = [legend.names[number] for number in np.unique(reference)]
    for found, its_census in zip(maps, censuses, strict=True):
        check_common_classes(source, said, found, its_census)
    mapped = [
        _class_numbers(c[chosen], found, legend) for c, found in zip(codes, maps, strict=True)
    ]
    if design == CHOSEN:
        counts = [_matrix(m, reference, len(legend.names)) for m in mapped]
        return ChosenReference(CHOSEN, counts, [c.astype(float) for c in counts], np.nan, warnings)
    area = first.row_areas()[places[0][0][chosen]]
    sample = _sample(stratum[chosen], strata, np.array(pixels, np.int64), area, source, warnings)
    return SampledReference(design, sample, reference, mapped, ground, warnings)


def on_ground(
    source: str, settings: AssessSettings, found: ClassMap, census: Census, legend: Legend
) -> ChosenReference:
    """Read polygons or a label raster and lay them over a map.

    Raises
    ------
    InputError
        ``assess.no-common-class``, or whatever refuses the reference.
    """
    labels, warnings = load_labels(source, settings.class_field, [found.info])
    own = labels[0]
    named = {v: own.defaults.get(v, {}).get("name", v) for v in dict.fromkeys(own.values)}
    numbers = {v: legend.of_reference(name, found, census) for v, name in named.items()}
    check_common_classes(source, [legend.names[n] for n in numbers.values()], found, census)
    for code in census.pixels:
        legend.index(found.name(code))
    size = len(legend.names)
    counts, areas = np.zeros((size + 1, size), np.int64), np.zeros((size + 1, size))
    by_row, unknown = found.row_areas(), 0
    for row, codes in found.strips():
        reference = own.read(numbers, (row, row + len(codes)))
        known = reference != UNLABELLED
        unknown += int(((codes != 0) & ~known).sum())
        mapped = _class_numbers(codes[known], found, legend)
        at = (mapped, reference[known].astype(np.int64))
        sizes = np.broadcast_to(by_row[row : row + len(codes), None], codes.shape)[known]
        np.add.at(counts, at, 1)
        np.add.at(areas, at, sizes)
    if np.isnan(areas).any():
        areas = counts.astype(float)
    whole = isinstance(own, RasterLabels) and unknown == 0
    return ChosenReference(
        CENSUS if whole else CHOSEN, [counts], [areas], census.total if whole else np.nan, warnings
    )


def check_common_classes(
    source: str, classes: Sequence[str], found: ClassMap, census: Census
) -> None:
    """Refuse a reference none of whose ``classes`` the map has: everything would count as wrong.

    Raises
    ------
    InputError
        ``assess.no-common-class``, naming the classes of both.
    """
    known = [found.name(code) for code in dict.fromkeys([*census.pixels, *found.names])]
    if not known or {n.casefold() for n in known} & {n.casefold() for n in classes}:
        return
    raise InputError(
        "assess.no-common-class",
        f"No class name is in common: {source} has {_listed(classes)}, {found.path.name} has {_listed(known)}.",
        "Choose the field whose values are the map's class names or codes (--class-field), or keep the file "
        f"with the map's class names, {found.path.name}.aux.xml, beside the map.",
    )


def _listed(names: Sequence[str], most: int = 8) -> str:
    different = list(dict.fromkeys(names))
    more = len(different) - most
    return ", ".join(different[:most]) + (f" and {more} more" if more > 0 else "")


def _tell(warnings: list[str], count: int, what: str) -> None:
    if count:
        warnings.append(f"Left out: {count} point{'' if count == 1 else 's'} {what}.")


def _drawn_strata(points: Points, drawn: DrawnSample) -> NDArray[np.int64]:
    """Stratum of each point by its number; -1 where the sample has no such point."""
    by_number = dict(zip(drawn.numbers.tolist(), drawn.stratum.tolist(), strict=True))
    return np.array([by_number.get(int(n) if n else -1, -1) for n in points.texts("id")], np.int64)


def _own_strata(
    points: Points,
    design: str,
    settings: AssessSettings,
    found: ClassMap,
    census: Census,
    codes: NDArray[np.int64],
) -> tuple[NDArray[np.int64], list[str], list[int]]:
    """Strata of points that somebody else drew: each one's, their names and pixels."""
    if design == SIMPLE:
        return np.zeros(len(points), np.int64), ["all"], [sum(census.pixels.values())]
    if settings.strata is None:
        order = list(census.pixels)
        numbers = np.array([order.index(code) if code in order else -1 for code in codes.tolist()])
        return numbers, [found.name(code) for code in order], list(census.pixels.values())
    by_code = {str(code): found.name(code) for code in census.pixels}
    texts = [by_code.get(text, text) for text in points.texts(settings.strata)]
    sizes = _sizes(settings, found, census)
    unknown = sorted({text for text in texts if text and text not in sizes})
    if unknown:
        raise InputError(
            "assess.strata",
            f"Nobody says how many pixels the strata {', '.join(unknown)} have.",
            "Give --strata-pixels with a row for each stratum, or a field with the map's classes.",
        )
    order_of = list(sizes)
    numbers = np.array([order_of.index(text) if text else -1 for text in texts])
    return numbers, order_of, list(sizes.values())


def _sizes(settings: AssessSettings, found: ClassMap, census: Census) -> dict[str, int]:
    """Pixels by stratum, from a person's table, else by name and code of the map's classes."""
    if settings.strata_pixels is None:
        return {found.name(code): pixels for code, pixels in census.pixels.items()}
    path = settings.strata_pixels
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return {
                plain(row["stratum"].strip()): int(row["pixels"]) for row in csv.DictReader(stream)
            }
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise InputError(
            "assess.strata",
            f"The table of strata {path} cannot be read ({type(error).__name__}: {error}).",
            "Give a CSV file with the columns stratum and pixels, the latter in whole numbers.",
        ) from error


def _sample(
    stratum: NDArray[np.int64],
    strata: Sequence[str],
    pixels: NDArray[np.int64],
    area: NDArray[np.float64],
    source: str,
    warnings: list[str],
) -> PointSample:
    points = np.bincount(stratum, minlength=len(strata))
    empty = [name for name, count in zip(strata, points, strict=True) if count == 0]
    if empty:
        raise InputError(
            "assess.stratum-empty",
            f"No point of {source} in the stratum {', '.join(empty)} has a reference class, so nothing can be "
            "said of that ground.",
            "Say what is there at two points of each stratum at least.",
        )
    single = [
        name
        for name, count, held in zip(strata, points, pixels, strict=True)
        if count == 1 and held > 1
    ]
    if single:
        warnings.append(
            f"The stratum {', '.join(single)} has a single point, so nothing has an interval; two are the "
            "least."
        )
    return PointSample(stratum, pixels, np.ones(len(stratum)) if np.isnan(area).any() else area)


def _class_numbers(codes: NDArray[np.int64], found: ClassMap, legend: Legend) -> NDArray[np.int64]:
    """Class numbers of a map's codes; -1 where it is empty."""
    present = np.unique(codes)
    numbers = np.array([legend.index(found.name(int(c))) if c else -1 for c in present], np.int64)
    return numbers[np.searchsorted(present, codes)] if len(codes) else codes


def _matrix(
    mapped: NDArray[np.int64], reference: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    matrix = np.zeros((classes + 1, classes), np.int64)
    np.add.at(matrix, (mapped, reference), 1)
    return matrix
