"""What is odd about how polygons lie: over one another, beside the raster, too small for its pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.burning import outlines
from overseed.scenes.rasters import RasterInfo, footprint

#: An overlap whose mean width (twice its area by its perimeter) is below this part of a pixel is a sliver.
SLIVER = 0.5
SMALL = 3
#: Overlaps are computed for this many pairs at once, to bound memory.
CHUNK = 20_000
STRIP = 512


@dataclass(frozen=True)
class Overlaps:
    """Polygons that lie over one another by more than a sliver.

    ``duplicates`` are pairs that cover the same ground, ``contradictions`` pairs of different classes;
    ``contradicting_area`` is the ground, counted once, that two classes claim, in squared map units; it is
    measured in the raster's pixels, since a union of many thousand shapes would take minutes.
    """

    pairs: int
    duplicates: int
    contradictions: int
    contradicting_area: float


@dataclass(frozen=True)
class Placement:
    """Polygons by how they lie on a raster; ``small`` ones have an area below 3 pixels."""

    small: int
    outside: int
    partly_outside: int


def overlaps(
    geometries: NDArray[Any],
    values: Sequence[str],
    info: RasterInfo,
    index_of_value: Mapping[str, int] | None = None,
) -> Overlaps:
    """Look for polygons that overlap.

    Parameters
    ----------
    geometries, values:
        Shapely (multi)polygons in the raster's CRS, and their class values.
    index_of_value:
        A class table's mapping: values of one class do not contradict, and polygons whose value it does not
        hold are left out. Without it every value is a class.
    """
    import shapely

    classes = _class_numbers(values, index_of_value)
    use = (classes >= 0) & ~shapely.is_empty(geometries)
    shapes, classes = _valid(geometries[use]), classes[use]
    first, second = _candidates(shapes)
    side = abs(info.transform.determinant) ** 0.5
    shared = np.empty(len(first), object)
    for start in range(0, len(first), CHUNK):
        part = slice(start, start + CHUNK)
        shared[part] = _shared(shapes, first[part], second[part])
    area, length = shapely.area(shared), shapely.length(shared)
    real = 2 * area > SLIVER * side * length
    first, second, shared, area = first[real], second[real], shared[real], area[real]
    areas = shapely.area(shapes)
    same = area >= (1 - 1e-6) * np.maximum(areas[first], areas[second])
    against = classes[first] != classes[second]
    ground = _ground(_polygonal(shared[against]), info) if against.any() else 0.0
    return Overlaps(len(first), int(same.sum()), int(against.sum()), ground)


def placement(geometries: NDArray[Any], info: RasterInfo) -> Placement:
    """Count polygons (in the raster's CRS) that are small, outside, or reach over the raster's edge."""
    import shapely

    area = footprint(info)
    shapely.prepare(area)
    shapes = geometries[~shapely.is_empty(geometries)]
    inside = shapely.covers(area, shapes)
    outside = ~shapely.intersects(area, shapes)
    small = shapely.area(shapes) < SMALL * abs(info.transform.determinant)
    # An empty geometry is one that the raster's CRS cannot hold.
    beyond = len(geometries) - len(shapes)
    return Placement(
        small=int(small.sum()),
        outside=int(outside.sum()) + beyond,
        partly_outside=int((~inside & ~outside).sum()),
    )


def _class_numbers(
    values: Sequence[str], index_of_value: Mapping[str, int] | None
) -> NDArray[np.int64]:
    if index_of_value is None:
        index_of_value = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return np.array([index_of_value.get(value, -1) for value in values], np.int64)


def _valid(geometries: NDArray[Any]) -> NDArray[Any]:
    """Reprojecting can bend a ring over itself; intersections need it mended."""
    import shapely

    broken = ~shapely.is_valid(geometries)
    mended = geometries.copy()
    mended[broken] = shapely.make_valid(geometries[broken])
    return mended


def _candidates(shapes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs whose inner grounds meet, the larger polygon first."""
    import shapely

    order = np.argsort(-shapely.area(shapes), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    shapely.prepare(shapes)
    one, other = shapely.STRtree(shapes).query(shapes)
    once = rank[one] < rank[other]
    one, other = one[once], other[once]
    # Neighbours that only share a border are most of the pairs, and cheap to tell for a prepared polygon.
    meet = shapely.intersects(shapes[one], shapes[other])
    one, other = one[meet], other[meet]
    apart = shapely.touches(shapes[one], shapes[other])
    return one[~apart], other[~apart]


def _shared(
    shapes: NDArray[Any], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[Any]:
    """The ground that pairs share; a polygon inside another one is that ground itself."""
    import shapely

    shared = shapes[second].copy()
    crossing = ~shapely.covers(shapes[first], shapes[second])
    shared[crossing] = shapely.intersection(shapes[first[crossing]], shapes[second[crossing]])
    return shared


def _ground(shapes: NDArray[Any], info: RasterInfo) -> float:
    """The area of the raster's pixels that shapes cover, in squared map units."""
    rings, marks = outlines(shapes, info), np.ones(len(shapes), np.int64)
    pixels = 0
    for row in range(0, info.height, STRIP):
        rows = (row, min(row + STRIP, info.height))
        pixels += int(np.count_nonzero(rings.burn(marks, rows, fill=0)))
    return float(pixels * abs(info.transform.determinant))


def _polygonal(shapes: NDArray[Any]) -> NDArray[Any]:
    """Polygons out of intersections, which may also hold the lines and points where borders meet."""
    import shapely

    parts = shapely.get_parts(shapes)
    parts = shapely.get_parts(parts)
    return parts[shapely.get_dimensions(parts) == 2]
