"""An assessment's tables, for people and spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MEASURES = ("users_accuracy", "producers_accuracy", "f1", "area", "hectares")
PARTS = ("value", "standard_error", "low", "high")


def class_rows(maps: Sequence[dict[str, Any]]) -> list[list[object]]:
    """A row for each map and class, and one for each map as a whole; empty where nothing is known."""
    head: list[object] = ["map", "design", "class", "points mapped", "points reference"]
    for measure in ("overall_accuracy", *MEASURES):
        for part in PARTS:
            figure = measure if part == "value" else f"{measure}, {part}"
            head.append(figure.replace("_", " "))
    rows = [head]
    for entry in maps:
        overall = _cells(entry["overall_accuracy"])
        empty: list[object] = ["" for _ in PARTS for _ in MEASURES]
        rows.append(
            [entry["map"], entry["design"], "", entry["points"], entry["points"], *overall, *empty]
        )
        for row in entry["classes"]:
            cells: list[object] = ["" for _ in PARTS]
            for measure in MEASURES:
                cells += _cells(row[measure])
            points = [row.get("points_mapped", ""), row.get("points_reference", "")]
            rows.append([entry["map"], entry["design"], row["name"], *points, *cells])
    return rows


def matrix_rows(maps: Sequence[dict[str, Any]]) -> list[list[object]]:
    """Confusion matrices in points or pixels and in shares of the ground, one below the other."""
    rows: list[list[object]] = [["map", "unit", "mapped class", "reference class", "value"]]
    for entry in maps:
        names = [row["name"] for row in entry["classes"]]
        # Below the classes stands ground that the map leaves empty, where there is a row for it.
        for unit, matrix in (
            ("count", entry["matrix"]),
            ("share of ground", entry["matrix_of_area"]),
        ):
            for mapped, values in zip([*names, "not mapped"], matrix or [], strict=False):
                rows += [
                    [entry["map"], unit, mapped, reference, value]
                    for reference, value in zip(names, values, strict=True)
                ]
    return rows


def as_text(result: dict[str, Any]) -> str:
    """What a person at a shell reads."""
    lines: list[str] = []
    for entry in (*result["maps"], *([result["together"]] if result["together"] else [])):
        if lines:
            lines.append("")
        unit = "points" if "points_mapped" in entry["classes"][0] else "points or pixels"
        lines.append(f"{entry['map']} ({entry['design']}, {entry['points']:,} {unit})")
        lines.append(f"  overall accuracy {_written(entry['overall_accuracy'])}")
        lines.append(
            f"  quantity disagreement {entry['quantity_disagreement']:.3f}, allocation disagreement "
            f"{entry['allocation_disagreement']:.3f}"
        )
        width = max(len("class"), *(len(row["name"]) for row in entry["classes"]))
        lines.append(
            f"  {'class':{width}}  user's accuracy         producer's accuracy     hectares"
        )
        for row in entry["classes"]:
            cells = (row["users_accuracy"], row["producers_accuracy"])
            written = "  ".join(f"{_written(figure):22}" for figure in cells)
            lines.append(f"  {row['name']:{width}}  {written}  {_written(row['hectares'], ',.1f')}")
        lines += [f"  Note: {warning}" for warning in entry["warnings"]]
    for pair in result["differences"]:
        overall = pair["overall_accuracy"]
        lines += [
            "",
            f"{pair['map']} minus {pair['against']}: overall accuracy "
            + _written({**overall, "value": overall["difference"]}, "+.3f"),
        ]
        if pair["mcnemar"]:
            lines.append(f"  McNemar's exact test: p = {pair['mcnemar']['p']:.4f}")
    return "\n".join(lines)


def _cells(figure: dict[str, Any]) -> list[object]:
    return ["" if figure.get(part) is None else figure[part] for part in PARTS]


def _written(figure: dict[str, Any], form: str = ".3f") -> str:
    if figure["value"] is None:
        return "–"
    value = f"{figure['value']:{form}}"
    if figure.get("low") is None:
        return value
    return f"{value} ({figure['low']:{form}} to {figure['high']:{form}})"
