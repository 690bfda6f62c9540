"""replace: parcels filled with the texture of other real parcels of their class.

One real parcel, or some of much the same mean spectrum, gives all the texture of one filled parcel, quilted
after Efros & Freeman (:mod:`overseed.generators.quilting`), so that a parcel has one mean and its pixels keep
their neighbourhoods.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.generators.banked import BankedGenerator
from overseed.generators.components import Components, find_components
from overseed.generators.contract import Canvas
from overseed.generators.parcel_bank import (
    SYMMETRIES,
    Parcel,
    filled_grid,
    reflected,
    turned,
)
from overseed.generators.quilting import BLOCK, OVERLAP, STEP, Textures, make_textures, quilt

#: Parcels below this size are hardly more than their border; they serve only where a class has no larger ones.
SMALLEST = 16
#: A parcel that is too small for a hole gets help from those with the most similar mean spectra, until together
#: they have ``ENOUGH`` of the hole's area, but at most from ``HELPERS``.
ENOUGH, HELPERS = 1.0, 24
#: A parcel in a box below this area also gives its mirror images and turned ones, lest its few blocks be seen
#: to repeat.
TURNED_BELOW = 1024
#: Places of textures that are kept ready, shared evenly by the classes; each takes about 24 bytes. Thin parcels
#: in large boxes would otherwise take many times the memory of their pixels.
PLACES = 2**23
#: Textures that a hole's blocks are drawn from.
SLOTS = 32
#: Blocks of texture are compared by so many principal components.
COMPONENTS = 2
#: Places of surfaces that are quilted at once, which bounds the memory.
AT_ONCE = 2**20


class Replace(BankedGenerator):
    """The generator contract for replace."""

    name = "replace"

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        images = np.zeros(canvas.images.shape, self._dtype)
        holes = find_components(canvas.labels, canvas.changed)
        if not len(holes):
            return images
        rng = np.random.default_rng(seed)
        choices = self._choose(holes, rng)
        # Surfaces of about the same size are quilted together: whole blocks, at least one.
        sizes = np.maximum(-(-(holes.boxes[:, 2:] - OVERLAP) // STEP), 1) * STEP + OVERLAP
        bases = np.zeros(len(holes), np.int64)
        strides = np.zeros(len(holes), np.int64)
        surfaces = []
        used = 0
        for group in _groups(sizes):
            height, width = sizes[group].max(axis=0).tolist()
            made = quilt(self._textures, choices[group], (height, width), rng)
            bases[group] = used + np.arange(len(group)) * made[0].size
            strides[group] = width
            used += made.size
            surfaces.append(made.ravel())
        where = np.flatnonzero(canvas.changed)
        owner = holes.ids.ravel()[where]
        tiles, rows, cols = np.unravel_index(where, canvas.changed.shape)
        places = bases[owner] + (rows - holes.boxes[owner, 0]) * strides[owner]
        places += cols - holes.boxes[owner, 1]
        shown = np.take(np.concatenate(surfaces), places)
        images[tiles, :, rows, cols] = np.take(self._pixels, shown, axis=0)
        return images

    def _arrange(self, parcels: list[Parcel]) -> None:
        labels = np.array([p.label for p in parcels])
        large = np.array([len(p.pixels) >= SMALLEST for p in parcels])
        has_large = np.isin(labels, labels[large])
        used = np.flatnonzero(large | ~has_large)
        boxes = np.maximum([p.mask.shape for p in parcels], BLOCK).prod(axis=1)
        turns = np.where(boxes < TURNED_BELOW, SYMMETRIES, 1)
        # The parcels of a class come in random order.
        used = np.concatenate(
            [
                _within(used[labels[used] == c], boxes * turns, PLACES // self._classes)
                for c in np.unique(labels)
            ]
        )
        donors = [parcels[i] for i in used]
        self._labels = labels[used]
        self._areas = np.array([len(p.pixels) for p in donors])
        self._pixels = np.concatenate([p.pixels for p in donors])
        firsts = np.cumsum(self._areas) - self._areas
        self._turns = turns[used]
        self._first_texture = np.cumsum(self._turns) - self._turns
        grids, covered = [], []
        for donor, first, turns in zip(donors, firsts.tolist(), self._turns.tolist(), strict=True):
            grid, mask = _at_least_a_block(filled_grid(donor.mask), donor.mask)
            grids += [turned(grid + np.int32(first), turn) for turn in range(turns)]
            covered += [turned(mask, turn) for turn in range(turns)]
        scaled = self._scaled(self._pixels)
        self._textures: Textures = make_textures(grids, covered, _principal(scaled))
        self._alike = _alike(scaled, firsts, self._areas, self._labels)
        shown = 1 - np.minimum.reduceat(self._textures.missing, self._textures.starts)
        #: Areas, less for parcels so thin that their blocks are mostly mirrored.
        self._solid = self._areas * shown[self._first_texture]

    def _choose(self, holes: Components, rng: np.random.Generator) -> NDArray[np.int64]:
        """The textures of each hole ``(n, SLOTS)``: of a drawn parcel of its class and of those that help it.

        A parcel is the likelier the more of the hole it could fill.
        """
        chosen = np.empty(len(holes), np.int64)
        for label in np.unique(holes.labels):
            own = np.flatnonzero(holes.labels == label)
            donors = np.flatnonzero(self._labels == label)
            if not len(donors):
                donors = np.arange(len(self._labels))
            filled = np.minimum(1, self._solid[donors] / holes.areas[own][:, None])
            steps = np.cumsum(filled, axis=1)
            ticket = rng.random(len(own))[:, None] * steps[:, -1:]
            chosen[own] = donors[np.minimum((steps <= ticket).sum(axis=1), len(donors) - 1)]
        helpers = self._alike[chosen]
        before = np.cumsum(self._areas[helpers], axis=1) - self._areas[helpers]
        count = (before < ENOUGH * holes.areas[:, None]).sum(axis=1).clip(1)
        slots = (rng.random((len(holes), SLOTS)) * count[:, None]).astype(np.int64)
        donors = np.take_along_axis(helpers, slots, axis=1)
        turns = (rng.random(donors.shape) * self._turns[donors]).astype(np.int64)
        return self._first_texture[donors] + turns

    def _scaled(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        mean, std = np.array(self._stats.mean), np.array(self._stats.std)
        return ((pixels - mean) / std).astype(np.float32)


def _within(numbers: NDArray[np.int64], sizes: NDArray[np.int64], room: int) -> NDArray[np.int64]:
    """The first of some things that together have room, at least one."""
    return numbers[: max(1, int((np.cumsum(sizes[numbers]) <= room).sum()))]


def _groups(sizes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Split surfaces ``(n, 2)`` into groups of like size, none larger than :data:`AT_ONCE` places."""
    sides = sizes.max(axis=1)
    order = np.argsort(sides, kind="stable")[::-1]
    groups: list[list[int]] = []
    height = width = 0
    for number in order.tolist():
        size = sizes[number].tolist()
        fits = groups and 4 * size[0] * size[1] >= height * width
        tall, wide = max(height, size[0]), max(width, size[1])
        if fits and (len(groups[-1]) + 1) * tall * wide <= AT_ONCE:
            groups[-1].append(number)
            height, width = tall, wide
        else:
            groups.append([number])
            height, width = size
    return [np.array(group) for group in groups]


def _at_least_a_block(
    grid: NDArray[np.int32], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Mirror a texture that is smaller than a block until it is as large; what is mirrored is not its own."""
    places = [reflected(np.arange(max(side, BLOCK)), side) for side in grid.shape]
    height, width = grid.shape
    own = np.zeros([len(p) for p in places], bool)
    own[:height, :width] = mask
    return grid[np.ix_(*places)], own


def _principal(scaled: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first principal components of pixels ``(n, bands)``, together of unit variance."""
    part = scaled[:: max(1, len(scaled) // 20_000)].astype(np.float64)
    centred = part - part.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred / len(part))
    kept = axes[:, ::-1][:, :COMPONENTS]
    scale = np.sqrt(max(float(values[::-1][:COMPONENTS].sum()), 1e-12))
    return (scaled @ (kept / scale).astype(np.float32)).astype(np.float32)


def _alike(
    scaled: NDArray[np.float32],
    firsts: NDArray[np.int64],
    areas: NDArray[np.int64],
    labels: NDArray[np.int64],
) -> NDArray[np.int64]:
    """For each parcel itself and the parcels of its class with the nearest means, ``(n, 1 + HELPERS)``.

    Where a class has fewer, the parcel itself comes up again.
    """
    sums = np.add.reduceat(scaled.astype(np.float64), firsts, axis=0)
    means = sums / areas[:, None]
    alike = np.repeat(np.arange(len(areas))[:, None], 1 + HELPERS, axis=1)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        for number in own:
            apart = ((means[own] - means[number]) ** 2).sum(axis=1)
            near = own[np.argsort(apart, kind="stable")]
            near = near[near != number][:HELPERS]
            alike[number, 1 : 1 + len(near)] = near
    return alike
