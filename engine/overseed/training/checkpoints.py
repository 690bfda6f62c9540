"""Checkpoints: tensors and optimizer state as safetensors, the rest as JSON in it; nothing is ever unpickled.

Random draws are seeded per step (:func:`overseed.tiles.sampling.rng_for`, :func:`torch_rng`), so a
checkpoint needs no random-number state to continue as an unbroken run would.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from overseed.files import whole, write_text

WEIGHTS = "checkpoint.safetensors"
#: Share of the time that writing checkpoints takes at most, however slow the disk is.
WRITING_SHARE = 0.05


def torch_rng(seed: int, step: int, device: torch.device) -> torch.Generator:
    """A generator of its own for each step."""
    mixed = (seed * 1_000_003 + step * 7919 + 17) % (2**63)
    return torch.Generator(device).manual_seed(mixed)


def save_checkpoint(
    folder: Path,
    step: int,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    state: Mapping[str, Any],
) -> None:
    """Write a checkpoint as one file, the state as JSON in its metadata: a kill leaves the old or the new."""
    from safetensors.torch import save_file

    tensors: dict[str, torch.Tensor] = {}
    for name, module in modules.items():
        for key, value in module.state_dict().items():
            tensors[f"module/{name}/{key}"] = value.detach().cpu().clone().contiguous()
    for name, optimizer in optimizers.items():
        for index, values in optimizer.state_dict()["state"].items():
            for key, value in values.items():
                tensors[f"optimizer/{name}/{index}/{key}"] = (
                    torch.as_tensor(value).detach().cpu().clone().contiguous()
                )
    content = json.dumps({"step": step, "state": dict(state)}, allow_nan=False)
    with whole(folder / WEIGHTS) as partial:
        save_file(tensors, partial, metadata={"checkpoint": content})


class CheckpointWriter:
    """Writes a training's checkpoints: the first when asked, later ones when enough time has gone by."""

    def __init__(
        self,
        folder: Path,
        modules: Mapping[str, nn.Module],
        optimizers: Mapping[str, torch.optim.Optimizer],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._modules, self._optimizers = folder, modules, optimizers
        self._clock = clock
        self._due = clock()

    def write(self, step: int, state: Mapping[str, Any]) -> None:
        """Write one now; ``state`` as for :func:`save_checkpoint`."""
        begun = self._clock()
        save_checkpoint(self._folder, step, self._modules, self._optimizers, state)
        ended = self._clock()
        self._due = ended + (ended - begun) * (1 / WRITING_SHARE - 1)

    def write_if_due(self, step: int, state: Mapping[str, Any]) -> None:
        """Write one, unless that would take too large a share of the time."""
        if self._clock() >= self._due:
            self.write(step, state)


def load_checkpoint(
    folder: Path,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    key: str,
) -> tuple[int, dict[str, Any]]:
    """Load a checkpoint of the same settings into modules and optimizers.

    Returns
    -------
    step, state
        Zero and an empty dictionary when there is none, or none with this ``key``.
    """
    from safetensors import safe_open
    from safetensors.torch import load_file

    if not (folder / WEIGHTS).is_file():
        return 0, {}
    with safe_open(folder / WEIGHTS, framework="pt") as stored:
        content = json.loads((stored.metadata() or {}).get("checkpoint", "{}"))
    if content.get("state", {}).get("key") != key:
        return 0, {}
    tensors = load_file(folder / WEIGHTS)
    for name, module in modules.items():
        module.load_state_dict(_below(tensors, f"module/{name}/"))
    for name, optimizer in optimizers.items():
        own = optimizer.state_dict()
        own["state"] = {}
        for path, value in _below(tensors, f"optimizer/{name}/").items():
            index, _, part = path.partition("/")
            own["state"].setdefault(int(index), {})[part] = value
        optimizer.load_state_dict(own)
        for parameter, state in optimizer.state.items():
            # Stored row by row; a fused step needs moments that lie in memory like their weights.
            for part, value in state.items():
                if value.shape == parameter.shape:
                    state[part] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
    return int(content["step"]), content["state"]


def discard_checkpoint(folder: Path) -> None:
    """Remove the checkpoints of a training and of its parts, once the finished weights are in place.

    The folders of parts go too where nothing else is in them.
    """
    for path in list(folder.rglob(WEIGHTS)):
        path.unlink()
        if path.parent != folder and not any(path.parent.iterdir()):
            path.parent.rmdir()


def continue_jsonl(path: Path, step: int) -> None:
    """Make a training log end where a training goes on: rows after ``step`` are written again by it."""
    if step == 0 or not path.is_file():
        path.unlink(missing_ok=True)
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            # A process that was killed leaves half a line at most.
            break
        if row["step"] <= step:
            kept.append(line + "\n")
    write_text(path, "".join(kept))


def append_jsonl(path: Path, row: Mapping[str, Any]) -> None:
    """Add one line to a training log."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")


def _below(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
