"""A generator's training that is killed, without a chance to say goodbye, ends with the same weights."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

STEPS = 24


@pytest.fixture(scope="module")
def prepared(scene, tmp_path_factory):
    """A prepared run with small tiles; tests copy it."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    command = [
        sys.executable, "-m", "overseed", "prepare", folder, "--raster", scene["raster"],
        "--labels", scene["labels"], "--class-field", scene["class_field"], "--tile-size", "64",
    ]  # fmt: skip
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return folder


def training(folder, method, *more):
    command = [
        sys.executable, "-m", "overseed", "train-generator", folder, "--method", method,
        "--steps", STEPS, "--device", "cpu", "--threads", "1", *more,
    ]  # fmt: skip
    return list(map(str, command))


@pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals")
@pytest.mark.parametrize("method", [pytest.param("pix2pix", marks=pytest.mark.slow), "spade"])
def test_killed_at_a_random_step_it_ends_with_the_same_weights(prepared, method, tmp_path):
    import shutil

    for name in ("straight", "killed"):
        shutil.copytree(prepared, tmp_path / name)
    subprocess.run(training(tmp_path / "straight", method), check=True, capture_output=True)
    last = int(np.random.default_rng().integers(4, STEPS - 2))
    killed = training(tmp_path / "killed", method, "--events")
    process = subprocess.Popen(killed, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress" and event["done"] >= last:
            assert event["done"] < STEPS, "the training ended early, which this seed should not"
            os.kill(process.pid, signal.SIGKILL)
            break
    assert process.wait(timeout=20) == -signal.SIGKILL
    folder = tmp_path / "killed/split-0/generators" / method / "seed-0"
    assert not (folder / "record.json").exists(), f"killed at step {last}, too late"
    with safe_open(folder / "checkpoint.safetensors", framework="np") as stored:
        kept = json.loads(stored.metadata()["checkpoint"])["step"]
    assert 0 < kept <= last + 1
    again = subprocess.run(killed, check=True, capture_output=True, text=True)
    steps = {e["done"] for e in map(json.loads, again.stdout.splitlines()) if e.get("unit")}
    assert min(steps - {0}) >= kept, f"killed at step {last}, it started anew"
    log = [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == sorted({row["step"] for row in log})
    weights = [
        load_file(tmp_path / name / "split-0/generators" / method / "seed-0/weights.safetensors")
        for name in ("straight", "killed")
    ]
    assert weights[0].keys() == weights[1].keys()
    for name, value in weights[0].items():
        np.testing.assert_array_equal(value, weights[1][name], err_msg=f"{name}, killed at {last}")
