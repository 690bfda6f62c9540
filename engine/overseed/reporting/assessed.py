"""What `assess` found out about maps, read from its JSON into values that a page can rely on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Reference data that somebody chose, and one for all ground; every other design is a probability sample.
CHOSEN, CENSUS = "chosen", "census"
DESIGNS = ("stratified", "simple", CHOSEN, CENSUS)


@dataclass(frozen=True)
class Figure:
    """A value, its standard error and 95 % interval; ``None`` where nothing can be said."""

    value: float | None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        return None not in (self.value, self.low, self.high)


@dataclass(frozen=True)
class AssessedClass:
    """One class: ``area`` is its share of the ground, ``mapped`` the hectares that the map gives to it there.

    Points are ``None`` where the reference is no sample of points.
    """

    name: str
    users: Figure
    producers: Figure
    f1: Figure
    area: Figure
    hectares: Figure
    mapped: float | None
    points_mapped: int | None
    points_reference: int | None


@dataclass(frozen=True)
class AssessedMap:
    """One map. ``counts`` are points or pixels and ``shares`` shares of the ground.

    ``ground`` is what the figures speak for, ``whole`` all that the map shows, both in hectares. The matrices
    have a row for each mapped class and a last one for ground that the map leaves empty, and a column for each
    class of the reference.
    """

    name: str
    reference: str
    design: str
    points: int
    ground: float | None
    whole: float | None
    overall: Figure
    classes: tuple[AssessedClass, ...]
    counts: tuple[tuple[float, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    quantity: float | None
    allocation: float | None
    warnings: tuple[str, ...]

    @property
    def is_sample(self) -> bool:
        """Whether the reference was drawn by chance, so that it speaks for the map."""
        return self.design not in (CHOSEN, CENSUS)

    @property
    def is_part(self) -> bool:
        """Whether the figures speak for less than all that the map shows."""
        return not (self.ground is None or self.whole is None) and self.ground < 0.999 * self.whole


@dataclass(frozen=True)
class MapDifference:
    """One map minus another at the same points; per class its name, then user's, producer's accuracy and F1.

    ``p`` is that of McNemar's test, where it holds.
    """

    name: str
    against: str
    overall: Figure
    classes: tuple[tuple[str, Figure, Figure, Figure], ...]
    p: float | None


@dataclass(frozen=True)
class Assessed:
    """All that one file says: its maps, all their ground together as the last one, and their differences.

    ``inputs`` are fingerprints of the files that it was made from.
    """

    maps: tuple[AssessedMap, ...]
    differences: tuple[MapDifference, ...]
    settings: dict[str, Any]
    inputs: tuple[dict[str, Any], ...]


def read_assessment(content: Any) -> Assessed:
    """Read what `assess` has written.

    Raises
    ------
    ValueError
        When ``content`` is anything else.
    """
    try:
        entries = [*content["maps"], *([content["together"]] if content.get("together") else [])]
        maps = tuple(_map(entry) for entry in entries)
        differences = tuple(_map_difference(pair) for pair in content.get("differences") or [])
        settings = {"seed": content.get("seed"), **(content.get("settings") or {})}
        inputs = tuple(dict(entry) for entry in content.get("inputs") or [])
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError("it is no assessment of maps") from error
    if not maps:
        raise ValueError("it holds no map")
    return Assessed(maps, differences, settings, inputs)


def _map(entry: dict[str, Any]) -> AssessedMap:
    counted = {
        name.casefold(): _number(area) for name, area in (entry.get("map_hectares") or {}).items()
    }
    ground = _number(entry.get("hectares"))
    whole = sum(area or 0.0 for area in counted.values()) or None
    known = None if ground is None or whole is None or ground < 0.999 * whole else counted
    classes = tuple(_class(row, known, ground) for row in entry["classes"])
    design = _text(entry["design"])
    if design not in DESIGNS:
        raise ValueError(f"nobody knows a design '{design}'")
    return AssessedMap(
        name=_text(entry["map"]),
        reference=_text(entry.get("reference", "")),
        design=design,
        points=int(_known(entry["points"])),
        ground=ground,
        whole=whole,
        overall=_figure(entry["overall_accuracy"]),
        classes=classes,
        counts=_matrix(entry["matrix"], len(classes)),
        shares=_matrix(entry["matrix_of_area"], len(classes)),
        quantity=_number(entry["quantity_disagreement"]),
        allocation=_number(entry["allocation_disagreement"]),
        warnings=tuple(_text(sentence) for sentence in entry["warnings"]),
    )


def _class(
    row: dict[str, Any], counted: dict[str, float | None] | None, ground: float | None
) -> AssessedClass:
    """A row; where the map was not counted on the same ground, the points tell what it gives to the class."""
    name = _text(row["name"])
    share = _number(row.get("mapped_share"))
    mapped_there = None if share is None or ground is None else share * ground
    points = [row.get("points_mapped"), row.get("points_reference")]
    points_mapped, points_reference = (None if n is None else int(_known(n)) for n in points)
    return AssessedClass(
        name=name,
        users=_figure(row["users_accuracy"]),
        producers=_figure(row["producers_accuracy"]),
        f1=_figure(row["f1"]),
        area=_figure(row["area"]),
        hectares=_figure(row["hectares"]),
        mapped=mapped_there if counted is None else counted.get(name.casefold(), 0.0),
        points_mapped=points_mapped,
        points_reference=points_reference,
    )


def _map_difference(pair: dict[str, Any]) -> MapDifference:
    classes = tuple(
        (
            _text(row["name"]),
            _figure(row["users_accuracy"], "difference"),
            _figure(row["producers_accuracy"], "difference"),
            _figure(row["f1"], "difference"),
        )
        for row in pair["classes"]
    )
    test = pair.get("mcnemar")
    return MapDifference(
        name=_text(pair["map"]),
        against=_text(pair["against"]),
        overall=_figure(pair["overall_accuracy"], "difference"),
        classes=classes,
        p=_number(test["p"]) if test else None,
    )


def _figure(found: dict[str, Any], key: str = "value") -> Figure:
    parts = ("standard_error", "low", "high")
    return Figure(_number(found[key]), *(_number(found.get(part)) for part in parts))


def _matrix(rows: Sequence[Sequence[Any]], classes: int) -> tuple[tuple[float, ...], ...]:
    matrix = tuple(tuple(_known(value) for value in row) for row in rows)
    if len(matrix) != classes + 1 or any(len(row) != classes for row in matrix):
        raise ValueError("its matrix does not fit its classes")
    return matrix


def _known(value: Any) -> float:
    number = _number(value)
    if number is None:
        raise ValueError("a number is missing in it")
    return number


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"'{value}' in it is no number")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"'{value}' in it is no text")
    return value
