"""A sheet of samples as one PNG: per class real tiles beside synthetic ones, and rejected ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overseed.reporting import bands, pictures, wording
from overseed.reporting.palette import safe_colour
from overseed.scenes.classes import ClassTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

    from overseed.tiles.statistics import BandStats

#: Width of the sheet in inches; with this resolution it is as wide as a page of the report.
WIDTH = 8.4
DOTS_PER_INCH = 130
#: A larger file is written with a palette.
MOST_BYTES = 1_300_000
_HEAD = 0.3
_BLANK = np.uint8(238)


@dataclass(frozen=True)
class Tile:
    """One tile to show.

    ``image`` ``(bands, h, w)`` in native units, ``labels`` ``(h, w)`` uint8 with 255 = unlabelled, ``known``
    ``(h, w)`` bool where the image has a value, ``marked`` ``(h, w)`` bool what is outlined.
    """

    image: NDArray[Any]
    labels: NDArray[np.uint8]
    known: NDArray[np.bool_]
    marked: NDArray[np.bool_]
    note: str


@dataclass(frozen=True)
class ClassSection:
    """Real and synthetic tiles of one class, by its index."""

    index: int
    real: Sequence[Tile]
    made: Sequence[Tile]


def draw_gallery(
    sections: Sequence[ClassSection],
    rejected: Sequence[Tile],
    table: ClassTable,
    stats: BandStats,
    path: Path,
) -> None:
    """Write the sheet: a section per class, then the rejected samples with their reasons, then the legend.

    Of a real tile the class's parcels are outlined, of a synthetic one what was generated; only in the first
    picture and the layout, so that the second shows the texture untouched. The training side's 2nd and 98th
    percentiles stretch all pictures alike.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    looks = bands.composites(stats.names)
    columns = 2 * (len(looks) + 1)
    cell = WIDTH / columns
    heights = [_HEAD * 1.6 + cell * max(1, len(s.real), len(s.made)) for s in sections]
    per_line = columns // (len(looks) + 1)
    lines = -(-len(rejected) // per_line)
    if rejected:
        heights.append(1.3 * _HEAD + lines * (cell + _HEAD * 0.7))
    shown = [t for s in sections for t in (*s.real, *s.made)] + list(rejected)
    present = [c for c in table.classes if any((t.labels == c.index).any() for t in shown)]
    heights.append(0.25 + 0.2 * -(-len(present) // 5))
    # Class names are written as they are, not read as formulas.
    with matplotlib.rc_context({"font.size": 8, "text.parse_math": False}):
        figure = Figure(figsize=(WIDTH, sum(heights)), dpi=DOTS_PER_INCH, facecolor="white")
        canvas = FigureCanvasAgg(figure)
        parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        for part, section in zip(parts, sections, strict=False):
            _draw_section(part, section, table, stats, looks)
        if rejected:
            _draw_rejected(parts[len(sections)], rejected, table, stats, looks, lines)
        _draw_legend(parts[-1], present)
        canvas.print_png(path, metadata={"Software": None})
    if path.stat().st_size > MOST_BYTES:
        with Image.open(path) as sheet:
            small = sheet.convert("RGB").quantize(256)
        small.save(path, "PNG", optimize=True)


def _draw_section(
    part: SubFigure,
    section: ClassSection,
    table: ClassTable,
    stats: BandStats,
    looks: Sequence[bands.Composite],
) -> None:
    lines = max(1, len(section.real), len(section.made))
    half = len(looks) + 1
    height = part.get_figure(root=True).get_figheight() * part.bbox.height / part.figure.bbox.height
    grid = _cells(part, lines, 2 * half, _HEAD * 1.6 / height)
    name = wording.shortened(table.names[section.index], 40)
    top = 1 - 0.8 * _HEAD / height
    for start, words, tiles in (
        (0, f"{name}: real training tiles", section.real),
        (half, f"{name}: synthetic", section.made),
    ):
        left = grid[0][start].get_position().x0
        part.text(left, top, words, ha="left", va="center", fontsize=9.5, fontweight="bold")
        for column, title in enumerate([*(look.title for look in looks), "labels"]):
            grid[0][start + column].set_title(wording.shortened(title, 26), fontsize=7, pad=2)
        for line in range(lines):
            axes = grid[line][start : start + half]
            if line < len(tiles):
                _draw_tile(axes, tiles[line], table, stats, looks)
            elif line == 0:
                axes[0].text(0, 0.5, "none", transform=axes[0].transAxes, color="#555555")


def _draw_rejected(
    part: SubFigure,
    rejected: Sequence[Tile],
    table: ClassTable,
    stats: BandStats,
    looks: Sequence[bands.Composite],
    lines: int,
) -> None:
    half = len(looks) + 1
    height = part.get_figure(root=True).get_figheight() * part.bbox.height / part.figure.bbox.height
    grid = _cells(part, lines, 2 * half, 1.3 * _HEAD / height, _HEAD * 0.7)
    left = grid[0][0].get_position().x0
    part.text(
        left, 1 - 0.8 * _HEAD / height, "Rejected by the gate, not trained on",
        ha="left", va="center", fontsize=9.5, fontweight="bold",
    )  # fmt: skip
    for number, tile in enumerate(rejected):
        line, start = divmod(number, 2)
        axes = grid[line][start * half : (start + 1) * half]
        _draw_tile(axes, tile, table, stats, looks)
        axes[0].text(
            0, -0.04, wording.shortened(tile.note, 60), transform=axes[0].transAxes,
            ha="left", va="top", fontsize=7.5,
        )  # fmt: skip


def _cells(
    part: SubFigure, lines: int, columns: int, head: float, foot_inches: float = 0.0
) -> list[list[Axes]]:
    """Axes for ``lines`` × ``columns`` squares, the right half a little apart from the left."""
    gap, apart = 0.006, 0.02
    side = (1 - apart - gap * columns) / columns
    step = (1 - head) / lines
    height = part.get_figure(root=True).get_figheight() * part.bbox.height / part.figure.bbox.height
    foot = foot_inches / height
    grid = []
    for line in range(lines):
        row = []
        for column in range(columns):
            left = gap / 2 + column * (side + gap) + (apart if column >= columns // 2 else 0)
            bottom = 1 - head - (line + 1) * step + foot
            axis = part.add_axes((left, bottom, side, step - foot - 0.04 / height))
            axis.set_axis_off()
            axis.set_anchor("NW")
            row.append(axis)
        grid.append(row)
    return grid


def _draw_tile(
    axes: Sequence[Axes],
    tile: Tile,
    table: ClassTable,
    stats: BandStats,
    looks: Sequence[bands.Composite],
) -> None:
    for axis, look in zip(axes[:-1], looks, strict=True):
        chosen = list(look.bands)
        picture = np.where(tile.known, tile.image[chosen].astype(np.float64), np.nan)
        limits = np.array(stats.low)[chosen], np.array(stats.high)[chosen]
        stretch = limits[0], np.where(limits[1] > limits[0], limits[1], limits[0] + 1)
        pixels, seen = pictures.to_rgb(picture, stretch)
        axis.imshow(np.where(seen[..., None], pixels, _BLANK), interpolation="nearest")
    painted, labelled = pictures.colour_indices(tile.labels, table.colours)
    axes[-1].imshow(np.where(labelled[..., None], painted, _BLANK), interpolation="nearest")
    for axis in (axes[0], axes[-1]):
        _outline(axis, tile.marked)


def _outline(axis: Axes, marked: NDArray[np.bool_]) -> None:
    """A thin white line with a dark casing along the border of what is marked, on pixel edges."""
    if not marked.any():
        return
    # A frame of nothing closes the line where the mark reaches the tile's edge; each pixel becomes four, so
    # that the line keeps to the pixels' corners.
    fine = pictures.enlarge(np.pad(marked, 1), 4).astype(float)
    rows, cols = ((np.arange(n) + 0.5) / 4 - 1.5 for n in fine.shape)
    limits = axis.get_xlim(), axis.get_ylim()
    for colour, width in (("black", 1.3), ("white", 0.6)):
        axis.contour(cols, rows, fine, levels=[0.5], colors=[colour], linewidths=[width])
    axis.set_xlim(limits[0])
    axis.set_ylim(limits[1])


def _draw_legend(part: SubFigure, present: Sequence[Any]) -> None:
    from matplotlib.patches import Patch

    if present:
        part.legend(
            handles=[
                Patch(color=safe_colour(c.colour), label=wording.shortened(c.name)) for c in present
            ],
            loc="center",
            ncols=5,
            frameon=False,
            fontsize=8,
        )
