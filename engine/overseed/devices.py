"""Hardware: which device and precision the networks use, and what versions are installed."""

from __future__ import annotations

import contextlib
import os
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overseed.errors import InputError

if TYPE_CHECKING:
    import torch

VERSIONED = (
    "overseed",
    "torch",
    "segmentation-models-pytorch",
    "timm",
    "onnxruntime-gpu",
    "onnxruntime",
    "rasterio",
    "numpy",
    "scikit-learn",
)


@dataclass(frozen=True)
class Device:
    """Where networks run. ``bf16`` says whether bfloat16 autocast pays there."""

    kind: str
    name: str
    threads: int
    bf16: bool

    def torch_device(self) -> torch.device:
        import torch

        return torch.device(self.kind)

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Mixed precision where the hardware has it, else a context that does nothing."""
        import torch

        if not self.bf16:
            return contextlib.nullcontext()
        return torch.autocast(self.kind, dtype=torch.bfloat16)

    def record(self) -> dict[str, Any]:
        """For ``record.json``."""
        return {
            "kind": self.kind,
            "name": self.name,
            "threads": self.threads,
            "bf16": self.bf16,
            "machine": platform.machine(),
            "system": platform.system(),
        }


def choose_device(wanted: str, threads: int) -> Device:
    """Choose a device and set PyTorch's threads.

    Raises
    ------
    InputError
        ``device.absent`` when the wanted one is not there.
    """
    import torch

    count = threads or os.cpu_count() or 1
    torch.set_num_threads(count)
    have = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    kind = next(name for name in have if have[name]) if wanted == "auto" else wanted
    if not have[kind]:
        raise InputError(
            "device.absent",
            f"There is no {kind} device that PyTorch {torch.__version__} can use here.",
            "Use --device auto or --device cpu.",
        )
    if kind == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        return Device(kind, torch.cuda.get_device_name(), count, torch.cuda.is_bf16_supported())
    if kind == "cpu":
        bf16 = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and _has_bf16_units()
        return Device(kind, platform.processor() or "cpu", count, bf16)
    return Device(kind, "Apple GPU", count, False)


def versions() -> dict[str, str]:
    """Versions of what shapes a result, without importing any of it."""
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in VERSIONED:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def _has_bf16_units() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated bf16 is slower than float32."""
    import torch

    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check())
