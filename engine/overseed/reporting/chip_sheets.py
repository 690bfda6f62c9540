"""Sheets of chips as one PNG: rows of pictures under headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overseed.reporting import bands, pictures, wording

if TYPE_CHECKING:
    from overseed.tiles.statistics import BandStats

#: Chips in a row; a chip is drawn about as large, by whole factors.
COLUMNS = 12
CHIP_SIDE = 96
GAP, HEAD = 4, 22
INK, PAPER, BLANK = (20, 20, 20), (255, 255, 255), (238, 238, 238)


@dataclass(frozen=True)
class ChipRows:
    """A heading and the chips under it, ``(n, bands, h, w)`` in native units, as many as there are.

    ``valid`` ``(n, h, w)`` is false where they have no value.
    """

    title: str
    images: NDArray[Any]
    valid: NDArray[np.bool_]


def draw_chips(sections: Sequence[ChipRows], stats: BandStats, path: Path) -> None:
    """Write one sheet as PNG; the training side's 2nd and 98th percentiles stretch all chips alike."""
    size = sections[0].images.shape[-1]
    side = _drawn_side(size)
    lines = [-(-len(section.images) // COLUMNS) for section in sections]
    height = sum(HEAD + count * (side + GAP) for count in lines) + GAP
    sheet = Image.new("RGB", (COLUMNS * (side + GAP) + GAP, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    top = GAP
    for section, count in zip(sections, lines, strict=True):
        pen.text((GAP, top), wording.shortened(section.title, 100), INK, _font(14))
        top += HEAD - GAP
        for number, (image, valid) in enumerate(zip(section.images, section.valid, strict=True)):
            line, column = divmod(number, COLUMNS)
            place = GAP + column * (side + GAP), top + line * (side + GAP)
            sheet.paste(Image.fromarray(chip_picture(image, valid, stats, side)), place)
        top += count * (side + GAP) + GAP
    sheet.save(path, "PNG", optimize=True)


def chip_picture(
    image: NDArray[Any], valid: NDArray[np.bool_], stats: BandStats, side: int
) -> NDArray[np.uint8]:
    """A chip ``(bands, h, w)`` as ``(side, side, 3)``; a whole multiple of its size, or smaller."""
    chosen = list(bands.composites(stats.names)[0].bands)
    values = np.where(valid, image[chosen].astype(np.float64), np.nan)
    low, high = np.array(stats.low)[chosen], np.array(stats.high)[chosen]
    pixels, seen = pictures.to_rgb(values, (low, np.where(high > low, high, low + 1)))
    pixels = np.where(seen[..., None], pixels, np.array(BLANK, np.uint8))
    own = pixels.shape[0]
    if own <= side:
        return np.ascontiguousarray(pictures.enlarge(pixels, side // own))
    step = -(-own // side)
    return np.ascontiguousarray(pixels[::step, ::step])


def _drawn_side(size: int) -> int:
    """Side that a chip is drawn with: a whole multiple of it, or a whole part."""
    if size <= CHIP_SIDE:
        return size * max(1, CHIP_SIDE // size)
    return -(-size // -(-size // CHIP_SIDE))


def _font(size: int) -> ImageFont.FreeTypeFont:
    """Matplotlib's own font, which has the letters of most languages."""
    from matplotlib import get_data_path

    return ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
