"""A comparison's tables, for people and spreadsheets."""

from __future__ import annotations

from typing import Any

from overseed.arms import NONE
from overseed.assessment.areas import SIDES


def arm_rows(result: dict[str, Any]) -> list[list[str]]:
    """The table for people and spreadsheets: one row per arm."""
    names = [c["name"] for c in result["classes"]]
    rare = [c["name"] for c in result["classes"] if c["rare"]]
    head = [
        "arm", "IoU rare, claimed", "difference to none", "low", "high", "p (Holm)", "F1 rare", "F1 all",
        *(f"IoU {name}" for name in names), *(f"false alarms where no {name} is" for name in rare),
        "overall accuracy", "real crops", "synthetic crops", "minutes",
    ]  # fmt: skip
    rows = [head]
    against = {d["arm"]: d for d in result["differences"] if d["against"] == NONE}
    for arm in result["arms"]:
        pair = against.get(arm["arm"], {})
        values = [
            arm["claimed_iou"]["mean"], pair.get("difference"), pair.get("low"), pair.get("high"),
            pair.get("p_holm"), arm["rare_f1"]["mean"], arm["f1"]["mean"],
            *(c["iou"]["mean"] for c in arm["classes"]),
            *(c["false_alarms_where_absent"]["mean"] for c in arm["classes"] if c["name"] in rare),
            arm["overall_accuracy"]["mean"],
        ]  # fmt: skip
        counts = [arm["real_crops"], arm["synthetic_crops"]]
        rows.append(
            [
                arm["arm"],
                *("" if v is None else f"{v:.3f}" for v in values),
                *("" if v is None else f"{v:.0f}" for v in counts),
                f"{arm['minutes']:.1f}",
            ]
        )
    return rows


def area_rows(result: dict[str, Any]) -> list[list[str]]:
    """Mapped over reference area of each rare class: one row per arm and correction."""
    names = [c["name"] for c in result["classes"] if c["rare"]]
    head = ["arm", "correction", "taken by", "trainings"]
    rows = [head + [f"{name}, {side}" for side in SIDES for name in names]]
    for row in result["areas"]:
        ratios = [c[side] for side in SIDES for c in row["classes"]]
        counts = [str(row["taken"]), str(row["trainings"])]
        values = ["" if v is None else f"{v:.3f}" for v in ratios]
        rows.append([row["arm"], row["correction"], *counts, *values])
    return rows


def as_text(rows: list[list[str]]) -> str:
    """The first columns as a plain table."""
    some = [row[:8] for row in rows]
    widths = [max(len(row[i]) for row in some) for i in range(len(some[0]))]
    return "\n".join(
        "  ".join(
            v.ljust(w) if not i else v.rjust(w)
            for i, (v, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in some
    )
