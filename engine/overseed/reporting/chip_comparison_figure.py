"""The figure of a comparison of chip classifiers: what each arm is worth, and its differences to ``none``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from overseed.assessment.chip_comparison import MEASURES
from overseed.assessment.chip_verdict import is_clear
from overseed.reporting.comparison_figures import BETTER, ROW_INCHES, UNCLEAR, WORSE

TITLES = {"f1": "F1 at the threshold", "average_precision": "average precision", "recall": "recall"}


def draw_chip_comparison(result: Mapping[str, Any], path: Path) -> None:
    """F1 of the rare classes for each arm, and the differences of three scores with intervals.

    ``result`` is what :func:`~overseed.assessment.chip_comparison.compare_chips` gives for one side.
    """
    arms = sorted(result["arms"], key=lambda arm: arm["f1"]["mean"] or 0)
    figure = Figure(figsize=(11, 1.8 + ROW_INCHES * len(arms)), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 1 + len(MEASURES), sharey=True)
    for place, arm in enumerate(arms):
        found = arm["f1"]
        if found["mean"] is not None:
            panels[0].plot([found["low"], found["high"]], [place] * 2, color=UNCLEAR, linewidth=1.2)
            panels[0].plot(found["mean"], place, "o", color="black", markersize=5)
    panels[0].set_xlabel("F1 of the rare classes,\nlowest to highest training")
    panels[0].set_yticks(range(len(arms)), [arm["arm"] for arm in arms])
    rows = {(d["measure"], d["arm"]): d for d in result["differences"]}
    for axes, measure in zip(panels[1:], MEASURES, strict=True):
        for place, arm in enumerate(arms):
            row = rows.get((measure, arm["arm"]))
            if row is None or row["difference"] is None:
                continue
            colour = UNCLEAR
            if is_clear(row):
                colour = BETTER if row["difference"] > 0 else WORSE
            if row["low"] is not None:
                axes.plot([row["low"], row["high"]], [place] * 2, color=colour, linewidth=2)
            axes.plot(row["difference"], place, "D", color=colour, markersize=5)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_xlabel(f"{TITLES[measure]},\ndifference to none")
    for axes in panels:
        axes.grid(axis="x", color="#dddddd", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(
        f"{result['positives']} chips of rare classes among {result['chips']}, trainings of each arm: "
        f"{result['seeds']}; 95 % intervals, coloured where clear after Holm's correction",
        fontsize="small",
    )
    figure.savefig(path, format="png")
