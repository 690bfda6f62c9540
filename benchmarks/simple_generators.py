"""The generators without a network, `statistical`, `replace` and `copy-paste`, against 200 tiles a second.

    python3 build.py bench simple_generators

Tiles of 128 × 128 pixels and 4 bands of uint16, in the batches of 8 that `synthesize` asks for, one thread.
The ground is a simulated mosaic: 5 classes in parcels from a few to some thousand pixels, with textures of
their own. About a quarter of each tile changes: half of the changed pixels are parcels given to another class,
half are shapes of real parcels, turned and put elsewhere. What is measured is `generate` alone, from layouts to
images, in processor time, so that what else the machine does counts little; the methods take turns, and the
medians count. Fitting takes seconds and is printed beside.
"""

from __future__ import annotations

import os

# Before numpy: its linear algebra would otherwise start a thread for each core.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from overseed.devices import choose_device
from overseed.generators.components import find_components
from overseed.generators.contract import Canvas, FitPlan, SampleGenerator
from overseed.generators.methods import make_generator
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

SIZE, BANDS, TILE, BATCH, CLASSES = 1024, 4, 128, 8, 5
LIMIT = 200
STEPS = 60
REPEATS, BATCHES = 7, 12
METHODS = ("statistical", "replace", "copy-paste")
CHANGED = 0.25


def main() -> int:
    scene = make_scene()
    names = [f"b{i}" for i in range(BANDS)]
    stats = band_statistics(scene.image.reshape(BANDS, -1)[:, ::7], names)
    source = CropSampler([scene], 0, TILE, "balanced")
    device = choose_device("cpu", 1)
    generators: dict[str, SampleGenerator] = {}
    with tempfile.TemporaryDirectory(prefix="overseed-benchmark-") as folder:
        for method in METHODS:
            started = time.perf_counter()
            generators[method] = make_generator(method, stats, CLASSES, TILE, 0)
            generators[method].fit(
                source, FitPlan(STEPS, 0, ""), device, Path(folder),
                lambda done, total: None, lambda name, value, step: None,
            )  # fmt: skip
            print(f"{method}: fitted to {STEPS * 8} crops in {time.perf_counter() - started:.1f} s")
    canvases = [make_canvas(source, np.random.default_rng(1000 + i)) for i in range(BATCHES)]
    changed = np.mean([canvas.changed.mean() for canvas in canvases])
    parcels = np.mean([len(find_components(c.labels, c.changed)) for c in canvases]) / BATCH
    print(f"{changed:.0%} of a tile changes, in {parcels:.1f} parcels")
    speeds: dict[str, list[float]] = {method: [] for method in METHODS}
    for repeat in range(REPEATS + 1):
        for method in METHODS:
            started = time.process_time()
            for number, canvas in enumerate(canvases):
                generators[method].generate(canvas, number, device)
            speed = BATCH * BATCHES / (time.process_time() - started)
            if repeat:  # The first round warms up.
                speeds[method].append(speed)
    print("| tiles per second | median | slowest – fastest of the repeats |\n|---|---|---|")
    for method, found in speeds.items():
        print(
            f"| {method} | {statistics.median(found):.0f} | {min(found):.0f} – {max(found):.0f} |"
        )
    for method, found in speeds.items():
        print(json.dumps(result(method, statistics.median(found)), ensure_ascii=False))
    return 0


def result(method: str, speed: float) -> dict[str, object]:
    return {
        "what": f"{method}: images of {TILE} × {TILE} × {BANDS}",
        "value": f"{speed:.0f} tiles/s",
        "against": f"limit of {LIMIT} tiles/s on one core",
        "ratio": round(speed / LIMIT, 2),
    }


def make_scene() -> StoredScene:
    """A mosaic of parcels; each class has a mean, each parcel a shift, each pixel a smooth and a rough part."""
    from scipy.ndimage import gaussian_filter, label

    rng = np.random.default_rng(0)
    fields = [
        gaussian_filter(rng.standard_normal((SIZE, SIZE), np.float32), scale) * scale
        for scale in (6, 9, 12)
    ]
    labels = (np.digitize(fields[0] + fields[1], [-0.35, -0.1, 0.15, 0.4])).astype(np.uint8)
    labels[fields[2] > 0.35] = 255
    image = np.zeros((BANDS, SIZE, SIZE), np.float32)
    for index in range(CLASSES):
        parcels, count = label(labels == index)
        image += (rng.normal(0, 40, (BANDS, count + 1)) + 250 * index)[:, parcels] * (parcels > 0)
    image += gaussian_filter(rng.normal(0, 200, image.shape), (0, 1.5, 1.5))
    image += rng.normal(1500, 10, image.shape)
    return StoredScene(np.rint(image).astype(np.uint16), labels, np.zeros_like(labels))


def make_canvas(source: CropSampler, rng: np.random.Generator) -> Canvas:
    """A batch of layouts: parcels are given away, shapes of other parcels pasted, until enough has changed."""
    batch = source.draw(BATCH, rng)
    layouts = batch.labels.copy()
    found = find_components(batch.labels, batch.labels != 255)
    order = [n for n in rng.permutation(len(found)) if 120 <= found.areas[n] <= 3000]
    for tile in range(BATCH):
        changed = np.zeros((TILE, TILE), bool)
        for number in order:
            own = found.mask(number)
            if changed.mean() < CHANGED / 2 and found.tiles[number] == tile:
                place = found.window(number)[1:]
            elif changed.mean() >= CHANGED / 2 and found.tiles[number] != tile:
                own = np.rot90(own, rng.integers(4))
                top, left = (rng.integers(TILE - side + 1) for side in own.shape)
                place = slice(top, top + own.shape[0]), slice(left, left + own.shape[1])
            else:
                continue
            if changed.mean() + own.mean() * own.size / TILE**2 > CHANGED + 0.02:
                continue
            taker = int(rng.integers(CLASSES))
            layouts[tile][place][own] = taker
            changed = layouts[tile] != batch.labels[tile]
    return Canvas(layouts, layouts != batch.labels, batch.images, batch.visible)


if __name__ == "__main__":
    sys.exit(main())
