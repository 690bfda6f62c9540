"""What a person drew: polygons of some of the parcels, a little inside their visible borders."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.simulation.covers import COVERS, FOREST, RARE, SETTLEMENT, WATER
from overseed.scenes.simulation.landscape import Landscape, spread_order

#: How far inside its border a parcel is drawn, and the smallest polygon, in pixels.
INSET = 0.6
SMALLEST = 4.0


def draw_labels(
    landscape: Landscape,
    width: int,
    height: int,
    labelled: float,
    rare_share: float,
    rng: np.random.Generator,
) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Choose the labelled polygons, in random order.

    ``labelled`` is the share, in (0, 1], of each common class's parcels that get a polygon, at least one.
    Of a rare class as many get one as give it ``rare_share`` of the labelled ground, at least three.

    Returns
    -------
    polygons, codes
        Polygons in pixels and the class code of each.
    """
    import shapely

    codes, pieces = _visible_pieces(landscape)
    areas = shapely.area(pieces)
    chosen: list[int] = []
    common_area = 0.0
    for code in range(1, len(COVERS) + 1):
        members = np.flatnonzero(codes == code)
        order = spread_order(pieces, members, width, height, rng)
        if code in RARE:
            # The rare classes come last, so the labelled ground of the others is known by now.
            wanted = rare_share / (1 - len(RARE) * rare_share) * common_area
            count = max(3, int(np.searchsorted(np.cumsum(areas[order]), wanted)) + 1)
        else:
            count = max(1, round(labelled * len(members)))
            common_area += float(areas[order[:count]].sum())
        chosen += order[:count].tolist()
    order = rng.permutation(np.array(chosen, dtype=int))
    return pieces[order], codes[order]


def _visible_pieces(landscape: Landscape) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Class code and polygon of every part of a parcel that lies on one layer, drawn inside it."""
    import shapely

    rest = landscape.parcels.copy()
    rare = np.isin(landscape.classes, RARE)
    found = []
    for layer, code, over_rare in (
        (landscape.water, WATER, True),
        (landscape.roads, None, True),
        (landscape.settlement, SETTLEMENT, False),
        (landscape.forest, FOREST, False),
    ):
        owners = np.arange(len(rest)) if over_rare else np.flatnonzero(~rare)
        met, near = _near(rest[owners], layer)
        met = owners[met]
        if code is not None:
            found.append((np.full(len(met), code), shapely.intersection(rest[met], near)))
        rest[met] = shapely.difference(rest[met], near)
    found.append((landscape.classes, rest))
    codes, pieces = [], []
    for codes_here, shapes in found:
        parts, owner = shapely.get_parts(shapely.buffer(shapes, -INSET), return_index=True)
        large = shapely.area(parts) >= SMALLEST
        pieces.append(parts[large])
        codes.append(codes_here[owner[large]].astype(np.uint8))
    return np.concatenate(codes), np.concatenate(pieces)


def _near(shapes: NDArray[Any], layer: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Which shapes a layer meets, and for each of those the parts of the layer that it meets."""
    import shapely

    owner, part = shapely.STRtree(layer).query(shapes, predicate="intersects")
    order = np.lexsort((part, owner))
    met, starts, counts = np.unique(owner[order], return_index=True, return_counts=True)
    near = layer[part[order][starts]]
    for several in np.flatnonzero(counts > 1):
        members = part[order][starts[several] : starts[several] + counts[several]]
        near[several] = shapely.union_all(layer[members])
    return met, near
