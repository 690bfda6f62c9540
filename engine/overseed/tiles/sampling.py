"""Random crops of one side, natural or balanced by class, reproducible from a seed and a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.tiles.grid import Window
from overseed.tiles.labelled import LabelledPixels
from overseed.tiles.store import Crop, StoredScene, empty_crop, read_crop_into


@dataclass(frozen=True)
class Batch:
    """``images`` ``(n, bands, size, size)`` in the raster's type.

    ``labels`` and ``visible`` are ``(n, size, size)``, uint8 and bool.
    """

    images: NDArray[Any]
    labels: NDArray[np.uint8]
    visible: NDArray[np.bool_]


class Source(Protocol):
    """Anything that training crops can be drawn from."""

    def draw(self, count: int, rng: np.random.Generator, keep: slice = slice(None)) -> Batch:
        """A batch of ``count`` crops, of which only those that ``keep`` chooses are cut."""
        ...


@dataclass(frozen=True)
class Placement:
    """Where a crop is cut and how it is turned: one of the eight symmetries that :func:`turn` knows."""

    scene: int
    window: Window
    symmetry: int


class CropSampler:
    """Crops around labelled pixels of one side of the split.

    A crop is placed at random so that it holds a drawn labelled pixel: of all alike (``natural``) or of a
    class drawn with equal chances (``balanced``); or so that it holds any drawn pixel of the side, labelled or
    not (``anywhere``). It is then turned and flipped at random (the symmetries
    of the square, D4).

    A batch depends on the state of the generator that it is drawn with and on nothing else. With
    :func:`rng_for` for each step, any number of workers make the same batches: worker ``w`` of ``n`` draws
    the steps ``w, w + n, w + 2n, …``. A sampler holds no state, so threads may share one.

    Raises :class:`InputError` (``tiles.no-labels``) when the side has no labelled pixel.
    """

    def __init__(
        self,
        scenes: Sequence[StoredScene],
        side: int,
        size: int,
        balance: Literal["natural", "balanced", "anywhere"],
    ) -> None:
        # Plain arrays over the same maps: np.memmap keeps books on every slice, which many small ones feel.
        self._scenes = [StoredScene(*map(np.asarray, (s.image, s.labels, s.side))) for s in scenes]
        self._shapes = np.array([s.labels.shape for s in scenes]).reshape(-1, 2)
        self._side = side
        self._size = size
        self._balance = balance
        found = self._scenes
        if balance == "anywhere":
            # Every pixel is a labelled one of one class, in an array that takes no memory.
            found = [replace(s, labels=np.broadcast_to(np.uint8(0), s.labels.shape)) for s in found]
        self._pixels = LabelledPixels(found, side)
        if not self._pixels.counts.any():
            raise InputError(
                "tiles.no-labels",
                "This side of the split has no labelled pixel, so no crop can be drawn from it.",
                "Draw polygons in more places, or run 'overseed prepare' with another --seed.",
            )

    def draw(self, count: int, rng: np.random.Generator, keep: slice = slice(None)) -> Batch:
        """Draw a batch; the same generator state gives the same batch."""
        places = self.placements(count, rng)[keep]
        bands = self._scenes[0].image.shape[0]
        batch = _empty_batch(len(places), bands, self._size, self._type())
        # Cut first and turned from there: a turned copy out of the scene would jump from row to row of it.
        cut = empty_crop(batch.images.shape[1:], batch.images.dtype)
        for number, place in enumerate(places):
            read_crop_into(cut, self._scenes[place.scene], place.window, self._side)
            batch.images[number] = _turned(cut.image, place.symmetry)
            batch.labels[number] = _turned(cut.labels, place.symmetry)
            batch.visible[number] = _turned(cut.visible, place.symmetry)
        return batch

    def place(self, rng: np.random.Generator) -> tuple[int, Window]:
        """Draw where a crop lies: its scene and its window."""
        place = self.placements(1, rng)[0]
        return place.scene, place.window

    def placements(self, count: int, rng: np.random.Generator) -> list[Placement]:
        """Draw where crops lie and how they are turned; :meth:`draw` cuts what this gives for its state."""
        found = [self._pixels.find(number) for number in self._numbers(count, rng).tolist()]
        pixels = np.array(found, np.int64).reshape(-1, 3)
        scenes, positions = pixels[:, 0], pixels[:, 1:]
        starts = _starts(positions, self._shapes[scenes], self._size, rng)
        symmetries = rng.integers(8, size=count)
        return [
            Placement(scene, Window(top, left, self._size, self._size), symmetry)
            for scene, (top, left), symmetry in zip(
                scenes.tolist(), starts.tolist(), symmetries.tolist(), strict=True
            )
        ]

    def _numbers(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Numbers of labelled pixels, drawn with replacement."""
        counts = self._pixels.counts
        if self._balance != "balanced":
            return rng.integers(counts.sum(), size=count)
        present = np.flatnonzero(counts)
        classes = present[rng.integers(len(present), size=count)]
        return (np.cumsum(counts) - counts)[classes] + rng.integers(counts[classes])

    def _type(self) -> np.dtype[Any]:
        return np.result_type(*(scene.image.dtype for scene in self._scenes))


class StoredSamples:
    """Synthetic samples as a source of crops, turned and flipped at random like real ones."""

    def __init__(
        self,
        images: NDArray[Any],
        labels: NDArray[np.uint8],
        kept: NDArray[np.int64] | None = None,
    ) -> None:
        """``kept`` are the places of the samples that are drawn from, all when left out."""
        self._images = images
        self._labels = labels
        self._kept = np.arange(len(labels)) if kept is None else kept

    def draw(self, count: int, rng: np.random.Generator, keep: slice = slice(None)) -> Batch:
        """Draw with replacement; every pixel is visible."""
        bands, size = self._images.shape[1:3]
        chosen = self._kept[rng.integers(len(self._kept), size=count)[keep]]
        symmetries = rng.integers(8, size=count)[keep].tolist()
        batch = _empty_batch(len(chosen), bands, size, self._images.dtype)
        batch.visible[:] = True
        for number, (sample, symmetry) in enumerate(zip(chosen, symmetries, strict=True)):
            batch.images[number] = _turned(self._images[sample], symmetry)
            batch.labels[number] = _turned(self._labels[sample], symmetry)
        return batch


class InTurn:
    """Several sources that take turns, so that each gives as many crops."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def draw(self, count: int, rng: np.random.Generator, keep: slice = slice(None)) -> Batch:
        """Draw ``count`` crops, the first from a source drawn by lot."""
        which = (rng.integers(len(self._sources)) + np.arange(count)) % len(self._sources)
        parts = [
            source.draw(int((which == number).sum()), rng)
            for number, source in enumerate(self._sources)
        ]
        order = np.argsort(np.argsort(which, kind="stable"))[keep]
        return Batch(
            np.concatenate([p.images for p in parts])[order],
            np.concatenate([p.labels for p in parts])[order],
            np.concatenate([p.visible for p in parts])[order],
        )


def turn(crop: Crop, symmetry: int) -> Crop:
    """One of the eight symmetries of the square: ``symmetry % 4`` quarter turns, mirrored from 4 on."""
    return Crop(
        *(
            np.ascontiguousarray(_turned(array, symmetry))
            for array in (crop.image, crop.labels, crop.visible)
        )
    )


def rng_for(seed: int, step: int, purpose: int = 0) -> np.random.Generator:
    """A generator of its own for each step, so that a resumed run draws what an unbroken one would.

    For the same reason it does not matter which worker draws a step, or how many workers there are.
    """
    return np.random.default_rng([seed, purpose, step])


def _empty_batch(count: int, bands: int, size: int, dtype: np.dtype[Any]) -> Batch:
    return Batch(
        np.empty((count, bands, size, size), dtype),
        np.empty((count, size, size), np.uint8),
        np.empty((count, size, size), bool),
    )


def _turned(array: NDArray[Any], symmetry: int) -> NDArray[Any]:
    """A view of ``(…, size, size)``, not a copy."""
    quarters, mirrored = symmetry % 4, symmetry >= 4
    if quarters % 2:
        array = array.swapaxes(-2, -1)
    rows_back = quarters in (1, 2)
    cols_back = (quarters in (2, 3)) != mirrored
    return array[..., :: -1 if rows_back else 1, :: -1 if cols_back else 1]


def _starts(
    positions: NDArray[np.int64],
    lengths: NDArray[np.int64],
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Starts of stretches of ``size`` that hold ``positions`` and stay inside ``lengths``.

    All starts that do are equally likely. A length below ``size`` gets the stretch around its middle.
    """
    middle = (lengths - size) // 2
    fits = lengths >= size
    low = np.where(fits, np.maximum(0, positions - size + 1), middle)
    high = np.where(fits, np.minimum(positions, lengths - size), middle)
    return rng.integers(low, high, endpoint=True)
