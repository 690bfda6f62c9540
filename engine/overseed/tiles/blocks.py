"""Blocks of one side of the split in cells with context, for whatever predicts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import STRIDE, Window, cells, grow
from overseed.tiles.store import Crop, StoredScene, read_crop
from overseed.unlabelled import UNLABELLED

#: Blocks are predicted in cells of this side, each with a margin of context around it.
CELL = 192
MARGIN = 32
Planes = TypeVar("Planes", bound=Any)


@dataclass(frozen=True)
class LabelledCell:
    """A cell of block ``block`` with labels: ``crop`` is it with its margin, in whole strides.

    ``labels`` are those of its labelled pixels, ``(pixels,)``.
    """

    block: int
    crop: Crop
    labels: NDArray[np.uint8]
    _known: NDArray[np.bool_]

    def core(self, planes: Planes) -> Planes:
        """Of planes over the crop ``(n, h, w)`` the labelled pixels, ``(n, pixels)``."""
        height, width = self._known.shape
        return planes[:, MARGIN : MARGIN + height, MARGIN : MARGIN + width][:, self._known]


def labelled_cells(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    check: Callable[[], None] = lambda: None,
) -> Iterator[LabelledCell]:
    """Cells of blocks in which the side has labels; ``check`` is called before each."""
    for number, (scene_number, window) in enumerate(blocks):
        scene = scenes[scene_number]
        for cell in cells(window.height, window.width, CELL):
            check()
            inside = Window(window.row + cell.row, window.col + cell.col, cell.height, cell.width)
            labels = np.asarray(scene.labels[inside.slices])
            known = (labels != UNLABELLED) & (scene.side[inside.slices] == side)
            if known.any():
                crop = read_crop(scene, _whole_strides(grow(inside, MARGIN)), side)
                yield LabelledCell(number, crop, labels[known], known)


def _whole_strides(window: Window) -> Window:
    """Grow a window to the right and downwards to multiples of the network's stride."""
    return Window(
        window.row,
        window.col,
        -(-window.height // STRIDE) * STRIDE,
        -(-window.width // STRIDE) * STRIDE,
    )
