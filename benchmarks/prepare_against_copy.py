"""`prepare` of a large scene against a plain read of the same windows and a write of the same bytes.

    python3 build.py bench prepare_against_copy

The scene is simulated: 10980 × 10980 pixels, 4 bands uint16, about 10,000 polygons (a few minutes, kept in
OVERSEED_BENCH_DIR when that is set). OVERSEED_BENCH_SIDE makes it smaller. Each side runs in a process of its
own, by turns, on a warm page cache; peak memory is the process's largest resident set.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIDE = int(os.environ.get("OVERSEED_BENCH_SIDE", "10980"))
ROUNDS = 3
POLYGONS = 10_000


def main() -> int:
    if len(sys.argv) > 1:
        return {"copy": copy, "prepare": prepare_scene}[sys.argv[1]](Path(sys.argv[2]))
    keep = os.environ.get("OVERSEED_BENCH_DIR")
    with tempfile.TemporaryDirectory(prefix="overseed-benchmark-") as temporary:
        folder = Path(keep or temporary)
        make_scene(folder)
        found: dict[str, list[dict[str, float]]] = {"copy": [], "prepare": []}
        child("copy", folder)  # warms the page cache
        for _ in range(ROUNDS):
            for kind in found:
                found[kind].append(child(kind, folder))
    seconds = {kind: statistics.median(r["seconds"] for r in rows) for kind, rows in found.items()}
    peak = max(r["peak_gb"] for r in found["prepare"])
    print(
        json.dumps(
            {
                "what": f"prepare {SIDE} × {SIDE} × 4 uint16, peak memory {peak:.2f} GB",
                "value": f"{seconds['prepare']:.1f} s",
                "against": f"plain read and write, {seconds['copy']:.1f} s",
                "ratio": round(seconds["prepare"] / seconds["copy"], 2),
            }
        )
    )
    return 0


def make_scene(folder: Path) -> None:
    """Simulate the scene unless an earlier run has left it."""
    if (folder / "scene.tif").exists():
        return
    from overseed.config import SimulateSettings
    from overseed.stages.simulate import simulate

    # A parcel has about 900 pixels; in small scenes a few hundred parcels are all there is.
    share = min(0.9, POLYGONS * 900 / SIDE**2)
    simulate(SimulateSettings(folder=folder, width=SIDE, height=SIDE, bands=4, labelled=share))


def child(kind: str, folder: Path) -> dict[str, float]:
    """Run one side in a process of its own and return its figures."""
    done = subprocess.run(
        [sys.executable, __file__, kind, str(folder)], stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"{kind}: {figures['seconds']:.1f} s, peak {figures['peak_gb']:.2f} GB", flush=True)
    return figures


def copy(folder: Path) -> int:
    """Read row bands of the image as `prepare` does, one after the other, and write as many bytes."""
    import rasterio
    from rasterio.windows import Window

    from overseed.scenes.dataset import strip_rows

    target = folder / "copy.bin"
    begun = time.perf_counter()
    with rasterio.open(folder / "scene.tif") as source, target.open("wb") as out:
        rows = strip_rows(source.count, 2, source.width)
        for row in range(0, source.height, rows):
            band = source.read(window=Window(0, row, source.width, min(rows, source.height - row)))
            out.write(band.data)
            # Labels and sides are a byte a pixel each.
            out.write(bytes(2 * band.shape[1] * band.shape[2]))
    report(begun)
    target.unlink()
    return 0


def prepare_scene(folder: Path) -> int:
    """Run `prepare` as a user would."""
    from overseed.config import PrepareSettings
    from overseed.stages.prepare import prepare

    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    begun = time.perf_counter()
    prepare(
        PrepareSettings(
            run=run,
            raster=[folder / "scene.tif"],
            labels=[str(folder / "polygons.gpkg")],
            class_field="landuse",
        )
    )
    report(begun)
    shutil.rmtree(run)
    return 0


def report(begun: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak_gb": peak}))


if __name__ == "__main__":
    sys.exit(main())
