"""One page of pictures about the fidelity of samples: values, judges, ranges of real ground, features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from overseed.reporting.palette import safe_colour

#: Orange for samples, blue for real ground (Okabe & Ito 2008), grey for what is between real and real.
MADE, REAL, RANGE = "#d55e00", "#0072b2", "#c8c8c8"
MOST_BANDS = 8
JUDGES = {"lda": "linear discriminant", "forest": "random forest"}
MEASURES = {
    "values": "distance of values\n(standard deviations)",
    "detail": "fine detail\n(log ratio of spectral shares)",
}


def draw_fidelity(result: Mapping[str, Any], colours: Sequence[str], path: Path) -> None:
    """Draw the accepted samples' figures as PNG.

    Parameters
    ----------
    result:
        What `fidelity` writes as JSON.
    colours:
        ``#rrggbb`` of each class.
    """
    measured = result["sets"]["accepted"]
    bands = _shown(measured["histograms"])
    across = 4
    rows = -(-len(bands) // across)
    # Class names come from users and are not formulas.
    with rc_context({"text.parse_math": False, "font.size": 9}):
        figure = Figure(figsize=(13, 2.1 * rows + 8.2), layout="constrained", dpi=110)
        FigureCanvasAgg(figure)
        parts: Any = figure.subfigures(3, 1, height_ratios=(2.1 * max(rows, 1), 3.6, 3.6))
        top, middle, bottom = parts
        figure.suptitle(
            f"Fidelity of {measured['samples']} accepted samples: {result['method']}, seed {result['seed']}. "
            "Orange: changed pixels of samples; blue: real ground"
        )
        if bands:
            _histograms(top, bands, rows, across)
        left, right = middle.subplots(1, 2)
        for axes, (judge, row) in zip((left, right), measured["agreement"].items(), strict=False):
            _recalls(axes, JUDGES.get(judge, judge), row, result["classes"])
        third = bottom.subplots(1, 3)
        for axes, (name, title) in zip(third, MEASURES.items(), strict=False):
            _ranges(axes, title, measured[name], measured["channels"])
        _features(third[2], measured["kid"], result["classes"], colours)
        figure.savefig(path, format="png")


def _shown(histograms: Sequence[Any]) -> list[Any]:
    """At most eight bands, spread evenly over all."""
    if len(histograms) <= MOST_BANDS:
        return list(histograms)
    return [histograms[i] for i in np.linspace(0, len(histograms) - 1, MOST_BANDS).astype(int)]


def _histograms(place: Any, bands: Sequence[Any], rows: int, across: int) -> None:
    grid = place.subplots(rows, across, squeeze=False)
    for axes, band in zip(grid.ravel(), bands, strict=False):
        axes.stairs(band["real"], band["edges"], color=REAL, fill=True, alpha=0.35)
        axes.stairs(band["synthetic"], band["edges"], color=MADE, linewidth=1.4)
        axes.set_title(band["name"], fontsize=9)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=4)
        _plain(axes)
    for axes in grid.ravel()[len(bands) :]:
        axes.set_visible(False)
    grid[0, 0].set_ylabel("share of pixels")


def _recalls(axes: Axes, title: str, judged: Mapping[str, Any], names: Sequence[str]) -> None:
    """How much of each class a judge knows: among samples, test ground and unseen training ground."""
    rows = judged["classes"]
    for place, row in enumerate(rows):
        for side, marker, colour, label in (
            ("synthetic", "o", MADE, "samples"),
            ("test", "s", REAL, "real test ground"),
            ("unseen", "|", "black", "real training ground, unseen"),
        ):
            if row.get(side) is not None:
                axes.plot(
                    row[side], place, marker, color=colour, markersize=9 if marker == "|" else 6,
                    label=label if place == 0 else None,
                )  # fmt: skip
    axes.axvline(judged["chance"], color=RANGE, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(rows)), [names[row["index"]] for row in rows])
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("share of pixels that it knows; dashed: chance")
    axes.set_title(f"As a {title} sees it", fontsize=10)
    axes.grid(axis="x", color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
    _plain(axes)
    if rows:
        axes.legend(frameon=False, fontsize=8, loc="best")


def _ranges(axes: Axes, title: str, row: Mapping[str, Any] | None, channels: Sequence[str]) -> None:
    """A distance in each channel, over the range of real against real."""
    axes.set_title(title, fontsize=10)
    if row is None:
        axes.text(0.5, 0.5, "too few parcels", ha="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    names = channels[: len(row["synthetic"])]
    for place, (value, low, high) in enumerate(
        zip(row["synthetic"], row["low"], row["high"], strict=True)
    ):
        if low is not None:
            axes.plot([low, high], [place, place], color=RANGE, linewidth=7, solid_capstyle="butt")
        if value is not None:
            axes.plot(value, place, "o", color=MADE, markersize=5)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel("grey: real against real, 5 to 95 %")
    _plain(axes)


def _features(
    axes: Axes, kid: Mapping[str, Any], names: Sequence[str], colours: Sequence[str]
) -> None:
    """KID with its interval by encoder, over all and by class, beside real against real."""
    labels: list[str] = []
    for encoder, row in kid.items():
        if row is None:
            continue
        _, low, high = row["real"]
        entries = [("all classes", row["estimate"], MADE)]
        entries += [
            (names[int(index)], entry["estimate"], safe_colour(colours[int(index)]))
            for index, entry in row["classes"].items()
        ]
        for name, (value, bottom, top), colour in entries:
            place = len(labels)
            axes.plot([low, high], [place, place], color=RANGE, linewidth=7, solid_capstyle="butt")
            axes.plot([bottom, top], [place, place], color=colour, linewidth=1.8)
            axes.plot(value, place, "D", color=colour, markersize=5, markeredgecolor="black")
            labels.append(f"{encoder}: {name}")
    axes.set_title("KID with 95 % interval", fontsize=10)
    if not labels:
        axes.text(0.5, 0.5, "too few crops", ha="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlabel("grey: real against real, 5 to 95 % of subsets")
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
