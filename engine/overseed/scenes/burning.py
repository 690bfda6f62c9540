"""Burning polygons into a raster's grid, all at once or band by band of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.rasters import RasterInfo

#: Vertices are brought to multiples of this part of a pixel. A power of two makes shifting rows exact, so
#: that a band burnt alone equals the same rows of a whole burn, and it removes the noise of reprojecting.
SNAP = 2.0**-20


@dataclass(frozen=True)
class Outlines:
    """Rings of polygons in pixels of one grid, larger polygons first.

    ``vertices`` is ``(n, 2)`` float64, column and row from the raster's corner; the vertices of ring ``r``
    are ``vertices[rings[r] : rings[r + 1]]``, the rings of part ``p`` are ``parts[p] … parts[p + 1] - 1``.
    ``owners`` names each part's polygon, ``tops`` and ``bottoms`` the rows that it can reach.
    """

    width: int
    height: int
    vertices: NDArray[np.float64]
    rings: NDArray[np.int64]
    parts: NDArray[np.int64]
    owners: NDArray[np.int64]
    tops: NDArray[np.int64]
    bottoms: NDArray[np.int64]

    def burn(
        self, indices: NDArray[np.integer], rows: tuple[int, int] | None = None, *, fill: int
    ) -> NDArray[np.uint8]:
        """Rasterise: a pixel belongs to a polygon that covers its centre, of several to the smallest.

        Parameters
        ----------
        indices:
            What each polygon burns, 0…255; a negative one leaves its polygon out.
        rows:
            First row and the row after the last; all rows when left out.
        fill:
            What stands where no polygon is.

        Returns
        -------
        ``(rows, width)`` uint8. The same rows come out the same however they are divided into bands.
        """
        from rasterio.features import rasterize

        first, last = rows or (0, self.height)
        burnt = np.full((last - first, self.width), fill, np.uint8)
        chosen = np.flatnonzero((self.tops < last) & (self.bottoms > first))
        shapes = [
            ({"type": "Polygon", "coordinates": rings}, int(indices[self.owners[part]]))
            for part in chosen.tolist()
            if indices[self.owners[part]] >= 0 and (rings := list(self._rings(part, first, last)))
        ]
        if shapes and burnt.size:
            rasterize(shapes, out=burnt)
        return burnt

    def _rings(self, part: int, first: int, last: int) -> Iterator[list[list[float]]]:
        """A part's rings as coordinates from row ``first``, thinned where they run outside the band.

        Of vertices in a row on one side of the band, only those at both ends matter for the band: what lies
        between crosses none of its rows. So a polygon of the scene's size costs each band little.
        """
        for ring in range(self.parts[part], self.parts[part + 1]):
            vertices = self.vertices[self.rings[ring] : self.rings[ring + 1]]
            beyond = (vertices[:, 1] > last).astype(np.int8) - (vertices[:, 1] < first)
            if beyond.any():
                keep = np.ones(len(vertices), bool)
                alike = (beyond[1:-1] == beyond[:-2]) & (beyond[1:-1] == beyond[2:])
                keep[1:-1] = ~alike | (beyond[1:-1] == 0)
                vertices = vertices[keep]
            if len(vertices) >= 4:
                yield (vertices - (0, first)).tolist()


def outlines(geometries: NDArray[Any], info: RasterInfo) -> Outlines:
    """Prepare polygons for burning.

    Parameters
    ----------
    geometries:
        Shapely polygons or multipolygons in the raster's CRS; empty ones burn nothing.
    """
    import shapely

    order = np.argsort(-shapely.area(geometries), kind="stable")
    polygons, position = shapely.get_parts(geometries[order], return_index=True)
    full = ~shapely.is_empty(polygons)
    polygons, owners = polygons[full], order[position[full]]
    if not len(polygons):
        none = np.empty(0, np.int64)
        zero = np.zeros(1, np.int64)
        return Outlines(info.width, info.height, np.empty((0, 2)), zero, zero, none, none, none)
    _, points, (rings, parts) = shapely.to_ragged_array(polygons, include_z=False)
    vertices = _in_pixels(points, info)
    starts = rings[parts[:-1]]
    tops = np.minimum.reduceat(vertices[:, 1], starts)
    bottoms = np.maximum.reduceat(vertices[:, 1], starts)
    # A grid's rows end far below any number that a vertex beyond the horizon may have.
    limits = (-1, info.height + 1)
    return Outlines(
        width=info.width,
        height=info.height,
        vertices=vertices,
        rings=np.asarray(rings, np.int64),
        parts=np.asarray(parts, np.int64),
        owners=owners,
        tops=np.floor(np.clip(tops, *limits)).astype(np.int64),
        bottoms=np.ceil(np.clip(bottoms, *limits)).astype(np.int64) + 1,
    )


def covering(
    shapes: Sequence[Any], info: RasterInfo
) -> Callable[[tuple[int, int]], NDArray[np.bool_]]:
    """Say which pixels polygons cover: a function of the first row and the row after the last.

    Parameters
    ----------
    shapes:
        Shapely polygons or multipolygons in the raster's CRS.

    Returns
    -------
    A function that gives ``(rows, width)`` bool, true where a polygon covers a pixel's centre.
    """
    geometries = np.empty(len(shapes), object)
    geometries[:] = shapes
    burnt = outlines(geometries, info)
    inside = np.ones(len(shapes), np.int64)

    def mask(rows: tuple[int, int]) -> NDArray[np.bool_]:
        return burnt.burn(inside, rows, fill=0) != 0

    return mask


def _in_pixels(points: NDArray[np.float64], info: RasterInfo) -> NDArray[np.float64]:
    t = info.transform
    # The origin goes first: coordinates of millions of metres would lose digits in the products.
    x, y = points[:, 0] - t.c, points[:, 1] - t.f
    determinant = t.a * t.e - t.b * t.d
    pixels = np.column_stack([t.e * x - t.b * y, t.a * y - t.d * x]) / determinant
    return np.asarray(np.round(pixels / SNAP) * SNAP)
