"""A sheet of chips for review: rare chips that lie among others, beside those among which they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overseed.reporting import wording
from overseed.reporting.chip_sheets import chip_picture

if TYPE_CHECKING:
    from overseed.chips.chip_set import ChipSet

#: Chips in a line; a chip is drawn about as large as ``SIDE``, by whole factors.
COLUMNS, SIDE = 10, 128
#: Sections on the sheet, and lines of chips for review in each.
MOST_SECTIONS, MOST_LINES = 8, 3
GAP, HEAD, CAPTION = 4, 24, 16
INK, PAPER, MUTED = (20, 20, 20), (255, 255, 255), (90, 90, 90)


@dataclass(frozen=True)
class ReviewSection:
    """Numbers of chips for review, and of the others in their cluster, those to show first in front."""

    title: str
    chips: NDArray[np.intp]
    others: NDArray[np.intp]


def draw_review(sections: Sequence[ReviewSection], chips: ChipSet, path: Path) -> None:
    """Write the sheet as PNG: for each section its chips with their numbers, then a line of the others.

    What there is no room for is counted in words.
    """
    shown = sections[:MOST_SECTIONS]
    side = _drawn_side(chips.size)
    line = side + CAPTION + GAP
    heights = [2 * HEAD + line * (_lines(section) + 1) + 3 * GAP for section in shown]
    left_out = len(sections) - len(shown)
    width = COLUMNS * (side + GAP) + 3 * GAP
    sheet = Image.new("RGB", (width, sum(heights) + (HEAD if left_out else 0) + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    letters = width // 9
    top = GAP
    for section, height in zip(shown, heights, strict=True):
        room = _lines(section) * COLUMNS
        more = len(section.chips) - room
        title = f"{section.title} ({more} more in review.csv)" if more > 0 else section.title
        pen.text((2 * GAP, top), wording.shortened(title, letters), INK, _font(15))
        _draw_lines(sheet, section.chips[:room], chips, side, top + HEAD)
        below = top + HEAD + _lines(section) * line
        pen.text((2 * GAP, below), "The others nearest to the centre:", MUTED, _font(13))
        _draw_lines(sheet, section.others[:COLUMNS], chips, side, below + HEAD - GAP)
        top += height
    if left_out:
        words = f"{left_out} more {'cluster' if left_out == 1 else 'clusters'} in review.csv"
        pen.text((2 * GAP, top), words, INK, _font(15))
    sheet.save(path, "PNG", optimize=True)


def _lines(section: ReviewSection) -> int:
    return min(MOST_LINES, -(-len(section.chips) // COLUMNS))


def _draw_lines(
    sheet: Image.Image, numbers: NDArray[np.intp], chips: ChipSet, side: int, top: int
) -> None:
    pen = ImageDraw.Draw(sheet)
    for place, number in enumerate(numbers.tolist()):
        line, column = divmod(place, COLUMNS)
        left = 2 * GAP + column * (side + GAP)
        upper = top + line * (side + CAPTION + GAP)
        image, valid = np.asarray(chips.images[number]), np.asarray(chips.valid[number])
        sheet.paste(Image.fromarray(chip_picture(image, valid, chips.stats, side)), (left, upper))
        words = f"{number} {chips.table.names[chips.labels[number]]}"
        letters = max(4, side // 6)
        pen.text((left, upper + side), wording.shortened(words, letters), MUTED, _font(11))


def _drawn_side(size: int) -> int:
    """Side that a chip is drawn with: a whole multiple of it, or a whole part."""
    if size <= SIDE:
        return size * max(1, SIDE // size)
    return -(-size // -(-size // SIDE))


def _font(size: int) -> ImageFont.FreeTypeFont:
    """Matplotlib's own font, which has the letters of most languages."""
    from matplotlib import get_data_path

    return ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
