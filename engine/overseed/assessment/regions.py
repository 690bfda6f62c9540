"""What one class's ground in one tile looks like in figures: band statistics and fine detail.

All figures are taken on pieces of a fixed size (cells, patches, pairs of pixels), so that a large region can be
held against small ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from overseed.unlabelled import UNLABELLED

#: A region with fewer pixels says too little about its class.
LEAST_PIXELS = 48
#: Variation is measured inside squares of this side, so that it does not grow with the region.
CELL = 16
#: A cell needs this many pixels of the region to count.
LEAST_IN_CELL = 12
#: Side of the patches whose spectra are taken.
PATCH = 16
#: Patches of a region whose spectra are taken at most.
MOST_PATCHES = 24
HALF_NYQUIST = 0.25
#: Added to standard deviations (of standardised bands) before the logarithm: below it all is flat.
FLAT = 0.01


def class_regions(
    labels: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Class index and mask ``(h, w)`` of each class with at least ``LEAST_PIXELS`` pixels inside."""
    counts = np.bincount(labels[inside], minlength=256)[:UNLABELLED]
    for index in np.flatnonzero(counts >= LEAST_PIXELS).tolist():
        yield index, inside & (labels == index)


def real_regions(labels: NDArray[np.uint8], seam: int) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Like :func:`class_regions` for a real tile: pixels at least ``seam`` pixels inside their parcels.

    A class whose parcels here are too thin for that keeps all its pixels.
    """
    from scipy.ndimage import binary_erosion

    for index, mask in class_regions(labels, labels != UNLABELLED):
        inner = binary_erosion(mask, np.ones((2 * seam + 1, 2 * seam + 1), bool), border_value=1)
        yield index, inner if inner.sum() >= LEAST_PIXELS else mask


def band_figures(scaled: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Means of the bands and how much they vary inside cells, each alone and against the others.

    ``scaled`` is ``(bands, h, w)``, standardised. Returned are ``(3 · bands,)``: means; logarithms of standard
    deviations inside cells; and the same of each band less the mean of all bands, which is small where bands
    vary together as they do on real ground. Deviations are NaN where no cell holds enough pixels.
    """
    rows, cols = np.nonzero(mask)
    cells = rows // CELL * (mask.shape[1] // CELL + 1) + cols // CELL
    _, place, counts = np.unique(cells, return_inverse=True, return_counts=True)
    values = scaled[:, rows, cols].astype(np.float64)
    spreads = [
        np.log(_spread_inside(v, place, counts) + FLAT)
        for v in (values, values - values.mean(axis=0))
    ]
    return np.concatenate([values.mean(axis=1), *spreads])


def detail_figures(scaled: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How fine the texture is, per band, as two logarithms; ``(2 · bands,)``, NaN where it cannot be told.

    First the share of spectral power above half Nyquist in patches that lie wholly in the region. Then the
    mean squared difference of neighbours over that of pixels two apart, which also thin regions have: 1 for
    white noise, a quarter for a slope.
    """
    bands = len(scaled)
    starts = _whole_patches(mask)
    shares = np.full(bands, np.nan)
    if len(starts):
        stack = np.stack([scaled[:, r : r + PATCH, c : c + PATCH] for r, c in starts])
        shares = np.log(high_share(stack.astype(np.float64)) + 1e-3)
    near, apart = (_mean_square_step(scaled, mask, lag) for lag in (1, 2))
    return np.concatenate([shares, np.log((near + FLAT**2) / (apart + FLAT**2))])


def high_share(patches: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power above half Nyquist over power at all frequencies but zero, per band of ``(n, bands, s, s)``."""
    size = patches.shape[-1]
    taper = np.hanning(size + 2)[1:-1]
    centred = patches - patches.mean(axis=(-2, -1), keepdims=True)
    power = (np.abs(np.fft.fft2(centred * np.outer(taper, taper))) ** 2).mean(axis=0)
    frequency = np.fft.fftfreq(size)
    radius = np.hypot(frequency[:, None], frequency[None])
    total = power[:, radius > 0].sum(axis=-1)
    high = power[:, radius > HALF_NYQUIST].sum(axis=-1)
    return np.where(total > 0, high / np.where(total > 0, total, 1), np.nan)


def squares_inside(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Upper left corners of the squares of ``size`` pixels that lie wholly in a mask ``(h, w)``."""
    return count_inside(mask, size) == size * size


def count_inside(mask: NDArray[np.bool_], size: int) -> NDArray[np.int32]:
    """Pixels of a mask ``(h, w)`` in each square of ``size``, by upper left corner.

    ``(h - size + 1, w - size + 1)``; empty when the mask is smaller than a square.
    """
    height, width = mask.shape
    if height < size or width < size:
        return np.zeros((max(0, height - size + 1), max(0, width - size + 1)), np.int32)
    total = np.pad(mask.astype(np.int32).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    below = total[size:, size:] - total[:-size, size:]
    return below - total[size:, :-size] + total[:-size, :-size]


def _whole_patches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Starts of patches in the mask, at most half overlapping, evenly thinned to ``MOST_PATCHES``."""
    found = np.argwhere(squares_inside(mask, PATCH))
    _, first = np.unique(found // (PATCH // 2), axis=0, return_index=True)
    chosen = found[np.sort(first)]
    step = np.linspace(0, len(chosen) - 1, min(len(chosen), MOST_PATCHES)).astype(int)
    return [(int(row), int(col)) for row, col in chosen[step]]


def _mean_square_step(
    scaled: NDArray[np.float32], mask: NDArray[np.bool_], lag: int
) -> NDArray[np.float64]:
    """Mean squared difference of pixels ``lag`` rows or columns apart, both in the mask; NaN without any."""
    total, count = np.zeros(len(scaled)), 0
    for axis in (0, 1):
        length = mask.shape[axis]
        if length <= lag:
            continue
        first, second = np.arange(length - lag), np.arange(lag, length)
        both = mask.take(first, axis) & mask.take(second, axis)
        steps = scaled.take(first, axis + 1)[:, both] - scaled.take(second, axis + 1)[:, both]
        total += (steps.astype(np.float64) ** 2).sum(axis=1)
        count += int(both.sum())
    return total / count if count else np.full(len(scaled), np.nan)


def _spread_inside(
    values: NDArray[np.float64], place: NDArray[np.intp], counts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Standard deviation of bands ``(bands, n)`` around the means of their cells ``place`` ``(n,)``."""
    sums, squares = (_sums(v, place, len(counts)) for v in (values, values**2))
    enough = counts >= LEAST_IN_CELL
    within = np.maximum(squares - sums**2 / counts, 0)[:, enough].sum(axis=1)
    freedom = (counts[enough] - 1).sum()
    return np.sqrt(within / freedom) if freedom else np.full(len(values), np.nan)


def _sums(values: NDArray[np.float64], place: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    return np.stack([np.bincount(place, weights=band, minlength=count) for band in values])
