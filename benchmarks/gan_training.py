"""Images per second in the training of pix2pix: the engine's loop against plain PyTorch in float32.

    python3 build.py bench gan_training

Both train the same two networks on the same windows of the same crops, with the same batch size and threads.
The plain loop is what one writes first: float32, PyTorch's default memory format, the paper's losses (binary
cross-entropy and 100·L1), Adam, no average of weights. The engine's does more for each image (styles,
augmentation, texture loss, LeCam, average) in mixed precision and channels-last order.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional

from overseed.devices import choose_device
from overseed.generators.adversarial import BATCH
from overseed.generators.contract import FitPlan
from overseed.generators.examples import draw_noise
from overseed.generators.pix2pix import Pix2Pix
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

BANDS, CLASSES, TILE = 4, 8, 128
WARM_UP, STEPS, REPEATS = 4, 20, 5
PLAN = FitPlan(STEPS, 0, "")


def main() -> int:
    """Alternate between the two loops and print their medians."""
    device = choose_device("cpu", 0)
    engine, plain = engine_loop(device), plain_loop(device)
    rates: dict[str, list[float]] = {"engine": [], "plain": []}
    for loop in (engine, plain):
        for step in range(WARM_UP):
            loop(step)
    for _ in range(REPEATS):
        for name, loop in (("engine", engine), ("plain", plain)):
            begun = time.perf_counter()
            for step in range(STEPS):
                loop(step)
            rates[name].append(BATCH * STEPS / (time.perf_counter() - begun))
    for name, found in rates.items():
        print(f"{name}: {statistics.median(found):.1f} ({min(found):.1f} – {max(found):.1f})")
    ratio = statistics.median(rates["engine"]) / statistics.median(rates["plain"])
    line = {
        "what": f"training pix2pix, {device.threads} threads, bf16 {device.bf16}",
        "value": f"{statistics.median(rates['engine']):.1f} images/s",
        "against": f"plain float32 PyTorch, {statistics.median(rates['plain']):.1f} images/s",
        "ratio": round(ratio, 2),
    }
    print(json.dumps(line))
    return 0


def engine_loop(device: object) -> Callable[[int], None]:
    """One step of the engine's training, with its batch."""
    gan, source = untrained()
    _, adams = gan._parts(torch.device("cpu"))

    def step(number: int) -> None:
        example = gan._example(source, PLAN, number)
        gan._step(example, 0, number, device, adams)
        gan._average.update(gan._generator, number + 1)

    return step


def plain_loop(device: object) -> Callable[[int], None]:
    """One step of the plain training, with the same batch."""
    gan, source = untrained()
    generator, discriminator = gan._generator, gan._discriminator
    adams = [
        torch.optim.Adam(network.parameters(), 2e-4, betas=(0.5, 0.999))
        for network in (generator, discriminator)
    ]

    def score(image: torch.Tensor, layout: torch.Tensor, real: bool) -> torch.Tensor:
        scores = discriminator(torch.cat([layout, image], dim=1))
        target = torch.full_like(scores, float(real))
        return functional.binary_cross_entropy_with_logits(scores, target)

    def step(number: int) -> None:
        example = gan._example(source, PLAN, number)
        condition = example.condition.contiguous()
        noise = draw_noise(example.layout, torch.Generator().manual_seed(number))
        made = generator(condition, noise)
        adversarial = score(example.real, example.layout, True)
        adversarial = adversarial + score(made.detach(), example.layout, False)
        adams[1].zero_grad(set_to_none=True)
        adversarial.backward()
        adams[1].step()
        loss = score(made, example.layout, True) + 100 * (made - example.real).abs().mean()
        adams[0].zero_grad(set_to_none=True)
        loss.backward()
        adams[0].step()

    return step


def untrained() -> tuple[Pix2Pix, CropSampler]:
    """A generator and its crops, from a chequered scene."""
    rng = np.random.default_rng(0)
    labels = rng.integers(CLASSES, size=(32, 32)).repeat(16, 0).repeat(16, 1).astype(np.uint8)
    image = rng.normal(1000, 50, (BANDS, 512, 512)) + 100 * labels
    scene = StoredScene(image.astype(np.uint16), labels, np.zeros_like(labels))
    stats = band_statistics(scene.image.reshape(BANDS, -1), [f"b{n}" for n in range(BANDS)])
    return Pix2Pix(stats, CLASSES, TILE, 0), CropSampler([scene], 0, TILE, "balanced")


if __name__ == "__main__":
    sys.exit(main())
