"""Near copies: how like a sample's ground is to the nearest real ground of its class, whichever way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.patches import (
    SIDE,
    UNLIKE,
    cut_squares,
    distance_of,
    spread_corners,
    turned,
    unit_patches,
)
from overseed.assessment.real_ground import half_overlapping
from overseed.assessment.regions import class_regions, count_inside
from overseed.tiles.grid import Window
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene, read_crop

#: Patches of one class that are searched; beyond, every second (third, …) row and column begins one.
MOST_INDEXED = 40_000
#: With still larger steps looking up would take too long; beyond, patches are left out at random.
LONGEST_STEP = 4
#: Share of its pixels that the class must have for a patch to be indexed.
INDEXED_SHARE = 0.5
#: Principal components in which the nearest patches are looked for; their distance is then taken exactly.
COMPONENTS = 32
BASIS_PATCHES = 800
#: Most alike patches by components whose exact distance is taken.
CANDIDATES = 6
#: Places of one region that are looked up.
MOST_LOOKED_UP = 24
#: Real regions of a class that the usual distance is measured on.
MOST_REAL = 40
#: Distances below this are rounding.
LEAST_DISTANCE = 1e-6
#: A region is as near as the nearest tenth of its patches: one patch may be like another by chance.
NEAREST_SHARE = 10.0
#: Percentile of the distances between real regions below which a sample is a near copy.
COPY_PERCENTILE = 1.0
#: Patches closer than this, in sides, are one another's neighbourhood. Overlapping ones share pixels, touching
#: ones the texture that crosses their border. Farther ones in the same parcel do count: they show how alike a
#: class's ground is by nature, and a class with a single large parcel would have nothing else.
NEIGHBOURHOOD = 2
#: Numbers in the patches that are worked on together.
AT_ONCE = 8_000_000


@dataclass(frozen=True)
class PatchIndex:
    """The patches of one class on real ground, for searching by likeness.

    ``places`` ``(n, 3)`` are scene, row and column of their upper left pixels; every ``step``-th row and column
    begins one. ``basis`` ``(components, bands · SIDE²)`` and ``codes`` ``(n, components)`` serve the search.
    """

    scenes: Sequence[StoredScene]
    stats: BandStats
    places: NDArray[np.int64]
    step: int
    basis: NDArray[np.float32]
    codes: NDArray[np.float32]

    @classmethod
    def build(
        cls,
        scenes: Sequence[StoredScene],
        stats: BandStats,
        corners: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> PatchIndex | None:
        """Index the patches that begin at ``corners`` ``(n, 3)``; ``None`` where all are flat."""
        step = 1
        while len(corners) > MOST_INDEXED * step * step and step < LONGEST_STEP:
            step += 1
        kept = corners[(corners[:, 1:] % step == 0).all(axis=1)]
        if len(kept) > 2 * MOST_INDEXED:
            kept = kept[np.sort(rng.permutation(len(kept))[: 2 * MOST_INDEXED])]
        some = kept[np.sort(rng.permutation(len(kept))[:BASIS_PATCHES])]
        units, flat = unit_patches(_read(scenes, stats, some))
        if flat.all():
            return None
        basis = _principal(units[~flat])
        chunk = max(1, AT_ONCE // basis.shape[1])
        parts = [
            unit_patches(_read(scenes, stats, kept[start : start + chunk]))[0] @ basis.T
            for start in range(0, len(kept), chunk)
        ]
        return cls(scenes, stats, kept, step, basis, np.concatenate(parts))

    @property
    def reach(self) -> int:
        """Side of the squares that :meth:`nearest` takes: a patch can begin at each of ``step²`` pixels."""
        return SIDE + self.step - 1

    def nearest(
        self, squares: NDArray[np.float32], apart_from: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Distance of ``n`` places to the nearest indexed patch in all eight symmetries; at most √2.

        Parameters
        ----------
        squares:
            ``(n, bands, reach, reach)``, standardised. Of each the patch counts that is aligned with the
            index, so that a copy is found wherever it lies.
        apart_from:
            ``(n, 3)`` scene, row and column of squares that are real ground themselves; the neighbourhood of
            each does not count.
        """
        n = len(squares)
        near = None if apart_from is None else self._near(apart_from)
        patches, likeness, numbers = [], [], []
        for row in range(self.step):
            for col in range(self.step):
                part = squares[:, :, row : row + SIDE, col : col + SIDE]
                for symmetry in range(8):
                    units, _ = unit_patches(turned(part, symmetry))
                    alike = (units @ self.basis.T) @ self.codes.T
                    if near is not None:
                        alike[near] = -np.inf
                    best = alike.argmax(axis=1)
                    patches.append(units)
                    numbers.append(best)
                    likeness.append(alike[np.arange(n), best])
        order = np.argsort(-np.array(likeness), axis=0)[:CANDIDATES]
        found = np.full(n, UNLIKE)
        for trial in order:
            own = np.arange(n)
            known = np.isfinite(np.array(likeness)[trial, own])
            real = self._units(np.array(numbers)[trial, own])
            exact = (np.array(patches)[trial, own] * real).sum(axis=1)
            found = np.where(known, np.minimum(found, distance_of(exact)), found)
        return found

    def _near(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        off = np.abs(places[:, None, :] - self.places[None])
        reach = NEIGHBOURHOOD * SIDE
        return (off[..., 0] == 0) & (off[..., 1] < reach) & (off[..., 2] < reach)

    def _units(self, numbers: NDArray[np.intp]) -> NDArray[np.float32]:
        return unit_patches(_read(self.scenes, self.stats, self.places[numbers]))[0]


@dataclass(frozen=True)
class CopyCheck:
    """Indexes of the classes that samples are made of, and how near real ground comes to other real ground.

    ``limits`` by class index: the ``COPY_PERCENTILE`` of real-to-real distances. ``usual``: their median.
    Classes without an index (nowhere as wide as a patch, or flat) are not checked.
    """

    stats: BandStats
    indexes: dict[int, PatchIndex]
    limits: dict[int, float]
    usual: dict[int, float]

    @classmethod
    def fit(
        cls,
        scenes: Sequence[StoredScene],
        blocks: Sequence[tuple[int, Window]],
        side: int,
        classes: Sequence[int],
        stats: BandStats,
        tile: int,
        rng: np.random.Generator,
    ) -> CopyCheck:
        """Index the classes' patches in blocks of a side, and measure how near real regions are to others.

        A real region is a class in a tile. A few regions give no 1st percentile, so distances are taken
        relative to their class's median and the percentile over all classes.
        """
        indexes, distances = {}, {}
        for index in classes:
            corners = _corners(scenes, blocks, side, index)
            built = PatchIndex.build(scenes, stats, corners, rng) if len(corners) else None
            if built is not None:
                indexes[index] = built
                distances[index] = _real_distances(built, blocks, side, index, tile, rng)
        # Ground that two rasters show alike lies at no distance at all from itself.
        usual = {
            index: max(float(np.median(found)), LEAST_DISTANCE)
            for index, found in distances.items()
            if len(found)
        }
        relative = [distances[index] / usual[index] for index in usual]
        limit = float(np.percentile(np.concatenate(relative), COPY_PERCENTILE)) if relative else 0.0
        between = float(np.median(list(usual.values()))) if usual else 0.0
        limits = {index: limit * usual.get(index, between) for index in indexes}
        return cls(stats, indexes, limits, usual)

    def distances(
        self, image: NDArray[np.generic], labels: NDArray[np.uint8], inner: NDArray[np.bool_]
    ) -> dict[int, float]:
        """How near each class's changed ground in a sample is to real ground; by class index.

        ``image`` is ``(bands, h, w)`` in native units, ``inner`` ``(h, w)`` the changed pixels inside the
        seam. Classes without an index, or without room for a patch, are left out.
        """
        scaled = self.stats.scale(image, np.ones(labels.shape, bool))
        found = {}
        for index, mask in class_regions(labels, inner):
            known = self.indexes.get(index)
            if known is None:
                continue
            corners = spread_corners(mask, known.reach, MOST_LOOKED_UP)
            if len(corners):
                found[index] = _of_region(known.nearest(cut_squares(scaled, corners, known.reach)))
        return found


def _of_region(distances: NDArray[np.float64]) -> float:
    return float(np.percentile(distances, NEAREST_SHARE))


def _real_distances(
    index: PatchIndex,
    blocks: Sequence[tuple[int, Window]],
    side: int,
    label: int,
    tile: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Distances of real regions of a class to real ground outside their neighbourhood."""
    places = [(scene, w) for scene, block in blocks for w in half_overlapping(block, tile)]
    found: list[float] = []
    for number in rng.permutation(len(places)).tolist():
        scene, window = places[number]
        crop = read_crop(index.scenes[scene], window, side)
        corners = spread_corners(crop.labels == label, index.reach, MOST_LOOKED_UP)
        if not len(corners):
            continue
        squares = cut_squares(index.stats.scale(crop.image, crop.visible), corners, index.reach)
        own = np.column_stack(
            [np.full(len(corners), scene), corners + np.array([window.row, window.col])]
        )
        found.append(_of_region(index.nearest(squares, own)))
        if len(found) == MOST_REAL:
            break
    return np.array(found)


def _corners(
    scenes: Sequence[StoredScene], blocks: Sequence[tuple[int, Window]], side: int, label: int
) -> NDArray[np.int64]:
    """Where patches begin that are seen whole and belong to the class for the most part; ``(n, 3)``."""
    found = [np.zeros((0, 3), np.int64)]
    for scene, window in blocks:
        seen = scenes[scene].side[window.slices] == side
        own = seen & (scenes[scene].labels[window.slices] == label)
        whole = count_inside(seen, SIDE) == SIDE * SIDE
        at = np.argwhere(whole & (count_inside(own, SIDE) >= INDEXED_SHARE * SIDE * SIDE))
        found.append(
            np.column_stack([np.full(len(at), scene), at + np.array([window.row, window.col])])
        )
    return np.concatenate(found)


def _read(
    scenes: Sequence[StoredScene], stats: BandStats, places: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Standardised patches ``(n, bands, SIDE, SIDE)``."""
    patches = np.empty((len(places), len(stats.names), SIDE, SIDE), np.float32)
    for scene in np.unique(places[:, 0]):
        own = places[:, 0] == scene
        native = cut_squares(scenes[scene].image, places[own, 1:], SIDE)
        patches[own] = stats.scale(native, np.ones((own.sum(), SIDE, SIDE), bool))
    return patches


def _principal(units: NDArray[np.float32]) -> NDArray[np.float32]:
    """Principal components of vectors ``(n, d)`` around zero, at most ``COMPONENTS``; ``(components, d)``."""
    vectors = units.astype(np.float64)
    if len(vectors) >= vectors.shape[1]:
        axes = np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1]
        return axes[:, :COMPONENTS].T.astype(np.float32)
    power, mixes = np.linalg.eigh(vectors @ vectors.T)
    chosen = power[::-1] > 1e-9 * power[-1]
    mixes = mixes[:, ::-1][:, chosen][:, :COMPONENTS]
    axes = vectors.T @ mixes
    return (axes / np.linalg.norm(axes, axis=0)).T.astype(np.float32)
