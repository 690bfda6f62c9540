"""The landscape on the pixel grid: class and parcel of any rows, rasterized strip by strip."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.simulation.covers import FOREST, RARE, SETTLEMENT, WATER
from overseed.scenes.simulation.landscape import Landscape

#: Rows that are rasterized at once. Strips lie at its multiples whatever rows are asked for, so that
#: rounding in the rasterizer cannot make a pixel depend on them.
STRIP = 256
#: The missing corner's legs, as a share of width and height.
WEDGE = 0.125


@dataclass(frozen=True)
class Rows:
    """Some rows of the layout, each array (rows, width).

    ``truth`` uint8 codes from 1, also in the missing corner; ``parcels`` int32 numbers from 0;
    ``labelled`` and ``inside`` (the scene has data) bool.
    """

    truth: NDArray[np.uint8]
    parcels: NDArray[np.int32]
    labelled: NDArray[np.bool_]
    inside: NDArray[np.bool_]


class Layout:
    """Class, parcel and label of every pixel of a landscape, by the centres of the pixels."""

    def __init__(self, landscape: Landscape, polygons: NDArray[Any], width: int, height: int):
        self.width, self.height = width, height
        self._classes = landscape.classes
        self._parcels = _Shapes(landscape.parcels)
        self._layers = [
            (_Shapes(landscape.forest), FOREST),
            (_Shapes(landscape.settlement), SETTLEMENT),
            (_Shapes(landscape.roads), SETTLEMENT),
            (_Shapes(landscape.water), WATER),
        ]
        self._polygons = _Shapes(polygons)
        self._strip = lru_cache(maxsize=3)(self._rasterize)

    def rows(self, start: int, stop: int) -> Rows:
        """Rows ``start`` to ``stop`` (not included), both within the scene."""
        strips = []
        for top in range(start - start % STRIP, stop, STRIP):
            wanted = slice(max(start - top, 0), stop - top)
            strips.append([plane[wanted] for plane in self._strip(top)])
        truth, parcels, labelled = (np.concatenate(planes) for planes in zip(*strips, strict=True))
        return Rows(truth, parcels, labelled, inside(start, stop, self.width, self.height))

    def _rasterize(self, top: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        shape = (min(STRIP, self.height - top), self.width)
        parcels = np.full(shape, -1, dtype=np.int32)
        self._parcels.burn(parcels, top, np.arange(len(self._classes)))
        _fill_missed(parcels)
        truth = self._classes[parcels].astype(np.uint8)
        rare = np.isin(truth, RARE)
        kept = truth[rare]
        for number, (shapes, code) in enumerate(self._layers):
            if number == 2:
                # Forest and settlement leave rare parcels alone; roads and water do not.
                truth[rare] = kept
            shapes.burn(truth, top, code)
        labelled = np.zeros(shape, dtype=np.uint8)
        self._polygons.burn(labelled, top, 1)
        return truth, parcels, labelled.astype(bool)


def inside(start: int, stop: int, width: int, height: int) -> NDArray[np.bool_]:
    """Where the scene has data: the swath missed a triangle at the lower right."""
    column = (np.arange(width) + 0.5) / width
    row = (np.arange(start, stop) + 0.5) / height
    return column[None, :] + row[:, None] <= 2 - WEDGE


def pure(layout: Layout, start: int, stop: int, reach: int) -> NDArray[np.bool_]:
    """Pixels whose neighbours up to ``reach`` in rows and columns are of their class and parcel.

    ``(stop - start, width)`` bool. A point spread of that reach leaves such a pixel unmixed. Beyond the
    scene's edge its last pixels repeat, as they do for the point spread.
    """
    low, high = max(start - reach, 0), min(stop + reach, layout.height)
    rows = layout.rows(low, high)
    place = rows.parcels * np.int32(256) + rows.truth
    above, below = reach - (start - low), reach - (high - stop)
    place = np.pad(place, ((above, below), (reach, reach)), mode="edge")
    whole_row = _all_of(place[:, 1:] == place[:, :-1], 2 * reach, axis=1)
    centre = place[:, reach:-reach]
    whole_column = _all_of(centre[1:] == centre[:-1], 2 * reach, axis=0)
    return _all_of(whole_row, 2 * reach + 1, axis=0) & whole_column


def _all_of(flags: NDArray[np.bool_], count: int, axis: int) -> NDArray[np.bool_]:
    """Whether ``count`` flags in a row along an axis are all set, for every place they fit."""
    length = flags.shape[axis] - count + 1
    flags = np.moveaxis(flags, axis, 0)
    result = flags[:length].copy()
    for shift in range(1, count):
        result &= flags[shift : shift + length]
    return np.moveaxis(result, 0, axis)


def _fill_missed(parcels: NDArray[np.int32]) -> None:
    """Give pixels whose centre lies exactly on a cut, and so to neither side, to the nearest parcel."""
    missed = parcels < 0
    if missed.any():
        from scipy import ndimage

        nearest = ndimage.distance_transform_edt(
            missed, return_distances=False, return_indices=True
        )
        parcels[...] = parcels[tuple(nearest)]


class _Shapes:
    """Polygons in pixel coordinates and the rows that each of them reaches."""

    def __init__(self, polygons: NDArray[Any]):
        import shapely

        self._polygons = polygons
        bounds = shapely.bounds(polygons).reshape(-1, 4)
        self._first, self._last = bounds[:, 1], bounds[:, 3]

    def burn(self, out: NDArray[Any], top: int, values: Any) -> None:
        """Write each polygon's value (or the one value) into the rows from ``top`` on, in place."""
        from affine import Affine
        from rasterio import features

        bottom = top + out.shape[0]
        met = np.flatnonzero((self._first < bottom) & (self._last > top))
        if not len(met):
            return
        chosen = np.broadcast_to(values, self._polygons.shape)[met].tolist()
        shapes = zip(self._polygons[met], chosen, strict=True)
        features.rasterize(shapes, out=out, transform=Affine.translation(0, top))
