"""What every generator of samples is and does; a new method is a new module with one such class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.tiles.sampling import Source

UNLABELLED = 255


@dataclass(frozen=True)
class FitPlan:
    """How long to fit, from which seed; a checkpoint with another ``key`` is not continued."""

    steps: int
    seed: int
    key: str


class SampleGenerator(Protocol):
    """Fit on training crops, then images from layouts.

    ``learned`` says whether the method could memorise training tiles, so that a copy check makes sense.
    """

    name: str
    learned: bool

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """Train; write ``training.jsonl`` and checkpoints to ``folder``; return figures for the record.

        On ``Cancelled`` a checkpoint is written and the exception passes.
        """
        ...

    def generate(self, layouts: NDArray[np.uint8], seed: int, device: Device) -> NDArray[Any]:
        """Images ``(n, bands, h, w)`` in native units and type from layouts ``(n, h, w)``, 255 = unlabelled.

        The same seed gives the same images on the same device.
        """
        ...

    def save(self, folder: Path) -> list[str]:
        """Write the weights atomically; return the names of the files."""
        ...

    def load(self, folder: Path) -> None:
        """Read what :meth:`save` wrote."""
        ...
