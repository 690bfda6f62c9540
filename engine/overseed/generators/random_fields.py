"""Stationary Gaussian random fields of several bands, by the fast Fourier transform.

Dietrich & Newsam, "A fast and exact method for multidimensional Gaussian stochastic simulations", Water
Resources Research 29, 1993: one complex transform gives two independent fields. Changed: the field is periodic
over a torus a little larger than the tile, and bands are coloured by a matrix for each of a few rings of
frequencies.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from overseed.generators.coregionalization import correlations, factor

#: Pixels that a torus is larger than the tile, so that opposite edges do not match.
MARGIN = 8
#: Rings of frequencies, each of which has one matrix.
RINGS = 24


class FieldSpectra:
    """Spectra of several classes' fields on the torus of one tile shape.

    Parameters
    ----------
    structures:
        ``(classes, structures, bands, bands)``, covariance matrices as
        :func:`~overseed.generators.coregionalization.fit_structures` gives them.
    shape:
        Height and width of the tiles.
    """

    def __init__(self, structures: NDArray[np.float64], shape: tuple[int, int]) -> None:
        from scipy.fft import next_fast_len

        self._shape = shape
        self._bands = structures.shape[-1]
        torus = tuple(next_fast_len(side + MARGIN) for side in shape)
        steps = [np.minimum(np.arange(n), n - np.arange(n)).astype(float) ** 2 for n in torus]
        power = np.fft.fft2(correlations(steps[0][:, None] + steps[1])).real
        frequencies = np.hypot(np.fft.fftfreq(torus[0])[:, None], np.fft.fftfreq(torus[1]))
        # Rings are narrower where spectra are steep; the last one takes the corners.
        ring = np.minimum((np.sqrt(frequencies / 0.5) * RINGS).astype(int), RINGS - 1).ravel()
        #: Frequencies ring by ring, so that a ring is one slice.
        order = np.argsort(ring, kind="stable")
        self._place = np.empty(len(order), np.int64)
        self._place[order] = np.arange(len(order))
        self._torus = torus
        bounds = np.searchsorted(ring[order], np.arange(RINGS + 1))
        self._slices = [slice(a, b) for a, b in pairwise(bounds.tolist()) if b > a]
        # What truncating the correlation to the torus makes of a power of zero may be a little below it.
        flat = np.maximum(power.reshape(len(power), -1)[:, order], 0)
        means = np.stack([flat[:, part].mean(axis=1) for part in self._slices])
        densities = np.einsum("rk,ckij->crij", means, structures)
        self._factors = factor(densities).astype(np.float32)

    def pair(self, label: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Two independent fields of a class: ``(2, bands, height, width)``, zero mean."""
        from scipy.fft import ifft2

        count = len(self._place)
        noise = rng.standard_normal((self._bands, count, 2), np.float32)
        coloured = np.empty_like(noise)
        for part, matrix in zip(self._slices, self._factors[label], strict=True):
            flat = noise[:, part].reshape(self._bands, -1)
            coloured[:, part] = (matrix @ flat).reshape(self._bands, -1, 2)
        waves = np.take(coloured.view(np.complex64)[..., 0], self._place, axis=1)
        fields = ifft2(
            waves.reshape(self._bands, *self._torus), norm="ortho", overwrite_x=True, workers=1
        )[:, : self._shape[0], : self._shape[1]]
        return np.stack([fields.real, fields.imag])


def pack(sizes: NDArray[np.int64], sheet: tuple[int, int]) -> NDArray[np.int64]:
    """Lay boxes ``(n, 2)`` side by side on as few sheets as shelves of falling height need.

    A field is stationary, so that any part of it serves; parcels of many tiles share one. No box may be
    larger than a sheet.

    Returns
    -------
    ``(n, 3)``: number of the sheet, first row, first column; boxes of a sheet do not overlap.
    """
    corners = np.zeros((len(sizes), 3), np.int64)
    number = row = col = shelf = 0
    order = np.argsort(-sizes[:, 0], kind="stable")
    for box, (height, width) in zip(order.tolist(), sizes[order].tolist(), strict=True):
        if col + width > sheet[1]:
            row, col, shelf = row + shelf, 0, 0
        if row + height > sheet[0]:
            number, row, col, shelf = number + 1, 0, 0, 0
        corners[box] = number, row, col
        col, shelf = col + width, max(shelf, height)
    return corners
