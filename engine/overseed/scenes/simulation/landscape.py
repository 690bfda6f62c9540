"""The landscape as polygons in pixels (x = column, y = row): parcels, roads, rivers, forest, settlements.

The ground is cut into parcels by recursive random cuts; the first cuts become roads, wavy patches become
forest and settlement, rivers and ponds become water. The rare classes get small parcels that are spread
over the whole scene, so that a split by ground can hold them on every side. A layer is kept as its many
small parts, never as one polygon, so that work on it grows with the scene and not with its square.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.simulation.covers import GRAIN, MEADOW, RARE

#: Scenes larger than this (pixels) have as many roads and rivers for their size as one of this size.
_ROAD_AREA = 1024**2
_RIVER_SPACING = 1600


@dataclass(frozen=True)
class Landscape:
    """Polygons of each layer; from the ground up: parcels of common classes, forest, settlement, parcels
    of rare classes, roads, water. Parts of one layer may overlap.

    ``parcels`` and ``classes`` (uint8 codes) belong together; all polygon arrays are one-dimensional.
    """

    parcels: NDArray[Any]
    classes: NDArray[np.uint8]
    forest: NDArray[Any]
    settlement: NDArray[Any]
    roads: NDArray[Any]
    water: NDArray[Any]


def draw_landscape(
    width: int,
    height: int,
    rare_share: float,
    rng: np.random.Generator,
    check: Callable[[], None],
) -> Landscape:
    """Draw a landscape in which each rare class can have ``rare_share`` of the labelled ground.

    In small scenes the parcels shrink, since even those need a few hundred parcels' worth of variety.
    ``check`` is called now and then; what it raises ends the work.
    """
    import shapely

    mean_area = float(np.clip(width * height / 350, 20, 900))
    corners, cuts = _cut_into_parcels(width, height, mean_area, rng, check)
    parcels = np.array([shapely.Polygon(corner) for corner in corners], dtype=object)
    unit = mean_area**0.5
    roads = np.array(
        [shapely.LineString(cut).buffer(0.55, cap_style="flat") for cut in cuts], dtype=object
    )
    check()
    rivers = _rivers(width, height, unit, rng)
    ponds = _patches(width, height, 0.03, 0.9 * unit, rng)
    return Landscape(
        parcels=parcels,
        classes=_assign_classes(parcels, width, height, rare_share, rng),
        forest=_patches(width, height, 0.20, 2.2 * unit, rng),
        settlement=_patches(width, height, 0.085, 1.5 * unit, rng),
        roads=roads,
        water=np.concatenate([rivers, ponds]),
    )


def spread_order(
    polygons: NDArray[Any],
    candidates: NDArray[np.int64],
    width: int,
    height: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Order polygons so that the first n of them, for any n, lie in different parts of the scene."""
    import shapely

    points = shapely.get_coordinates(shapely.centroid(polygons[candidates]))
    cell = (points / (width, height) * 4).astype(int).clip(0, 3) @ (4, 1)
    shuffled = rng.permutation(len(candidates))
    by_cell = shuffled[np.argsort(cell[shuffled], kind="stable")]
    first_of_cell = np.searchsorted(cell[by_cell], cell[by_cell])
    turn = np.empty(len(candidates), dtype=int)
    turn[by_cell] = np.arange(len(candidates)) - first_of_cell
    return candidates[np.lexsort((rng.permutation(16)[cell], turn))]


def _cut_into_parcels(
    width: int,
    height: int,
    mean_area: float,
    rng: np.random.Generator,
    check: Callable[[], None],
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Cut the scene into convex polygons; also return the first cuts, which become roads."""
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=float)
    pending = [(frame, 0)]
    parcels: list[NDArray[np.float64]] = []
    roads: list[NDArray[np.float64]] = []
    road_depth = 3 if width * height > 200 * 200 else 2
    road_depth += max(0, round(np.log2(width * height / _ROAD_AREA)))
    while pending:
        polygon, depth = pending.pop()
        if len(parcels) % 512 == 0:
            check()
        if _area(polygon) < mean_area * rng.uniform(0.7, 2.2):
            parcels.append(polygon)
            continue
        centre = polygon.mean(axis=0)
        spread = polygon - centre
        # The cut runs across the long axis, so that parcels stay compact, with a random tilt.
        axis = np.linalg.svd(spread, full_matrices=False)[2][0]
        angle = np.arctan2(axis[1], axis[0]) + np.pi / 2 + rng.normal(0, 0.3)
        direction = np.array([np.cos(angle), np.sin(angle)])
        through = centre + axis * rng.uniform(-0.2, 0.2) * np.abs(spread @ axis).max()
        first, second, chord = _halves(polygon, through, direction)
        if min(len(first), len(second)) < 3:
            parcels.append(polygon)
            continue
        if depth < road_depth:
            roads.append(chord)
        pending += [(first, depth + 1), (second, depth + 1)]
    return parcels, roads


def _halves(
    polygon: NDArray[np.float64], through: NDArray[np.float64], direction: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut a convex polygon by a line into two; the third value is the cut itself."""
    normal = np.array([-direction[1], direction[0]])
    side = (polygon - through) @ normal
    first: list[NDArray[np.float64]] = []
    second: list[NDArray[np.float64]] = []
    chord: list[NDArray[np.float64]] = []
    for i, (a, side_a) in enumerate(zip(polygon, side, strict=True)):
        b, side_b = polygon[(i + 1) % len(polygon)], side[(i + 1) % len(side)]
        (first if side_a >= 0 else second).append(a)
        if (side_a >= 0) != (side_b >= 0):
            crossing = a + (b - a) * (side_a / (side_a - side_b))
            first.append(crossing)
            second.append(crossing)
            chord.append(crossing)
    return np.array(first), np.array(second), np.array(chord)


def _area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _assign_classes(
    parcels: NDArray[Any], width: int, height: int, rare_share: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Make every parcel grain or meadow, and some small ones all over the scene a rare class."""
    import shapely

    classes = np.where(rng.random(len(parcels)) < 0.58, GRAIN, MEADOW).astype(np.uint8)
    areas = shapely.area(parcels)
    # Roads and water will cover about a tenth of a rare parcel; small ones lose more at their borders
    # than common ones when they are drawn.
    wanted = rare_share * width * height * 1.12 / 0.9
    by_size = np.argsort(areas, kind="stable")
    enough = int(np.searchsorted(np.cumsum(areas[by_size]), 2 * len(RARE) * wanted)) + 1
    candidates = by_size[: max(len(parcels) // 2, enough)]
    for code in RARE:
        free = candidates[~np.isin(classes[candidates], RARE)]
        order = spread_order(parcels, free, width, height, rng)
        count = max(3, int(np.searchsorted(np.cumsum(areas[order]), wanted)) + 1)
        classes[order[:count]] = code
    return classes


def _patches(
    width: int, height: int, share: float, radius: float, rng: np.random.Generator
) -> NDArray[Any]:
    """Wavy blobs in every part of the scene whose areas add up to ``share`` of it."""
    import shapely

    patches = []
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    waves = np.arange(2, 6)
    frame = shapely.box(0, 0, width, height)
    covered = 0.0
    cells = np.empty(0, dtype=int)
    while covered < share * width * height:
        if not len(cells):
            cells = rng.permutation(9)
        (column, row), cells = divmod(int(cells[0]), 3), cells[1:]
        centre = (np.array([column, row]) + rng.random(2)) / 3 * (width, height)
        phase = rng.uniform(0, 2 * np.pi, len(waves))
        wobble = (0.5 / waves * np.cos(np.outer(angles, waves) + phase)).sum(axis=1)
        reach = radius * rng.uniform(0.5, 1.4) * np.exp(wobble)
        ring = centre + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        patch = shapely.intersection(shapely.Polygon(ring).buffer(0), frame)
        covered += patch.area
        patches.append(patch)
    return np.array(patches, dtype=object)


def _rivers(width: int, height: int, unit: float, rng: np.random.Generator) -> NDArray[Any]:
    """Winding bands of water from one edge of the scene to the opposite one, in parts."""
    import shapely

    count = max(1, round(min(width, height) / _RIVER_SPACING))
    along = np.linspace(-0.05, 1.05, 200 * count)
    upright = rng.random() < 0.5
    # Wide enough that water stays a common class: about 5 % of the ground, 8 % with the ponds.
    breadth = min(max(1.0, 0.022 * min(width, height)), 1.2 * unit)
    parts = []
    for river in range(count):
        across = rng.uniform(0.35, 0.65) + sum(
            rng.uniform(0.3, 1.0)
            * (0.16 / wave)
            * np.sin(wave * count * np.pi * along + rng.uniform(0, 6.3))
            for wave in (1, 2, 5)
        )
        across = (across + river) / count
        line = [across * width, along * height] if upright else [along * width, across * height]
        shape = shapely.LineString(np.stack(line, axis=1)).buffer(breadth)
        parts.append(_in_parts(shape, width, height, 8 * unit))
    return np.concatenate(parts)


def _in_parts(shape: Any, width: int, height: int, cell: float) -> NDArray[Any]:
    """The polygons of a shape within the scene, cut along a grid of whole pixels."""
    import shapely

    columns = np.linspace(0, width, max(1, round(width / cell)) + 1).round()
    rows = np.linspace(0, height, max(1, round(height / cell)) + 1).round()
    left, top = np.meshgrid(columns[:-1], rows[:-1])
    right, bottom = np.meshgrid(columns[1:], rows[1:])
    boxes = shapely.box(left.ravel(), top.ravel(), right.ravel(), bottom.ravel())
    shapely.prepare(shape)
    parts = shapely.get_parts(shapely.intersection(boxes[shapely.intersects(shape, boxes)], shape))
    return parts[shapely.area(parts) > 0]
