"""However a map's process ends, nothing half-written stands under a final name, and the next one finishes.

Some random moments are tried here, twenty with `-m "slow or not slow"`.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.engine.mapping.model_maker import (
    BANDS,
    Pixelwise,
    random_weights,
    write_model,
    write_raster,
)

FEW, MANY = 2, 20
ATTEMPTS = [n if n < FEW else pytest.param(n, marks=pytest.mark.slow) for n in range(MANY)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("ends")
    image = np.random.default_rng(0).integers(1, 10_000, (3, 900, 900), dtype=np.uint16)
    write_raster(made / "r.tif", image, BANDS)
    write_model(made / "m.onnx", Pixelwise(*random_weights(3, 5000.0)), 3)
    return made


def start(folder: Path, out: Path) -> subprocess.Popen:
    words = [
        "--window",
        "64",
        "--overlap",
        "0.5",
        "--min-patch",
        "3",
        "--device",
        "cpu",
        "--threads",
        "1",
    ]
    places = {"--model": folder / "m.onnx", "--out": out, "--polygons": out.with_suffix(".gpkg")}
    for option, path in places.items():
        words += [option, str(path)]
    return subprocess.Popen(
        [sys.executable, "-m", "overseed", "classify", str(folder / "r.tif"), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """The map as it should be, and how long it takes."""
    out = tmp_path_factory.mktemp("whole") / "map.tif"
    begun = time.monotonic()
    assert start(folder, out).wait() == 0
    with rasterio.open(out) as dataset:
        return dataset.read(1), time.monotonic() - begun


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGINT"])
def test_nothing_half_written_stays(folder, whole, tmp_path, sent, attempt):
    out = tmp_path / "map.tif"
    process = start(folder, out)
    time.sleep(random.Random(f"{sent} {attempt}").uniform(0.2, 1.0) * whole[1])
    process.send_signal(getattr(signal, sent))
    code = process.wait()
    assert code in (0, 3, -signal.SIGKILL)
    names = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    if code != 0:
        # Sidecars come before the map.
        assert "map.tif" not in names or sent == "SIGKILL"
    if code == 3:
        assert not os.listdir(tmp_path)
    if "map.tif" in names:
        with rasterio.open(out) as dataset:
            np.testing.assert_array_equal(dataset.read(1), whole[0])
    assert start(folder, out).wait() == 0
    with rasterio.open(out) as dataset:
        np.testing.assert_array_equal(dataset.read(1), whole[0])
    assert sorted(os.listdir(tmp_path)) == [
        "map.gpkg", "map.qml", "map.tif", "map.tif.aux.xml", "map.tif.json",
    ]  # fmt: skip
