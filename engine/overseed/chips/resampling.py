"""Chips brought to another size: means of pixels where they shrink, bilinear where they grow."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: A pixel has a value when at least this share of what it is made from has one.
LEAST_VALID = 0.5


def resample(
    image: NDArray[Any], valid: NDArray[np.bool_], size: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Bring a square chip to another size.

    Shrinking takes the mean of the ground under each new pixel, by area; growing interpolates between the two
    nearest pixels in each direction. Pixels without a value take no part, and integers are rounded.

    Parameters
    ----------
    image, valid:
        ``(bands, side, side)`` of any real type and ``(side, side)`` bool.

    Returns
    -------
    image, valid
        ``(bands, size, size)`` in the same type, 0 where ``valid`` ``(size, size)`` is false: where less than
        half of the weight comes from pixels with a value.
    """
    side = image.shape[-1]
    if side == size:
        return image, valid
    weights = _weights(side, size)
    if valid.all():
        enough = np.ones((size, size), bool)
        made = weights @ image.astype(np.float64) @ weights.T
    else:
        known = weights @ valid.astype(np.float64) @ weights.T
        sums = weights @ np.where(valid, image, 0).astype(np.float64) @ weights.T
        enough = known >= LEAST_VALID
        made = np.where(enough, sums / np.where(enough, known, 1), 0)
    if image.dtype.kind in "iu":
        limits = np.iinfo(image.dtype)
        made = np.clip(np.rint(made), limits.min, limits.max)
    return made.astype(image.dtype), enough


def central_square(height: int, width: int) -> tuple[int, int, int]:
    """Row, column and side of the largest square in the middle of a picture."""
    side = min(height, width)
    return (height - side) // 2, (width - side) // 2, side


@cache
def _weights(side: int, size: int) -> NDArray[np.float64]:
    """``(size, side)``: what each old pixel of a line gives to each new one; rows add up to 1."""
    if size < side:
        edges = np.arange(size + 1) * (side / size)
        old = np.arange(side)
        shared = np.minimum(edges[1:, None], old + 1) - np.maximum(edges[:-1, None], old)
        weights = np.maximum(shared, 0)
    else:
        centres = np.clip((np.arange(size) + 0.5) * (side / size) - 0.5, 0, side - 1)
        weights = np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(side)))
    return weights / weights.sum(axis=1, keepdims=True)
