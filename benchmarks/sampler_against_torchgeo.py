"""Random training crops from the tile store against torchgeo's RandomGeoSampler and DataLoader.

    python3 build.py bench sampler_against_torchgeo

Both draw batches of 16 crops of 128 × 128 pixels from the same simulated scene of 4096 × 4096 pixels with
4 bands of uint16 and a label raster: the engine from the arrays that `prepare` writes, torchgeo from
uncompressed GeoTIFFs tiled 512, with its cache of open files. One process, one thread, all pages in memory;
the two take turns, and the medians count.

The engine does more for each crop: it holds a drawn labelled pixel, pixels of other sides of the split are
blanked (60 % of the blocks are training ground), and it is turned and flipped. torchgeo gives float32
images and int64 masks, the engine the raster's own type; one row has it convert them to the same tensors.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

SIZE, BANDS, CROP, BATCH = 4096, 4, 128, 16
BLOCK, PARCEL, CLASSES = 512, 32, 8
REPEATS, BATCHES = 7, 20


def main() -> int:
    try:
        import torchgeo
        import torchgeo.datasets
        import torchgeo.samplers
    except ImportError as error:
        print(
            f"torchgeo cannot be imported ({error}): start this with "
            "'python3 build.py bench sampler_against_torchgeo'.",
            file=sys.stderr,
        )
        return 1
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="overseed-benchmark-") as name:
        folder = Path(name)
        make_scene(folder)
        sources = {
            "ours natural": our_batches(folder, "natural"),
            "ours balanced": our_batches(folder, "balanced"),
            "ours as float32": as_tensors(our_batches(folder, "natural")),
            "torchgeo image and mask": torchgeo_batches(folder, with_mask=True),
            "torchgeo image": torchgeo_batches(folder, with_mask=False),
        }
        speeds = measure(sources)
    print("| crops per second | median | slowest – fastest of the repeats |\n|---|---|---|")
    for name, found in speeds.items():
        print(f"| {name} | {statistics.median(found):.0f} | {min(found):.0f} – {max(found):.0f} |")
    version = f"torchgeo {torchgeo.__version__}"
    for ours in ("ours natural", "ours balanced", "ours as float32"):
        report(speeds, ours, "torchgeo image and mask", version)
    # Images alone are less than what the engine delivers, so this ratio is torchgeo's best case.
    report(speeds, "ours natural", "torchgeo image", version)
    return 0


def make_scene(folder: Path) -> None:
    """Write one scene twice: as a store's folder, and as `image/scene.tif` and `mask/scene.tif`."""
    rng = np.random.default_rng(0)
    store = folder / "tiles" / "scene-001"
    store.mkdir(parents=True)
    image = rng.integers(0, 10_000, (BANDS, SIZE, SIZE), dtype=np.uint16)
    parcels = rng.integers(0, CLASSES, (SIZE // PARCEL, SIZE // PARCEL), dtype=np.uint8)
    parcels[rng.random(parcels.shape) < 0.5] = 255
    labels = np.kron(parcels, np.ones((PARCEL, PARCEL), np.uint8))
    blocks = (rng.random((SIZE // BLOCK, SIZE // BLOCK)) >= 0.6).astype(np.uint8)
    side = np.kron(blocks, np.ones((BLOCK, BLOCK), np.uint8))
    for name, array in (("image", image), ("labels", labels), ("side", side)):
        np.save(store / f"{name}.npy", array)
    write_tiff(folder / "image" / "scene.tif", image)
    write_tiff(folder / "mask" / "scene.tif", labels[None])


def write_tiff(path: Path, array: np.ndarray) -> None:
    import rasterio
    from rasterio.transform import from_origin

    path.parent.mkdir()
    bands, height, width = array.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=array.dtype,
        crs="EPSG:32633", transform=from_origin(400_000, 5_800_000, 10, 10),
        tiled=True, blockxsize=512, blockysize=512,
    ) as target:  # fmt: skip
        target.write(array)


def our_batches(folder: Path, balance: Any) -> Iterator[Any]:
    from overseed.tiles.sampling import CropSampler, rng_for
    from overseed.tiles.store import open_store

    sampler = CropSampler(open_store(folder / "tiles"), 0, CROP, balance)
    return (sampler.draw(BATCH, rng_for(0, step)) for step in count())


def as_tensors(batches: Iterator[Any]) -> Iterator[Any]:
    """The types that torchgeo gives: float32 images, int64 labels."""
    import torch

    for batch in batches:
        images = torch.from_numpy(batch.images.astype(np.float32))
        yield images, torch.from_numpy(batch.labels.astype(np.int64))


def torchgeo_batches(folder: Path, with_mask: bool) -> Iterator[Any]:
    import torch
    from torch.utils.data import DataLoader
    from torchgeo.datasets import RasterDataset, stack_samples
    from torchgeo.samplers import RandomGeoSampler

    class Masks(RasterDataset):
        is_image = False

    dataset: Any = RasterDataset(folder / "image", cache=True)
    if with_mask:
        dataset = dataset & Masks(folder / "mask", cache=True)
    sampler = RandomGeoSampler(
        dataset, CROP, length=1_000_000_000, generator=torch.Generator().manual_seed(0)
    )
    loader = DataLoader(dataset, BATCH, sampler=sampler, num_workers=0, collate_fn=stack_samples)
    return iter(loader)


def measure(sources: dict[str, Iterator[Any]]) -> dict[str, list[float]]:
    """Crops per second of each source in each repeat, after a round that warms the caches."""
    for batches in sources.values():
        _crops_per_second(batches)
    speeds: dict[str, list[float]] = {name: [] for name in sources}
    for _ in range(REPEATS):
        for name, batches in sources.items():
            speeds[name].append(_crops_per_second(batches))
    return speeds


def _crops_per_second(batches: Iterator[Any]) -> float:
    started = time.perf_counter()
    for _ in islice(batches, BATCHES):
        pass
    return BATCH * BATCHES / (time.perf_counter() - started)


def report(speeds: dict[str, list[float]], ours: str, peer: str, version: str) -> None:
    mine, theirs = statistics.median(speeds[ours]), statistics.median(speeds[peer])
    result = {
        "what": f"crops of {CROP} × {CROP} × {BANDS}, {ours.removeprefix('ours ')}",
        "value": f"{mine:.0f} crops/s",
        "against": f"{version}, {peer.removeprefix('torchgeo ')}, {theirs:.0f} crops/s",
        "ratio": round(mine / theirs, 1),
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
