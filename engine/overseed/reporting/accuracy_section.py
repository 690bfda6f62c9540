"""The report's section on accuracy: what reference data says of the map and of its classes' areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from overseed.reporting import charts, wording
from overseed.reporting.assessed import (
    CHOSEN,
    AssessedClass,
    AssessedMap,
    Figure,
    MapDifference,
)
from overseed.reporting.content import Assessment, RunContent
from overseed.reporting.ground_sections import class_order
from overseed.reporting.palette import NEUTRAL, safe_colour

#: Classes up to which a confusion matrix can be read on a page.
MOST_IN_MATRIX = 25


def accuracy(content: RunContent) -> list[dict[str, Any]]:
    """One entry per file in the folder of assessments: its maps and their differences, or what is wrong."""
    return [_file(content, assessment) for assessment in content.assessments]


def headline(content: RunContent) -> str | None:
    """The overall accuracy of the run's map in a sentence; ``None`` where nobody has assessed it."""
    for assessment in content.assessments:
        if assessment.found is None or not assessment.of_run:
            continue
        found = assessment.found.maps[0]
        if found.overall.value is not None:
            return _headline(found)
    return None


def _headline(found: AssessedMap) -> str:
    value = wording.fine_score(found.overall.value)
    if found.design == CHOSEN:
        return f"Overall accuracy {value} on {_points(found)}, which is no estimate for the map."
    text = f"Overall accuracy of the map {value}{_interval(found.overall)}, from {_points(found)}"
    if found.is_part:
        text += f", for {wording.hectares(found.ground)} of its {wording.hectares(found.whole)} hectares"
    return text + "."


def accuracy_warnings(content: RunContent) -> list[str]:
    """What has to be known before any figure of an assessment is read."""
    sentences = []
    for assessment in content.assessments:
        if assessment.problem:
            sentences.append(_problem(assessment))
        elif not assessment.of_run:
            sentences.append(wording.OTHER_MAP.format(name=assessment.name))
        if assessment.found is not None:
            sentences += [w for found in assessment.found.maps for w in found.warnings]
    return list(dict.fromkeys(f"Accuracy: {sentence}" for sentence in sentences))


def _file(content: RunContent, assessment: Assessment) -> dict[str, Any]:
    found = assessment.found
    several = len(content.assessments) > 1 or (found is not None and len(found.maps) > 1)
    return {
        "name": assessment.name if len(content.assessments) > 1 else "",
        "problem": _problem(assessment) if assessment.problem else "",
        "other": "" if assessment.of_run else wording.OTHER_MAP.format(name=assessment.name),
        "maps": [] if found is None else [_map(content, m, several) for m in found.maps],
        "differences": [] if found is None else [_difference(p) for p in found.differences],
    }


def _problem(assessment: Assessment) -> str:
    return f"{assessment.name} beside the run's assessments is not shown: {assessment.problem}."


def _map(content: RunContent, found: AssessedMap, several: bool) -> dict[str, Any]:
    order = _order(content, [row.name for row in found.classes])
    rows = [found.classes[i] for i in order]
    areas = [(_area(row, found), row) for row in rows]
    has_areas = any(figure.value is not None for figure, _ in areas)
    return {
        "name": found.name if several else "",
        "lead": f"Overall accuracy {wording.fine_score(found.overall.value)}{_interval(found.overall)}.",
        "design": _design(found),
        "notes": found.warnings,
        "how": wording.READ_INTERVALS if found.is_sample else wording.NO_INTERVALS[found.design],
        "has_areas": has_areas,
        "unit": "hectares" if _in_hectares(found) else "% of the ground",
        "has_mapped": any(row.mapped is not None for row in rows),
        "rows": [_row(content, row, figure) for figure, row in areas],
        "chart": _chart(content, found, areas) if has_areas else "",
        "matrix": _matrix(content, found, order) if len(order) <= MOST_IN_MATRIX else None,
        "matrix_words": wording.READ_MATRIX.format(
            unit="points" if found.is_sample else "points or pixels"
        ),
        "disagreement": _disagreement(found),
    }


def _design(found: AssessedMap) -> str:
    source = f" ({found.reference})" if found.reference else ""
    text = f"{'Estimated from' if found.is_sample else 'From'} {_points(found)}{source}."
    if not found.is_part:
        return text
    part = f"{wording.hectares(found.ground)} of the map's {wording.hectares(found.whole)} hectares"
    if found.is_sample:
        return f"{text} They speak for {part}, and so do all figures here: the rest was left out of the draw."
    return f"{text} It covers {part}."


def _points(found: AssessedMap) -> str:
    return wording.DESIGNS[found.design].format(points=wording.count(found.points))


def _interval(figure: Figure) -> str:
    if not figure.has_interval:
        return ""
    return f" (95\u00a0% interval {wording.span(figure.low, figure.high)})"


def _order(content: RunContent, names: Sequence[str]) -> list[int]:
    """Numbers of the assessed classes in the order of the page; those that the run does not know come last."""
    place = {content.table.names[i].casefold(): n for n, i in enumerate(class_order(content))}
    return sorted(range(len(names)), key=lambda i: place.get(names[i].casefold(), len(place)))


def _look(content: RunContent, name: str) -> tuple[str, bool]:
    """Colour of a class and whether it is rare."""
    for known in content.table.classes:
        if known.name.casefold() == name.casefold():
            return safe_colour(known.colour), known.rare
    return NEUTRAL, False


def _in_hectares(found: AssessedMap) -> bool:
    return any(row.hectares.value is not None for row in found.classes)


def _area(row: AssessedClass, found: AssessedMap) -> Figure:
    """Hectares; without a CRS percent of the ground; nothing where the reference was chosen."""
    if _in_hectares(found):
        return row.hectares
    if found.design == CHOSEN:
        return Figure(None)
    parts = (row.area.value, row.area.standard_error, row.area.low, row.area.high)
    return Figure(*(None if part is None else 100 * part for part in parts))


def _row(content: RunContent, row: AssessedClass, area: Figure) -> dict[str, Any]:
    colour, rare = _look(content, row.name)
    cells = [
        (wording.fine_score(figure.value), wording.span(figure.low, figure.high))
        for figure in (row.users, row.producers, row.f1)
    ]
    return {
        "name": row.name,
        "colour": colour,
        "rare": rare,
        "cells": cells,
        "area": (wording.hectares(area.value), wording.hectare_span(area.low, area.high)),
        "mapped": wording.hectares(row.mapped),
    }


def _chart(
    content: RunContent, found: AssessedMap, areas: Sequence[tuple[Figure, AssessedClass]]
) -> Markup:
    looks = [_look(content, row.name) for _, row in areas]
    in_hectares = _in_hectares(found)
    return Markup(
        charts.area_chart(
            [row.name for _, row in areas],
            [rare for _, rare in looks],
            [colour for colour, _ in looks],
            [(figure.value, figure.low, figure.high) for figure, _ in areas],
            [row.mapped if in_hectares else None for _, row in areas],
            "hectares" if in_hectares else "% of the ground",
        )
    )


def _matrix(content: RunContent, found: AssessedMap, order: Sequence[int]) -> dict[str, Any]:
    """Rows and columns in the order of the page, with sums; empty ground only where there is some."""
    rows = [*order, *([len(order)] if any(found.counts[-1]) else [])]
    names = [row.name for row in found.classes]
    totals = [sum(found.counts[r][c] for r in rows) for c in order]
    shares = [sum(found.shares[r][c] for r in rows) for c in order]
    return {
        "columns": [{"name": names[c], "colour": _look(content, names[c])[0]} for c in order],
        "rows": [
            {
                "name": names[r] if r < len(names) else "not mapped",
                "colour": _look(content, names[r])[0] if r < len(names) else "",
                "cells": [(*_cell(found.counts[r][c], found.shares[r][c]), r == c) for c in order],
                "sum": _cell(sum(found.counts[r]), sum(found.shares[r])),
            }
            for r in rows
        ],
        "sums": [_cell(n, s) for n, s in zip(totals, shares, strict=True)],
        "sum": _cell(sum(totals), sum(shares)),
    }


def _cell(count: float, share: float) -> tuple[str, str]:
    return (
        ("", "") if not count else (wording.count(count), wording.percent(share).removesuffix(" %"))
    )


def _disagreement(found: AssessedMap) -> str:
    if found.quantity is None or found.allocation is None:
        return ""
    where = "the ground" if found.design != CHOSEN else "the reference's ground"
    return (
        f"The map is wrong on {wording.percent(found.quantity + found.allocation)} of {where}: "
        f"{wording.percent(found.quantity)} since it gives classes too much or too little ground (quantity "
        f"disagreement), {wording.percent(found.allocation)} since it puts them in the wrong place (allocation "
        "disagreement)."
    )


def _difference(pair: MapDifference) -> dict[str, Any]:
    return {
        "name": pair.name,
        "against": pair.against,
        "overall": _signed(pair.overall),
        "rows": [
            {"name": name, "cells": [_signed(figure) for figure in figures]}
            for name, *figures in pair.classes
        ],
        "p": None if pair.p is None else f"{pair.p:.4f}",
    }


def _signed(figure: Figure) -> tuple[str, str]:
    value = wording.difference(figure.value)
    return value, wording.interval(figure.low, figure.high) if figure.has_interval else ""
