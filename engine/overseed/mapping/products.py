"""What maps are made of: codes, confidence and probabilities of each class, as rows of bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overseed.mapping.style import colour_table
from overseed.scenes.classes import ClassTable

NODATA_CODE = 0
NODATA_PERCENT = 255

Probabilities = NDArray[np.float32]
#: Rows ``(classes, rows, width)`` of blended probabilities to ``(bands, rows, width)`` uint8.
Derive = Callable[[Probabilities], NDArray[np.uint8]]


@dataclass(frozen=True)
class Product:
    """A raster that is made from the probabilities, row by row.

    ``bands`` are its bands' descriptions; ``nodata`` stands where nothing is mapped; ``scale`` turns its
    values into the quantity. ``resampling`` is how overviews are made: ``MODE`` keeps them to codes that
    occur, ``AVERAGE`` is for quantities.
    """

    target: Path
    bands: tuple[str, ...]
    nodata: int
    resampling: str
    derive: Derive
    colours: Mapping[int, tuple[int, int, int, int]] = field(default_factory=dict)
    scale: float = 1.0


def class_map(target: Path, table: ClassTable) -> Product:
    """The code of the most probable class."""
    codes = np.array(table.codes, dtype=np.uint8)
    return Product(
        target, ("class",), NODATA_CODE, "MODE",
        lambda rows: codes[rows.argmax(axis=0)][None], colour_table(table),
    )  # fmt: skip


def confidence(target: Path, measure: str) -> Product:
    """How sure the map is, in percent.

    ``probability`` is that of the chosen class, ``margin`` what it leads the next one by, ``entropy`` that of
    the probabilities as a share of the highest there can be: 0 where one class is certain, 100 where all
    are alike.
    """
    return Product(
        target, (f"{measure} in percent",), NODATA_PERCENT, "AVERAGE",
        lambda rows: _percent(MEASURES[measure](rows))[None],
    )  # fmt: skip


def probabilities(target: Path, table: ClassTable) -> Product:
    """The probability of each class, a band each, in hundredths."""
    return Product(
        target, tuple(table.names), NODATA_PERCENT, "AVERAGE", _percent, scale=0.01
    )  # fmt: skip


def heat(target: Path, name: str, index: int) -> Product:
    """The probability of one class, in percent."""
    return Product(
        target, (f"{name} in percent",), NODATA_PERCENT, "AVERAGE",
        lambda rows: _percent(rows[index])[None],
    )  # fmt: skip


def _best(rows: Probabilities) -> NDArray[np.float32]:
    return np.asarray(rows.max(axis=0))


def _margin(rows: Probabilities) -> NDArray[np.float32]:
    if len(rows) == 1:
        return rows[0]
    second, first = np.partition(rows, -2, axis=0)[-2:]
    return np.asarray(first - second)


def _entropy(rows: Probabilities) -> NDArray[np.float32]:
    if len(rows) == 1:
        return np.zeros_like(rows[0])
    # Blended probabilities may miss 1 by rounding.
    shares = np.clip(rows, 1e-9, 1)
    return np.asarray(-(shares * np.log(shares)).sum(axis=0) / np.log(len(rows)))


MEASURES = {"probability": _best, "margin": _margin, "entropy": _entropy}


def _percent(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(np.clip(np.nan_to_num(values), 0, 1) * 100).astype(np.uint8)
