"""A sheet of samples as one PNG: each synthetic tile beside the real one that it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.reporting import bands, pictures, wording
from overseed.reporting.palette import safe_colour
from overseed.scenes.classes import ClassTable

if TYPE_CHECKING:
    from overseed.tiles.statistics import BandStats

#: Real image, its labels, synthetic image, its labels, changed pixels, and their count by class.
Row = tuple[
    NDArray[Any],
    NDArray[np.uint8],
    NDArray[Any],
    NDArray[np.uint8],
    NDArray[np.bool_],
    Mapping[str, int],
]
HEADS = ("real tile", "its labels", "synthetic, changed part outlined", "its labels")
_INCHES = 1.9
_BLANK = np.uint8(238)


def draw_gallery(rows: Sequence[Row], table: ClassTable, stats: BandStats, path: Path) -> None:
    """Write the sheet, one line per sample, with a legend of the classes on it.

    Images are ``(bands, h, w)`` in native units with 0 in every band where nothing is known; labels
    ``(h, w)`` uint8 with 255 = unlabelled; changed ``(h, w)`` bool. The real tiles' 2nd and 98th
    percentiles stretch them all, so they can be compared.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    chosen, _ = bands.picture_bands(stats.names)
    stretch = pictures.stretch_limits([_picture(row[0], chosen) for row in rows])
    # Class names are written as they are, not read as formulas.
    with matplotlib.rc_context({"font.size": 8, "text.parse_math": False}):
        size = (4 * _INCHES, len(rows) * (_INCHES + 0.2) + 0.8)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(len(rows), 4, squeeze=False)
        for axes, row in zip(grid, rows, strict=True):
            for axis, tile in zip(axes, _tiles(row, chosen, table, stretch), strict=True):
                axis.imshow(tile, interpolation="nearest")
                axis.set_axis_off()
            sown = wording.shortened(wording.sown(row[5]), 46)
            axes[3].set_title(f"sown: {sown}", fontsize=8, loc="right")
        for axis, head in zip(grid[-1], HEADS, strict=True):
            axis.text(0.5, -0.03, head, ha="center", va="top", transform=axis.transAxes)
        present = np.unique([mask for row in rows for mask in (row[1], row[3])])
        figure.legend(
            handles=[
                Patch(color=safe_colour(c.colour), label=wording.shortened(c.name))
                for c in table.classes
                if c.index in present
            ],
            loc="outside lower center",
            ncols=6,
            frameon=False,
        )
        FigureCanvasAgg(figure).print_png(path, metadata={"Software": None})


def _tiles(
    row: Row, chosen: Sequence[int], table: ClassTable, stretch: pictures.Stretch
) -> list[NDArray[np.uint8]]:
    """The four pictures of a row; grey where nothing is known or labelled."""
    real, real_labels, made, made_labels, changed, _ = row
    edge = pictures.outline(changed)
    tiles = []
    for image, labels, line in ((real, real_labels, None), (made, made_labels, edge)):
        pixels, seen = pictures.to_rgb(_picture(image, chosen), stretch)
        painted, known = pictures.colour_indices(labels, table.colours)
        for tile, shown in ((pixels, seen), (painted, known)):
            whole = np.where(shown[..., None], tile, _BLANK)
            tiles.append(whole if line is None else pictures.draw_edge(whole, line))
    return tiles


def _picture(image: NDArray[Any], chosen: Sequence[int]) -> NDArray[np.floating]:
    """The bands to show, NaN where every band is 0."""
    shown = image[list(chosen)].astype(np.float32)
    shown[:, ~image.any(axis=0)] = np.nan
    return shown
