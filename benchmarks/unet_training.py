"""Tiles per second in the training of a segmentation network: the engine against plain PyTorch in float32.

    python3 build.py bench unet_training

Both train the same network with the same batch size, loss and threads on crops of one made scene of 4 bands
and 8 classes, 256 x 256 pixels. The plain loop is what one writes first: a map-style dataset that cuts and
scales random windows, a DataLoader with one worker, float32, PyTorch's default memory format, AdamW. The
engine's does more for each tile (crops around labelled pixels out of a store, symmetries, jitter, clipping, an
average of the weights) and also says which share of its time it waits for input.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Generator

import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from overseed.devices import Device, choose_device
from overseed.segmentation import training_loop
from overseed.segmentation.calibration import Priors
from overseed.segmentation.losses import Loss
from overseed.segmentation.network import OFFLINE_ENCODER, SpectralUNet
from overseed.segmentation.training_loop import TrainingPlan
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import BandStats, band_statistics
from overseed.tiles.store import StoredScene
from overseed.training.ema import WeightAverage
from overseed.training.feeding import prefetched
from overseed.training.team import Alone

BANDS, CLASSES, TILE, BATCH, SIDE = 4, 8, 256, 8, 1024
WARM_UP, STEPS, REPEATS = 2, 6, 5
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "smp.Unet('resnet34')": lambda: smp.Unet(
        "resnet34", encoder_weights=None, in_channels=BANDS, classes=CLASSES
    ),
    "the default network": lambda: SpectralUNet(OFFLINE_ENCODER, BANDS, CLASSES),
}


class Windows(Dataset):
    """Random windows, scaled, as float32."""

    def __init__(self, scene: StoredScene, stats: BandStats, count: int) -> None:
        self._scene, self._count = scene, count
        self._mean, self._std = (
            np.array(v, np.float32)[:, None, None] for v in (stats.mean, stats.std)
        )

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        row, col = np.random.default_rng(index).integers(SIDE - TILE, size=2)
        window = (slice(row, row + TILE), slice(col, col + TILE))
        image = (self._scene.image[:, *window].astype(np.float32) - self._mean) / self._std
        return torch.from_numpy(image), torch.from_numpy(
            self._scene.labels[window].astype(np.int64)
        )


def main() -> int:
    """Alternate between the two loops for each network and print the medians."""
    device = choose_device("cpu", 0)
    scene, stats = ground()
    for name, make in NETWORKS.items():
        rates: dict[str, list[float]] = {"engine": [], "plain": []}
        waiting: list[float] = []
        with torch.random.fork_rng():
            torch.manual_seed(0)
            networks = {loop: make() for loop in rates}
        engine = engine_steps(networks["engine"], scene, stats, device, waiting)
        plain = plain_steps(networks["plain"], scene, stats)
        loops = {"engine": engine, "plain": plain}
        for loop in loops.values():
            for _ in range(WARM_UP):
                next(loop)
        waiting.clear()
        for _ in range(REPEATS):
            for kind, loop in loops.items():
                begun = time.perf_counter()
                for _ in range(STEPS):
                    next(loop)
                rates[kind].append(BATCH * STEPS / (time.perf_counter() - begun))
        spent = sum(BATCH * STEPS / rate for rate in rates["engine"])
        for loop in loops.values():
            loop.close()
        medians = {kind: statistics.median(found) for kind, found in rates.items()}
        for kind, found in rates.items():
            print(
                f"{name}, {kind}: {medians[kind]:.2f} tiles/s ({min(found):.2f} – {max(found):.2f})"
            )
        line = {
            "what": f"training {name}, {TILE}², batch {BATCH}, {device.threads} threads, bf16 {device.bf16}",
            "value": f"{medians['engine']:.2f} tiles/s",
            "against": f"plain float32 loop with a DataLoader, {medians['plain']:.2f} tiles/s",
            "ratio": round(medians["engine"] / medians["plain"], 2),
            "waiting_share": round(sum(waiting) / spent, 4),
        }
        print(json.dumps(line, ensure_ascii=False))
    return 0


def ground() -> tuple[StoredScene, BandStats]:
    """A chequered scene and its statistics."""
    rng = np.random.default_rng(0)
    labels = rng.integers(CLASSES, size=(SIDE // 32, SIDE // 32)).repeat(32, 0).repeat(32, 1)
    image = rng.normal(1000, 50, (BANDS, SIDE, SIDE)) + 100 * labels
    scene = StoredScene(
        image.astype(np.uint16), labels.astype(np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    )
    return scene, band_statistics(scene.image.reshape(BANDS, -1), [f"b{n}" for n in range(BANDS)])


def engine_steps(
    network: nn.Module, scene: StoredScene, stats: BandStats, device: Device, waiting: list[float]
) -> Generator[None]:
    """The engine's training, step by step; how long each waited for its batch goes to ``waiting``."""
    source = CropSampler([scene], 0, TILE, "natural")
    even = Priors(np.full(CLASSES, 1 / CLASSES), np.full(CLASSES, 1 / CLASSES))
    plan = TrainingPlan(10_000, 0, "", Loss(("ce",)), even, batch=BATCH)
    network = network.to(memory_format=torch.channels_last)
    adam = torch.optim.AdamW(network.parameters(), 1e-3)
    average, team = WeightAverage(network), Alone()
    batches = prefetched(
        lambda n: training_loop._make_batch(source, None, plan, stats, team, n), 0, plan.steps
    )
    try:
        while True:
            asked = time.perf_counter()
            step, (image, labels, _) = next(batches)
            waiting.append(time.perf_counter() - asked)
            training_loop._step(network, network, adam, image, labels, plan, device, team)
            average.update(network, step + 1)
            yield
    finally:
        batches.close()


def plain_steps(network: nn.Module, scene: StoredScene, stats: BandStats) -> Generator[None]:
    """A plain training, step by step."""
    loader = DataLoader(Windows(scene, stats, 100_000), batch_size=BATCH, num_workers=1)
    adam = torch.optim.AdamW(network.parameters(), 1e-3)
    network.train()
    for image, labels in loader:
        loss = nn.functional.cross_entropy(network(image), labels, label_smoothing=0.05)
        adam.zero_grad()
        loss.backward()
        adam.step()
        yield


if __name__ == "__main__":
    sys.exit(main())
