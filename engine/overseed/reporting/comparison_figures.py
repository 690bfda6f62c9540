"""Figures of a comparison: what each arm is worth, and how much ground it maps for each rare class."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

#: Blue and orange of Okabe & Ito (2008), which colour-blind readers tell apart; grey for what stands apart.
BETTER, WORSE, UNCLEAR = "#0072b2", "#d55e00", "#777777"
ROW_INCHES = 0.34


def draw_comparison(result: Mapping[str, Any], path: Path) -> None:
    """Mean IoU of the claimed classes for each arm, and its difference to ``none`` with an interval."""
    rows = {d["arm"]: d for d in result["differences"] if d["against"] == "none"}
    arms = sorted(result["arms"], key=lambda a: a["claimed_iou"]["mean"] or 0)
    figure = Figure(figsize=(9.5, 1.5 + ROW_INCHES * len(arms)), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1.4))
    for place, arm in enumerate(arms):
        found = arm["claimed_iou"]
        if found["mean"] is not None:
            left.plot([found["low"], found["high"]], [place, place], color=UNCLEAR, linewidth=1.2)
            left.plot(found["mean"], place, "o", color="black", markersize=5)
        row = rows.get(arm["arm"])
        if row is None or row["difference"] is None:
            continue
        clear = row["p_holm"] is not None and row["p_holm"] < 0.05
        colour = (BETTER if row["difference"] > 0 else WORSE) if clear else UNCLEAR
        if row["low"] is not None:
            right.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2)
        right.plot(row["difference"], place, "D", color=colour, markersize=5)
    right.axvline(0, color="black", linewidth=0.8)
    left.set_yticks(range(len(arms)), [a["arm"] for a in arms])
    left.set_xlabel("mean IoU of the rare classes,\nlowest to highest training")
    right.set_xlabel("difference to none, 95 % interval;\ncoloured: clear after Holm's correction")
    for axes in (left, right):
        axes.grid(axis="x", color="#dddddd", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="png")


def draw_areas(result: Mapping[str, Any], path: Path) -> None:
    """Mapped over reference area of each rare class on the test blocks, one row per arm."""
    rare = [i for i, c in enumerate(result["classes"]) if c["rare"] and c["test_pixels"]]
    arms = result["arms"][::-1]
    figure = Figure(figsize=(9.5, 1.7 + ROW_INCHES * len(arms)), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.axvspan(1 / 1.5, 1.5, color="#eeeeee")
    axes.axvline(1, color="black", linewidth=0.8)
    for number, index in enumerate(rare):
        points = []
        for place, arm in enumerate(arms):
            share = arm["classes"][index]
            ratio = (share["mapped_share"] or 0) / max(share["reference_share"] or 0, 1e-9)
            points.append((np.clip(ratio, 0.05, 20), place))
        shift = (number - (len(rare) - 1) / 2) * 0.12
        axes.plot(
            [x for x, _ in points], [y + shift for _, y in points], "osD^vPX*"[number % 8],
            markersize=5, label=result["classes"][index]["name"],
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks([0.1, 0.5, 1, 2, 5, 10], ["0.1", "0.5", "1", "2", "5", "10"])
    axes.set_yticks(range(len(arms)), [a["arm"] for a in arms])
    axes.set_xlabel("mapped area / reference area on the test blocks; shaded: within 1.5 times")
    axes.spines[["top", "right"]].set_visible(False)
    if rare:
        figure.legend(loc="outside upper center", ncols=min(6, len(rare)), frameon=False)
    figure.savefig(path, format="png")
