"""Which models make a map and how they run: what can be handed to another process, which opens them there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from overseed.devices import choose_device
from overseed.errors import InputError
from overseed.files import sha256_of
from overseed.mapping.classifier import Ensemble, OneModel
from overseed.mapping.int8 import SOURCE_KEY
from overseed.mapping.onnx_model import OnnxModel, load_model

INT8_FILE = "model.int8.onnx"


@dataclass(frozen=True)
class ModelChoice:
    """Models to be averaged, and how they run.

    ``paths`` are ``model.onnx`` files; ``quantized`` takes the 8-bit version beside each, ``backend`` ``torch``
    its ``model.safetensors``; ``half`` means float16, with ``torch`` or ``tensorrt``. ``views`` also asks about
    turned and mirrored windows.
    """

    paths: tuple[Path, ...]
    backend: str = "onnx"
    quantized: bool = False
    half: bool = False
    views: bool = False
    device: str = "auto"
    threads: int = 0

    def open(self) -> Ensemble:
        """Open the models.

        Raises
        ------
        InputError
            ``device.half`` or ``device.quantized`` for what the backend does not do, or whatever refuses a
            model.
        """
        return Ensemble([self._open_one(path) for path in self.paths], self.views)

    def _open_one(self, path: Path) -> OneModel:
        if self.half and self.backend == "onnx":
            raise InputError(
                "device.half",
                "Half the precision is there with --backend torch and --backend tensorrt alone.",
                "Add one of these, or leave out --half.",
            )
        if self.quantized and self.backend != "onnx":
            raise InputError(
                "device.quantized",
                f"The 8-bit version of a model is not run with --backend {self.backend}.",
                "Leave out --backend or --quantized.",
            )
        if self.backend != "torch" and self.device == "mps":
            raise InputError(
                "device.absent",
                "ONNX Runtime has no provider for Apple's GPU here.",
                "Use --device cpu, or --backend torch.",
            )
        if self.backend == "tensorrt":
            if self.device == "cpu":
                raise InputError(
                    "device.absent",
                    "TensorRT runs on NVIDIA's GPUs, not on a processor.",
                    "Leave out --backend tensorrt or --device cpu.",
                )
            return load_model(path, self.threads, self.device, tensorrt=True, half=self.half)
        if self.backend == "onnx":
            if self.quantized:
                return self._open_quantized(path)
            return load_model(path, self.threads, self.device)
        from overseed.mapping.torch_model import load_torch_model

        device = choose_device(self.device, self.threads)
        return load_torch_model(path.with_suffix(".safetensors"), device, self.half)

    def _open_quantized(self, path: Path) -> OnnxModel:
        if self.device == "cuda":
            raise InputError(
                "device.quantized",
                "The 8-bit version of a model runs on processors alone.",
                "Leave out --device cuda or --quantized.",
            )
        found = path.with_name(INT8_FILE)
        if not found.is_file():
            raise InputError(
                "model.missing",
                f"There is no {INT8_FILE} beside {path}.",
                f"Run 'overseed quantize {path}' first, or leave out --quantized.",
            )
        model = load_model(found, self.threads, "cpu")
        made_of = model.session.get_modelmeta().custom_metadata_map.get(SOURCE_KEY)
        if made_of != sha256_of(path):
            raise InputError(
                "model.stale",
                f"{found} was made of another model than {path}, which has been trained anew since.",
                f"Run 'overseed quantize {path}' again, or leave out --quantized.",
            )
        return model
