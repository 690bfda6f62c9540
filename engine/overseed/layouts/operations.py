"""What can be done to a tile's parcels: give one away, cut one, let one grow or shrink, vacate one.

Each function returns pixels (flat indices) and changes nothing; None means that it cannot be done here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.ground import Ground
from overseed.layouts.parcels import BEYOND, EIGHT, Parcels, main_part, neighbours
from overseed.unlabelled import UNLABELLED

#: Parcels of about the wanted size that are looked at.
CANDIDATES = 4
#: A cut leaves at least this share of the parcel.
LEFT_OVER = 0.2


def whole_parcel(
    ground: Ground,
    parcels: Parcels,
    sizes: tuple[int, int],
    weights: NDArray[np.float64],
    least: float,
    rng: np.random.Generator,
) -> NDArray[np.intp] | None:
    """A free parcel whose size lies between two, both included, with the neighbours of the best mean weight."""
    fitting = np.flatnonzero((parcels.sizes >= sizes[0]) & (parcels.sizes <= sizes[1]))
    best, best_score = None, least
    for number in _some(fitting, rng):
        pixels = parcels[number]
        if ground.free[pixels].all():
            score = ground.score(pixels, weights)
            if score >= best_score:
                best, best_score = pixels, score
    return best


def part_of_parcel(
    ground: Ground,
    parcels: Parcels,
    size: int,
    weights: NDArray[np.float64],
    least: float,
    rng: np.random.Generator,
) -> NDArray[np.intp] | None:
    """A part of about ``size`` pixels cut from a larger parcel by a straight line, as fields are divided.

    The line runs across the longer axis of what is still free of the parcel, within 20 degrees.
    """
    larger = np.flatnonzero(parcels.sizes * (1 - LEFT_OVER) >= size)
    best, best_score = None, least
    for number in _some(larger, rng):
        pixels = parcels[number]
        pixels = pixels[ground.free[pixels]]
        if len(pixels) * (1 - LEFT_OVER) < size:
            continue
        part = main_part(_cut(pixels, ground.width, size, rng), ground.width)
        if len(part) < 0.7 * size:
            continue
        score = ground.score(part, weights)
        if score >= best_score:
            best, best_score = part, score
    return best


def resized(
    ground: Ground,
    pixels: NDArray[np.intp],
    size: int,
    noise: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.intp] | None:
    """A parcel grown onto free ground around it, or shrunk from its outline, to about ``size`` pixels.

    Distance from the outline decides which pixels come or go, with smooth ``noise`` so that the new outline is
    no copy of the old one. A parcel does not grow together with another one of its class.
    """
    from scipy.ndimage import binary_dilation, distance_transform_edt

    growing = size > len(pixels)
    margin = int(np.sqrt(size)) // 2 + 3 if growing else 1
    window, mask = _window(ground, pixels, margin)
    distance = distance_transform_edt(~mask if growing else mask)
    distance = distance + 1.5 * _noise_for(noise, mask.shape, rng)
    if growing:
        grid = ground.grid[window]
        same = (grid == ground.codes[pixels[0]]) & ~mask
        open_ground = ground.free.reshape(ground.grid.shape)[window] & ~mask
        open_ground &= ~binary_dilation(same, EIGHT)
        _keep(open_ground, -distance, size - len(pixels))
        mask = mask | open_ground
    else:
        mask = mask.copy()
        _keep(mask, distance, size)
    if not mask.any():
        return None
    rows, cols = np.nonzero(mask)
    top, left = window[0].start, window[1].start
    return main_part((rows + top) * ground.width + cols + left, ground.width)


def vacated(
    ground: Ground, pixels: NDArray[np.intp], kept: NDArray[np.bool_]
) -> NDArray[np.int16] | None:
    """The codes that ``pixels`` get from what is around them: each that of the nearest neighbouring ground.

    Only classes of ``kept`` ``(257,)`` take over. None where too little of the surroundings is of such
    classes: a parcel amid unlabelled ground cannot be vacated, since nobody knows what would be there.
    """
    from scipy.ndimage import distance_transform_edt

    around = ground.codes[(pixels[:, None] + neighbours(ground.width)).ravel()]
    open_border = np.isin(around, (UNLABELLED, BEYOND)).sum()
    takers = kept[around].sum()
    if takers < 8 or takers < open_border:
        return None
    window, mask = _window(ground, pixels, 2)
    grid = ground.grid[window]
    source = ~mask & kept[grid]
    nearest = distance_transform_edt(~source, return_distances=False, return_indices=True)
    rows, cols = np.divmod(pixels, ground.width)
    rows, cols = rows - window[0].start, cols - window[1].start
    return grid[nearest[0][rows, cols], nearest[1][rows, cols]]


def _some(numbers: NDArray[np.intp], rng: np.random.Generator) -> list[int]:
    """A few of the numbers, at random, each at most once."""
    if len(numbers) <= CANDIDATES:
        return numbers.tolist()
    drawn = numbers[(rng.random(CANDIDATES) * len(numbers)).astype(np.intp)]
    return list(dict.fromkeys(drawn.tolist()))


def _cut(
    pixels: NDArray[np.intp], width: int, size: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """The ``size`` pixels at one end of the longer axis, which is turned by a few degrees."""
    rows, cols = np.divmod(pixels, width)
    rows, cols = rows - rows.mean(), cols - cols.mean()
    angle = 0.5 * np.arctan2(2 * (rows * cols).mean(), (rows**2).mean() - (cols**2).mean())
    angle += rng.uniform(-np.pi / 9, np.pi / 9) + np.pi * rng.integers(2)
    position = rows * np.cos(angle) + cols * np.sin(angle)
    return pixels[np.argpartition(position, size)[:size]]


def _window(
    ground: Ground, pixels: NDArray[np.intp], margin: int
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The part of the grid around some pixels, and where they are in it."""
    rows, cols = np.divmod(pixels, ground.width)
    top, left = max(0, rows.min() - margin), max(0, cols.min() - margin)
    window = (slice(top, rows.max() + margin + 1), slice(left, cols.max() + margin + 1))
    mask = np.zeros(ground.grid[window].shape, bool)
    mask[rows - top, cols - left] = True
    return window, mask


def _noise_for(
    noise: NDArray[np.float64], shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """A random part of a noise field that repeats itself seamlessly."""
    row, col = rng.integers(noise.shape[0], size=2)
    rows = (row + np.arange(shape[0])) % noise.shape[0]
    cols = (col + np.arange(shape[1])) % noise.shape[1]
    return noise[rows[:, None], cols]


def _keep(mask: NDArray[np.bool_], value: NDArray[np.float64], count: int) -> None:
    """Leave in ``mask`` only the ``count`` pixels of the highest value."""
    rows, cols = np.nonzero(mask)
    if len(rows) > count:
        lowest = np.argpartition(value[rows, cols], len(rows) - count)[: len(rows) - count]
        mask[rows[lowest], cols[lowest]] = False
