"""What the methods without a network share: they look at batches of crops, each once, and keep some tensors."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.files import whole
from overseed.generators.contract import Canvas, FitPlan
from overseed.tiles.sampling import Batch, Source, rng_for
from overseed.tiles.statistics import BandStats

#: Crops of one batch.
CROPS = 8
LOG = "training.jsonl"
WEIGHTS = "weights.safetensors"

Tensors = dict[str, NDArray[Any]]


class Gatherer(Protocol):
    """Takes in what a method needs to know of the training side."""

    def add(self, batch: Batch) -> dict[str, float]:
        """Take a batch in; returns the figures to log."""
        ...


G = TypeVar("G", bound=Gatherer)


class GatheredGenerator(ABC, Generic[G]):
    """The generator contract around a gatherer and the tensors that are made of what it found."""

    name: str
    learned = False

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        self._stats = bands
        self._classes = classes
        self._dtype = np.dtype(bands.dtype)
        self._tensors: Tensors = {}

    @abstractmethod
    def _gatherer(self, seed: int) -> G:
        """An empty one."""

    @abstractmethod
    def _model(self, gatherer: G) -> Tensors:
        """All that generating needs."""

    @abstractmethod
    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`; ``plan.steps`` are batches of crops.

        A step depends on the seed and its number alone and all take seconds, so that a cancelled fit begins
        anew instead of leaving a checkpoint. The log appears once all batches were seen.
        """
        (folder / LOG).unlink(missing_ok=True)
        gatherer = self._gatherer(plan.seed)
        figures: dict[str, float] = {}
        rows = []
        for step in range(plan.steps):
            tick(step, plan.steps)
            figures = gatherer.add(source.draw(CROPS, rng_for(plan.seed, step, purpose=3)))
            rows.append(json.dumps({"step": step + 1, **figures}))
        for name, value in figures.items():
            metric(name, value, plan.steps)
        tick(plan.steps, plan.steps)
        with whole(folder / LOG) as partial:
            partial.write_text("\n".join(rows) + "\n", encoding="utf-8")
        self._take(self._model(gatherer))
        return figures

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import save_file

        with whole(folder / WEIGHTS) as partial:
            save_file(self._tensors, partial, metadata=dict(about))
        return [WEIGHTS]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.numpy import load_file

        self._take(load_file(folder / WEIGHTS))

    def _take(self, tensors: Tensors) -> None:
        """Make ready for generating from these tensors."""
        self._tensors = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
