"""Two processes that share a training end with the weights of one that had it alone."""

import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

PROGRAM = Path(__file__).with_name("shared_training.py")


def test_two_ranks_agree_with_one_at_twice_the_batch(tmp_path):
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    alone.mkdir()
    shared.mkdir()
    subprocess.run([sys.executable, PROGRAM, alone, "4"], check=True, timeout=300)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    subprocess.run([*torchrun, PROGRAM, shared, "2"], check=True, timeout=300)
    one, two = (load_file(folder / "weights.safetensors") for folder in (alone, shared))
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=0, atol=1e-5)
    # One log, and the same figures in it, but for rounding.
    assert (shared / "training.jsonl").read_text().count("\n") == 10
