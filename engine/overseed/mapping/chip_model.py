"""Classifiers of chips in self-describing ONNX files, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.mapping.described import WRONG, DescribedModel, read_description, wrong_description
from overseed.mapping.model_checks import check_model_file
from overseed.mapping.onnx_model import CPU, INPUT, OUTPUT, open_session
from overseed.segmentation.description import CHIPS, KEY

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@dataclass(frozen=True)
class ChipModel(DescribedModel):
    """A classifier of chips, ``tile_size`` pixels wide and high.

    ``pixel_metres`` is the size of the training chips' pixels where it is known, ``thresholds`` the probability
    from which on a chip counts as one of a class, by name.
    """

    pixel_metres: float | None
    thresholds: Mapping[str, float]
    session: InferenceSession

    @property
    def provider(self) -> str:
        """The provider that really runs, for example ``CPUExecutionProvider``."""
        return str(self.session.get_providers()[0])

    @property
    def on_gpu(self) -> bool:
        return self.provider != CPU

    def predict(self, chips: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities ``(n, classes)`` of chips ``(n, bands, tile_size, tile_size)`` without NaN.

        Raises
        ------
        InputError
            ``model.output`` when the network's output does not have that shape.
        """
        (found,) = self.session.run([OUTPUT], {INPUT: chips})
        wanted = (len(chips), len(self.table))
        if found.shape != wanted:
            raise InputError(
                "model.output",
                f"The model {self.path} gave an array of {found.shape}, not {wanted}.",
                "The file is damaged or of another program; train it again.",
            )
        return np.asarray(found)


def load_chip_model(path: Path, threads: int = 0, device: str = "auto") -> ChipModel:
    """Load a model that `overseed chips classify-chips` wrote; the parameters are those of ``load_model``.

    Raises
    ------
    InputError
        ``model.missing``, what :func:`~overseed.mapping.model_checks.check_model_file`,
        :func:`~overseed.mapping.onnx_model.open_session` or
        :func:`~overseed.mapping.described.read_description` refuses.
    """
    if not path.is_file():
        raise InputError(
            "model.missing",
            f"There is no model file {path}.",
            "Give a model.onnx or a run folder in which 'overseed chips classify-chips' has finished.",
        )
    check_model_file(path)
    session = open_session(path, threads, device)
    text = session.get_modelmeta().custom_metadata_map.get(KEY)
    description, fields = read_description(path, text, CHIPS)
    try:
        metres = description.get("pixel_metres")
        thresholds = {str(n): float(v) for n, v in description.get("thresholds", {}).items()}
        if metres is not None and not 0 < float(metres) < 1e6:
            raise ValueError(f"its pixels have {metres} m")
        _check_network(session, len(fields["fill"]), fields["tile_size"])
    except WRONG as error:
        raise wrong_description(path, error) from error
    return ChipModel(
        **fields,
        pixel_metres=None if metres is None else float(metres),
        thresholds=thresholds,
        session=session,
    )


def _check_network(session: InferenceSession, bands: int, size: int) -> None:
    """Raise ``ValueError`` when input or output do not fit the description."""

    def shape_of(nodes: list[Any], name: str, axes: int) -> list[Any]:
        node = next((node for node in nodes if node.name == name), None)
        if len(nodes) != 1 or node is None or node.type != "tensor(float)":
            raise ValueError(f"the network has no '{name}' of float32, or more than that")
        if len(node.shape or ()) != axes:
            raise ValueError(f"'{name}' does not have {axes} axes")
        return list(node.shape)

    shape = shape_of(session.get_inputs(), INPUT, 4)
    if shape[1:] != [bands, size, size]:
        raise ValueError(f"'{INPUT}' has the shape {shape}")
    shape_of(session.get_outputs(), OUTPUT, 2)
