"""Charts as SVG that follows the page's colours and fonts, drawn by matplotlib's objects."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from overseed.reporting.palette import (
    ARM_INKS,
    BAND,
    INK,
    MARKERS,
    MUTED,
    PAPER,
    RULE,
    VARIABLES,
    arm_style,
)
from overseed.reporting.wording import NOT_EVALUATED, column_name, short_arm_name, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from overseed.reporting.content import Curve

ROW = 29
#: Width of a chart in CSS pixels, and of a legend's sign and of a letter.
WIDTH, SIGN, LETTER = 400, 34, 6.4
#: Times of the smallest area from which the largest asks for a logarithmic axis.
WIDE = 12
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.size": 12,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "grid.color": RULE,
    "grid.linewidth": 1,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    # A chart does not write names as formulas, whatever signs a class name holds.
    "text.parse_math": False,
}


def score_chart(
    metric: str,
    names: Sequence[str],
    rare: Sequence[bool],
    arms: Mapping[str, Sequence[float | None]],
) -> str:
    """Dots per class and arm on a scale from 0 to 1; what is ``None`` has no dot."""
    with matplotlib.rc_context(_STYLE):
        labels = [short_arm_name(arm) for arm in arms]
        figure, axes = _rows(names, rare, len(names), legend=_legend_lines(labels))
        order = list(arms)
        for place, (arm, values) in enumerate(arms.items()):
            colour, marker = arm_style(arm, order)
            shift = (place - (len(arms) - 1) / 2) * 0.2
            points = [(v, i + shift) for i, v in enumerate(values) if v is not None]
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                marker,
                color=colour,
                markersize=7,
                markeredgecolor=PAPER,
                markeredgewidth=0.8,
                label=short_arm_name(arm),
                clip_on=False,
            )
        for i, values in enumerate(zip(*arms.values(), strict=True)):
            if all(value is None for value in values):
                _note_gap(axes, i)
        _unit_axis(axes)
        axes.set_xlabel(f"{metric} on the test blocks")
        _legend_above(figure, axes)
        words = f"{metric} per class on the test blocks for {', '.join(map(short_arm_name, arms))}"
        return to_svg(figure, words)


def difference_chart(
    names: Sequence[str],
    rare: Sequence[bool],
    rows: Sequence[tuple[float | None, float | None, float | None]],
    label: str,
) -> str:
    """Differences (value, low, high) as dots with intervals around a line at zero."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _rows(names, rare, len(names))
        axes.axvline(0, color=MUTED, linewidth=1.2)
        for i, (value, low, high) in enumerate(rows):
            if value is None:
                _note_gap(axes, i)
                continue
            colour = ARM_INKS[1] if i else INK
            if low is not None and high is not None:
                axes.plot([low, high], [i, i], color=colour, linewidth=2, solid_capstyle="round")
            axes.plot([value], [i], MARKERS[1], color=colour, markersize=7, markeredgecolor=PAPER)
        bounds = [abs(x) for row in rows for x in row if x is not None]
        reach = max([0.05, *bounds]) * 1.08
        axes.set_xlim(-reach, reach)
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel(label)
        return to_svg(figure, label + " per class with interval")


def recall_chart(
    names: Sequence[str],
    rare: Sequence[bool],
    real: Sequence[float | None],
    made: Sequence[float | None],
) -> str:
    """Per class the recall on real test pixels and on changed pixels, joined by a line."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _rows(names, rare, len(names), legend=1)
        for i, pair in enumerate(zip(real, made, strict=True)):
            if None not in pair:
                axes.plot(np.array(pair), [i, i], color=RULE, linewidth=2.5, zorder=1)
        for values, place, label in ((real, 0, "real test pixels"), (made, 1, "made pixels")):
            points = [(v, i) for i, v in enumerate(values) if v is not None]
            axes.plot(
                [x for x, _ in points], [y for _, y in points], MARKERS[place],
                color=ARM_INKS[place], markersize=7.5, markeredgecolor=PAPER, label=label,
                clip_on=False,
            )  # fmt: skip
        _unit_axis(axes)
        axes.set_xlabel("recall of the discriminant analysis")
        _legend_above(figure, axes)
        return to_svg(figure, "Recall per class on real test pixels and on made pixels")


def ratio_chart(
    names: Sequence[str], native: Sequence[bool], ratios: Sequence[float | None]
) -> str:
    """Ratios per band on a logarithmic axis, with the range from one half to two shaded."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _rows(names, [False] * len(names), len(names), row=19)
        axes.set_xscale("log", base=2)
        axes.axvspan(0.5, 2, color=BAND, linewidth=0, zorder=0)
        axes.axvline(1, color=MUTED, linewidth=1.2)
        known = [r for r in ratios if r]
        low, high = min([0.25, *known]) / 1.15, max([4, *known]) * 1.15
        for i, (value, is_native) in enumerate(zip(ratios, native, strict=True)):
            if value:
                face = ARM_INKS[1] if is_native else PAPER
                axes.plot([value], [i], "o", color=ARM_INKS[1], markerfacecolor=face, markersize=7)
        axes.set_xlim(low, high)
        ticks = [2.0**n for n in range(-10, 11) if low <= 2.0**n <= high]
        every = -(-len(ticks) // 7)
        ticks = [t for i, t in enumerate(ticks, start=-ticks.index(1.0)) if i % every == 0]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.set_xlabel("fine detail, synthetic ÷ real")
        return to_svg(figure, "Ratio of fine detail in synthetic and real tiles per band")


def area_chart(
    names: Sequence[str],
    rare: Sequence[bool],
    colours: Sequence[str],
    rows: Sequence[tuple[float | None, float | None, float | None]],
    counted: Sequence[float | None],
    unit: str,
) -> str:
    """Areas (value, low, high) as dots with intervals in the classes' own colours, and what the map counts.

    The axis is logarithmic where the largest class would leave nothing to see of the smallest; an interval
    that reaches down to nothing then ends at the axis's edge.
    """
    known = [x for row in (*rows, counted) for x in row if x]
    wide = bool(known) and max(known) > WIDE * min(known)
    with matplotlib.rc_context(_STYLE):
        figure, axes = _rows(names, rare, len(names), legend=1)
        low_edge, high_edge = _area_axis(axes, known, wide)
        for i, ((value, low, high), colour) in enumerate(zip(rows, colours, strict=True)):
            if value is None:
                _note_gap(axes, i)
                continue
            if low is not None and high is not None:
                ends = [max(low, low_edge), max(high, low_edge)]
                axes.plot(ends, [i, i], color=INK, linewidth=5, solid_capstyle="butt")
                axes.plot(ends, [i, i], color=colour, linewidth=3, solid_capstyle="butt")
            axes.plot(
                [max(value, low_edge)], [i], "o", color=colour, markersize=8.5, markeredgecolor=INK,
                clip_on=False,
            )  # fmt: skip
        axes.plot([], [], "o", color=MUTED, markersize=8, markeredgecolor=INK, label="estimated")
        points = [(x, i) for i, x in enumerate(counted) if x]
        if points:
            axes.plot(
                [x for x, _ in points], [i for _, i in points], "|", color=INK, markersize=17,
                markeredgewidth=1.6, label="counted on the map",
            )  # fmt: skip
        axes.set_xlim(low_edge, high_edge)
        axes.set_xlabel(f"{unit}, logarithmic" if wide else unit)
        _legend_above(figure, axes)
        return to_svg(figure, f"Area of each class in {unit} with 95 % interval")


def curve_chart(curve: Curve, columns: Sequence[str], label: str) -> str:
    """Small lines over the training steps, one per logged column.

    The axis runs from 0 to 1 when ``label`` is "score".
    """
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(310 / 72, 185 / 72), layout="constrained")
        axes = figure.subplots()
        if label == "score":
            axes.set_ylim(0, 1)
        for place, column in enumerate(columns):
            points = [(row["step"], row[column]) for row in curve if column in row]
            # A single point is no line; it is drawn as a dot.
            marker = "o" if len(points) < 3 else ""
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                color=ARM_INKS[place % len(ARM_INKS)],
                linestyle=("-", "--", ":", "-.")[place % 4],
                linewidth=1.6,
                marker=marker,
                markersize=4,
                label=shortened(column_name(column), 26),
            )
        axes.grid(axis="y")
        axes.set_xlabel("optimizer step")
        axes.locator_params(nbins=4)
        if len(columns) > 1:
            axes.set_ylabel(label)
            figure.legend(loc="outside upper left", ncols=2, fontsize=11.5, borderpad=0)
        else:
            axes.set_ylabel(column_name(columns[0]))
        return to_svg(figure, f"{label} over the training steps")


def to_svg(figure: Figure, words: str) -> str:
    """A figure as inline SVG without prolog and addresses, and with CSS variables for colours.

    Texts stay texts and take the page's font. ``words`` describe the figure to screen readers.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "overseed"}):
        FigureCanvasSVG(figure).print_svg(
            buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    text = buffer.getvalue()
    body = text[text.index(">", text.index("<svg")) + 1 :]
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    # Only definitions need their names; those of groups repeat from chart to chart.
    name = hashlib.sha256(body.encode()).hexdigest()[:8]
    body = re.sub(r"<[^>]*>", lambda tag: _clean_tag(tag[0], name), body)
    body = re.sub(r"\n\s*", "\n", body)
    width, height = (round(72 * inches) for inches in figure.get_size_inches())
    return (
        f'<svg class="chart" role="img" aria-label="{escape(words)}" '
        f'viewBox="0 0 {width} {height}" style="max-width:{width}px">{body}'
    )


def _clean_tag(tag: str, name: str) -> str:
    """A tag of matplotlib's SVG made fit for a page with other charts; ``name`` is the chart's."""
    # Only definitions need their names; those of groups repeat from chart to chart.
    tag = re.sub(r'<g id="[^"]*"', "<g", tag)
    tag = re.sub(r'(id="|href="#|url\(#)(\w+)', rf"\1\2-{name}", tag)
    tag = re.sub(r"font-family: [^;\"]*; ?", "", tag)
    tag = re.sub(r' transform="rotate\(-0 [^"]*"', "", tag)
    for stand_in, variable in VARIABLES.items():
        tag = tag.replace(f": {stand_in}", f": {variable}")
    return tag


def _rows(
    names: Sequence[str], rare: Sequence[bool], count: int, legend: int = 0, row: int = ROW
) -> tuple[Figure, Axes]:
    """A chart with one line per name, the first on top, and room for some lines of a legend."""
    height = row * count + 50 + 24 * legend
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02)
    figure = Figure(figsize=(WIDTH / 72, height / 72), layout=layout)
    axes = figure.subplots()
    axes.set_ylim(count - 0.5, -0.5)
    labels = [shortened(n) + (" · rare" if r else "") for n, r in zip(names, rare, strict=True)]
    axes.set_yticks(range(count), labels)
    axes.tick_params(axis="y", length=0, pad=9)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    return figure, axes


def _area_axis(axes: Axes, known: Sequence[float], wide: bool) -> tuple[float, float]:
    """Both ends of an axis for areas; a logarithmic one has ticks at 1, 2 and 5 times powers of ten."""
    if not known:
        return 0.0, 1.0
    if not wide:
        axes.locator_params(axis="x", nbins=5)
        return 0.0, max(known) * 1.06
    low, high = min(known) / 1.25, max(known) * 1.25
    axes.set_xscale("log")
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    steps = (1, 2, 5) if np.log10(high / low) < 2.2 else (1,)
    ticks = [s * 10.0**d for d in decades for s in steps if low <= s * 10.0**d <= high]
    axes.set_xticks(
        ticks, [f"{t:,.0f}".replace(",", "\u202f") if t >= 1 else f"{t:g}" for t in ticks]
    )
    axes.minorticks_off()
    return low, high


def _unit_axis(axes: Axes) -> None:
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])


def _note_gap(axes: Axes, row: int) -> None:
    axes.annotate(
        NOT_EVALUATED, (0, row), (6, 0), textcoords="offset points", va="center", color=MUTED,
        fontsize=11,
    )  # fmt: skip


def _legend_columns(labels: Sequence[str]) -> int:
    """As many as fit beside each other, where all are as wide as the widest."""
    widest = max((SIGN + LETTER * len(label) for label in labels), default=1)
    return max(1, min(len(labels), int(WIDTH / widest)))


def _legend_lines(labels: Sequence[str]) -> int:
    return -(-len(labels) // _legend_columns(labels))


def _legend_above(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper left", ncols=_legend_columns(labels), fontsize=11.5,
        handletextpad=0.1, columnspacing=1.2, borderpad=0,
    )  # fmt: skip
