"""Generators and discriminators of chips of 64, 96, 128 or 256 pixels with any number of bands.

Radford, Metz & Chintala, "Unsupervised representation learning with deep convolutional generative adversarial
networks", 2016 (DCGAN): no pooling, strided and transposed convolutions with kernels of 4 pixels, batch
normalisation, ReLU below, LeakyReLU above. Changed: the last layer's tanh is stretched from a band's mean to
its least and its greatest value, each side by itself, so that its slope at the mean is 1 however far outliers
lie, and its first weights keep the variance, so that the first chips have the contrast of real ones; transposed
convolutions start as bilinear enlargement (Long, Shelhamer & Darrell 2015), so that the first chips are smooth,
as ground is, instead of checkered; chips of 96 pixels start at 6 × 6; channels grow to eight times the width at
most.

Zhang, Goodfellow, Metaxas & Odena, "Self-attention generative adversarial networks", 2019 (SAGAN): spectral
normalisation (Miyato et al. 2018) of every convolution and linear layer of both networks, self-attention at a
middle resolution, conditional batch normalisation. Changed: DCGAN's plain blocks instead of residual ones,
which take several times as long on a processor.

Conditions: the generator is told by conditional batch normalisation (Dumoulin et al. 2017) and by an embedding
beside the latent vector, so that the first layer need not be shared either; the discriminator by projection
(Miyato & Koyama, "cGANs with projection discriminator", 2018) or by one-hot channels beside the bands (Mirza &
Osindero 2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

from overseed.errors import InputError

#: Sides that chips may have, and at which side their networks start.
STARTS = {64: 4, 96: 6, 128: 4, 256: 4}
#: Channels grow to this many times the width.
GROWTH = 8
#: Attention is taken at a quarter of the side, and at this many pixels at most: its cost grows with their
#: fourth power.
MOST_ATTENDED = 32
#: Length of what the generator is told beside the latent vector.
EMBEDDING = 32
#: Deviation of DCGAN's first weights.
FIRST_WEIGHTS = 0.02
#: Steps of the power iteration each time that a layer under spectral normalisation is used.
ITERATIONS = 3
#: What the chips of a generator under spectral normalisation are multiplied with at first.
LOUD = 3.0
Norm = Literal["batch", "layer", "spectral"]


@dataclass(frozen=True)
class GanDesign:
    """What the networks of a chip GAN are made for; ``conditions`` is 0 where they are told nothing.

    Raises
    ------
    InputError
        ``chips.gan-size`` when there are no networks for chips of this size.
    """

    gan: str
    bands: int
    size: int
    conditions: int = 0
    conditioning: str = "projection"
    width: int = 32
    latent: int = 128

    def __post_init__(self) -> None:
        if self.size not in STARTS:
            sizes = ", ".join(map(str, STARTS))
            raise InputError(
                "chips.gan-size",
                f"The chips are {self.size} pixels wide; GANs make chips of {sizes} pixels.",
                "Prepare them again with another size, as 'overseed chips prepare --size 64'.",
            )

    @property
    def sides(self) -> list[int]:
        """Resolutions from the first layer to the whole chip."""
        sides = [STARTS[self.size]]
        while sides[-1] < self.size:
            sides.append(2 * sides[-1])
        return sides

    @property
    def channels(self) -> list[int]:
        """Channels at each of :attr:`sides` but the last, which has the bands."""
        steps = len(self.sides) - 1
        return [self.width * min(GROWTH, 2**level) for level in reversed(range(steps))]

    @property
    def attended(self) -> int:
        """The resolution at which SAGAN attends."""
        return min(MOST_ATTENDED, self.size // 4)


class ChipGenerator(nn.Module):
    """Latent vectors ``(n, latent)`` and condition numbers ``(n,)`` to standardised ``(n, bands, size, size)``.

    The weights of a ``spectral`` one are normalised in training; what :func:`effective_state` says of it fits
    one that is not. ``limits`` are each band's least and greatest standardised value, two rows.
    """

    low: torch.Tensor
    high: torch.Tensor

    def __init__(
        self, design: GanDesign, attentive: bool, spectral: bool, limits: torch.Tensor
    ) -> None:
        super().__init__()
        # The mean, 0, must lie well within, also where a band is constant.
        self.register_buffer("low", (-limits[0]).clamp(min=1)[:, None, None])
        self.register_buffer("high", limits[1].clamp(min=1)[:, None, None])
        told = EMBEDDING if design.conditions else 0
        self._start = design.sides[0]
        widths = design.channels
        self.embed = nn.Embedding(design.conditions, told) if told else None
        self.enter = nn.Linear(design.latent + told, widths[0] * self._start**2)
        self.first = ToldNorm(widths[0], design.conditions)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False) for a, b in pairwise(widths)
        )
        self.norms = nn.ModuleList(ToldNorm(b, design.conditions) for b in widths[1:])
        self.attend = nn.ModuleDict()
        if attentive:
            where = design.sides.index(design.attended) - 1
            self.attend[str(where)] = SelfAttention(widths[where + 1])
        self.leave = nn.ConvTranspose2d(widths[-1], design.bands, 4, 2, 1)
        # Beyond what a layer with a spectral norm of one lets through.
        self.loud = nn.Parameter(torch.full((design.bands, 1, 1), LOUD)) if attentive else None
        _begin(self, spectral)
        if not spectral:
            with torch.no_grad():
                # Half of what comes in is zero, so that this keeps the variance.
                mixed = torch.randn(widths[-1], design.bands) * (2 / widths[-1]) ** 0.5
                self.leave.weight.copy_(_smooth(mixed))

    def forward(self, latent: torch.Tensor, told: torch.Tensor | None = None) -> torch.Tensor:
        if self.embed is not None:
            latent = torch.cat([latent, self.embed(told)], dim=1)
        x = self.enter(latent).unflatten(1, (-1, self._start, self._start))
        x = functional.relu(self.first(x, told))
        for number, (up, norm) in enumerate(zip(self.up, self.norms, strict=True)):
            x = functional.relu(norm(up(x), told))
            if str(number) in self.attend:
                x = self.attend[str(number)](x)
        x = self.leave(x).float()
        if self.loud is not None:
            x = x * self.loud
        return torch.where(
            x < 0, self.low * (x / self.low).tanh(), self.high * (x / self.high).tanh()
        )


class ChipDiscriminator(nn.Module):
    """Standardised chips ``(n, bands, size, size)`` and condition numbers ``(n,)`` to scores ``(n,)``.

    ``norm`` is ``batch`` as in DCGAN, ``layer`` (over all values of one chip, so that its score depends on no
    other chip), or ``spectral``, with which there is self-attention too.
    """

    def __init__(self, design: GanDesign, norm: Norm) -> None:
        super().__init__()
        widths = design.channels[::-1]
        self._projects = design.conditions > 0 and design.conditioning == "projection"
        self._one_hot = 0 if self._projects else design.conditions
        inputs = [design.bands + self._one_hot, *widths]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(inputs))
        self.norms = nn.ModuleList(
            _normalisation(norm, width) if level else nn.Identity()
            for level, width in enumerate(widths)
        )
        self.attend = nn.ModuleDict()
        if norm == "spectral":
            where = design.sides[::-1].index(design.attended) - 1
            self.attend[str(where)] = SelfAttention(widths[where])
        self.score = nn.Linear(widths[-1] * design.sides[0] ** 2, 1)
        self.project = nn.Embedding(design.conditions, widths[-1]) if self._projects else None
        _begin(self, norm == "spectral")

    def forward(self, chips: torch.Tensor, told: torch.Tensor | None = None) -> torch.Tensor:
        x = chips
        if self._one_hot:
            assert told is not None
            maps = functional.one_hot(told, self._one_hot).to(x.dtype)[..., None, None]
            x = torch.cat([x, maps.expand(-1, -1, *x.shape[-2:])], dim=1)
        for number, (down, norm) in enumerate(zip(self.down, self.norms, strict=True)):
            x = functional.leaky_relu(norm(down(x)), 0.2)
            if str(number) in self.attend:
                x = self.attend[str(number)](x)
        # Scores differ by little; half precision would round their difference away.
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            scores: torch.Tensor = self.score(x.flatten(1)).squeeze(1)
            if self.project is not None:
                pooled = x.sum(dim=(-2, -1)) / x.shape[-1]
                scores = scores + (self.project(told) * pooled).sum(dim=1)
        return scores


class ToldNorm(nn.Module):
    """Batch normalisation of ``(n, channels, h, w)``, scale and shift by condition where there are any."""

    def __init__(self, channels: int, conditions: int) -> None:
        super().__init__()
        self.normal = nn.BatchNorm2d(channels, affine=conditions == 0)
        self.told = nn.Embedding(conditions, 2 * channels) if conditions else None

    def forward(self, x: torch.Tensor, told: torch.Tensor | None) -> torch.Tensor:
        x = self.normal(x)
        if self.told is None:
            return x
        scale, shift = self.told(told).to(x.dtype)[..., None, None].chunk(2, dim=1)
        return torch.addcmul(shift, x, 1 + scale)


class SelfAttention(nn.Module):
    """Each place of ``(n, channels, h, w)`` takes up what places like it have, keys and values pooled 2 × 2.

    It starts as the identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, max(1, channels // 8), 1, bias=False)
        self.key = nn.Conv2d(channels, max(1, channels // 8), 1, bias=False)
        self.value = nn.Conv2d(channels, max(1, channels // 2), 1, bias=False)
        self.back = nn.Conv2d(max(1, channels // 2), channels, 1, bias=False)
        self.strength = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query = self.query(x).flatten(2)
        key = functional.max_pool2d(self.key(x), 2).flatten(2)
        value = functional.max_pool2d(self.value(x), 2).flatten(2)
        weights = torch.softmax(query.transpose(1, 2) @ key, dim=-1)
        found = (value @ weights.transpose(1, 2).to(value.dtype)).unflatten(2, x.shape[-2:])
        return x + self.strength.to(x.dtype) * self.back(found)


def effective_state(network: nn.Module) -> dict[str, torch.Tensor]:
    """Weights as they act, spectral normalisation worked in: the state of a network that is without it."""
    state: dict[str, torch.Tensor] = {}
    training = network.training
    # In evaluation asking for a weight takes no step of the power iteration.
    network.eval()
    for name, module in network.named_modules():
        own = f"{name}." if name else ""
        if name.endswith("parametrizations") or ".parametrizations." in name:
            continue
        if is_parametrized(module):
            state[f"{own}weight"] = module.weight.detach()
        for key, value in module.named_parameters(recurse=False):
            state[own + key] = value.detach()
        for key, value in module.named_buffers(recurse=False):
            state[own + key] = value
    network.train(training)
    return state


def _normalisation(norm: Norm, channels: int) -> nn.Module:
    if norm == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(1, channels) if norm == "layer" else nn.Identity()


def _smooth(mixing: torch.Tensor) -> torch.Tensor:
    """Weights ``(inputs, outputs, 4, 4)`` that enlarge bilinearly while they mix channels."""
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    return mixing[..., None, None] * (line[:, None] * line)


def _begin(network: nn.Module, spectral: bool) -> None:
    """First weights: DCGAN's, or orthogonal ones under spectral normalisation; conditions start alike."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            if spectral:
                nn.init.orthogonal_(module.weight)
            else:
                nn.init.normal_(module.weight, std=FIRST_WEIGHTS)
            if isinstance(module, nn.ConvTranspose2d):
                with torch.no_grad():
                    module.weight.copy_(_smooth(module.weight[..., 0, 0]))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, ToldNorm) and module.told is not None:
            nn.init.zeros_(module.told.weight)
    project = getattr(network, "project", None)
    if project is not None:
        nn.init.normal_(project.weight, std=FIRST_WEIGHTS)
    if spectral:
        for module in list(network.modules()):
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                spectral_norm(module, n_power_iterations=ITERATIONS)
        if project is not None:
            spectral_norm(project, n_power_iterations=ITERATIONS)
