"""Figures of single pixels with their neighbours, for classifiers that look at pixels one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window, grow
from overseed.tiles.store import StoredScene, read_crop
from overseed.unlabelled import UNLABELLED

NEIGHBOURHOOD = 5


def pixel_features(image: NDArray[Any], visible: NDArray[np.bool_]) -> NDArray[np.float32]:
    """``(3·bands, height, width)``: the bands, their mean and their deviation over visible neighbours."""
    from scipy.ndimage import uniform_filter

    values = np.where(visible, image.astype(np.float64), 0)
    weight = np.maximum(uniform_filter(visible.astype(np.float64), NEIGHBOURHOOD), 1e-9)
    mean = np.stack([uniform_filter(band, NEIGHBOURHOOD) for band in values]) / weight
    square = np.stack([uniform_filter(band**2, NEIGHBOURHOOD) for band in values]) / weight
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    return np.concatenate([values, mean, deviation]).astype(np.float32)


def block_features(
    scenes: Sequence[StoredScene], windows: Sequence[tuple[int, Window]], side: int
) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.uint8]]]:
    """For each block: its number, features ``(pixels, 3·bands)`` and labels where the side has labels."""
    margin = NEIGHBOURHOOD // 2
    for number, (scene, window) in enumerate(windows):
        crop = read_crop(scenes[scene], grow(window, margin), side)
        features = pixel_features(crop.image, crop.visible)
        core = (slice(margin, -margin), slice(margin, -margin))
        known = crop.labels[core] != UNLABELLED
        yield number, features[:, *core][:, known].T, crop.labels[core][known]
