"""The tile store: a scene's image, labels and sides as memory-mapped arrays on the scene's own grid."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from overseed.files import read_json, whole
from overseed.tiles.grid import Window

ARRAYS = ("image", "labels", "side")
#: What differs between folds: labels, for the buffer along borders between sides, and the sides.
DIVIDED = ("labels", "side")


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


class SceneWriter:
    """Writes a scene's arrays row band by row band under temporary names, and gives them theirs at the end.

    Parameters
    ----------
    folder:
        The scene's folder; it must exist.
    shape:
        ``(bands, height, width)`` of the image.

    The space is claimed before the first byte is written, so that a full disk is known at once: ``OSError``.
    """

    def __init__(self, folder: Path, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
        self._folder = folder
        self._shape = shape
        self._dtype = dtype
        self._done = contextlib.ExitStack()
        self._streams: dict[str, tuple[IO[bytes], int]] = {}

    def __enter__(self) -> SceneWriter:
        with contextlib.ExitStack() as stack:
            for name in ARRAYS:
                shape, dtype = self._form(name)
                partial = stack.enter_context(whole(self._folder / f"{name}.npy"))
                stream = stack.enter_context(partial.open("w+b"))
                np.lib.format.write_array_header_1_0(
                    stream,
                    {
                        "descr": np.lib.format.dtype_to_descr(dtype),
                        "fortran_order": False,
                        "shape": shape,
                    },
                )
                start = stream.tell()
                _claim(stream, start + int(np.prod(shape)) * dtype.itemsize)
                self._streams[name] = stream, start
            self._done = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.__exit__(kind, error, trace)

    def write(
        self, row: int, image: NDArray[Any], labels: NDArray[np.uint8], valid: NDArray[np.bool_]
    ) -> None:
        """Write a row band: ``(bands, rows, width)`` and twice ``(rows, width)``, from pixel row ``row``."""
        sides = np.where(valid, np.uint8(0), np.uint8(255))
        self._put("labels", 0, row, labels)
        self._put("side", 0, row, sides)
        for band, values in enumerate(image):
            self._put("image", band, row, values)

    def array(self, name: str) -> NDArray[Any]:
        """``labels`` or ``side`` as written so far, memory-mapped for changes in place.

        Before anyone else decides, a pixel's side is 0 where it has a value and 255 elsewhere.
        """
        stream, start = self._streams[name]
        stream.flush()
        shape, dtype = self._form(name)
        return np.memmap(stream, dtype, "r+", start, shape)

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        """Labels and sides as they are now, in a folder ``name`` of the scene's, for changes in place."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        with contextlib.ExitStack() as stack:
            arrays = []
            for array in DIVIDED:
                partial = stack.enter_context(whole(folder / f"{array}.npy"))
                stream, _ = self._streams[array]
                stream.flush()
                stream.seek(0)
                with partial.open("wb") as target:
                    shutil.copyfileobj(stream, target, 1 << 20)
                arrays.append(np.load(partial, mmap_mode="r+"))
            yield arrays[0], arrays[1]
            # A file that is still mapped cannot be renamed on every platform.
            arrays.clear()

    def _form(self, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        return (self._shape, self._dtype) if name == "image" else (self._shape[1:], np.dtype("u1"))

    def _put(self, name: str, band: int, row: int, values: NDArray[Any]) -> None:
        stream, start = self._streams[name]
        _, height, width = self._shape
        stream.seek(start + (band * height + row) * width * values.itemsize)
        stream.write(np.ascontiguousarray(values).data.cast("B"))


def _claim(stream: IO[bytes], size: int) -> None:
    """Claim a file's whole size on the disk: a mapped page that finds no room kills the process."""
    stream.flush()
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(stream.fileno(), 0, size)
    else:
        stream.truncate(size)


def scene_folder(folder: Path, number: int) -> Path:
    """Where the store keeps a scene, by its number from 1."""
    return folder / f"scene-{number:03}"


def division(fold: int) -> str:
    """Where a scene's folder holds the labels and sides of a fold; the first one's lie in it directly."""
    return f"fold-{fold}" if fold else ""


def open_store(folder: Path, fold: int = 0) -> list[StoredScene]:
    """Open all scenes of a store made by `prepare`, with the labels and sides of one fold."""
    scenes = []
    for number in range(1, 1 + read_json(folder / "windows.json")["scenes"]):
        scene = scene_folder(folder, number)
        arrays = [
            np.load(
                scene / (division(fold) if name in DIVIDED else "") / f"{name}.npy", mmap_mode="r"
            )
            for name in ARRAYS
        ]
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


def read_windows(folder: Path, fold: int = 0) -> tuple[int, list[tuple[int, Window, int]]]:
    """The tile size, and the grid windows as (scene, window, side)."""
    content = read_json(folder / "windows.json")
    windows = [
        (scene, Window(row, col, height, width), sides[fold])
        for scene, row, col, height, width, *sides in content["windows"]
    ]
    return content["tile_size"], windows
