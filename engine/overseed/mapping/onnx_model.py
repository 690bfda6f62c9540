"""Models in self-describing ONNX files: what they expect, what they mean, and running them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overseed.devices import has_cuda_device
from overseed.errors import InputError
from overseed.files import user_cache
from overseed.mapping.described import DescribedModel, read_description, wrong_description
from overseed.mapping.model_checks import check_model_file
from overseed.segmentation.description import KEY

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

INPUT = "image"
OUTPUT = "probabilities"
#: A provider's name, or its name and options.
Provider: TypeAlias = "str | tuple[str, dict[str, Any]]"
CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"


@dataclass(frozen=True)
class OnnxModel(DescribedModel):
    """A model that ONNX Runtime runs.

    ``provider`` is the provider that really runs, for example ``CPUExecutionProvider``.
    """

    provider: str
    session: InferenceSession

    @property
    def on_gpu(self) -> bool:
        return self.provider != CPU

    def predict(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities.

        Parameters
        ----------
        images:
            ``(n, bands, h, w)`` in the recipe's units, h and w multiples of 32, without NaN.

        Returns
        -------
        ``(n, classes, h, w)``

        Raises
        ------
        InputError
            ``model.output`` when the network's output does not have that shape.
        """
        (probabilities,) = self.session.run([OUTPUT], {INPUT: images})
        wanted = (len(images), len(self.table), *images.shape[2:])
        if probabilities.shape != wanted:
            raise InputError(
                "model.output",
                f"The model {self.path} gave an array of {probabilities.shape}, not {wanted}.",
                "The file is damaged or was not made by 'overseed train'; train it again.",
            )
        return probabilities


def load_model(
    path: Path, threads: int = 0, device: str = "auto", tensorrt: bool = False, half: bool = False
) -> OnnxModel:
    """Load a model that `overseed train` wrote.

    Parameters
    ----------
    threads:
        Processor threads of the session; 0 means all cores.
    device:
        ``auto`` takes CUDA when it really loads, ``cuda`` insists on it, anything else means the
        processor.
    tensorrt, half:
        Whether to insist on NVIDIA's TensorRT, and on float16 with it. The engine that it builds for a model
        and a window is kept in the user's cache.

    Raises
    ------
    InputError
        ``model.missing``, what :func:`~overseed.mapping.model_checks.check_model_file` refuses,
        or :func:`~overseed.mapping.described.read_description`, ``model.unreadable`` (not ONNX or damaged), or
        ``device.absent``.
    """
    if not path.is_file():
        raise InputError(
            "model.missing",
            f"There is no model file {path}.",
            "Give a model.onnx or a run folder in which 'overseed train' has finished.",
        )
    check_model_file(path)
    if tensorrt:
        session = _open_with_tensorrt(path, threads, half)
    else:
        session = open_session(path, threads, device)
    text = session.get_modelmeta().custom_metadata_map.get(KEY)
    _, fields = read_description(path, text)
    try:
        _check_network(session, len(fields["fill"]), len(fields["table"]))
    except ValueError as error:
        raise wrong_description(path, error) from error
    return OnnxModel(provider=session.get_providers()[0], session=session, **fields)


def open_session(path: Path, threads: int, device: str) -> InferenceSession:
    """Open a file that :func:`~overseed.mapping.model_checks.check_model_file` has looked at.

    Raises
    ------
    InputError
        ``model.unreadable`` or ``device.absent``; the parameters are those of :func:`load_model`.
    """
    providers: list[Provider] = [CPU]
    if device in ("auto", "cuda") and _cuda_is_offered():
        providers.insert(0, CUDA)
    session = _session_with(path, threads, providers)
    if device == "cuda" and session.get_providers()[0] != CUDA:
        raise InputError(
            "device.absent",
            "ONNX Runtime cannot use CUDA here.",
            "Use --device auto or --device cpu, or install onnxruntime-gpu and CUDA's libraries.",
        )
    return session


def _open_with_tensorrt(path: Path, threads: int, half: bool) -> InferenceSession:
    """A session that TensorRT runs; what it has no operation for, CUDA runs."""
    import onnxruntime

    # Building an engine takes minutes; ONNX Runtime names it by model, hardware and versions.
    kept = user_cache() / "tensorrt"
    options = {
        "trt_fp16_enable": half,
        "trt_engine_cache_enable": True,
        "trt_engine_cache_path": str(kept),
        "trt_timing_cache_enable": True,
        "trt_timing_cache_path": str(kept),
    }
    if TENSORRT in onnxruntime.get_available_providers() and _cuda_is_offered():
        kept.mkdir(parents=True, exist_ok=True)
        session = _session_with(path, threads, [(TENSORRT, options), CUDA, CPU])
        if session.get_providers()[0] == TENSORRT:
            return session
    raise InputError(
        "device.absent",
        "ONNX Runtime cannot use TensorRT here: that takes an NVIDIA GPU and TensorRT's libraries.",
        "Leave out --backend tensorrt, or install TensorRT and put its libraries on the library path.",
    )


def _session_with(path: Path, threads: int, providers: list[Provider]) -> InferenceSession:
    """A session with the first of the providers that loads, which it can be asked for.

    Raises
    ------
    InputError
        ``model.unreadable`` when the file is not a model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A provider that cannot load falls back to the processor with a page of errors; what really runs is
    # asked of the session instead.
    onnxruntime.set_default_logger_severity(4)
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except MemoryError:
        raise
    except Exception as error:
        # ONNX Runtime's exceptions have no common base class other than Exception.
        raise InputError(
            "model.unreadable",
            f"{path} is not an ONNX model that ONNX Runtime {onnxruntime.__version__} can run.",
            "Give a model.onnx that 'overseed train' wrote; check that the file is whole.",
        ) from error
    finally:
        onnxruntime.set_default_logger_severity(2)


def _cuda_is_offered() -> bool:
    """Whether CUDA may be tried: the provider is built in and a device is there."""
    import onnxruntime

    built_in = CUDA in onnxruntime.get_available_providers()
    if not built_in or not has_cuda_device():
        return False
    # PyTorch's wheels bring the CUDA libraries; the provider does not find them by itself.
    onnxruntime.preload_dlls()
    return True


def _check_network(session: InferenceSession, bands: int, classes: int) -> None:
    """Raise ``ValueError`` when input or output do not fit the description."""
    if len(session.get_inputs()) != 1:
        raise ValueError("the network wants more than one input")
    for nodes, name, channels in (
        (session.get_inputs(), INPUT, bands),
        (session.get_outputs(), OUTPUT, classes),
    ):
        node = next((node for node in nodes if node.name == name), None)
        if node is None or node.type != "tensor(float)" or len(node.shape or ()) != 4:
            raise ValueError(f"the network has no '{name}' with four axes of float32")
        # Axes without a fixed length are named by a text.
        if any(isinstance(node.shape[axis], int) for axis in (0, 2, 3)):
            raise ValueError(f"'{name}' has a fixed size")
        if isinstance(node.shape[1], int) and node.shape[1] != channels:
            raise ValueError(f"'{name}' has {node.shape[1]} channels instead of {channels}")
