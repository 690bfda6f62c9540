"""`doctor`: what this installation is and which device it would use."""

from __future__ import annotations

from typing import Any

from overseed.config import DoctorSettings
from overseed.devices import choose_device, versions
from overseed.events import Reporter


def doctor(settings: DoctorSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Return versions and the chosen device; ``providers`` are those ONNX Runtime really offers."""
    import onnxruntime

    device = choose_device(settings.device, settings.threads)
    found = versions()
    lines = [f"{name:28} {version}" for name, version in found.items()]
    record = device.record()
    lines.append(f"{'device':28} {device.kind} ({device.name}), {device.threads} threads")
    return {
        "versions": found,
        "device": record,
        "providers": onnxruntime.get_available_providers(),
        "text": "\n".join(lines),
    }
