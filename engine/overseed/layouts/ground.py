"""A tile while its layout is being changed, and where a shape fits on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.bank import Shape
from overseed.layouts.parcels import CODES, border_of, main_part, padded_codes

#: Weight of a neighbour that a parcel must not touch, one of its own class: the two would be one parcel.
NEVER = -1e9
#: Places tried for a shape, and those of them that are looked at closely.
PLACES = 48
CLOSELY = 4
#: Pixels of a shape and of its border that are looked at first.
PROBES = 12


class Ground:
    """Codes of a tile with a rim, flat.

    ``free`` says which pixels may be given away, ``made`` which ones a generator has to make; ``anchors`` are
    the pixels that were free at first.
    """

    def __init__(
        self,
        labels: NDArray[np.uint8],
        visible: NDArray[np.bool_] | None,
        donors: NDArray[np.bool_],
    ) -> None:
        grid = padded_codes(labels, visible)
        self.shape = labels.shape
        self.width = grid.shape[1]
        self.grid = grid
        self.codes = grid.ravel()
        self.free = donors[self.codes]
        self.anchors = np.flatnonzero(self.free)
        self.made = np.zeros(grid.size, bool)
        self.scratch = np.zeros(grid.size, bool)

    def give(self, pixels: NDArray[np.intp], taker: int) -> NDArray[np.intp]:
        """Give pixels to a class; returns how many each code ``(257,)`` lost."""
        lost = np.bincount(self.codes[pixels], minlength=CODES)
        self.codes[pixels] = taker
        self.free[pixels] = False
        self.made[pixels] = True
        return lost

    def protect(self, owner: int) -> None:
        """Take no more from a class."""
        self.free &= self.codes != owner

    def score(self, pixels: NDArray[np.intp], weights: NDArray[np.float64]) -> float:
        """Mean weight of what a parcel of these pixels would touch."""
        around = self.codes[border_of(pixels, self.width, self.scratch)]
        return float(weights[around].sum() / len(around))

    def labels(self) -> NDArray[np.uint8]:
        """The layout ``(height, width)``; ground that is not visible is unlabelled."""
        inner = self.grid[1:-1, 1:-1]
        return np.minimum(inner, 255).astype(np.uint8)


@dataclass(frozen=True)
class Footprint:
    """A shape in one of its eight symmetries, as offsets in flat codes of one width.

    ``body`` and ``border`` count from the upper left pixel of its frame; ``body_at`` and ``border_at`` are the
    same as rows and columns, the probes a few of each.
    """

    body: NDArray[np.intp]
    border: NDArray[np.intp]
    probes: NDArray[np.intp]
    border_probes: NDArray[np.intp]
    body_at: tuple[NDArray[np.intp], NDArray[np.intp]]
    border_at: tuple[NDArray[np.intp], NDArray[np.intp]]
    shape: tuple[int, int]
    cut: tuple[bool, bool, bool, bool]


def footprint(shape: Shape, symmetry: int, width: int) -> Footprint:
    """Turn a shape: ``symmetry % 4`` quarter turns, mirrored from 4 on."""
    mask = np.rot90(shape.mask, symmetry % 4)
    edges = np.zeros((3, 3), bool)
    edges[0, 1], edges[1, 2], edges[2, 1], edges[1, 0] = shape.cut
    edges = np.rot90(edges, symmetry % 4)
    if symmetry >= 4:
        mask, edges = mask[:, ::-1], edges[:, ::-1]
    rows, cols = np.nonzero(mask)
    body = rows * width + cols
    # One row and column further in, every neighbour has an index of its own.
    inner = body + width + 1
    scratch = np.zeros((mask.shape[0] + 2) * width + 2, bool)
    inner_border = border_of(inner, width, scratch)
    border = inner_border - width - 1
    border_rows, border_cols = np.divmod(inner_border, width)
    cut = (bool(edges[0, 1]), bool(edges[1, 2]), bool(edges[2, 1]), bool(edges[1, 0]))
    return Footprint(
        body=body,
        border=border,
        probes=body[:: max(1, len(body) // PROBES)],
        border_probes=border[:: max(1, len(border) // PROBES)],
        body_at=(rows, cols),
        border_at=(border_rows - 1, border_cols - 1),
        shape=(mask.shape[0], mask.shape[1]),
        cut=cut,
    )


def find_place(
    ground: Ground,
    print_: Footprint,
    beside: int,
    weights: NDArray[np.float64],
    least: float,
    rng: np.random.Generator,
) -> NDArray[np.intp] | None:
    """Pixels of a place where a shape is wholly on free ground, or None.

    Of ``PLACES`` random ones, which touch the code ``beside`` if the tile has it, that is taken whose
    neighbours look best at a glance, if their mean weight is at least ``least``. A shape that the crop's edge
    had cut comes to lie at the tile's edge again.
    """
    bases = _bases(ground, print_, beside, rng)
    if not bases.size:
        return None
    bases = bases[ground.free[bases[:, None] + print_.probes].all(1)]
    if not bases.size:
        return None
    codes = ground.codes
    promise = weights[codes[bases[:, None] + print_.border_probes]].sum(1)
    for base in bases[np.argsort(-promise)[:CLOSELY]].tolist():
        pixels = print_.body + base
        if ground.free[pixels].all():
            around = weights[codes[print_.border + base]]
            if around.sum() >= least * len(around):
                return pixels
    return None


def find_clipped(
    ground: Ground,
    print_: Footprint,
    beside: int,
    weights: NDArray[np.float64],
    least: float,
    rng: np.random.Generator,
) -> NDArray[np.intp] | None:
    """Like :func:`find_place`, but the shape ends where free ground does; at least half of it is left."""
    bases = _bases(ground, print_, beside, rng)
    fits = ground.free[bases[:, None] + print_.probes].mean(1)
    for number in np.argsort(-fits)[:CLOSELY].tolist():
        pixels = print_.body + bases[number]
        pixels = pixels[ground.free[pixels]]
        if 2 * len(pixels) < len(print_.body):
            continue
        pixels = main_part(pixels, ground.width)
        if 2 * len(pixels) >= len(print_.body) and ground.score(pixels, weights) >= least:
            return pixels
    return None


def _bases(
    ground: Ground, print_: Footprint, beside: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Random places of a frame inside the tile.

    At each of them a pixel of the shape's border has the code ``beside``, or one of the shape itself is on free
    ground where the tile lacks that code.
    """
    height, width = ground.shape
    last_row, last_col = height + 1 - print_.shape[0], width + 1 - print_.shape[1]
    top, right, bottom, left = print_.cut
    if last_row < 1 or last_col < 1 or not ground.anchors.size:
        return np.zeros(0, np.intp)
    if (top and bottom and last_row > 1) or (left and right and last_col > 1):
        return np.zeros(0, np.intp)
    anchors, rows, cols = np.flatnonzero(ground.codes == beside), *print_.border_at
    if not anchors.size:
        anchors, rows, cols = ground.anchors, *print_.body_at
    draw = rng.random((2, PLACES))
    at_rows, at_cols = np.divmod(anchors[(draw[0] * len(anchors)).astype(np.intp)], ground.width)
    chosen = (draw[1] * len(rows)).astype(np.intp)
    at_rows = at_rows - rows[chosen]
    at_cols = at_cols - cols[chosen]
    if top or bottom:
        at_rows[:] = 1 if top else last_row
    if left or right:
        at_cols[:] = 1 if left else last_col
    inside = (at_rows >= 1) & (at_rows <= last_row) & (at_cols >= 1) & (at_cols <= last_col)
    return (at_rows * ground.width + at_cols)[inside]
