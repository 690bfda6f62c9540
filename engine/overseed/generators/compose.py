"""Putting generated pixels into real tiles: only what changed, blended over a seam inside the change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Pixels from the border of a change inwards over which real fades into generated.
SEAM = 2


def compose(real: NDArray[Any], made: NDArray[Any], changed: NDArray[np.bool_]) -> NDArray[Any]:
    """Replace the changed pixels of one tile.

    Parameters
    ----------
    real, made:
        ``(bands, height, width)`` in the same type.
    changed:
        ``(height, width)`` bool.

    Returns
    -------
    The tile: bit-identical to ``real`` outside ``changed``; inside, the weight of ``made`` grows with the
    distance to the nearest unchanged pixel and is full from ``SEAM + 1`` pixels on.
    """
    from scipy.ndimage import distance_transform_cdt

    # Ground beyond the tile's edge is no seam, so the change is continued there before measuring.
    padded = np.pad(changed, SEAM + 1, mode="edge")
    depth = distance_transform_cdt(padded, metric="chessboard")[
        SEAM + 1 : -SEAM - 1, SEAM + 1 : -SEAM - 1
    ]
    # Without any unchanged pixel there is no distance; SciPy says -1, and there is no seam either.
    depth = np.where(depth < 0, SEAM + 1, depth)
    weight = np.clip(depth / (SEAM + 1), 0, 1).astype(np.float32)
    mixed = real.astype(np.float32) * (1 - weight) + made.astype(np.float32) * weight
    if np.dtype(real.dtype).kind in "iu":
        mixed = np.rint(mixed)
    return np.where(changed, mixed.astype(real.dtype), real)


def inner_pixels(changed: NDArray[np.bool_], inside: int = SEAM) -> NDArray[np.bool_]:
    """Changed pixels at least ``inside`` pixels away from unchanged ones; ``(…, height, width)`` bool."""
    from scipy.ndimage import binary_erosion

    structure = np.ones((2 * inside + 1, 2 * inside + 1), bool)
    tiles = changed.reshape(-1, *changed.shape[-2:])
    inner = [binary_erosion(tile, structure, border_value=1) for tile in tiles]
    return np.array(inner, bool).reshape(changed.shape)
