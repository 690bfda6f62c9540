"""What a model file says of itself, read and checked; the file may come from a stranger."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable, LandClass
from overseed.segmentation.description import CHIPS, FORMAT, KIND
from overseed.tiles.grid import STRIDE

#: What reading a description from a stranger may raise.
WRONG = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class DescribedModel:
    """What is known of a model before it runs.

    ``recipe`` says how the bands come from a raster; ``fill`` holds one value per band, in its units,
    for pixels that are not valid. ``mean`` and ``std`` are those of each band in the training rasters, when
    the model tells them. ``synthetic`` says whether made samples were among the training samples.
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

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the network's input bands."""
        return self.recipe.all_names

    @property
    def members(self) -> tuple[DescribedModel, ...]:
        """The models that have a say: this one."""
        return (self,)


def read_description(
    path: Path, text: str | None, kind: str | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a model's description.

    Parameters
    ----------
    text:
        What the file holds under :data:`~overseed.segmentation.description.KEY`.
    kind:
        What it must say of its kind: nothing for a model that maps pixels, or
        :data:`~overseed.segmentation.description.CHIPS`.

    Returns
    -------
    The whole description, and the fields of :class:`DescribedModel`.

    Raises
    ------
    InputError
        ``model.not-overseed`` (no description inside), ``model.kind`` (another kind of model) or
        ``model.description`` (a wrong one).
    """
    if text is None:
        raise InputError(
            "model.not-overseed",
            f"The model {path} does not say what its bands and classes are.",
            "Give a model.onnx that 'overseed train' wrote.",
        )
    try:
        description = json.loads(text)
        found = description.get(KIND)
        fields = {"path": path, **_fields(description)} if found == kind else {}
    except WRONG as error:
        raise wrong_description(path, error) from error
    if found != kind:
        raise _other_kind(path, kind)
    return description, fields


def _other_kind(path: Path, wanted: str | None) -> InputError:
    """The refusal of a model of another kind than is wanted."""
    if wanted == CHIPS:
        return InputError(
            "model.kind",
            f"The model {path} is no classifier of chips.",
            "Give a model that 'overseed chips classify-chips' has trained, or its run folder; use 'overseed "
            "classify' with one that maps pixels.",
        )
    return InputError(
        "model.kind",
        f"The model {path} classifies chips, not pixels.",
        "Use 'overseed chips map' with it.",
    )


def wrong_description(path: Path, error: Exception) -> InputError:
    """The refusal of a model whose description is wrong or does not fit its network."""
    return InputError(
        "model.description",
        f"The description inside the model {path} is wrong: {error}.",
        "Train the model again with this version of Overseed.",
    )


def _fields(description: dict[str, Any]) -> dict[str, Any]:
    """The fields of :class:`DescribedModel` but for the path; raises ``ValueError``."""
    if description["format"] != FORMAT:
        raise ValueError(f"its format is {description['format']}, this version reads {FORMAT}")
    classes = [_read_class(index, c) for index, c in enumerate(description["classes"])]
    if not classes or len({c.code for c in classes}) < len(classes):
        raise ValueError("its classes are missing or share a code")
    recipe = BandRecipe.from_json(description["recipe"])
    bands = recipe.all_names
    if not len(recipe.names) == len(recipe.scales) == len(recipe.offsets):
        raise ValueError("its bands do not each have a scale and an offset")
    if recipe.resolution is not None and not 0.001 < recipe.resolution < 1e6:
        raise ValueError(f"its resolution is {recipe.resolution} m")
    fill = np.array(description["fill"], dtype=np.float32)
    if not bands or fill.shape != (len(bands),) or not np.isfinite(fill).all():
        raise ValueError("it does not have one fill value per band")
    mean, std = None, None
    if "statistics" in description:
        mean, std = (np.array(description["statistics"][k], np.float32) for k in ("mean", "std"))
        if mean.shape != fill.shape or std.shape != fill.shape or not (std >= 0).all():
            raise ValueError("it does not have a mean and a standard deviation per band")
    tile_size = int(description["tile_size"])
    of_chips = description.get(KIND) == CHIPS
    if tile_size < 1 or (tile_size % STRIDE and not of_chips):
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
