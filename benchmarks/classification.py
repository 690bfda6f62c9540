"""Windows per second of whole maps: the engine against the bare session, and against a plain loop in PyTorch.

    python3 build.py bench classification

A made raster of 10,980 pixels width, 4 bands of uint16, and untrained networks for 8 classes; windows of 512
pixels that overlap by 64. In one run on the same cores, by turns: all of `classify` in a process of its own
(reading, blending, writing, overviews); ONNX Runtime's session alone on a window that lies in memory; a loop
that reads window after window with rasterio, runs eager float32 PyTorch and writes the most probable class.
Session and loop get a strip; `classify` is also run on a raster twice as high, whose peak memory must not be
higher, and once with the 8-bit version of the model, against its own float32 map.

OVERSEED_HEIGHT (default 10980) sets the raster's height, for a first look, and OVERSEED_NETWORKS (a part of a
name) which of the two networks are measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import segmentation_models_pytorch as smp
import torch
from rasterio.transform import from_origin
from rasterio.windows import Window
from torch import nn

from overseed.mapping.int8 import quantize_model
from overseed.mapping.onnx_model import load_model
from overseed.mapping.opening import INT8_FILE
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable, LandClass
from overseed.segmentation.calibration import Calibration
from overseed.segmentation.export import Deployed, export_model
from overseed.segmentation.network import OFFLINE_ENCODER, SpectralUNet
from overseed.tiles.statistics import BandStats

WIDTH, BANDS, CLASSES, WINDOW, OVERLAP = 10_980, 4, 8, 512, 64
HEIGHT = int(os.environ.get("OVERSEED_HEIGHT", WIDTH))
#: Windows that session and loop are measured on, and repeats, by turns.
STRIP, REPEATS = 24, 3
MEAN, STD = (1500.0,) * BANDS, (600.0,) * BANDS
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "smp.Unet('resnet34')": lambda: smp.Unet(
        "resnet34", encoder_weights=None, in_channels=BANDS, classes=CLASSES
    ),
    "the default network": lambda: SpectralUNet(OFFLINE_ENCODER, BANDS, CLASSES),
}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="overseed-benchmark-") as place:
        folder = Path(place)
        small = write_raster(folder / "raster.tif", HEIGHT)
        large = write_raster(folder / "twice.tif", 2 * HEIGHT)
        for name, build in NETWORKS.items():
            if os.environ.get("OVERSEED_NETWORKS", "") not in name:
                continue
            torch.manual_seed(0)
            network = build().eval()
            model = write_model(network, folder / "model.onnx")
            measure(name, network, model, small, large, folder / "map.tif")
    return 0


def measure(
    name: str, network: nn.Module, model: Path, small: Path, large: Path, out: Path
) -> None:
    """Print what one network makes of it."""
    found: dict[str, list[float]] = {"session": [], "loop": []}
    mapped, peaks = [], []
    for repeat in range(REPEATS):
        found["session"].append(session_speed(model))
        found["loop"].append(loop_speed(network, small, out.with_name("loop.tif")))
        if repeat == 0:
            for raster in (small, large):
                speed, peak = classify_speed(model, raster, out)
                mapped.append(speed)
                peaks.append(peak)
    ours, twice = mapped
    for peer, limit in (
        ("session", "the bare ONNX Runtime session"),
        ("loop", "a plain loop in PyTorch"),
    ):
        speed = statistics.median(found[peer])
        spread = f"{min(found[peer]):.2f} - {max(found[peer]):.2f}"
        result = {
            "what": f"classify with {name}",
            "value": f"{ours:.2f} windows/s",
            "against": f"{limit}, {speed:.2f} ({spread})",
            "ratio": round(ours / speed, 3),
        }
        print(json.dumps(result), flush=True)
    result = {
        "what": f"peak memory of classify with {name}, a raster twice as high ({twice:.2f} windows/s)",
        "value": f"{peaks[1]:.2f} GB",
        "against": f"the raster, {peaks[0]:.2f} GB",
        "ratio": round(peaks[1] / peaks[0], 3),
    }
    print(json.dumps(result), flush=True)
    quantized, _ = classify_speed(write_int8(model, small), small, out, quantized=True)
    result = {
        "what": f"classify --quantized with {name}",
        "value": f"{quantized:.2f} windows/s",
        "against": f"the same model in float32, {ours:.2f}",
        "ratio": round(quantized / ours, 3),
    }
    print(json.dumps(result), flush=True)


def write_raster(path: Path, height: int) -> Path:
    """A raster with the texture of smoothed noise, so that compressing it is work."""
    rng = np.random.default_rng(0)
    profile = {
        "driver": "GTiff", "width": WIDTH, "height": height, "count": BANDS, "dtype": "uint16", "tiled": True,
        "blockxsize": 512, "blockysize": 512, "compress": "deflate", "predictor": 2, "crs": "EPSG:32633",
        "transform": from_origin(300_000, 5_900_000, 10, 10), "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as dataset:
        coarse = rng.normal(1500, 400, (BANDS, 64, WIDTH // 32 + 1))
        for row in range(0, height, 512):
            rows = min(512, height - row)
            ground = np.repeat(np.repeat(np.roll(coarse, row, 1)[:, :16], 32, 1), 32, 2)
            noise = rng.normal(0, 60, (BANDS, rows, WIDTH))
            values = np.clip(ground[:, :rows, :WIDTH] + noise, 1, 10_000).astype(np.uint16)
            dataset.write(values, window=Window(0, row, WIDTH, rows))
    return path


def write_model(network: nn.Module, path: Path) -> Path:
    ones = (1.0,) * BANDS
    names = tuple(f"band_{number + 1}" for number in range(BANDS))
    classes = (
        LandClass(
            i, i + 1, f"class {i}", f"#{i * 30:02x}80{255 - i * 30:02x}", False, (f"class {i}",)
        )
        for i in range(CLASSES)
    )
    about = {
        "arm": "none",
        "seed": 0,
        "synthetic": False,
        "architecture": "unet",
        "encoder": "none",
    }
    export_model(
        network, network, ClassTable(tuple(classes)), BandRecipe(names, ones, (0.0,) * BANDS),
        BandStats(names, MEAN, STD, ones, ones, ones, ones, "uint16"),
        Calibration((0.0,) * CLASSES, 1.0, "none"), WINDOW, about, path.parent,
    )  # fmt: skip
    return path


def write_int8(model: Path, raster: Path) -> Path:
    """Put the 8-bit version of a model beside it, with ranges from windows along the raster's diagonal."""
    with rasterio.open(raster) as source:
        places = range(0, min(source.shape) - WINDOW, (min(source.shape) - WINDOW) // 6)
        windows = [
            source.read(window=Window(at, at, WINDOW, WINDOW))[None].astype(np.float32)
            for at in places
        ]
    quantize_model(model, model.with_name(INT8_FILE), windows)
    return model


def classify_speed(
    model: Path, raster: Path, out: Path, quantized: bool = False
) -> tuple[float, float]:
    """Windows per second and peak memory in GB of `overseed classify` in a process of its own."""
    settings = f"window={WINDOW}, overlap={OVERLAP / WINDOW}, quantized={quantized}"
    # Not `ru_maxrss`, which begins with the memory of the process that started this one.
    code = f"""
import re, sys, time
from overseed.map_settings import ClassifySettings
from overseed.stages.classify import classify
settings = ClassifySettings(
    raster=[sys.argv[1]], model=[sys.argv[2]], out=sys.argv[3], device="cpu", {settings}
)
start = time.perf_counter()
classify(settings)
took = time.perf_counter() - start
peak = re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())
print(took, int(peak[1]) * 1024 / 1e9)
"""
    command = [sys.executable, "-c", code, str(raster), str(model), str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    took, peak = (float(value) for value in done.stdout.split()[-2:])
    with rasterio.open(raster) as dataset:
        rows, cols = (len(starts(length)) for length in dataset.shape)
    return rows * cols / took, peak


def starts(length: int) -> list[int]:
    """Where windows begin along an axis."""
    return [*range(0, length - WINDOW, WINDOW - OVERLAP), length - WINDOW]


def session_speed(path: Path) -> float:
    """Windows per second of the session alone."""
    session = load_model(path, 0, "cpu").session
    rng = np.random.default_rng(1)
    window = rng.normal(1500, 400, (1, BANDS, WINDOW, WINDOW)).astype(np.float32)
    session.run(None, {"image": window})
    start = time.perf_counter()
    for _ in range(STRIP):
        session.run(None, {"image": window})
    return STRIP / (time.perf_counter() - start)


@torch.no_grad()
def loop_speed(network: nn.Module, raster: Path, out: Path) -> float:
    """Windows per second of what one writes first: no blending, no confidence, no overviews."""
    deployed: Any = Deployed(network, MEAN, STD, Calibration((0.0,) * CLASSES, 1.0, "none")).eval()
    with rasterio.open(raster) as source:
        profile = source.profile | {"count": 1, "dtype": "uint8", "predictor": 1}
        with rasterio.open(out, "w", **profile) as target:
            start = time.perf_counter()
            for col in starts(source.width)[:STRIP]:
                window = Window(col, 0, WINDOW, WINDOW)
                image = torch.from_numpy(source.read(window=window).astype(np.float32))[None]
                codes = deployed(image)[0].argmax(dim=0).numpy().astype(np.uint8) + 1
                target.write(codes, 1, window=window)
            took = time.perf_counter() - start
    return min(STRIP, len(starts(WIDTH))) / took


if __name__ == "__main__":
    sys.exit(main())
