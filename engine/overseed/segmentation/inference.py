"""Predictions on blocks of one side of the split, which see nothing of the other sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.devices import Device
from overseed.tiles.grid import Window, cells, grow
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene, read_crop
from overseed.unlabelled import UNLABELLED

#: Blocks are predicted in cells of this side, each with a margin of context around it.
CELL = 192
MARGIN = 32


@torch.no_grad()
def predict_blocks(
    network: nn.Module,
    scenes: Sequence[StoredScene],
    windows: Sequence[tuple[int, Window]],
    side: int,
    stats: BandStats,
    device: Device,
    check: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.uint8]]]:
    """Logits where the side has labels.

    Yields
    ------
    block, logits, labels
        Index into ``windows``, ``(pixels, classes)`` float32 and ``(pixels,)`` uint8.
    """
    network.eval()
    for number, (scene_number, window) in enumerate(windows):
        scene = scenes[scene_number]
        for cell in cells(window.height, window.width, CELL):
            check()
            inside = Window(window.row + cell.row, window.col + cell.col, cell.height, cell.width)
            labels = np.asarray(scene.labels[inside.slices])
            known = (labels != UNLABELLED) & (scene.side[inside.slices] == side)
            if not known.any():
                continue
            crop = read_crop(scene, _whole_strides(grow(inside, MARGIN)), side)
            image = torch.from_numpy(stats.scale(crop.image, crop.visible))[None]
            image = image.to(device.torch_device(), memory_format=torch.channels_last)
            with device.autocast():
                logits = network(image)
            core = logits[0, :, MARGIN : MARGIN + cell.height, MARGIN : MARGIN + cell.width]
            yield number, core.float().cpu().numpy()[:, known].T, labels[known]


def _whole_strides(window: Window, stride: int = 32) -> Window:
    """Grow a window to the right and downwards to multiples of the network's stride."""
    return Window(
        window.row,
        window.col,
        -(-window.height // stride) * stride,
        -(-window.width // stride) * stride,
    )
