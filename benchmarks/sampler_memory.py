"""Memory of the crop sampler and of pixel samples on a whole Sentinel-2 tile, against lists of its pixels.

    python3 build.py bench sampler_memory

The tile is simulated, 10,980 × 10,980 pixels, all labelled, 8 classes; it counts no memory here, as it
would not when it is mapped from a store. Allocations of Python and numpy, by tracemalloc.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import SAMPLE, sample_pixels
from overseed.tiles.store import StoredScene

SIZE, PARCEL, CLASSES = 10_980, 36, 8


def main() -> int:
    rng = np.random.default_rng(0)
    parcels = rng.integers(0, CLASSES, (SIZE // PARCEL, SIZE // PARCEL), dtype=np.uint8)
    labels = np.kron(parcels, np.ones((PARCEL, PARCEL), np.uint8))
    # One row of values that stands for every row: the image's content does not matter here.
    image = np.broadcast_to(np.zeros(SIZE, np.uint16), (1, SIZE, SIZE))
    scene = StoredScene(image, labels, np.zeros_like(labels))
    report("sampler, kept", held(lambda: CropSampler([scene], 0, 128, "natural"))[0])
    report("sampler, peak", held(lambda: CropSampler([scene], 0, 128, "natural"))[1])
    report(
        f"sample of {SAMPLE:,} pixels, peak",
        held(lambda: sample_pixels([scene], 0, SAMPLE, rng, labelled=True))[1],
    )
    return 0


def held(make: Callable[[], Any]) -> tuple[int, int]:
    """Bytes that the made object keeps, and the most that were held while it was made."""
    tracemalloc.start()
    made = make()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made
    return kept, peak


def report(what: str, found: int) -> None:
    listed = SIZE * SIZE * np.dtype(np.int64).itemsize
    result = {
        "what": f"memory on {SIZE} × {SIZE}: {what}",
        "value": f"{found / 1e6:.0f} MB",
        "against": f"the pixels' positions as a list, {listed / 1e6:.0f} MB",
        "ratio": round(found / listed, 3),
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
