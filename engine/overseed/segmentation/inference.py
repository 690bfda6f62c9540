"""Predictions on blocks of one side of the split, which see nothing of the other sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.devices import Device
from overseed.tiles.blocks import labelled_cells
from overseed.tiles.grid import Window
from overseed.tiles.statistics import BandStats
from overseed.tiles.store import StoredScene


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
    for cell in labelled_cells(scenes, windows, side, check):
        image = torch.from_numpy(stats.scale(cell.crop.image, cell.crop.visible))[None]
        image = image.to(device.torch_device(), memory_format=torch.channels_last)
        with device.autocast():
            logits = network(image)
        yield cell.block, cell.core(logits[0].float().cpu().numpy()).T, cell.labels
