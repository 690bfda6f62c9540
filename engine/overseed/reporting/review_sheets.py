"""Contact sheets: numbered cells with a sample, real ground that resembles it, and the sample's labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overseed.reporting import bands, pictures, wording
from overseed.reporting.gallery import Tile
from overseed.reporting.palette import rgb
from overseed.scenes.classes import ClassTable

if TYPE_CHECKING:
    from overseed.tiles.statistics import BandStats

#: Cells in a row of a sheet and rows of cells on it.
COLUMNS, LINES = 3, 6
#: A tile is drawn about as large, by whole factors.
TILE_SIDE = 128
GAP, CAPTION, HEAD, LEGEND = 4, 18, 26, 24
INK, PAPER, BLANK = (20, 20, 20), (255, 255, 255), (238, 238, 238)

#: Left, top, width and height in pixels of a sheet.
Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class Cell:
    """A sample by its number, real ground of the same class or ``None``, and a line of text."""

    number: int
    sample: Tile
    real: Tile | None
    caption: str


def per_sheet() -> int:
    """How many samples a sheet holds."""
    return COLUMNS * LINES


def draw_sheet(
    cells: Sequence[Cell], table: ClassTable, stats: BandStats, title: str, path: Path
) -> list[Rectangle]:
    """Write one sheet as PNG and say where each of its cells lies.

    A cell shows the sample, with what was made in it outlined by a dashed line; real ground, its parcels of
    the class outlined; and the sample's labels in the classes' colours. The training side's 2nd and 98th
    percentiles stretch all alike.
    """
    side = _drawn_side(cells[0].sample.labels.shape[0])
    width, height = 3 * side + 2 * GAP, side + CAPTION
    present = [c for c in table.classes if any((x.sample.labels == c.index).any() for x in cells)]
    lines = -(-len(cells) // COLUMNS)
    legend_lines = -(-len(present) // 4)
    sheet = Image.new(
        "RGB",
        (
            COLUMNS * (width + 4 * GAP) + 4 * GAP,
            HEAD + lines * (height + 3 * GAP) + legend_lines * LEGEND + 3 * GAP,
        ),
        PAPER,
    )
    pen = ImageDraw.Draw(sheet)
    pen.text((4 * GAP, GAP), title, INK, _font(15))
    places: list[Rectangle] = []
    for order, cell in enumerate(cells):
        line, column = divmod(order, COLUMNS)
        left = 4 * GAP + column * (width + 4 * GAP)
        top = HEAD + line * (height + 3 * GAP)
        pen.text((left, top), cell.caption, INK, _font(13))
        tiles = (
            _picture(cell.sample, stats),
            None if cell.real is None else _picture(cell.real, stats),
            _labels(cell.sample, table),
        )
        for number, tile in enumerate(tiles):
            place = left + number * (side + GAP), top + CAPTION
            if tile is None:
                pen.rectangle((*place, place[0] + side - 1, place[1] + side - 1), BLANK)
                pen.text((place[0] + GAP, place[1] + GAP), "no real ground", INK, _font(12))
            else:
                sheet.paste(Image.fromarray(_sized(tile, side)), place)
        places.append((left, top, width, height))
    for order, c in enumerate(present):
        line, column = divmod(order, 4)
        left = 4 * GAP + column * ((sheet.width - 8 * GAP) // 4)
        top = HEAD + lines * (height + 3 * GAP) + line * LEGEND
        pen.rectangle((left, top, left + 16, top + 16), tuple(rgb(c.colour).tolist()))
        pen.text((left + 22, top), wording.shortened(c.name, 30), INK, _font(13))
    sheet.save(path, "PNG", optimize=True)
    return places


def _drawn_side(tile: int) -> int:
    """Side that a tile is drawn with: a whole multiple of it, or a whole part."""
    if tile <= TILE_SIDE:
        return tile * max(1, TILE_SIDE // tile)
    return -(-tile // pictures.thinning_step(tile, tile, TILE_SIDE))


def _sized(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    own = pixels.shape[0]
    if own <= side:
        return np.ascontiguousarray(pictures.enlarge(pixels, side // own))
    step = pictures.thinning_step(own, own, TILE_SIDE)
    return np.ascontiguousarray(pixels[::step, ::step])


def _picture(tile: Tile, stats: BandStats) -> NDArray[np.uint8]:
    chosen = list(bands.composites(stats.names)[0].bands)
    values = np.where(tile.known, tile.image[chosen].astype(np.float64), np.nan)
    low, high = np.array(stats.low)[chosen], np.array(stats.high)[chosen]
    pixels, seen = pictures.to_rgb(values, (low, np.where(high > low, high, low + 1)))
    pixels = np.where(seen[..., None], pixels, np.array(BLANK, np.uint8))
    return pictures.draw_edge(pixels, pictures.outline(tile.marked))


def _labels(tile: Tile, table: ClassTable) -> NDArray[np.uint8]:
    painted, labelled = pictures.colour_indices(tile.labels, table.colours)
    painted = np.where(labelled[..., None], painted, np.array(BLANK, np.uint8))
    return pictures.draw_edge(painted, pictures.outline(tile.marked))


def _font(size: int) -> ImageFont.FreeTypeFont:
    """Matplotlib's own font, which has the letters of most languages."""
    from matplotlib import get_data_path

    return ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
