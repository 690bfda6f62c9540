"""Band statistics of the training side, and the scaling between native units and network input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.store import StoredScene
from overseed.unlabelled import UNLABELLED

#: Rows of a scene that are looked at together.
STRIP = 64


@dataclass(frozen=True)
class BandStats:
    """Per band: mean, standard deviation, 2nd and 98th percentile, minimum, maximum; native units."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    min: tuple[float, ...]
    max: tuple[float, ...]
    dtype: str

    def scale(self, image: NDArray[Any], visible: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Standardise ``(…, bands, height, width)``; pixels that are not visible become 0, the mean."""
        mean, std = self._columns()
        scaled = (image.astype(np.float32) - mean) / std
        return np.where(visible[..., None, :, :], scaled, np.float32(0))

    def unscale(self, scaled: NDArray[np.float32]) -> NDArray[Any]:
        """Invert :meth:`scale`: native units and type, within the range that the training side shows."""
        mean, std = self._columns()
        low = np.array(self.min, np.float32)[:, None, None]
        high = np.array(self.max, np.float32)[:, None, None]
        native = np.clip(scaled * std + mean, low, high)
        if np.dtype(self.dtype).kind in "iu":
            native = np.rint(native)
        return native.astype(self.dtype)

    def fill(self, image: NDArray[Any], visible: NDArray[np.bool_]) -> NDArray[Any]:
        """Put the bands' means where ``(bands, height, width)`` is not visible.

        :meth:`scale` makes 0 of them.
        """
        mean = self._columns()[0].astype(image.dtype)
        return np.where(visible, image, mean)

    def _columns(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        mean = np.array(self.mean, np.float32)[:, None, None]
        return mean, np.array(self.std, np.float32)[:, None, None]


def band_statistics(pixels: NDArray[Any], names: Sequence[str]) -> BandStats:
    """Statistics of ``(bands, n)`` training pixels.

    A constant band gets a standard deviation of 1, so that scaling stays finite.
    """
    values = pixels.astype(np.float64)
    std = values.std(axis=1)
    low, high = np.percentile(values, [2, 98], axis=1)

    def numbers(column: NDArray[np.float64]) -> tuple[float, ...]:
        return tuple(float(v) for v in column)

    return BandStats(
        names=tuple(names),
        mean=numbers(values.mean(axis=1)),
        std=numbers(np.where(std > 0, std, 1.0)),
        low=numbers(low),
        high=numbers(high),
        min=numbers(values.min(axis=1)),
        max=numbers(values.max(axis=1)),
        dtype=str(pixels.dtype),
    )


def sample_pixels(
    scenes: Sequence[StoredScene],
    side: int,
    limit: int,
    rng: np.random.Generator,
    labelled: bool = False,
) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Random pixels of one side without replacement: values ``(n, bands)`` and labels ``(n,)``.

    ``n`` is ``limit``, or a little more when several scenes share it (each share is rounded up), or
    all pixels where there are fewer. Pixels come in the order of the scenes and their rows. Memory
    grows with ``limit`` and with a scene's width, not with its height.
    """
    totals = [sum(len(found) for _, found in _strips(s, side, labelled)) for s in scenes]
    values, labels = [], []
    for scene, total in zip(scenes, totals, strict=True):
        share = min(total, int(np.ceil(limit * total / max(1, sum(totals)))))
        # Unshuffled, numpy lists all candidates only where there are fewer than 20 for each one chosen.
        chosen = np.sort(rng.choice(total, share, replace=False, shuffle=False))
        first = 0
        for top, found in _strips(scene, side, labelled):
            start, stop = np.searchsorted(chosen, [first, first + len(found)])
            rows, cols = np.divmod(found[chosen[start:stop] - first], scene.labels.shape[1])
            values.append(scene.image[:, top + rows, cols].T)
            labels.append(scene.labels[top + rows, cols])
            first += len(found)
    return np.concatenate(values), np.concatenate(labels)


def _strips(
    scene: StoredScene, side: int, labelled: bool
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """The first row of each strip of a scene, and where in the strip, row by row, the pixels are."""
    for top in range(0, len(scene.labels), STRIP):
        rows = slice(top, top + STRIP)
        found = scene.side[rows] == side
        if labelled:
            found &= scene.labels[rows] != UNLABELLED
        yield top, np.flatnonzero(found)
