"""Image quilting: Efros & Freeman, "Image Quilting for Texture Synthesis and Transfer", 2001.

Kept: overlapping blocks of a real texture, each the one of several that continues its neighbours best, cut
along the path of least difference.
Changed: many surfaces are quilted at once; what is made is a map of which source pixel goes where, so that
the number of bands does not matter; a block may go on where its neighbour's source goes on, so that a texture
larger than its surface is taken in one piece; blocks are first joined to rows and then rows to surfaces, so
that seams of a kind are found together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Side of a block, and the pixels by which it overlaps its neighbours.
BLOCK, OVERLAP = 16, 5
STEP = BLOCK - OVERLAP
#: Blocks of the texture that are tried, beside those that go on where a neighbour's source goes on.
TRIED = 5
#: Cost of a block that shows no pixel of the texture itself; two random blocks differ by about 2.
MISSING = 1.5
#: Cost of a block for each other of its surface that shows the same or nearly the same place.
AGAIN = 0.5
#: Places of a texture count as good for a block that show at least this part of what its best place shows.
GOOD = 0.75


@dataclass(frozen=True)
class Textures:
    """Rectangular textures, at least a block large, to quilt from.

    Parameters
    ----------
    pixels:
        Source pixel of each place, all textures' rows after one another: int32.
    features:
        ``(source pixels, f)`` float32, what blocks are compared by; of about unit variance.
    looks:
        The features of each place: ``(places, f)``.
    starts, heights, widths:
        ``(count,)`` int64, where a texture's places begin, and its sides.
    missing:
        Share of a block of each place, by its upper left corner, that the texture itself does not cover;
        ``inf`` where no block has room. float32, like ``pixels``.
    good, good_starts, good_counts:
        For each texture the corners of good blocks, as places.
    """

    pixels: NDArray[np.int32]
    features: NDArray[np.float32]
    looks: NDArray[np.float32]
    starts: NDArray[np.int64]
    heights: NDArray[np.int64]
    widths: NDArray[np.int64]
    missing: NDArray[np.float32]
    good: NDArray[np.int64]
    good_starts: NDArray[np.int64]
    good_counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)


def make_textures(
    grids: list[NDArray[np.int32]],
    covered: list[NDArray[np.bool_]],
    features: NDArray[np.float32],
) -> Textures:
    """Textures from maps of source pixels and where they are the texture's own, both ``(h, w)``."""
    missing, good = [], []
    sizes = np.array([grid.size for grid in grids])
    starts = np.cumsum(sizes) - sizes
    for start, mask in zip(starts, covered, strict=True):
        total = np.pad(np.cumsum(np.cumsum(~mask, axis=0), axis=1), ((1, 0), (1, 0)))
        part = np.full(mask.shape, np.inf, np.float32)
        part[: len(mask) - BLOCK + 1, : mask.shape[1] - BLOCK + 1] = (
            total[BLOCK:, BLOCK:] - total[:-BLOCK, BLOCK:]
            - total[BLOCK:, :-BLOCK] + total[:-BLOCK, :-BLOCK]
        ) / BLOCK**2  # fmt: skip
        missing.append(part.ravel())
        good.append(start + np.flatnonzero(1 - part >= GOOD * (1 - part.min())))
    counts = np.array([len(places) for places in good])
    pixels = np.concatenate([grid.ravel() for grid in grids])
    return Textures(
        pixels=pixels,
        features=features,
        looks=features[pixels],
        starts=starts,
        heights=np.array([len(grid) for grid in grids]),
        widths=np.array([grid.shape[1] for grid in grids]),
        missing=np.concatenate(missing),
        good=np.concatenate(good),
        good_starts=np.cumsum(counts) - counts,
        good_counts=counts,
    )


def quilt(
    textures: Textures,
    choices: NDArray[np.int64],
    shape: tuple[int, int],
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Fill surfaces of one shape, each from its own textures.

    Parameters
    ----------
    choices:
        ``(n, k)``, the textures that each surface may take blocks from; repeat one to make it likelier.
    shape:
        Height and width.

    Returns
    -------
    ``(n, height, width)`` int32, which source pixel goes where.
    """
    counts = [max(1, -(-(side - OVERLAP) // STEP)) for side in shape]
    corners, widths = _choose_blocks(textures, choices, (counts[0], counts[1]), rng)
    rows = _join_columns(textures, corners, widths)
    return _join_rows(textures, rows)[:, : shape[0], : shape[1]]


def _choose_blocks(
    textures: Textures,
    choices: NDArray[np.int64],
    counts: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The corner of each block's source, as a place, and its texture's width: ``(n, *counts)``."""
    n = len(choices)
    corners = np.zeros((n, *counts), np.int64)
    owners = np.zeros((n, *counts), np.int64)
    for row in range(counts[0]):
        for col in range(counts[1]):
            tried = choices[np.arange(n)[:, None], rng.integers(choices.shape[1], size=(n, TRIED))]
            places = (rng.random((n, TRIED)) * textures.good_counts[tried]).astype(np.int64)
            corner = textures.good[textures.good_starts[tried] + places]
            around = []
            if col:
                around.append((corners[:, row, col - 1], owners[:, row, col - 1], (0, STEP)))
            if row:
                around.append((corners[:, row - 1, col], owners[:, row - 1, col], (STEP, 0)))
            for place, owner, shift in around:
                on, possible = _continued(textures, place, owner, shift)
                on, by = np.where(possible, (on, owner), (corner[:, 0], tried[:, 0]))
                corner = np.concatenate([corner, on[:, None]], axis=1)
                tried = np.concatenate([tried, by[:, None]], axis=1)
            cost = MISSING * textures.missing[corner]
            for place, owner, shift in around:
                cost += _difference(textures, corner, tried, place, owner, shift)
            used = np.abs(
                corner[:, :, None] - corners.reshape(n, 1, -1)[..., : row * counts[1] + col]
            )
            cost += AGAIN * (used < STEP // 2).sum(axis=2, dtype=np.float32)
            best = np.arange(n), cost.argmin(axis=1)
            corners[:, row, col], owners[:, row, col] = corner[best], tried[best]
    return corners, textures.widths[owners]


def _continued(
    textures: Textures, place: NDArray[np.int64], owner: NDArray[np.int64], shift: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The place at ``shift`` from another in the same texture, and whether a block has room there."""
    width = textures.widths[owner]
    row, col = np.divmod(place - textures.starts[owner], width)
    row, col = row + shift[0], col + shift[1]
    room = (row + BLOCK <= textures.heights[owner]) & (col + BLOCK <= width)
    return textures.starts[owner] + row * width + col, room


def _difference(
    textures: Textures,
    corner: NDArray[np.int64],
    owner: NDArray[np.int64],
    place: NDArray[np.int64],
    neighbour: NDArray[np.int64],
    shift: tuple[int, int],
) -> NDArray[np.float32]:
    """Mean squared difference between blocks ``(n, tried)`` and a neighbour ``(n,)`` where they overlap."""
    # Every third pixel tells enough.
    height, width = BLOCK - shift[0], BLOCK - shift[1]
    rows, cols = np.divmod(np.arange(0, height * width, 3), width)
    mine: NDArray[Any] = corner[..., None] + rows * textures.widths[owner][..., None] + cols
    theirs: NDArray[Any] = place[:, None] + (rows + shift[0]) * textures.widths[neighbour][:, None]
    theirs += cols + shift[1]
    apart = np.take(textures.looks, mine, axis=0)
    apart -= np.take(textures.looks, theirs, axis=0)[:, None]
    return np.einsum("ncpf,ncpf->nc", apart, apart) / np.float32(len(rows))


def _join_columns(
    textures: Textures, corners: NDArray[np.int64], widths: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Join the blocks of each row of blocks: ``(n, rows of blocks, BLOCK, width)``."""
    n, down, across = corners.shape
    rows, cols = np.indices((BLOCK, BLOCK))
    joined = np.empty((n, down, BLOCK, across * STEP + OVERLAP), np.int32)
    for col in range(across):
        places = corners[:, :, col, None, None] + rows * widths[:, :, col, None, None] + cols
        block = np.take(textures.pixels, places)
        part = joined[..., col * STEP : col * STEP + BLOCK]
        if col:
            old = part[..., :OVERLAP]
            keep = _least_seam(textures.features, old, block[..., :OVERLAP])
            block[..., :OVERLAP] = np.where(keep, old, block[..., :OVERLAP])
        part[...] = block
    return joined


def _join_rows(textures: Textures, rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Join rows of blocks: ``(n, height, width)``."""
    n, down, _, width = rows.shape
    joined = np.empty((n, down * STEP + OVERLAP, width), np.int32)
    joined[:, :BLOCK] = rows[:, 0]
    if down > 1:
        above = rows[:, :-1, STEP:].swapaxes(-2, -1)
        below = rows[:, 1:, :OVERLAP].swapaxes(-2, -1)
        keep = _least_seam(textures.features, above, below)
        seams = np.where(keep, above, below).swapaxes(-2, -1)
        for row in range(1, down):
            joined[:, row * STEP : row * STEP + OVERLAP] = seams[:, row - 1]
            joined[:, row * STEP + OVERLAP : row * STEP + BLOCK] = rows[:, row, OVERLAP:]
    return joined


def _least_seam(
    features: NDArray[np.float32], old: NDArray[np.int32], new: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Where to keep the old of two overlapping strips ``(…, length, OVERLAP)``: before the cheapest cut.

    The cut moves by at most one pixel from line to line; its own pixels are the old ones.
    """
    keep = np.ones(old.shape, bool)
    # Where a source goes on over the seam there is nothing to cut.
    differ = (old != new).any(axis=(-2, -1))
    if not differ.any():
        return keep
    apart = np.take(features, old[differ], axis=0)
    apart -= np.take(features, new[differ], axis=0)
    cost = np.einsum("...f,...f->...", apart, apart)
    # Lines first and strips last, so that all strips' costs of one place lie side by side.
    cost = np.ascontiguousarray(cost.transpose(1, 2, 0))
    length, width, n = cost.shape
    # Beyond a strip's sides no cut goes.
    padded = np.full((length, width + 2, n), np.inf, np.float32)
    padded[0, 1:-1] = cost[0]
    for line in range(1, length):
        above = padded[line - 1]
        least = np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
        padded[line, 1:-1] = cost[line] + least
    cut = np.empty((length, n), np.int64)
    cut[-1] = padded[-1, 1:-1].argmin(axis=0)
    every = np.arange(n)
    for line in range(length - 2, -1, -1):
        near = cut[line + 1] + np.arange(3)[:, None]
        cut[line] = cut[line + 1] - 1 + padded[line, near, every].argmin(axis=0)
    keep[differ] = np.arange(width) <= cut.T[..., None]
    return keep
