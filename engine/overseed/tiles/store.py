"""The tile store: a scene's image, labels and sides as memory-mapped arrays on the scene's own grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.files import read_json
from overseed.tiles.grid import Window

ARRAYS = ("image", "labels", "side")


@dataclass(frozen=True)
class StoredScene:
    """One scene of the store.

    ``image`` is ``(bands, height, width)`` in the raster's type, ``labels`` and ``side`` are
    ``(height, width)`` uint8, both 255 where there is none. Arrays are memory-mapped and read-only.
    """

    image: NDArray[Any]
    labels: NDArray[np.uint8]
    side: NDArray[np.uint8]


@dataclass(frozen=True)
class Crop:
    """A square cut from a scene as one side of the split may see it.

    ``image`` ``(bands, size, size)`` in the raster's type, ``labels`` ``(size, size)`` uint8 and
    ``visible`` ``(size, size)`` bool. Pixels of other sides, without value, or outside the raster are not
    visible: their image is 0 and their label 255.
    """

    image: NDArray[Any]
    labels: NDArray[np.uint8]
    visible: NDArray[np.bool_]


def open_store(folder: Path) -> list[StoredScene]:
    """Open all scenes of a store made by `prepare`."""
    scenes = []
    for scene in sorted(folder.glob("scene-*")):
        arrays = [np.load(scene / f"{name}.npy", mmap_mode="r") for name in ARRAYS]
        scenes.append(StoredScene(*arrays))
    return scenes


def read_crop(scene: StoredScene, window: Window, side: int) -> Crop:
    """Cut a window, which may reach over the scene's edges, as seen from one side of the split."""
    bands = scene.image.shape[0]
    crop = empty_crop((bands, window.height, window.width), scene.image.dtype)
    read_crop_into(crop, scene, window, side)
    return crop


def empty_crop(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Crop:
    """A crop of ``(bands, height, width)`` for :func:`read_crop_into` to fill; its content is arbitrary."""
    return Crop(np.empty(shape, dtype), np.empty(shape[1:], np.uint8), np.empty(shape[1:], bool))


def read_crop_into(crop: Crop, scene: StoredScene, window: Window, side: int) -> None:
    """Like :func:`read_crop`, into a crop of the window's size, of which every pixel is overwritten."""
    height, width = scene.labels.shape
    top, left = max(0, window.row), max(0, window.col)
    bottom = max(top, min(height, window.row + window.height))
    right = max(left, min(width, window.col + window.width))
    if (bottom - top, right - left) != (window.height, window.width):
        crop.image[...] = 0
        crop.labels[...] = 255
        crop.visible[...] = False
    inside = (
        slice(top - window.row, bottom - window.row),
        slice(left - window.col, right - window.col),
    )
    image, labels, visible = crop.image[:, *inside], crop.labels[inside], crop.visible[inside]
    image[...] = scene.image[:, top:bottom, left:right]
    labels[...] = scene.labels[top:bottom, left:right]
    np.equal(scene.side[top:bottom, left:right], side, out=visible)
    if not visible.all():
        foreign = ~visible
        np.copyto(image, 0, where=foreign)
        np.copyto(labels, 255, where=foreign)


def read_windows(folder: Path) -> tuple[int, list[tuple[int, Window, int]]]:
    """The tile size, and the grid windows as (scene, window, side)."""
    content = read_json(folder / "windows.json")
    windows = [
        (scene, Window(row, col, height, width), side)
        for scene, row, col, height, width, side in content["windows"]
    ]
    return content["tile_size"], windows
