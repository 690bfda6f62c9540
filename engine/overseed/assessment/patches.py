"""Small squares of an image brought to unit length, so that their distance says how alike they are.

Each patch has its bands' means taken off and is scaled to length 1. The distance of two patches with
correlation ρ is then √(2 − 2ρ): 0 for a copy and √2 for patches that have nothing to do with one another. A
copy that is brighter or stronger than its original is one all the same, and smooth ground is not a copy of all
other smooth ground merely since both are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.regions import squares_inside

#: Side of a patch in pixels: small enough for narrow parcels.
SIDE = 8
#: A patch whose standardised bands vary less than this has no texture that could be copied.
FLAT = 1e-3
#: Distance of patches that have nothing in common.
UNLIKE = float(np.sqrt(2))


def cut_squares(image: NDArray[Any], corners: NDArray[np.integer], size: int) -> NDArray[Any]:
    """Squares ``(n, bands, size, size)`` of an image ``(bands, h, w)``, from upper left corners ``(n, 2)``."""
    steps = np.arange(size)
    rows = corners[:, 0, None, None] + steps[:, None]
    cols = corners[:, 1, None, None] + steps
    return image[:, rows, cols].swapaxes(0, 1)


def unit_patches(patches: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Patches ``(n, bands, s, s)`` as vectors ``(n, bands · s²)`` of unit length, and which are flat.

    Flat ones become zero, so that they are unlike all others.
    """
    off = patches - patches.mean(axis=(-2, -1), keepdims=True)
    vectors = off.reshape(len(off), -1).astype(np.float32)
    lengths = np.sqrt((vectors**2).sum(axis=1))
    flat = lengths < FLAT * np.sqrt(vectors.shape[1])
    return np.where(flat[:, None], 0, vectors / np.maximum(lengths, 1e-12)[:, None]), flat


def distance_of(likeness: NDArray[np.floating]) -> NDArray[np.float64]:
    """Distance of unit vectors whose inner products are given."""
    return np.sqrt(np.maximum(2 - 2 * likeness.astype(np.float64), 0))


def turned(patches: NDArray[np.float32], symmetry: int) -> NDArray[np.float32]:
    """One of the eight symmetries of the square of patches ``(…, s, s)``."""
    found = np.rot90(patches, symmetry % 4, axes=(-2, -1))
    return found[..., ::-1] if symmetry >= 4 else found


def spread_corners(mask: NDArray[np.bool_], size: int, most: int) -> NDArray[np.int64]:
    """Upper left corners ``(n, 2)`` of at most ``most`` squares inside a mask that hardly overlap."""
    found = np.argwhere(squares_inside(mask, size))
    _, first = np.unique(found // SIDE, axis=0, return_index=True)
    chosen = found[np.sort(first)]
    return chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), most)).astype(int)]
