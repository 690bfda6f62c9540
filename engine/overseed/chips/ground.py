"""Chips on the ground: which overlap, and blocks of ground that go to one side as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import Place
from overseed.chips.chip_split import joined
from overseed.errors import InputError

#: Blocks are at least this many chips wide.
CHIPS_WIDE = 2
#: Blocks grow as long as every class is in this many of them.
BLOCKS_PER_CLASS = 8
#: And no wider than this many chips.
WIDEST = 64
#: Two chips overlap when more of a pixel than this is common to them; coordinates are rounded.
SLACK = 0.5


@dataclass(frozen=True)
class Ground:
    """The ground that chips cover, on planes measured in metres.

    ``corners`` is ``(n, 4, 2)``, the corners of each chip moved inwards by a quarter of a pixel, or four times
    its centre where no more is known, NaN where nothing is. ``planes`` ``(n,)`` tells ground apart that has no
    CRS in common. ``width`` is the usual side of a chip, or the usual distance to the next one where sides are
    not known.
    """

    corners: NDArray[np.float64]
    planes: NDArray[np.int64]
    width: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """``(n,)``: whether it is known where a chip lies."""
        return np.isfinite(self.corners[:, 0, 0])

    @property
    def extended(self) -> NDArray[np.bool_]:
        """``(n,)``: whether it is known how far a chip reaches."""
        return self.known & (self.corners[:, 0] != self.corners[:, 2]).any(axis=1)


def find_ground(
    places: Sequence[Place], centres: Sequence[tuple[float, float] | None], size: int
) -> Ground:
    """Put chips on planes.

    What has a CRS goes to a sinusoidal plane around its middle, which keeps areas and so makes blocks alike
    everywhere; coordinates without a CRS are taken for metres.

    Parameters
    ----------
    centres:
        Centres in the CRS of their place, for chips without transform.
    size:
        Pixels of a chip's side.

    Raises
    ------
    InputError
        ``chips.crs`` when PROJ knows no way from a CRS to the ground, or coordinates do not fit it.
    """
    corners = np.array(
        [_corners(place, centre, size) for place, centre in zip(places, centres, strict=True)]
    ).reshape(-1, 4, 2)
    systems = np.array([place.crs_wkt for place in places], object)
    known = np.isfinite(corners[:, 0, 0])
    degrees = np.full_like(corners, np.nan)
    for wkt in sorted({str(wkt) for wkt in systems[known]} - {""}):
        own = known & (systems == wkt)
        degrees[own] = _to_degrees(corners[own], wkt)
    geographic = np.isfinite(degrees[:, 0, 0])
    if geographic.any():
        corners[geographic] = _to_plane(degrees[geographic])
    planes = np.where(geographic, 0, 1).astype(np.int64)
    return Ground(corners, planes, _usual_width(corners, planes, size))


def overlaps(ground: Ground) -> NDArray[np.int64]:
    """Pairs ``(m, 2)`` of chips, by number, that share ground."""
    import shapely

    pairs = []
    for plane in np.unique(ground.planes):
        own = np.flatnonzero(ground.extended & (ground.planes == plane))
        shapes = shapely.polygons(ground.corners[own])
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        ahead = one < other
        pairs.append(np.column_stack([own[one[ahead]], own[other[ahead]]]))
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)


def lie_apart(
    ground: Ground, one: NDArray[np.integer], other: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Which of pairs of chips, by number ``(m,)``, are known to share no ground.

    Where it is not known how far they reach, those that have other centres.
    """
    import shapely

    known = ground.known[one] & ground.known[other]
    known &= ground.planes[one] == ground.planes[other]
    extended = known & ground.extended[one] & ground.extended[other]
    apart = known & (ground.corners[one] != ground.corners[other]).any(axis=(1, 2))
    here, there = (shapely.polygons(ground.corners[n[extended]]) for n in (one, other))
    apart[extended] = ~shapely.intersects(here, there)
    return apart


def block_keys(
    ground: Ground, pairs: NDArray[np.int64], labels: NDArray[np.int64], asked: float | None
) -> tuple[list[tuple[int, int, int] | None], float]:
    """The block of each chip, ``None`` where its place is not known, and the side of blocks in metres.

    A chip belongs to the block that its centre lies in. Chips that overlap each other, directly or through
    others, belong to one block if they all lie within the width of one.

    Parameters
    ----------
    pairs:
        What :func:`overlaps` found.
    asked:
        Side of a block in metres. Left out, it is the largest at which every class is in 8 blocks, or in as
        many as its chips are in blocks of 2 chips; 2 to 64 chips.
    """
    size = asked
    if size is None:
        size = CHIPS_WIDE * ground.width
        least = np.minimum(BLOCKS_PER_CLASS, _spread(ground, pairs, labels, size))
        while 2 * size <= WIDEST * ground.width:
            if (_spread(ground, pairs, labels, 2 * size) < least).any():
                break
            size *= 2
    cells = _cells(ground, pairs, size)
    keys = [
        (int(plane), *map(int, cell)) if known else None
        for plane, cell, known in zip(ground.planes, cells, ground.known, strict=True)
    ]
    return keys, float(size)  # type: ignore[return-value]


def _spread(
    ground: Ground, pairs: NDArray[np.int64], labels: NDArray[np.int64], size: float
) -> NDArray[np.int64]:
    """The number of blocks that each class is in."""
    known = ground.known
    rows = np.column_stack([labels, ground.planes, _cells(ground, pairs, size)])[known]
    return np.bincount(np.unique(rows.astype(np.int64), axis=0)[:, 0], minlength=labels.max() + 1)


def _cells(ground: Ground, pairs: NDArray[np.int64], size: float) -> NDArray[np.float64]:
    """Row and column ``(n, 2)`` of the block that each chip belongs to."""
    anchors = ground.corners.mean(axis=1)
    cluster = joined(len(anchors), pairs)
    low = np.full((len(anchors), 2), np.inf)
    high = -low
    np.minimum.at(low, cluster, anchors)
    np.maximum.at(high, cluster, anchors)
    together = ((high - low) <= size).all(axis=1)[cluster]
    anchors = np.where(together[:, None], (low[cluster] + high[cluster]) / 2, anchors)
    return np.floor(anchors / size)


def _corners(
    place: Place, centre: tuple[float, float] | None, size: int
) -> list[tuple[float, float]]:
    if place.transform is None:
        return [centre or (np.nan, np.nan)] * 4
    x, a, b, y, d, e = place.transform
    near, far = SLACK / 2, size - SLACK / 2
    square = ((near, near), (far, near), (far, far), (near, far))
    return [(x + a * col + b * row, y + d * col + e * row) for col, row in square]


def _to_degrees(corners: NDArray[np.float64], wkt: str) -> NDArray[np.float64]:
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    name = "the chips' CRS"
    try:
        system = CRS.from_wkt(wkt)
        name = system.name
        transformer = Transformer.from_crs(system, CRS.from_epsg(4326), always_xy=True)
        x, y = transformer.transform(corners[..., 0], corners[..., 1])
    except ProjError as error:
        raise _no_way(name) from error
    found = np.stack([x, y], axis=-1)
    if not (np.abs(found) <= (360, 90)).all():
        raise _no_way(name)
    return found


def _no_way(name: str) -> InputError:
    return InputError(
        "chips.crs",
        f"The coordinates of some chips do not fit their CRS, {name}.",
        "Give the right --crs, or mend the CRS of the files.",
    )


def _to_plane(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    from pyproj import CRS, Transformer

    middle = float(np.median(degrees[..., 0]))
    plane = CRS.from_proj4(f"+proj=sinu +lon_0={middle} +datum=WGS84 +units=m")
    transformer = Transformer.from_crs(CRS.from_epsg(4326), plane, always_xy=True)
    return np.stack(transformer.transform(degrees[..., 0], degrees[..., 1]), axis=-1)


def _usual_width(corners: NDArray[np.float64], planes: NDArray[np.int64], size: int) -> float:
    from scipy.spatial import KDTree

    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=-1).max(axis=1)
    if (sides > 0).any():
        return float(np.median(sides[sides > 0])) * size / (size - SLACK)
    distances = []
    for plane in np.unique(planes):
        centres = corners[(planes == plane) & np.isfinite(corners[:, 0, 0])][:, 0]
        if len(centres) > 1:
            distances.append(KDTree(centres).query(centres, k=2)[0][:, 1])
    apart = np.concatenate(distances) if distances else np.zeros(0)
    return float(np.median(apart[apart > 0])) if (apart > 0).any() else 1.0
