"""Pooled features of small crops, from the offline ImageNet encoder or from the encoder of a trained U-Net."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.devices import Device
from overseed.scenes.bands import regions_of
from overseed.segmentation.network import OFFLINE_ENCODER, SpectralUNet, build_network

BATCH = 64
#: Crops are enlarged to at least this side, which the encoder's last stride still divides.
SIDE = 64
#: Mean and deviation of ImageNet's red, green and blue, that the encoder's weights expect.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

#: Spectral regions shown as red, green and blue, by preference: false colour, then natural colour.
_SHOWN = (("nir", "red", "green"), ("red", "green", "blue"))

Features = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def three_bands(names: Sequence[str]) -> tuple[int, int, int]:
    """Positions of the bands that stand for a picture's red, green and blue.

    Near infrared, red and green where they are known, else red, green and blue, else the first, the middle
    and the last band.
    """
    regions = regions_of(names)
    for wanted in _SHOWN:
        if all(region in regions for region in wanted):
            first, second, third = (regions.index(region) for region in wanted)
            return first, second, third
    return 0, len(names) // 2, len(names) - 1


def imagenet_features(
    bands: tuple[int, int, int],
    low: NDArray[np.float32],
    high: NDArray[np.float32],
    device: Device,
) -> Features:
    """A function from crops ``(n, bands, h, w)`` to features ``(n, d)`` of EfficientNet-Lite0 (ImageNet).

    Parameters
    ----------
    bands:
        Positions of the bands shown as red, green and blue; one may be there twice.
    low, high:
        ``(3,)`` values of these bands that become black and white, such as training-side percentiles.
    """
    network = build_network(OFFLINE_ENCODER, 3, 2, torch.Generator().manual_seed(0))
    mean, std, black, white = (
        np.array(value, np.float32)[:, None, None]
        for value in (IMAGENET_MEAN, IMAGENET_STD, low, high)
    )

    def shown(crops: NDArray[np.float32]) -> NDArray[np.float32]:
        picture = np.clip((crops[:, list(bands)] - black) / np.maximum(white - black, 1e-6), 0, 1)
        scaled: NDArray[np.float32] = (picture - mean) / std
        return scaled.astype(np.float32)

    return lambda crops: _pooled(network.unet.encoder, shown(crops), device)


def unet_features(network: SpectralUNet, bands: int, device: Device) -> Features:
    """A function from crops ``(n, channels, h, w)`` to features of a trained network's encoder.

    The first ``bands`` channels are the standardised bands that the network was trained on.
    """
    return lambda crops: _pooled(network.unet.encoder, crops[:, :bands], device)


@torch.no_grad()
def _pooled(encoder: Any, crops: NDArray[np.float32], device: Device) -> NDArray[np.float32]:
    """Spatial means of the encoder's two coarsest feature maps, side by side."""
    place = device.torch_device()
    assert isinstance(encoder, nn.Module)
    encoder = encoder.to(place).eval()
    found = []
    for start in range(0, len(crops), BATCH):
        batch = torch.from_numpy(np.ascontiguousarray(crops[start : start + BATCH])).to(place)
        if min(batch.shape[-2:]) < SIDE:
            batch = nn.functional.interpolate(batch, (SIDE, SIDE), mode="bilinear")
        maps = encoder(batch)[-2:]
        found.append(torch.cat([m.float().mean(dim=(-2, -1)) for m in maps], dim=1).cpu().numpy())
    return np.concatenate(found)
