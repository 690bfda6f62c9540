"""Models in self-describing ONNX files: what they expect, what they mean, and running them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import has_cuda_device
from overseed.errors import InputError
from overseed.mapping.model_checks import check_model_file
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable, LandClass
from overseed.segmentation.description import FORMAT, KEY
from overseed.tiles.grid import STRIDE

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

INPUT = "image"
OUTPUT = "probabilities"


@dataclass(frozen=True)
class OnnxModel:
    """A loaded model.

    ``recipe`` says how the bands come from a raster; ``fill`` holds one value per band, in its units,
    for pixels that are not valid. ``mean`` and ``std`` are those of each band in the training rasters, when
    the model tells them.
    ``provider`` is the ONNX Runtime provider that really runs, for example
    ``CPUExecutionProvider``. ``synthetic`` says whether made samples were among the training
    samples.
    """

    path: Path
    table: ClassTable
    recipe: BandRecipe
    fill: NDArray[np.float32]
    mean: NDArray[np.float32] | None
    std: NDArray[np.float32] | None
    tile_size: int
    engine: str
    arm: str
    seed: int
    synthetic: bool
    provider: str
    session: InferenceSession

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the network's input bands."""
        return self.recipe.all_names

    @property
    def members(self) -> tuple[OnnxModel, ...]:
        """The models that have a say: this one."""
        return (self,)

    @property
    def on_gpu(self) -> bool:
        return self.provider != "CPUExecutionProvider"

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


def load_model(path: Path, threads: int = 0, device: str = "auto") -> OnnxModel:
    """Load a model that `overseed train` wrote.

    Parameters
    ----------
    threads:
        Processor threads of the session; 0 means all cores.
    device:
        ``auto`` takes CUDA when it really loads, ``cuda`` insists on it, anything else means the
        processor.

    Raises
    ------
    InputError
        ``model.missing``, what :func:`~overseed.mapping.model_checks.check_model_file` refuses,
        ``model.unreadable`` (not ONNX or damaged), ``model.not-overseed`` (no description inside),
        ``model.description`` (a wrong one), or ``device.absent``.
    """
    if not path.is_file():
        raise InputError(
            "model.missing",
            f"There is no model file {path}.",
            "Give a model.onnx or a run folder in which 'overseed train' has finished.",
        )
    check_model_file(path)
    session = _open_session(path, threads, device)
    text = session.get_modelmeta().custom_metadata_map.get(KEY)
    if text is None:
        raise InputError(
            "model.not-overseed",
            f"The model {path} does not say what its bands and classes are.",
            "Give a model.onnx that 'overseed train' wrote.",
        )
    try:
        description = json.loads(text)
        fields = _read_description(description)
        _check_network(session, len(fields["fill"]), len(fields["table"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "model.description",
            f"The description inside the model {path} is wrong: {error}.",
            "Train the model again with this version of Overseed.",
        ) from error
    return OnnxModel(path=path, provider=session.get_providers()[0], session=session, **fields)


def _open_session(path: Path, threads: int, device: str) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    if device in ("auto", "cuda") and _cuda_is_offered():
        providers.insert(0, "CUDAExecutionProvider")
    # A CUDA provider that cannot load falls back to the processor with a page of errors; what
    # really runs is asked of the session instead.
    onnxruntime.set_default_logger_severity(4)
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
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
    if device == "cuda" and session.get_providers()[0] != "CUDAExecutionProvider":
        raise InputError(
            "device.absent",
            "ONNX Runtime cannot use CUDA here.",
            "Use --device auto or --device cpu, or install onnxruntime-gpu and CUDA's libraries.",
        )
    return session


def _cuda_is_offered() -> bool:
    """Whether CUDA may be tried: the provider is built in and a device is there."""
    import onnxruntime

    built_in = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if not built_in or not has_cuda_device():
        return False
    # PyTorch's wheels bring the CUDA libraries; the provider does not find them by itself.
    onnxruntime.preload_dlls()
    return True


def _read_description(description: dict[str, Any]) -> dict[str, Any]:
    """Check the description and turn it into :class:`OnnxModel` fields; raises ``ValueError``."""
    if description["format"] != FORMAT:
        raise ValueError(f"its format is {description['format']}, this version reads {FORMAT}")
    classes = [_read_class(index, c) for index, c in enumerate(description["classes"])]
    if not classes or len({c.code for c in classes}) < len(classes):
        raise ValueError("its classes are missing or share a code")
    recipe = BandRecipe.from_json(description["recipe"])
    bands = recipe.all_names
    fill = np.array(description["fill"], dtype=np.float32)
    if not bands or fill.shape != (len(bands),) or not np.isfinite(fill).all():
        raise ValueError("it does not have one fill value per band")
    mean, std = None, None
    if "statistics" in description:
        mean, std = (np.array(description["statistics"][k], np.float32) for k in ("mean", "std"))
        if mean.shape != fill.shape or std.shape != fill.shape:
            raise ValueError("it does not have a mean and a standard deviation per band")
    tile_size = int(description["tile_size"])
    if tile_size < STRIDE or tile_size % STRIDE:
        raise ValueError(f"its tile size {tile_size} is not a multiple of {STRIDE}")
    return {
        "table": ClassTable(tuple(classes)),
        "recipe": recipe,
        "fill": fill,
        "mean": mean,
        "std": std,
        "tile_size": tile_size,
        "engine": str(description["engine"]),
        "arm": str(description["arm"]),
        "seed": int(description["seed"]),
        "synthetic": bool(description["synthetic"]),
    }


def _read_class(index: int, given: dict[str, Any]) -> LandClass:
    code, name, colour = int(given["code"]), str(given["name"]), str(given["colour"])
    if given["index"] != index or not 1 <= code <= 255:
        raise ValueError(f"class '{name}' has index {given['index']} and code {code}")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"class '{name}' has the colour '{colour}'")
    return LandClass(index, code, name, colour, bool(given["rare"]), values=(name,))


def _check_network(session: InferenceSession, bands: int, classes: int) -> None:
    """Raise ``ValueError`` when input or output do not fit the description."""
    for nodes, name, channels in (
        (session.get_inputs(), INPUT, bands),
        (session.get_outputs(), OUTPUT, classes),
    ):
        node = next((node for node in nodes if node.name == name), None)
        if node is None or node.type != "tensor(float)" or len(node.shape or ()) != 4:
            raise ValueError(f"the network has no '{name}' with four axes of float32")
        # Axes without a fixed length are named by a text.
        if isinstance(node.shape[1], int) and node.shape[1] != channels:
            raise ValueError(f"'{name}' has {node.shape[1]} channels instead of {channels}")
