"""Parcels as sets of pixels: connected components of one class, their borders and their form.

A parcel is a connected component with 8 neighbours, so that a road that runs diagonally is one parcel. Pixels
are flat indices into a tile's codes (:func:`padded_codes`), which have a rim of one pixel; a neighbour is
then a constant offset away and never outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Code of what is not visible or beyond the tile: nothing is known about it, not even that it is unlabelled.
BEYOND = 256
#: Number of codes: class indices, UNLABELLED and BEYOND.
CODES = 257
EIGHT = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Parcels:
    """Parcels of a tile; ``pixels`` are sorted by parcel, parcel ``i`` has ``pixels[starts[i]:starts[i + 1]]``.

    ``sizes`` and ``owners`` are pixels and class index of each.
    """

    pixels: NDArray[np.intp]
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]
    owners: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, number: int) -> NDArray[np.intp]:
        """Flat indices of the pixels of one parcel."""
        return self.pixels[self.starts[number] : self.starts[number + 1]]


def padded_codes(
    labels: NDArray[np.uint8], visible: NDArray[np.bool_] | None = None
) -> NDArray[np.int16]:
    """Codes ``(height + 2, width + 2)`` of labels ``(height, width)``, with a rim that is ``BEYOND``."""
    height, width = labels.shape
    codes = np.full((height + 2, width + 2), BEYOND, np.int16)
    codes[1:-1, 1:-1] = labels
    if visible is not None and not visible.all():
        codes[1:-1, 1:-1][~visible] = BEYOND
    return codes


def find_parcels(codes: NDArray[np.int16], classes: list[int]) -> Parcels:
    """Parcels of some classes in a tile's codes ``(height + 2, width + 2)``."""
    from scipy.ndimage import label

    pixels, sizes, owners = [], [], []
    for owner in classes:
        mask = codes == owner
        found = np.flatnonzero(mask)
        if not found.size:
            continue
        numbered, count = label(mask, EIGHT)
        numbers = numbered.ravel()[found]
        pixels.append(found[np.argsort(numbers, kind="stable")])
        sizes.append(np.bincount(numbers, minlength=count + 1)[1:])
        owners.append(np.full(count, owner))
    if not pixels:
        nothing = np.zeros(0, np.intp)
        return Parcels(nothing, np.zeros(1, np.intp), nothing, nothing)
    all_sizes = np.concatenate(sizes)
    starts = np.concatenate([[0], np.cumsum(all_sizes)])
    return Parcels(np.concatenate(pixels), starts, all_sizes, np.concatenate(owners))


def neighbours(width: int) -> NDArray[np.intp]:
    """Offsets of the 8 neighbours in flat codes whose rows are ``width`` long."""
    return np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])


def border_of(pixels: NDArray[np.intp], width: int, scratch: NDArray[np.bool_]) -> NDArray[np.intp]:
    """What a parcel touches: flat indices of its pixels' 8 neighbours outside it, as often as they occur.

    ``scratch`` is an all-False array of the codes' size and is so again afterwards.
    """
    scratch[pixels] = True
    around = (pixels[:, None] + neighbours(width)).ravel()
    around = around[~scratch[around]]
    scratch[pixels] = False
    return around


def main_part(pixels: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """The largest connected part of a set of pixels."""
    from scipy.ndimage import label

    rows, cols = np.divmod(pixels, width)
    rows -= rows.min()
    cols -= cols.min()
    mask = np.zeros((rows.max() + 1, cols.max() + 1), bool)
    mask[rows, cols] = True
    numbered, count = label(mask, EIGHT)
    if count == 1:
        return pixels
    numbers = numbered[rows, cols]
    return pixels[numbers == np.bincount(numbers)[1:].argmax() + 1]


def form_of(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Elongation (ratio of the axes, from 1) and compactness of a mask.

    Both come from the second moments. Compactness is the area over that of the ellipse with the same moments:
    1 for an ellipse, 0.95 for a rectangle, little for a winding line.
    """
    rows, cols = np.nonzero(mask)
    # A pixel is a square, whose own variance is 1/12.
    moments = np.cov(np.stack([rows, cols]), bias=True) + np.eye(2) / 12
    small, large = np.linalg.eigvalsh(moments)
    return float(np.sqrt(large / small)), float(len(rows) / (4 * np.pi * np.sqrt(small * large)))
