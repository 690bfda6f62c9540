"""How often a map changes when its windows are moved by half a window: at seams against inside of windows.

    PYTHONPATH=engine python benchmarks/seams.py [--model RUN --raster R]

The raster is mapped twice, the second time without its first half window of rows and columns, so that every
window lies elsewhere. Where the two maps differ, one of them depends on where windows lie. Seams are the pixels
within a quarter of an overlap around the middle of an overlap of either map; inside is all the rest. The ratio
is 1 where seams cannot be seen; 1.2 is the limit.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from _scene import ROOT, parse_scene, scene_parser
from numpy.typing import NDArray

from overseed.map_settings import OVERLAP, WINDOW, ClassifySettings
from overseed.mapping.windows import plan_windows
from overseed.stages.classify import classify


def main() -> int:
    options = parse()
    with rasterio.open(options.raster) as dataset:
        height, width = dataset.shape
        grid = dataset.transform
    half = options.window // 2
    xmin, ymax = grid @ (half, half)
    xmax, ymin = grid @ (width, height)
    maps = []
    with tempfile.TemporaryDirectory() as folder:
        for number, extent in enumerate((None, f"{xmin},{ymin},{xmax},{ymax}")):
            out = Path(folder) / f"{number}.tif"
            settings = ClassifySettings(
                raster=[options.raster], model=options.model, out=out, window=options.window,
                overlap=options.overlap, extent=extent, device="cpu", threads=options.threads,
            )  # fmt: skip
            classify(settings)
            with rasterio.open(out) as dataset:
                maps.append(dataset.read(1))
    whole, moved = maps[0][half:, half:], maps[1]
    seams = seam_mask(height, width, options)[half:, half:] | seam_mask(
        moved.shape[0], moved.shape[1], options
    )
    known = (whole > 0) & (moved > 0)
    changed = whole != moved
    at_seams, inside = (float(changed[known & part].mean()) for part in (seams, ~seams))
    share = seams[known].mean()
    result = {
        "what": f"share of pixels whose class changes with the windows, at seams ({share:.0%} of all)",
        "value": round(at_seams, 5),
        "against": f"inside of windows, {inside:.5f}",
        "ratio": round(at_seams / inside, 3) if inside else None,
    }
    print(json.dumps(result))
    return 0


def seam_mask(height: int, width: int, options: argparse.Namespace) -> NDArray[np.bool_]:
    """Pixels around the middle of the overlaps between windows, ``(height, width)``."""
    plan = plan_windows(height, width, options.window, options.overlap)
    rows, cols = (np.zeros(axis.length, bool) for axis in (plan.rows, plan.cols))
    for mask, axis in ((rows, plan.rows), (cols, plan.cols)):
        for before, after in zip(axis.starts, axis.starts[1:], strict=False):
            middle, reach = (before + axis.size + after) // 2, max(1, axis.overlap // 4)
            mask[middle - reach : middle + reach] = True
    return rows[:, None] | cols[None, :]


def parse() -> argparse.Namespace:
    parser = scene_parser(__doc__, seeds="0")
    parser.add_argument("--model", default=str(ROOT / "demo"), help="a run folder or a model.onnx")
    parser.add_argument("--window", type=int, default=WINDOW)
    parser.add_argument("--overlap", type=float, default=OVERLAP)
    return parse_scene(parser)


if __name__ == "__main__":
    sys.exit(main())
