"""However a run ends early, the engine goes with it, and no half file lies under a final name.

Each end is tried once here and three times with `-m "slow or not slow"`.
"""

import json
import os
import signal
import struct
import time
from pathlib import Path

import pytest

#: Acceptance: from the person's wish, or QGIS's death, to the end of the last engine process.
SECONDS = 10

attempts = pytest.mark.parametrize(
    "attempt", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)


def files(folder):
    """Yield the files under final names; temporary ones are recognised by theirs."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and not any(part.startswith(".partial-") for part in path.parts):
            yield path


def assert_whole(folder):
    """Read every file of a known kind to its end."""
    checked = 0
    for path in files(folder):
        check = CHECKS.get(path.suffix)
        if check is not None:
            check(path)
            checked += 1
    return checked


def check_raster(path):
    from osgeo import gdal

    gdal.UseExceptions()
    dataset = gdal.Open(str(path))
    for number in range(1, dataset.RasterCount + 1):
        assert len(dataset.GetRasterBand(number).ReadRaster()) > 0, path


def check_array(path):
    import numpy

    numpy.load(path, mmap_mode="r", allow_pickle=False)


def check_weights(path):
    size = path.stat().st_size
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    assert size == 8 + length + max(ends, default=0), path


def check_json(path):
    json.loads(path.read_text(encoding="utf-8"))


def check_page(path):
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>"), path


CHECKS = {
    ".tif": check_raster,
    ".npy": check_array,
    ".safetensors": check_weights,
    ".json": check_json,
    ".html": check_page,
}


@attempts
def test_cancel_in_every_part_and_then_to_the_end(
    start_session, wait_until_gone, engines, parameters, tmp_path, attempt
):
    parts = [("prepare", False), ("train", True), ("classify", True)]
    session = start_session(*({"stage": s, "progress": p} for s, p in parts), None)
    for stage, _ in parts:
        cancelled = session.until("cancel", stage=stage)
        ended = session.until("ended")
        assert ended["time"] - cancelled["time"] < SECONDS
        wait_until_gone(cancelled["time"] + SECONDS)
        assert ended["ok"] is False
        assert not [said for said in session.heard if said["kind"] == "failure"]
        assert not Path(parameters["OUTPUT"]).exists()
        assert_whole(tmp_path)
        session.go_on()
    ended = session.until("ended")
    assert ended["ok"], session.heard[-3:]
    assert ended["results"]["OUTPUT"] == parameters["OUTPUT"]
    repeated = {said["stage"] for said in session.heard if said["kind"] == "progress"}
    assert not repeated & {"prepare", "train"}, "finished stages were done again"
    check_raster(Path(parameters["OUTPUT"]))
    assert assert_whole(tmp_path) > 5
    session.go_on()
    assert session.process.wait(20) == 0


@attempts
def test_qgis_is_killed(start_session, wait_until_gone, engines, parameters, tmp_path, attempt):
    session = start_session(None)
    session.until("progress", stage="train")
    assert engines()
    session.process.send_signal(signal.SIGKILL)
    wait_until_gone(time.monotonic() + SECONDS)
    assert not Path(parameters["OUTPUT"]).exists()
    assert assert_whole(tmp_path) > 0


@attempts
def test_engine_is_terminated(
    start_session, wait_until_gone, engines, parameters, tmp_path, attempt
):
    session = start_session(None)
    session.until("progress", stage="train")
    pid = next(pid for pid, words in engines().items() if " overseed run " in words)
    terminated = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    failure = session.until("failure")
    assert "stopped from outside QGIS" in failure["message"]
    assert session.until("ended")["ok"] is False
    wait_until_gone(terminated + SECONDS)
    assert not Path(parameters["OUTPUT"]).exists()
    assert_whole(tmp_path)
    session.go_on()
    assert session.process.wait(20) == 0
