"""Random crops of one side, natural or balanced by class, reproducible from a seed and a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window
from overseed.tiles.store import Crop, StoredScene, labelled_pixels, read_crop


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

    def draw(self, count: int, rng: np.random.Generator) -> Batch: ...


class CropSampler:
    """Crops around labelled pixels of one side of the split.

    A crop is placed at random so that it holds a drawn labelled pixel: of all alike (``natural``) or of a
    class drawn with equal chances (``balanced``). It is then turned and flipped at random (the symmetries
    of the square, D4).
    """

    def __init__(
        self,
        scenes: Sequence[StoredScene],
        side: int,
        size: int,
        balance: Literal["natural", "balanced"],
    ) -> None:
        self._scenes = scenes
        self._side = side
        self._size = size
        self._by_class = _pixels_by_class(scenes, side)
        counts = np.array([sum(map(len, pixels)) for pixels in self._by_class], float)
        chances = counts if balance == "natural" else (counts > 0).astype(float)
        self._chances = chances / chances.sum()

    def draw(self, count: int, rng: np.random.Generator) -> Batch:
        """Draw a batch; the same generator state gives the same batch."""
        crops = [self._one(rng) for _ in range(count)]
        return Batch(
            np.stack([c.image for c in crops]),
            np.stack([c.labels for c in crops]),
            np.stack([c.visible for c in crops]),
        )

    def place(self, rng: np.random.Generator) -> tuple[int, Window]:
        """Draw where a crop lies: its scene and its window."""
        pixels = self._by_class[rng.choice(len(self._chances), p=self._chances)]
        pick = int(rng.integers(sum(map(len, pixels))))
        number = 0
        while pick >= len(pixels[number]):
            pick -= len(pixels[number])
            number += 1
        scene = self._scenes[number]
        height, width = scene.labels.shape
        row, col = divmod(int(pixels[number][pick]), width)
        top = _place(row, height, self._size, rng)
        left = _place(col, width, self._size, rng)
        return number, Window(top, left, self._size, self._size)

    def _one(self, rng: np.random.Generator) -> Crop:
        number, window = self.place(rng)
        crop = read_crop(self._scenes[number], window, self._side)
        return turn(crop, int(rng.integers(8)))


class StoredSamples:
    """Synthetic samples as a source of crops, turned and flipped at random like real ones."""

    def __init__(self, images: NDArray[Any], labels: NDArray[np.uint8]) -> None:
        self._images = images
        self._labels = labels

    def draw(self, count: int, rng: np.random.Generator) -> Batch:
        """Draw with replacement; every pixel is visible."""
        crops = []
        for number in rng.integers(len(self._labels), size=count):
            labels = np.asarray(self._labels[number])
            crop = Crop(np.asarray(self._images[number]), labels, np.ones(labels.shape, bool))
            crops.append(turn(crop, int(rng.integers(8))))
        return Batch(
            np.stack([c.image for c in crops]),
            np.stack([c.labels for c in crops]),
            np.stack([c.visible for c in crops]),
        )


def turn(crop: Crop, symmetry: int) -> Crop:
    """One of the eight symmetries of the square: ``symmetry % 4`` quarter turns, mirrored from 4 on."""

    def apply(array: NDArray[Any]) -> NDArray[Any]:
        turned = np.rot90(array, symmetry % 4, axes=(-2, -1))
        return np.ascontiguousarray(turned[..., ::-1] if symmetry >= 4 else turned)

    return Crop(apply(crop.image), apply(crop.labels), apply(crop.visible))


def rng_for(seed: int, step: int, purpose: int = 0) -> np.random.Generator:
    """A generator of its own for each step, so that a resumed run draws what an unbroken one would."""
    return np.random.default_rng([seed, purpose, step])


def _pixels_by_class(scenes: Sequence[StoredScene], side: int) -> list[list[NDArray[np.intp]]]:
    per_scene = labelled_pixels(scenes, side)
    labels = [
        np.asarray(scene.labels).ravel()[pixels]
        for scene, pixels in zip(scenes, per_scene, strict=True)
    ]
    classes = 1 + max((int(values.max()) for values in labels if values.size), default=0)
    return [
        [pixels[values == index] for pixels, values in zip(per_scene, labels, strict=True)]
        for index in range(classes)
    ]


def _place(position: int, length: int, size: int, rng: np.random.Generator) -> int:
    """Start of a stretch of ``size`` that holds ``position`` and stays inside ``length`` where it can."""
    low = max(0, position - size + 1)
    high = min(position, length - size)
    return int(rng.integers(low, high + 1)) if high >= low else (length - size) // 2
