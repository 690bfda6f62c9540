"""The shapes of a scene's parcels: masks, sizes and what they touch, gathered from training crops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.parcels import (
    BEYOND,
    CODES,
    Parcels,
    border_of,
    find_parcels,
    padded_codes,
)
from overseed.tiles.sampling import Batch, CropSampler, rng_for
from overseed.tiles.store import StoredScene

#: Parcels smaller than this are not sown where the class has larger ones: they would be all seam.
SMALLEST = 12
#: A class with fewer shapes than this gets simulated ones beside its own.
FEW = 10
#: Shapes kept per class: beyond some hundred another one adds no variety that its eight symmetries had not.
MOST_SHAPES = 400
#: Bytes of masks kept for all classes together; a class that needs more keeps a random part.
MOST_BYTES = 64 << 20
#: Crops that a bank is gathered from: a scene of some 1000 x 1000 pixels several times over.
CROPS = 256


@dataclass(frozen=True)
class Shape:
    """One parcel's form.

    Parameters
    ----------
    mask:
        ``(height, width)`` bool, tight around the parcel.
    cut:
        At which edges of the crop it was cut: top, right, bottom, left.
    touches:
        ``(257,)`` int32: how many pixels' neighbours of each code lie around it; None for a simulated one.
    """

    mask: NDArray[np.bool_]
    cut: tuple[bool, bool, bool, bool]
    touches: NDArray[np.int32] | None
    size: int

    @property
    def complete(self) -> bool:
        """Whether no edge of a crop cut it."""
        return not any(self.cut)


@dataclass(frozen=True)
class ShapeBank:
    """Parcels of some classes, each distinct complete one once whatever way it is turned.

    A class's shapes stand for its parcels as a tile shows them: parcels that a crop's edge cuts are there in
    the proportion in which crops show them, so that classes of long parcels (roads, rivers) keep them.
    ``smallest`` is the size of a class's smallest shape: ``SMALLEST``, or for a class whose parcels are mostly
    smaller the size in which half of its pixels lie. ``around`` is the share of each code among all that the
    classes' parcels touch.
    """

    shapes: dict[int, list[Shape]]
    smallest: dict[int, int]
    around: NDArray[np.float64]

    @classmethod
    def gather(
        cls, crops: Iterable[Batch], classes: Sequence[int], rng: np.random.Generator
    ) -> ShapeBank:
        """Gather the shapes of ``classes`` from crops; images are not looked at.

        The same crops and generator state give the same bank. Parcels cut by ground that is not visible are
        left out, since their form there is not known.
        """
        gathering = _Gathering(classes, rng)
        for batch in crops:
            for labels, visible in zip(batch.labels, batch.visible, strict=True):
                gathering.add(padded_codes(labels, visible))
        return gathering.bank()

    @classmethod
    def of_scenes(
        cls,
        scenes: Sequence[StoredScene],
        side: int,
        tile: int,
        classes: Sequence[int],
        seed: int,
        crops: int = CROPS,
    ) -> ShapeBank:
        """Gather from ``crops`` crops of one side: half drawn evenly, half balanced by class.

        The first half shows parcels of all sizes as often as they are; the second finds the rarest classes in
        scenes that the first cannot cover.
        """
        # Without bands no image is read.
        bare = [StoredScene(s.image[:0], s.labels, s.side) for s in scenes]
        even = CropSampler(bare, side, tile, "natural")
        balanced = CropSampler(bare, side, tile, "balanced")
        drawn = (
            sampler.draw(1, rng_for(seed, number, purpose=7))
            for number in range(crops)
            for sampler in ((even, balanced)[number % 2],)
        )
        return cls.gather(drawn, classes, rng_for(seed, crops, purpose=7))

    def sizes(self, owner: int) -> NDArray[np.int64]:
        """Pixels of each shape of a class."""
        return np.array([shape.size for shape in self.shapes[owner]], np.int64)

    def complete(self, owner: int) -> int:
        """How many complete shapes a class has."""
        return sum(shape.complete for shape in self.shapes[owner])

    def touches(self, owner: int) -> NDArray[np.float64]:
        """How much of the border of a class's shapes each code has; ``(257,)``, zeros when there are none."""
        parts = [s.touches for s in self.shapes[owner] if s.touches is not None]
        return np.sum(parts, axis=0, dtype=float) if parts else np.zeros(CODES)


class _Gathering:
    """Shapes so far; bounded, with reservoir sampling (Vitter 1985, algorithm R) beyond the bound."""

    def __init__(self, classes: Sequence[int], rng: np.random.Generator) -> None:
        self._classes = list(classes)
        self._rng = rng
        self._whole = {owner: _Reservoir(rng, len(classes)) for owner in classes}
        self._tiny = {owner: _Reservoir(rng, len(classes)) for owner in classes}
        self._cut = {owner: _Reservoir(rng, len(classes)) for owner in classes}
        self._seen = {owner: [0, 0] for owner in classes}
        self._sizes = {owner: np.zeros(SMALLEST + 1, np.int64) for owner in classes}
        self._known: set[tuple[int, int, bytes]] = set()
        self._around = np.zeros(CODES)

    def add(self, codes: NDArray[np.int16]) -> None:
        scratch = np.zeros(codes.size, bool)
        parcels = find_parcels(codes, self._classes)
        flat = codes.ravel()
        for number in range(len(parcels)):
            owner, size = int(parcels.owners[number]), int(parcels.sizes[number])
            self._sizes[owner][min(size, SMALLEST)] += size
            if size == 1:
                continue
            self._add_parcel(parcels, number, flat, codes.shape[1], scratch)

    def _add_parcel(
        self,
        parcels: Parcels,
        number: int,
        flat: NDArray[np.int16],
        width: int,
        scratch: NDArray[np.bool_],
    ) -> None:
        owner, size = int(parcels.owners[number]), int(parcels.sizes[number])
        pixels = parcels[number]
        rows, cols = np.divmod(pixels, width)
        top, bottom, left, right = rows.min(), rows.max(), cols.min(), cols.max()
        height = flat.size // width
        cut = (
            bool(top == 1),
            bool(right == width - 2),
            bool(bottom == height - 2),
            bool(left == 1),
        )
        touches = np.bincount(flat[border_of(pixels, width, scratch)], minlength=CODES)
        if touches[BEYOND] and _hidden(flat, pixels, width, cut):
            return
        touches[BEYOND] = 0
        mask = np.zeros((bottom - top + 1, right - left + 1), bool)
        mask[rows - top, cols - left] = True
        shape = Shape(mask, cut, touches.astype(np.int32), size)
        if size < SMALLEST:
            if not any(cut) and self._is_new(owner, shape):
                self._tiny[owner].add(shape)
            return
        self._around += touches
        self._seen[owner][int(any(cut))] += 1
        if any(cut):
            self._cut[owner].add(shape)
        elif self._is_new(owner, shape):
            self._whole[owner].add(shape)

    def _is_new(self, owner: int, shape: Shape) -> bool:
        """Whether no shape of the class is this one, turned or not."""
        key = (owner, shape.size, _canonical(shape.mask))
        if key in self._known:
            return False
        self._known.add(key)
        return True

    def bank(self) -> ShapeBank:
        shapes, smallest = {}, {}
        for owner in self._classes:
            smallest[owner] = _half_of(self._sizes[owner])
            whole = list(self._whole[owner].kept)
            if smallest[owner] < SMALLEST:
                whole += [s for s in self._tiny[owner].kept if s.size >= smallest[owner]]
            shapes[owner] = whole + self._some_cut(owner, len(whole))
        total = self._around.sum()
        return ShapeBank(shapes, smallest, self._around / total if total else self._around)

    def _some_cut(self, owner: int, whole: int) -> list[Shape]:
        """Cut shapes in the proportion in which crops show cut parcels beside complete ones.

        Crops overlap: a complete parcel was met several times and kept once, while each cut is new.
        """
        complete, cut = self._seen[owner]
        kept = self._cut[owner].kept
        wanted = round(whole * cut / complete) if complete else len(kept)
        chosen = self._rng.permutation(len(kept))[:wanted]
        return [kept[number] for number in sorted(chosen.tolist())]


class _Reservoir:
    def __init__(self, rng: np.random.Generator, classes: int) -> None:
        self.kept: list[Shape] = []
        self._rng = rng
        self._met = 0
        self._bytes = 0
        # Complete, tiny and cut ones have a reservoir each.
        self._most_bytes = MOST_BYTES / (3 * max(1, classes))

    def add(self, shape: Shape) -> None:
        self._met += 1
        if len(self.kept) < MOST_SHAPES and self._bytes + shape.mask.nbytes <= self._most_bytes:
            self.kept.append(shape)
            self._bytes += shape.mask.nbytes
            return
        place = int(self._rng.integers(self._met))
        if place >= len(self.kept):
            return
        grown = self._bytes - self.kept[place].mask.nbytes + shape.mask.nbytes
        if grown <= self._most_bytes:
            self.kept[place] = shape
            self._bytes = grown


def _half_of(sizes: NDArray[np.int64]) -> int:
    """The size in which, or below which, half of a class's pixels lie; at most the last, ``SMALLEST``."""
    total = sizes.sum()
    if not total:
        return SMALLEST
    return int(max(2, np.searchsorted(np.cumsum(sizes), total / 2)))


def _hidden(
    flat: NDArray[np.int16], pixels: NDArray[np.intp], width: int, cut: tuple[bool, ...]
) -> bool:
    """Whether a parcel touches ground inside the crop that is not visible."""
    for offset in (-width, width, -1, 1):
        beyond = pixels + offset
        beyond = beyond[flat[beyond] == BEYOND]
        rows, cols = np.divmod(beyond, width)
        height = flat.size // width
        if ((rows > 0) & (rows < height - 1) & (cols > 0) & (cols < width - 1)).any():
            return True
    return False


def _canonical(mask: NDArray[np.bool_]) -> bytes:
    """The same bytes for all eight symmetries of a mask."""
    views = []
    for base in (mask, mask.T):
        for rows in (1, -1):
            for cols in (1, -1):
                view = base[::rows, ::cols]
                views.append(bytes([view.shape[0] % 256]) + np.packbits(view).tobytes())
    return min(views)
