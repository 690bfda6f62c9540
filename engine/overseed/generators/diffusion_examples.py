"""What the diffusion model learns from: crops of which something is hidden, whole parcels or any shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from overseed.generators.examples import ALL_HIDDEN, hide
from overseed.layouts.simulated import Form, draw_parcel
from overseed.tiles.sampling import Batch
from overseed.unlabelled import UNLABELLED

#: Share of the crops of which whole parcels are hidden; of the others it is shapes that follow no border.
PARCELS = 0.6
#: Bounds of the share of a crop that random shapes hide at most, and how many there are.
COVERED = (0.05, 0.5)
MOST_SHAPES = 3
#: Share of the crops of which neither layout nor style is told, so that samples can be guided by them (Ho &
#: Salimans 2022).
UNTOLD = 0.1


@dataclass(frozen=True)
class Told:
    """What the network is told beside noisy ground; ``(n, channels, h, w)`` with ``h`` and ``w`` of the crops.

    ``layout`` one-hot with unlabelled ground last, all 0 where it is not told; ``hidden`` and ``known`` one
    channel each, 1 where ground is to be painted and where real ground shows, both 0 where nothing is known;
    ``around`` the components of known ground, 0 elsewhere; ``style`` that of each hidden parcel
    (:meth:`overseed.generators.styles.StyleModel.spread`), 0 where there is none and where it is not told.
    """

    layout: torch.Tensor
    hidden: torch.Tensor
    known: torch.Tensor
    around: torch.Tensor
    style: torch.Tensor

    @classmethod
    def of(
        cls,
        labels: NDArray[np.uint8],
        hidden: NDArray[np.bool_],
        known: NDArray[np.bool_],
        around: NDArray[np.float32],
        style: NDArray[np.float32],
        classes: int,
    ) -> Told:
        """From ``(n, h, w)``, the components ``(n, c, h, w)`` and the styles ``(n, 2 c, h, w)``."""
        index = np.where(labels == UNLABELLED, classes, labels).astype(np.int64)
        layout = functional.one_hot(torch.from_numpy(index), classes + 1).movedim(-1, 1).float()
        return cls(
            layout,
            torch.from_numpy(hidden)[:, None].float(),
            torch.from_numpy(known)[:, None].float(),
            torch.from_numpy(around * known[:, None]),
            torch.from_numpy(style),
        )

    @property
    def maps(self) -> torch.Tensor:
        """All channels."""
        return torch.cat([self.layout, self.hidden, self.known, self.around, self.style], dim=1)

    def untold(self, which: torch.Tensor | None = None) -> Told:
        """The same with layout and style untold, of the examples where ``which`` ``(n,)`` is 1 or of all."""
        left = 0.0 if which is None else (1 - which)[:, None, None, None]
        return replace(self, layout=self.layout * left, style=self.style * left)

    def to(self, place: torch.device) -> Told:
        """The same on another device."""
        return Told(*(part.to(place, non_blocking=True) for part in vars(self).values()))


def channels(components: int, classes: int, style: int) -> int:
    """Channels of :attr:`Told.maps`."""
    return classes + 1 + 2 + components + style


def hide_ground(batch: Batch, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which pixels of each crop are hidden, ``(n, h, w)`` bool; only visible ones.

    As when samples are made, it is whole parcels for the most part; beside them any shapes, so that ground
    without labels is painted too, and now and then everything.
    """
    hidden = hide(batch, rng, everything=0.0)
    for number, visible in enumerate(batch.visible):
        draw = rng.random()
        if draw < ALL_HIDDEN:
            hidden[number] = visible
            continue
        if draw > ALL_HIDDEN + PARCELS or not hidden[number].any():
            hidden[number] = random_shapes(visible.shape, rng) & visible
        if not hidden[number].any():
            hidden[number] = visible
    return hidden


def random_shapes(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Boxes, ellipses and blobs, also across the edge, that cover a random share of a crop ``(h, w)``."""
    height, width = shape
    side = max(shape)
    # Drawn somewhere on a sheet that reaches beyond the crop, so that some are cut by its edge.
    sheet = np.zeros((height + 2 * side, width + 2 * side), bool)
    count = int(rng.integers(1, MOST_SHAPES, endpoint=True))
    size = max(1, int(rng.uniform(*COVERED) * height * width / count))
    forms: tuple[Form, ...] = get_args(Form)
    for _ in range(count):
        drawn = draw_parcel(forms[rng.integers(len(forms))], size, rng.uniform(1, 4), side, rng)
        row = side + int(rng.integers(height)) - drawn.shape[0] // 2
        col = side + int(rng.integers(width)) - drawn.shape[1] // 2
        sheet[row : row + drawn.shape[0], col : col + drawn.shape[1]] |= drawn
    return sheet[side : side + height, side : side + width]
