"""Crops with hidden parcels, which adversarial generators learn from, and how their output becomes ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from overseed.devices import Device
from overseed.generators.parcels import Parcels, cores, find_parcels
from overseed.generators.styles import SMALLEST
from overseed.tiles.sampling import Batch
from overseed.training.augmentation import Augmentation
from overseed.unlabelled import UNLABELLED

#: Share of the training crops in which everything is hidden, so that layouts alone can be filled too.
ALL_HIDDEN = 0.1
#: Bounds of a crop's share of hidden parcels.
HIDDEN = (0.3, 0.8)
#: Scales of the noise channels in pixels; texture has strength at all scales.
NOISE_SCALES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Example:
    """A batch of crops with hidden parcels, as tensors.

    ``real`` ``(n, bands, h, w)`` standardised; ``layout`` one-hot ``(n, classes + 1, h, w)`` with unlabelled
    ground last; ``known`` and ``hidden`` ``(n, 1, h, w)``, 1 where real ground shows and where it is to be
    painted, both 0 on ground that nothing is known of; ``parcel`` ``(n, h, w)`` int64, the numbers of hidden
    parcels from 1, and ``core`` the same without their rims; ``styles`` ``(parcels + 1, 2 c)``, the first one
    for ground in none, along the columns of ``axes`` ``(bands, c)``; ``changes`` what the discriminator sees of
    it; ``mix`` ``(n, classes)``, 1 for classes that LabelMix takes from the made image. With ``stand_ins`` all
    hidden ground without a label lies in parcels too, see :func:`stand_ins`.
    """

    real: torch.Tensor
    layout: torch.Tensor
    known: torch.Tensor
    hidden: torch.Tensor
    parcel: torch.Tensor
    core: torch.Tensor
    styles: torch.Tensor
    axes: torch.Tensor
    changes: Augmentation | None = None
    mix: torch.Tensor | None = None
    stand_ins: bool = False

    @property
    def condition(self) -> torch.Tensor:
        """What the generator is told: ``(n, conditions, h, w)``."""
        style = self.styles[self.parcel].movedim(-1, 1)
        parts = [self.layout, self.known, self.real * self.known, style]
        return torch.cat(parts, dim=1).contiguous(memory_format=torch.channels_last)

    @property
    def textured(self) -> torch.Tensor:
        """Hidden ground in parcels, a mask for each kind whose texture is a thing of its own."""
        kinds = self.layout if self.stand_ins else self.layout[:, :-1]
        return kinds * self.hidden

    @cached_property
    def seen(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``layout`` and ``hidden`` as the discriminator sees them."""
        assert self.changes is not None
        maps = self.changes.place(torch.cat([self.layout, self.hidden], dim=1))
        return maps[:, :-1], maps[:, -1:]

    def shown(self, image: torch.Tensor) -> torch.Tensor:
        """A real or made image as the discriminator sees it."""
        assert self.changes is not None
        return self.changes.place(self.changes.colour(image))

    def to(self, place: torch.device) -> Example:
        """The same on another device, on its way while the host goes on."""

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            source = tensor.pin_memory() if place.type == "cuda" else tensor
            return source.to(place, non_blocking=True)

        here: dict[str, Any] = {
            name: moved(value) for name, value in vars(self).items() if torch.is_tensor(value)
        }
        changes = self.changes
        if changes is not None:
            changes = replace(changes, gain=moved(changes.gain), offset=moved(changes.offset))
        return replace(self, **here, changes=changes)


def conditions(bands: int, classes: int, style: int) -> int:
    """Channels of :attr:`Example.condition`."""
    return classes + 2 + bands + style


def make_example(
    images: NDArray[np.float32],
    labels: NDArray[np.uint8],
    known: NDArray[np.bool_],
    hidden: NDArray[np.bool_],
    parcels: Parcels,
    styles: NDArray[np.float32],
    axes: NDArray[np.float32],
    classes: int,
) -> Example:
    """An example from standardised images ``(n, bands, h, w)`` and the styles of the
    hidden parcels along ``axes``.
    """
    index = np.where(labels == UNLABELLED, classes, labels).astype(np.int64)
    layout = functional.one_hot(torch.from_numpy(index), classes + 1).movedim(-1, 1).float()
    none = np.zeros((1, styles.shape[1]), np.float32)
    return Example(
        real=torch.from_numpy(images),
        layout=layout,
        known=torch.from_numpy(known)[:, None].float(),
        hidden=torch.from_numpy(hidden)[:, None].float(),
        parcel=torch.from_numpy(parcels.number.astype(np.int64)),
        core=torch.from_numpy(cores(parcels, SMALLEST).number.astype(np.int64)),
        styles=torch.from_numpy(np.concatenate([none, styles])),
        axes=torch.from_numpy(axes),
    )


def painted(
    network: nn.Module,
    example: Example,
    rng: torch.Generator,
    device: Device,
) -> torch.Tensor:
    """Real ground where it is known, painted ground where it is hidden, else 0; ``(n, bands, h, w)``.

    The network gives the detail; its mean over each parcel's core is taken off, so that the core has the mean
    spectrum of its style, whatever the network does.
    """
    with device.autocast():
        detail = network(example.condition, draw_noise(example.layout, rng)).float()
    count = example.axes.shape[1]
    level = example.styles[:, :count] @ example.axes.T
    strength = ((2 * example.styles[:, count:]).exp() @ (example.axes**2).T).sqrt()
    means = _parcel_means(detail, example.core, len(level))
    detail = (detail - _spread_out(means, example.parcel)) * _spread_out(strength, example.parcel)
    ground = _spread_out(level, example.parcel) + detail
    return example.real * example.known + ground * example.hidden


def hide(
    batch: Batch, rng: np.random.Generator, everything: float = ALL_HIDDEN
) -> NDArray[np.bool_]:
    """Which pixels of a batch are hidden, ``(n, h, w)`` bool: a random share of each crop's parcels.

    ``everything`` is the share of crops of which nothing is left to see.
    """
    parcels = find_parcels(batch.labels, batch.visible)
    share = rng.uniform(*HIDDEN, len(batch.labels))
    chosen = np.zeros(len(parcels) + 1, bool)
    chosen[1:] = rng.random(len(parcels)) < share[parcels.tile]
    hidden = chosen[parcels.number]
    blind = rng.random(len(batch.labels)) < everything
    hidden[blind] = batch.visible[blind]
    return hidden


def stand_ins(batch: Batch) -> NDArray[np.uint8]:
    """Class indices of the next crop's parcels, laid over a crop's unlabelled ground; ``(n, h, w)``.

    They lend their shapes alone: what grows there has no known class, but a network can learn from it what
    ground of a given style looks like. Where there is nothing to lend, unlabelled ground stays so.
    """
    free = batch.visible & (batch.labels == UNLABELLED)
    return np.where(free, np.roll(batch.labels, 1, axis=0), batch.labels)


def choose_windows(batch: Batch, size: int, rng: np.random.Generator) -> list[tuple[slice, slice]]:
    """A window of each crop around a labelled pixel, of all classes in the crop alike."""
    windows = []
    for labels in batch.labels:
        present = np.unique(labels[labels != UNLABELLED])
        pixel = rng.integers(labels.shape)
        if len(present):
            pixels = np.argwhere(labels == rng.choice(present))
            pixel = pixels[rng.integers(len(pixels))]
        last = np.array(labels.shape) - size
        row, col = np.clip(pixel - rng.integers(size, size=2), 0, last).tolist()
        windows.append((slice(row, row + size), slice(col, col + size)))
    return windows


def cut(arrays: NDArray[Any], windows: list[tuple[slice, slice]]) -> NDArray[Any]:
    """The window of each of ``(n, …, h, w)``."""
    return np.stack([a[..., rows, cols] for a, (rows, cols) in zip(arrays, windows, strict=True)])


def draw_noise(like: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Noise of unit variance ``(n, scales, h, w)``, one channel for each of ``NOISE_SCALES`` pixels."""
    n, _, height, width = like.shape
    channels = []
    for scale in NOISE_SCALES:
        shape = (n, 1, -(-height // scale), -(-width // scale))
        noise = torch.randn(shape, generator=rng, device=like.device)
        if scale > 1:
            noise = functional.interpolate(noise, size=(height, width), mode="bilinear")
            noise = noise / noise.std()
        channels.append(noise)
    return torch.cat(channels, dim=1)


def weighted_mean(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean of ``(n, c, h, w)`` with weights ``(n, 1, h, w)``; 0 where all weights are."""
    total = (weight.sum() * values.shape[1]).clamp(min=1e-6)
    return (values * weight).sum() / total


def _spread_out(values: torch.Tensor, parcel: torch.Tensor) -> torch.Tensor:
    """``(parcels + 1, channels)`` over their pixels: ``(n, channels, h, w)``."""
    return values[parcel].movedim(-1, 1)


def _parcel_means(detail: torch.Tensor, core: torch.Tensor, count: int) -> torch.Tensor:
    """Means ``(count, bands)`` of ``(n, bands, h, w)`` over each core; 0 for ground in no parcel."""
    pixels = detail.movedim(1, -1).reshape(-1, detail.shape[1])
    index = core.reshape(-1)
    sums = pixels.new_zeros((count, pixels.shape[1])).index_add(0, index, pixels)
    sizes = pixels.new_zeros(count).index_add(0, index, torch.ones_like(pixels[:, 0]))
    means = sums / sizes.clamp(min=1)[:, None]
    return torch.cat([torch.zeros_like(means[:1]), means[1:]])
