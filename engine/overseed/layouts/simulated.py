"""Parcels made by code, for classes of which a scene has only a few shapes.

Size and form come from the class's own shapes by a smoothed bootstrap (Silverman 1986, section 6.4): a shape
is drawn and its figures are scattered with a kernel, so that four ponds give more than four kinds of pond.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.bank import Shape, ShapeBank
from overseed.layouts.parcels import EIGHT, form_of

#: Plain forms that parcels may be drawn in instead of those of the scene: a rectangle, an ellipse, or a blob
#: with a fractal outline.
Form = Literal["box", "ellipse", "blob"]
#: Fall of a blob's spectrum with frequency, as a power; that of fractional Brownian relief (Saupe 1988).
BLOB_SPECTRUM = -3.0
#: How much of a blob's outline is noise, against the ellipse that keeps it together.
BLOB_NOISE = 0.5
#: Where no class has any shape: size, elongation and compactness of a modest field, as logarithms.
UNKNOWN = np.log([[100.0, 1.6, 0.85]])
#: Spread of the same figures among parcels of one class where it cannot be estimated.
SPREAD = np.array([0.8, 0.35, 0.15])
#: Shapes of a class that its figures are taken from.
MOST_FIGURES = 100


class Simulator:
    """Simulates shapes of any class of a bank, at most ``tile`` pixels wide and high.

    A class with hardly any shapes borrows the spread of their figures, one without any also their centre, from
    all classes of the bank together. With a ``form`` sizes and elongations are still those of the class.
    """

    def __init__(self, bank: ShapeBank, tile: int, form: Form | None = None) -> None:
        self._bank = bank
        self._tile = tile
        self._form = form
        self._figures = {owner: _figures(shapes) for owner, shapes in bank.shapes.items()}
        self._spread = _spread(list(self._figures.values()))

    def shapes(self, owner: int, count: int, rng: np.random.Generator) -> list[Shape]:
        """``count`` simulated shapes of a class."""
        own = self._figures[owner]
        if not len(own):
            own = np.concatenate(list(self._figures.values()))
        if not len(own):
            own = UNKNOWN
        kernel = self._spread * len(own) ** -0.2
        most = (0.6 * self._tile) ** 2
        shapes = []
        for _ in range(count):
            figures = np.exp(own[rng.integers(len(own))] + kernel * rng.normal(size=3))
            size = int(np.clip(figures[0], self._bank.smallest[owner], most))
            elongation = float(figures[1])
            if self._form is None:
                mask = simulate_parcel(size, elongation, float(figures[2]), self._tile, rng)
            else:
                mask = draw_parcel(self._form, size, elongation, self._tile, rng)
            shapes.append(Shape(mask, (False,) * 4, None, int(mask.sum())))
        return shapes


def simulate_parcel(
    size: int, elongation: float, compactness: float, tile: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """A connected mask of about ``size`` pixels without holes, tight, in a random direction.

    Its core is an ellipse or a rectangle with rounded corners; smooth noise roughens its outline, the more the
    less compact it is to be (see :func:`overseed.layouts.parcels.form_of`).
    """
    from scipy.ndimage import gaussian_filter

    along, across, short = _axes(size, elongation, tile, rng)
    corners = rng.choice([2.0, 6.0])
    distance = (along**corners + across**corners) ** (1 / corners)
    noise = gaussian_filter(rng.normal(size=along.shape), max(0.9, 0.5 * short))
    rough = float(np.clip(2 * (1 - compactness), 0.1, 1.2))
    return _largest(rough * noise / max(noise.std(), 1e-9) * 0.5 - distance, size)


def draw_parcel(
    form: Form, size: int, elongation: float, tile: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """A connected mask of about ``size`` pixels without holes, tight, of a plain form in a random direction."""
    along, across, _ = _axes(size, elongation, tile, rng)
    if form == "box":
        return _largest(-np.maximum(along, across), size)
    distance = np.hypot(along, across)
    if form == "ellipse":
        return _largest(-distance, size)
    rows, cols = (np.fft.fftfreq(n) for n in distance.shape)
    frequency = np.hypot(rows[:, None], cols[None])
    frequency[0, 0] = np.inf
    white = np.fft.fft2(rng.normal(size=distance.shape))
    noise = np.fft.ifft2(white * frequency ** (BLOB_SPECTRUM / 2)).real
    return _largest(BLOB_NOISE * noise / max(noise.std(), 1e-9) - distance, size)


def _axes(
    size: int, elongation: float, tile: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """How far pixels lie along and across a form's axes, 1 at the ends of an ellipse; the shorter half axis."""
    # The longest axis fits into the tile.
    elongation = float(np.clip(elongation, 1, max(1.0, (0.8 * tile) ** 2 / (1.3 * size))))
    long, short = np.sqrt(size * elongation / np.pi), np.sqrt(size / elongation / np.pi)
    reach = int(min(tile / 2 - 1, np.ceil(1.4 * long + 3)))
    rows, cols = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(float)
    angle = rng.uniform(0, np.pi)
    along = np.abs(rows * np.cos(angle) + cols * np.sin(angle)) / long
    across = np.abs(cols * np.cos(angle) - rows * np.sin(angle)) / short
    return along, across, float(short)


def _largest(field: NDArray[np.float64], size: int) -> NDArray[np.bool_]:
    """The largest connected part of the ``size`` highest pixels, without holes, tight."""
    from scipy.ndimage import binary_fill_holes, label

    limit = np.partition(field.ravel(), -size)[-size] if size < field.size else field.min()
    numbered, _ = label(field >= limit, EIGHT)
    mask = binary_fill_holes(numbered == np.bincount(numbered[numbered > 0]).argmax())
    inside = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return mask[inside[0][0] : inside[0][-1] + 1, inside[1][0] : inside[1][-1] + 1].copy()


def _figures(shapes: list[Shape]) -> NDArray[np.float64]:
    """Logarithms of size, elongation and compactness, ``(n, 3)``; of complete shapes where there are any."""
    whole = ([s for s in shapes if s.complete] or shapes)[:MOST_FIGURES]
    return np.log([(s.size, *form_of(s.mask)) for s in whole]).reshape(-1, 3)


def _spread(classes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Standard deviation of the figures within classes, pooled; shrunk to ``SPREAD`` where few are known."""
    squares, degrees = 3 * SPREAD**2, 3
    for figures in classes:
        if len(figures) > 1:
            squares = squares + ((figures - figures.mean(0)) ** 2).sum(0)
            degrees += len(figures) - 1
    return np.sqrt(squares / degrees)
