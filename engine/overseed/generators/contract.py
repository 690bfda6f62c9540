"""What every generator of samples is and does; a new method is a new module with one such class.

A :class:`SampleGenerator` fills layouts with images. A :class:`LabellingGenerator` makes images without a
layout and finds their labels afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.tiles.sampling import Source
from overseed.unlabelled import UNLABELLED


@dataclass(frozen=True)
class Canvas:
    """Tiles with new layouts, and what is known around the parcels that are to be filled.

    Parameters
    ----------
    labels:
        ``(n, height, width)`` uint8, the layouts; 255 = unlabelled.
    changed:
        ``(n, height, width)`` bool, the pixels that a generator makes.
    images:
        ``(n, bands, height, width)`` in native units and type, the real tiles; arbitrary where they are
        not :attr:`known`.
    visible:
        ``(n, height, width)`` bool, where the real tiles have a value that this side of the split may see.
    """

    labels: NDArray[np.uint8]
    changed: NDArray[np.bool_]
    images: NDArray[Any]
    visible: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: slice) -> Canvas:
        """Some of the tiles."""
        return Canvas(self.labels[part], self.changed[part], self.images[part], self.visible[part])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where the real tile shows through and a generator may look at it."""
        return self.visible & ~self.changed

    @classmethod
    def empty(cls, layouts: NDArray[np.uint8], bands: int, dtype: np.dtype[Any] | str) -> Canvas:
        """Layouts ``(n, height, width)`` with no real ground around them: every pixel is to be made."""
        everywhere = np.ones(layouts.shape, bool)
        images = np.zeros((len(layouts), bands, *layouts.shape[1:]), dtype)
        return cls(layouts, everywhere, images, ~everywhere)


@dataclass(frozen=True)
class FitPlan:
    """How long to fit, from which seed; a checkpoint with another ``key`` is not continued.

    ``validation`` are crops of the validation side, by which a method may choose among its own states;
    ``ground`` crops of the training side wherever they lie, with labels or without.
    ``pretrain`` is the share of the steps, the first ones, in which a network learns from unlabelled ground of
    the training side too. ``watch`` is called whenever what the generator would make has changed, with the
    step. ``labelled`` are crops of that part of the training ground whose labels may be learned where a
    method's own labels will be held against the rest of it; all may be where it is ``None``.
    """

    steps: int
    seed: int
    key: str
    validation: Source | None = None
    pretrain: float = 0.0
    watch: Callable[[int], None] | None = None
    ground: Source | None = None
    labelled: Source | None = None


class Generator(Protocol):
    """What both kinds do: fit on training crops, save, load.

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

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """Write the weights atomically; return the names of the files.

        ``about`` goes into their metadata: that what they make is synthetic, the method, the scene.
        """
        ...

    def load(self, folder: Path) -> None:
        """Read what :meth:`save` wrote."""
        ...


@runtime_checkable
class SampleGenerator(Generator, Protocol):
    """Images from layouts."""

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """Images ``(n, bands, h, w)`` in native units and type.

        Only the changed pixels count, the others are arbitrary. A method may look at the real pixels around
        them, where the canvas is known, never at those under them. The same seed gives the same images on
        the same device.
        """
        ...


@dataclass(frozen=True)
class Labelling:
    """What each pixel of some images probably is, and how sure that is.

    Parameters
    ----------
    labels:
        ``(n, height, width)`` uint8, the most likely class; no pixel is left out.
    confidence:
        ``(n, height, width)`` float32, the probability of that class as its network sees it.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float32]

    def filtered(self, thresholds: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Labels of the pixels whose confidence reaches their class's threshold ``(classes,)``; else 255."""
        sure = self.confidence >= thresholds[self.labels]
        return np.where(sure, self.labels, np.uint8(UNLABELLED))


@runtime_checkable
class LabellingGenerator(Generator, Protocol):
    """The other way round: images out of nothing, then labels from the images."""

    def draw(self, count: int, seed: int, device: Device) -> NDArray[Any]:
        """Images ``(count, bands, tile, tile)`` in native units and type, every pixel made.

        The same seed gives the same images on the same device.
        """
        ...

    def label(self, images: NDArray[Any], visible: NDArray[np.bool_], device: Device) -> Labelling:
        """Labels of real or made images ``(n, bands, h, w)`` in native units.

        Pixels that are not ``visible`` ``(n, h, w)`` are not looked at; what they are given means nothing.
        """
        ...
