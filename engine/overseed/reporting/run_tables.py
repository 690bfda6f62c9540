"""The report's tables, with figures that are not rounded, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from overseed.reporting.assessed import AssessedMap, Figure
from overseed.reporting.content import RunContent
from overseed.reporting.ground_sections import class_order, side_counts
from overseed.reporting.palette import SIDES

Rows = list[list[object]]
TABLES = ("classes", "scores", "comparison", "accuracy")
SCORES = ("f1", "iou", "precision", "recall")
MEASURES = ("user's accuracy", "producer's accuracy", "F1", "share of ground", "hectares")
PARTS = ("", ", standard error", ", low", ", high")


def run_tables(content: RunContent) -> dict[str, Rows]:
    """Rows with their head by the table's name; a table that would be empty is left out."""
    makers: tuple[Callable[[RunContent], Rows], ...] = (_classes, _scores, _comparison, _accuracy)
    tables = {name: make(content) for name, make in zip(TABLES, makers, strict=True)}
    return {name: rows for name, rows in tables.items() if len(rows) > 1}


def _classes(content: RunContent) -> Rows:
    head: list[object] = ["class", "code", "colour", "rare", "polygons", "pixels", "share"]
    rows: Rows = [[*head, *(f"{side} pixels" for side in SIDES)]]
    pixels = side_counts(content)[1].tolist() if content.split is not None else None
    for i in class_order(content):
        c = content.table.classes[i]
        known: list[object] = [c.name, c.code, c.colour, _yes(c.rare), c.polygons, c.pixels]
        sides: list[object] = ["" for _ in SIDES] if pixels is None else pixels[i]
        rows.append([*known, round(content.table.shares[i], 6), *sides])
    return rows


def _scores(content: RunContent) -> Rows:
    rows: Rows = [["arm", "figure", "class", "rare", *SCORES, "test pixels"]]
    for arm in content.arms:
        if not arm.scores:
            continue
        for row in arm.scores.get("classes", []):
            values = [_cell(row.get(score)) for score in SCORES]
            rows.append(
                [
                    arm.arm,
                    "class",
                    row["name"],
                    _yes(row.get("rare")),
                    *values,
                    _cell(row.get("support")),
                ]
            )
        for figure, prefix in (("mean of rare classes", "rare_"), ("mean of all classes", "")):
            values = [_cell(arm.scores.get(f"{prefix}macro_{score}")) for score in SCORES]
            rows.append([arm.arm, figure, "", "", *values, _cell(arm.scores.get("pixels"))])
    return rows


def _comparison(content: RunContent) -> Rows:
    """Differences of `compare`, else those of `run`; the row without a class is about the metric as a whole."""
    rows: Rows = [
        [
            "arm",
            "against",
            "metric",
            "class",
            "difference",
            "low",
            "high",
            "p (Holm)",
            "blocks",
            "seeds",
        ]
    ]
    if content.arms_compared is not None:
        result = content.arms_compared.result
        pairs, seeds = result.get("differences") or [], result.get("seeds", "")
    else:
        pairs, seeds = (content.comparison or {}).get("pairs") or [], 1
    for pair in pairs:
        for name, row in (("", pair), *((c["name"], c) for c in pair.get("classes") or [])):
            rows.append(
                [
                    pair["arm"],
                    pair["against"],
                    pair.get("metric", ""),
                    name,
                    *(_cell(row.get(key)) for key in ("difference", "low", "high", "p_holm")),
                    _cell(pair.get("blocks")),
                    seeds,
                ]
            )
    return rows


def _accuracy(content: RunContent) -> Rows:
    figures = [f"{measure}{part}" for measure in MEASURES for part in PARTS]
    head: list[object] = [
        "file",
        "map",
        "reference",
        "design",
        "class",
        "points mapped",
        "points reference",
    ]
    overall = [f"overall accuracy{part}" for part in PARTS]
    rows: Rows = [[*head, *overall, *figures, "hectares on the map"]]
    for assessment in content.assessments:
        for found in assessment.found.maps if assessment.found else ():
            about: list[object] = [assessment.name, found.name, found.reference, found.design]
            rows += [[*about, *row] for row in _rows_of_map(found)]
    return rows


def _rows_of_map(found: AssessedMap) -> Rows:
    empty: list[object] = ["" for _ in MEASURES for _ in PARTS]
    rows: Rows = [["", found.points, found.points, *_parts(found.overall), *empty, ""]]
    for c in found.classes:
        figures = [c.users, c.producers, c.f1, c.area, c.hectares]
        cells = [cell for figure in figures for cell in _parts(figure)]
        points = [_cell(c.points_mapped), _cell(c.points_reference)]
        rows.append([c.name, *points, *("" for _ in PARTS), *cells, _cell(c.mapped)])
    return rows


def _parts(figure: Figure) -> list[object]:
    return [_cell(v) for v in (figure.value, figure.standard_error, figure.low, figure.high)]


def _cell(value: Any) -> object:
    return "" if value is None else value


def _yes(rare: Any) -> str:
    """As the class table writes it."""
    return "yes" if rare else "no"
