"""copy-paste: Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method", 2021.

Kept: whole objects of a class are put, with their pixels, into other images.
Changed: the objects are connected components of land-cover classes; a layout says where they go, and the
component whose shape a parcel of the layout has, under one of the eight symmetries of the square, fills it
pixel by pixel. Parcels of other shapes get the component that fits best among some drawn ones; what it does not
cover is mirrored from it. Blending over the seam is done where samples are composed.
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
    rim_mask,
    turned,
)

#: Parcels that are drawn to find one that fits; of these the ``CLOSEST`` in size are compared in shape.
DRAWN, CLOSEST = 64, 4
#: A parcel that was not wholly seen counts as this much worse in size, as a sum of logarithms.
PART = 0.5
#: Side of the pictures by which shapes are compared, in pixels.
THUMBNAIL = 12


class CopyPaste(BankedGenerator):
    """The generator contract for copy-paste."""

    name = "copy-paste"

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        images = np.zeros(canvas.images.shape, self._dtype)
        holes = find_components(canvas.labels, canvas.changed)
        known = canvas.known
        rng = np.random.default_rng(seed)
        for number in range(len(holes)):
            hole = holes.mask(number)
            exact = self._same_shape(hole, int(holes.labels[number]), rng)
            if exact:
                parcel, symmetry = next(
                    (
                        e
                        for e in exact
                        if not self._at_home(*e, canvas.images, known, holes, number)
                    ),
                    exact[0],
                )
            else:
                parcel, symmetry = self._best_fit(hole, int(holes.labels[number]), rng)
            tile, rows, cols = holes.window(number)
            values = self._laid(parcel, symmetry, hole.shape)[hole]
            images[tile][:, rows, cols][:, hole] = values.T
        return images

    def _arrange(self, parcels: list[Parcel]) -> None:
        self._grids: dict[int, NDArray[np.int32]] = {}
        self._by_shape: dict[tuple[int, int, int, int], list[int]] = {}
        self._by_class: dict[int, NDArray[np.int64]] = {}
        shapes = np.array([sorted(p.mask.shape) for p in parcels])
        self._sizes = np.log(np.c_[shapes, [len(p.pixels) for p in parcels]])
        for number, parcel in enumerate(parcels):
            key = _shape_key(parcel.mask, len(parcel.pixels), parcel.label)
            self._by_shape.setdefault(key, []).append(number)
        self._handicaps = np.array([0.0 if p.whole else PART for p in parcels])
        labels = np.array([p.label for p in parcels])
        for label in np.unique(labels).tolist():
            self._by_class[label] = np.flatnonzero(labels == label)
        self._all = np.arange(len(parcels))
        small = [_thumbnail(p.mask) for p in parcels]
        self._thumbnails = np.array(
            [[turned(one, symmetry).ravel() for symmetry in range(SYMMETRIES)] for one in small]
        )

    def _same_shape(
        self, hole: NDArray[np.bool_], label: int, rng: np.random.Generator
    ) -> list[tuple[int, int]]:
        """Parcels that have the hole's shape with the symmetries that bring them there, in random order."""
        alike = self._by_shape.get(_shape_key(hole, int(hole.sum()), label), [])
        if len(alike) > DRAWN:
            alike = [alike[i] for i in rng.choice(len(alike), DRAWN, replace=False)]
        found = []
        for number in alike:
            mask = self._parcels[number].mask
            for symmetry in range(SYMMETRIES):
                if np.array_equal(turned(mask, symmetry), hole):
                    found.append((number, symmetry))
        return [found[i] for i in rng.permutation(len(found))]

    def _at_home(
        self, number: int, symmetry: int, images: NDArray[Any], known: NDArray[np.bool_],
        holes: Components, hole: int,
    ) -> bool:  # fmt: skip
        """Whether the ground around the hole is the very ground around the parcel."""
        parcel = self._parcels[number]
        beside = rim_mask(parcel.mask)
        if not parcel.whole:
            return False
        rim = np.full(beside.shape, np.nan)
        rim[beside] = parcel.rim
        rim = turned(rim, symmetry)
        tile, rows, cols = holes.window(hole)
        height, width = known.shape[1:]
        inside = (
            slice(max(0, rows.start - 1), min(height, rows.stop + 1)),
            slice(max(0, cols.start - 1), min(width, cols.stop + 1)),
        )
        top, left = inside[0].start - rows.start + 1, inside[1].start - cols.start + 1
        around = images[tile][:, *inside].sum(axis=0, dtype=np.float64)
        rim = rim[top : top + around.shape[0], left : left + around.shape[1]]
        seen = np.isfinite(rim) & known[tile][inside]
        return bool(seen.any() and np.allclose(rim[seen], around[seen], rtol=1e-9, atol=0))

    def _best_fit(
        self, hole: NDArray[np.bool_], label: int, rng: np.random.Generator
    ) -> tuple[int, int]:
        """Of some drawn parcels of the class the one nearest in size and shape, and its symmetry."""
        known = self._by_class.get(label, self._all)
        # A draw with replacement: a parcel met twice does no harm.
        drawn = known if len(known) <= DRAWN else known[rng.integers(len(known), size=DRAWN)]
        area = int(hole.sum())
        size = np.log([*sorted(hole.shape), area])
        apart = np.abs(self._sizes[drawn] - size).sum(axis=1) + self._handicaps[drawn]
        # Equally good ones take turns.
        nearest = drawn[np.argsort(apart + 1e-3 * rng.random(len(drawn)))[:CLOSEST]]
        alike = self._thumbnails[nearest] @ _thumbnail(hole).ravel()
        best = int((alike + 1e-3 * rng.random(alike.shape)).argmax())
        return int(nearest[best // SYMMETRIES]), best % SYMMETRIES

    def _laid(self, number: int, symmetry: int, shape: tuple[int, ...]) -> NDArray[Any]:
        """The parcel centred on a box, mirrored where it ends: ``(height, width, bands)``."""
        if number not in self._grids:
            self._grids[number] = filled_grid(self._parcels[number].mask)
        grid = turned(self._grids[number], symmetry)
        rows, cols = (
            reflected(np.arange(have) - (have - own) // 2, own)
            for have, own in zip(shape, grid.shape, strict=True)
        )
        return self._parcels[number].pixels[grid[np.ix_(rows, cols)]]


def _shape_key(mask: NDArray[np.bool_], area: int, label: int) -> tuple[int, int, int, int]:
    """What masks that are the same under a symmetry have in common."""
    return label, min(mask.shape), max(mask.shape), area


def _thumbnail(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """A shape without its size, of mean 0 and norm 1, so that the product of two is their correlation."""
    side = max(mask.shape)
    rows, cols = (
        (np.arange(THUMBNAIL) * 2 + 1) * side // (2 * THUMBNAIL) - (side - own) // 2
        for own in mask.shape
    )
    inside = ((rows >= 0) & (rows < mask.shape[0]))[:, None] & (cols >= 0) & (cols < mask.shape[1])
    small = np.zeros((THUMBNAIL, THUMBNAIL), np.float32)
    small[inside] = mask.take(rows, axis=0, mode="clip").take(cols, axis=1, mode="clip")[inside]
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)
