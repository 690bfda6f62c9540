"""Synthetic pixels that a network trained on real samples alone finds implausible."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from overseed.config import TrainSettings
from overseed.devices import Device
from overseed.events import Reporter
from overseed.segmentation.network import SpectralUNet, read_weights
from overseed.stages.context import Prepared
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.split import TRAIN
from overseed.unlabelled import UNLABELLED

BATCH = 8
#: Batches of real crops, classes alike, that the usual loss of a class is measured on.
REAL_BATCHES = 24


def implausible(
    prepared: Prepared,
    settings: TrainSettings,
    factor: float,
    images: NDArray[Any],
    labels: NDArray[np.uint8],
    changed: NDArray[np.bool_],
    device: Device,
    reporter: Reporter,
) -> NDArray[np.bool_]:
    """Made pixels ``(n, h, w)`` whose loss is ``factor`` times their class's on real pixels.

    The network is that of the arm ``none`` with the same seed; real pixels are of training ground, which it
    knows by heart, so that the usual loss is a low one and the factor should be large.
    """
    network = SpectralUNet(
        settings.encoder, len(prepared.stats.names), len(prepared.table), settings.architecture
    )
    folder = prepared.run.model("none", settings.seed)
    network.load_state_dict(read_weights(folder / "model.safetensors"))
    network.to(device.torch_device(), memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    sampler = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
    sums, counts = np.zeros(256), np.zeros(256)
    for step in range(REAL_BATCHES):
        reporter.check()
        batch = sampler.draw(BATCH, rng_for(settings.seed, step, purpose=10))
        scaled = prepared.stats.scale(batch.images, batch.visible)
        losses = _losses(network, scaled, batch.labels, device)
        sums += np.bincount(batch.labels.ravel(), losses.ravel(), 256)
        counts += np.bincount(batch.labels.ravel(), minlength=256)
    usual = sums / np.maximum(counts, 1)
    # A class that was never met cannot be doubted.
    usual[counts == 0] = np.inf
    doubted = np.zeros(labels.shape, bool)
    for start in range(0, len(labels), BATCH):
        reporter.check()
        part = slice(start, start + BATCH)
        scaled = prepared.stats.scale(images[part], np.ones(labels[part].shape, bool))
        losses = _losses(network, scaled, labels[part], device)
        doubted[part] = losses > factor * usual[labels[part]]
    return doubted & changed & (labels != UNLABELLED)


@torch.no_grad()
def _losses(
    network: torch.nn.Module,
    scaled: NDArray[np.float32],
    labels: NDArray[np.uint8],
    device: Device,
) -> NDArray[np.float64]:
    """Cross-entropy of each pixel, 0 where it has no label."""
    place = device.torch_device()
    with device.autocast():
        logits = network(torch.from_numpy(scaled).to(place, memory_format=torch.channels_last))
    truth = torch.from_numpy(labels.astype(np.int64)).to(place)
    found = functional.cross_entropy(
        logits.float(), truth, ignore_index=UNLABELLED, reduction="none"
    )
    return found.cpu().double().numpy()
