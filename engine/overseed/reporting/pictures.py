"""Arrays to pictures: thinning out, stretching, class colours, outlines, PNG as a data address."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overseed.reporting.palette import SIDE_COLOURS, rgb
from overseed.unlabelled import UNLABELLED

#: From this labelled share on, class polygons are areas: their outlines would be a tangle.
DENSE_LABELS = 0.6
#: Low and high limit per band.
Stretch = tuple[NDArray[np.floating], NDArray[np.floating]]
#: In a raster of sides: no value there.
NO_SIDE = 255
_GREYS = 40


def thinning_step(height: int, width: int, longest: int) -> int:
    """Every how many pixels to take so that no side is longer than ``longest``."""
    return max(1, -(-max(height, width) // longest))


def thin_image(
    image: NDArray[Any], bands: Sequence[int], step: int, side: NDArray[np.uint8] | None = None
) -> NDArray[np.float32]:
    """Thin out some bands of a (memory-mapped) image by averaging a few pixels of each cell.

    Parameters
    ----------
    image:
        ``(bands, height, width)`` of any real type. Only strided windows of it are read.
    side:
        ``(height, width)``, 255 where the image has no value; NaN pixels never count.

    Returns
    -------
    ``(len(bands), ceil(height / step), ceil(width / step))`` float32; NaN where nothing had a
    value.
    """
    height, width = image.shape[1:]
    offsets = sorted({step * i // min(step, 3) for i in range(min(step, 3))})
    shape = (len(bands), -(-height // step), -(-width // step))
    total = np.zeros(shape, np.float64)
    count = np.zeros(shape, np.uint8)
    for row in offsets:
        for col in offsets:
            for place, band in enumerate(bands):
                part = np.asarray(image[band, row::step, col::step], dtype=np.float64)
                valid = np.isfinite(part)
                if side is not None:
                    valid &= np.asarray(side[row::step, col::step]) != NO_SIDE
                window = (place, slice(part.shape[0]), slice(part.shape[1]))
                total[window] += np.where(valid, part, 0)
                count[window] += valid
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan).astype(np.float32)


def stretch_limits(
    pictures: Sequence[NDArray[np.floating]],
) -> Stretch:
    """2nd and 98th percentile of each band over all pictures; 0 and 1 for a band without values."""
    bands = pictures[0].shape[0]
    low, high = np.zeros(bands), np.ones(bands)
    for band in range(bands):
        values = np.concatenate([p[band][np.isfinite(p[band])].ravel() for p in pictures])
        if values.size:
            low[band], high[band] = np.percentile(values, [2, 98])
    return low, np.where(high > low, high, low + 1)


def to_rgb(
    picture: NDArray[np.floating], stretch: Stretch
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Stretch a (1 or 3, h, w) picture to bytes.

    Returns
    -------
    (h, w, 3) uint8, and (h, w) bool that is true where every band has a value.
    """
    low, high = (limit[:, None, None] for limit in stretch)
    valid = np.isfinite(picture).all(axis=0)
    scaled = np.clip((np.where(valid, picture, 0) - low) / (high - low), 0, 1)
    pixels = (scaled * 255).round().astype(np.uint8)
    return np.moveaxis(np.broadcast_to(pixels, (3, *picture.shape[1:])), 0, -1), valid


def colour_indices(
    indices: NDArray[np.integer], colours: Sequence[str]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Paint class indices in their colours; the second array is false where there is no class."""
    lookup = np.zeros((256, 3), np.uint8)
    for index, colour in enumerate(colours):
        lookup[index] = rgb(colour)
    return lookup[indices], indices < len(colours)


def index_of_codes(codes: NDArray[np.uint8], table_codes: Sequence[int]) -> NDArray[np.uint8]:
    """Class codes as class indices, 255 where the table has no such code."""
    lookup = np.full(256, UNLABELLED, np.uint8)
    lookup[list(table_codes)] = np.arange(len(table_codes), dtype=np.uint8)
    return lookup[codes]


def label_overlay(
    labels: NDArray[np.uint8], colours: Sequence[str], leave_out: int | None = None
) -> NDArray[np.uint8]:
    """Class polygons to lay over a scene, (h, w, 4) uint8.

    Outlines two pixels wide inside each polygon in the class's colour with a dark casing around;
    areas instead when more than ``DENSE_LABELS`` of the picture is labelled.

    Parameters
    ----------
    leave_out:
        Index of a class that is not drawn, such as what lies outside the polygons.
    """
    shown = labels < len(colours)
    if leave_out is not None:
        shown &= labels != leave_out
    painted, _ = colour_indices(labels, colours)
    overlay = np.zeros((*labels.shape, 4), np.uint8)
    if shown.mean() > DENSE_LABELS:
        overlay[..., :3] = np.where(shown[..., None], painted, 0)
        overlay[..., 3] = np.where(shown, 120, 0)
        return overlay
    drawn = np.where(shown, labels, UNLABELLED)
    line = shown & _near_other(drawn)
    casing = ~shown & _near_other(drawn)
    # The second row of pixels inside: those beside a line pixel of the same class.
    line |= shown & _beside(line)
    overlay[casing] = (0, 0, 0, 150)
    overlay[line, :3] = painted[line]
    overlay[line, 3] = 255
    return overlay


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of ``mask`` that touch its outside; the picture's edge counts as outside."""
    padded = np.pad(mask, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inside


def draw_edge(pixels: NDArray[np.uint8], edge: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Draw a dashed black and white line, seen on any ground, into a copy of an (h, w, 3) image."""
    drawn = pixels.copy()
    rows, cols = np.nonzero(edge)
    white = ((rows + cols) // 4) % 2 == 0
    drawn[rows, cols] = np.where(white[:, None], 255, 0)
    return drawn


def enlarge(array: NDArray[Any], times: int) -> NDArray[Any]:
    """Repeat the pixels of an (h, w) or (h, w, channels) array."""
    return array.repeat(times, axis=0).repeat(times, axis=1)


def split_picture(
    picture: NDArray[np.uint8], side: NDArray[np.uint8], labelled: NDArray[np.bool_]
) -> str:
    """The split over a grey scene as a PNG data address: sides tinted, strongly where labelled."""
    grey = picture.mean(axis=-1)
    level = (grey * (_GREYS - 1) / 255).round().astype(np.int32)
    tints = [rgb(c).astype(float) for c in SIDE_COLOURS]
    palette = np.zeros((256, 3))
    steps = np.linspace(40, 255, _GREYS)[:, None]
    for number, tint in enumerate(tints):
        for strong, weight in ((0, 0.36), (1, 0.82)):
            start = (number * 2 + strong) * _GREYS
            palette[start : start + _GREYS] = steps * (1 - weight) + tint * weight
    known = side < len(tints)
    indices = np.where(known, (side.astype(np.int32) * 2 + labelled) * _GREYS + level, 255)
    return _palette_png(indices.astype(np.uint8), palette.astype(np.uint8), transparent=255)


def percent_picture(percent: NDArray[np.uint8], high_is_pale: bool) -> str:
    """Percentages, (h, w) with 255 for none, as a PNG data address in the colours of :func:`ramp`."""
    palette = np.zeros((256, 3), np.uint8)
    palette[:101] = ramp(101, high_is_pale)
    return _palette_png(percent, palette, transparent=255)


def ramp(steps: int, high_is_pale: bool) -> NDArray[np.uint8]:
    """Colours (steps, 3) from low to high between pale blue and dark purple: ColorBrewer's BuPu.

    All readers see which is darker, and what is pale steps back.
    """
    from matplotlib import colormaps

    place = np.linspace(1, 0, steps) if high_is_pale else np.linspace(0, 1, steps)
    return (colormaps["BuPu"](place)[:, :3] * 255).round().astype(np.uint8)


def png_file(content: bytes) -> str:
    """A PNG file's content as a data address."""
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def png(pixels: NDArray[np.uint8], shown: NDArray[np.bool_] | None = None) -> str:
    """An (h, w, 3) image in 255 colours, transparent where not shown, or an (h, w, 4) one as it is.

    Returns a PNG as a data address.
    """
    if pixels.shape[-1] == 4:
        return _address(Image.fromarray(pixels, "RGBA"))
    quantised = Image.fromarray(np.ascontiguousarray(pixels), "RGB").quantize(255)
    indices = np.array(quantised, np.uint8)
    palette = np.zeros((256, 3), np.uint8)
    used = np.array(quantised.getpalette(), np.uint8).reshape(-1, 3)[:255]
    palette[: len(used)] = used
    if shown is not None:
        indices[~shown] = 255
    return _palette_png(indices, palette, transparent=255)


def _palette_png(indices: NDArray[np.uint8], palette: NDArray[np.uint8], transparent: int) -> str:
    image = Image.fromarray(indices, "P")
    image.putpalette(palette.tobytes())
    return _address(image, transparency=transparent)


def _address(image: Image.Image, **options: int) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True, **options)
    return png_file(buffer.getvalue())


def _near_other(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pixels one of whose four neighbours has another label; beyond the edge there is none."""
    near = np.zeros(labels.shape, bool)
    vertical = labels[1:] != labels[:-1]
    horizontal = labels[:, 1:] != labels[:, :-1]
    near[1:] |= vertical
    near[:-1] |= vertical
    near[:, 1:] |= horizontal
    near[:, :-1] |= horizontal
    return near


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded = np.pad(mask, 1)
    return padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
