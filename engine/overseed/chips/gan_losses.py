"""The losses of chip GANs, with the optimizers and rates that were published with them.

- ``dcgan``: Goodfellow et al. 2014, the generator's loss that does not saturate; Adam as Radford, Metz &
  Chintala 2016 have it.
- ``wgan``: Arjovsky, Chintala & Bottou, "Wasserstein generative adversarial networks", 2017: the critic's
  weights are clipped, RMSprop.
- ``wgan-gp``: Gulrajani, Ahmed, Arjovsky, Dumoulin & Courville, "Improved training of Wasserstein GANs", 2017:
  instead of clipping the norm of the critic's gradient is drawn to 1 for each sample by itself, so the critic
  must not mix samples: layer normalisation in place of batch normalisation, as the paper advises.
- ``sagan``: Zhang et al. 2019: hinge loss, a higher rate for the discriminator (two time-scales, Heusel et al.
  2017), spectral normalisation in both networks.

Changed: the losses that are no Wasserstein distance get the LeCam penalty (Tseng et al. 2021) of the tile
generators. The Wasserstein ones do not: it would hold back the very distance that they measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from overseed.chips.gan_networks import Norm

Critic = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class GanRecipe:
    """How a kind of GAN learns; losses are of scores ``(n,)``.

    ``clip`` bounds the critic's weights, ``penalty`` weighs the gradient penalty, ``lecam`` that of LeCam; 0 is
    without. ``decays`` are Adam's; without them it is RMSprop.
    """

    discriminator_loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    generator_loss: Callable[[torch.Tensor], torch.Tensor]
    generator_rate: float
    discriminator_rate: float
    decays: tuple[float, float] | None
    critic_steps: int
    norm: Norm
    clip: float = 0.0
    penalty: float = 0.0
    lecam: float = 0.0

    def optimizers(
        self, generator: nn.Module, discriminator: nn.Module, rate: float | None
    ) -> dict[str, torch.optim.Optimizer]:
        """One for each network; another ``rate`` of the generator changes both in proportion."""
        factor = 1.0 if rate is None else rate / self.generator_rate
        return {
            "generator": self._optimizer(generator.parameters(), self.generator_rate * factor),
            "discriminator": self._optimizer(
                discriminator.parameters(), self.discriminator_rate * factor
            ),
        }

    def _optimizer(self, parameters: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        if self.decays is None:
            return torch.optim.RMSprop(parameters, rate)
        return torch.optim.Adam(parameters, rate, betas=self.decays)


def gradient_penalty(
    critic: Critic, real: torch.Tensor, made: torch.Tensor, rng: torch.Generator
) -> torch.Tensor:
    """Mean over samples of ``(‖∇ critic‖ − 1)²``, each taken at a point drawn between a real and a made one.

    ``real`` and ``made`` are ``(n, …)``; ``critic`` gives ``(n,)`` and must not mix samples. Gradients flow to
    its weights.
    """
    shape = (len(real), *[1] * (real.ndim - 1))
    place = torch.rand(shape, generator=rng, device=real.device)
    between = (place * real + (1 - place) * made).detach().requires_grad_()
    # Samples do not mix, so the sum's gradient holds the gradient of each.
    (slopes,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return ((slopes.float().flatten(1).norm(dim=1) - 1) ** 2).mean()


def clip_weights(network: nn.Module, bound: float) -> None:
    """Bring every weight into ``[-bound, bound]``."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.clamp_(-bound, bound)


def _cross_entropy(on_real: torch.Tensor, on_made: torch.Tensor) -> torch.Tensor:
    return functional.softplus(-on_real).mean() + functional.softplus(on_made).mean()


def _not_saturating(on_made: torch.Tensor) -> torch.Tensor:
    return functional.softplus(-on_made).mean()


def _wasserstein(on_real: torch.Tensor, on_made: torch.Tensor) -> torch.Tensor:
    return on_made.mean() - on_real.mean()


def _hinge(on_real: torch.Tensor, on_made: torch.Tensor) -> torch.Tensor:
    return functional.relu(1 - on_real).mean() + functional.relu(1 + on_made).mean()


def _higher(on_made: torch.Tensor) -> torch.Tensor:
    return -on_made.mean()


RECIPES = {
    "dcgan": GanRecipe(
        _cross_entropy, _not_saturating, 2e-4, 2e-4, (0.5, 0.999), 1, "batch", lecam=0.1
    ),
    "wgan": GanRecipe(_wasserstein, _higher, 5e-5, 5e-5, None, 5, "batch", clip=0.01),
    "wgan-gp": GanRecipe(_wasserstein, _higher, 1e-4, 1e-4, (0.0, 0.9), 5, "layer", penalty=10.0),
    "sagan": GanRecipe(_hinge, _higher, 1e-4, 4e-4, (0.0, 0.9), 1, "spectral", lecam=0.1),
}
