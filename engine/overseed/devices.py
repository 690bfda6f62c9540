"""Hardware: which device and precision the networks use, and what versions are installed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overseed import __version__
from overseed.errors import InputError

if TYPE_CHECKING:
    import torch

VERSIONED = (
    "torch",
    "segmentation-models-pytorch",
    "timm",
    "onnxruntime-gpu",
    "onnxruntime",
    "rasterio",
    "numpy",
    "scikit-learn",
    "diffusers",
    "peft",
    "transformers",
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
        if not self.bf16:
            return contextlib.nullcontext()
        from overseed.precision import mixed_precision

        return mixed_precision(self.kind)

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


def team_place() -> tuple[int, int]:
    """Number of this process among those that ``torchrun`` started together, and how many they are."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    return (int(os.environ.get("RANK", "0")), size) if size > 1 else (0, 1)


def expected_device(wanted: str) -> str:
    """The device that :func:`choose_device` will take, told without importing PyTorch.

    Asks the driver for CUDA and the platform for Apple's GPUs; the record of a stage says what was used.
    """
    if wanted != "auto":
        return wanted
    if has_cuda_device():
        return "cuda"
    return "mps" if sys.platform == "darwin" and platform.machine() == "arm64" else "cpu"


def has_cuda_device() -> bool:
    """Whether the CUDA driver is there and counts a device."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    started = driver.cuInit(0) == 0
    return started and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


def versions() -> dict[str, str]:
    """Versions of what shapes a result, without importing any of it."""
    from importlib import metadata

    found = {"python": platform.python_version(), "overseed": __version__}
    for package in VERSIONED:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def _has_bf16_units() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated bf16 is slower than float32."""
    import torch

    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check())
