"""Noise and how it is taken off again: the cosine schedule, targets, weights of the loss, samplers.

Ho, Jain & Abbeel, "Denoising Diffusion Probabilistic Models", 2020, with the cosine schedule of Nichol &
Dhariwal 2021. The network predicts v (Salimans & Ho 2022) or the noise. With v the last step has no signal
left at all, as sampling begins (Lin et al. 2024); a network that predicts noise could say nothing there, so
its schedule keeps a trace, and sampling begins where that is more than its errors. The loss is weighted by
min-SNR-γ (Hang et al. 2023). Samplers are DDIM (Song et al. 2021) and DPM-Solver++ (Lu et al. 2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

#: Steps of the schedule that training draws from.
STEPS = 1000
GAMMA = 5.0
#: Least weight of a step, before scaling: min-SNR gives the last one, which sampling begins with, none, and
#: those with hardly any noise nearly none.
LEAST_WEIGHT = 0.1
#: Share of signal that sampling begins with where the noise is predicted: with less, the smallest error of the
#: network is blown up to the limits of what is clean (by 30 with this share, by 20,000 at the last step).
FAINTEST = 1e-3


class Schedule:
    """The schedule for networks that predict ``v`` or ``epsilon``.

    ``steps`` in all methods are ``(n,)`` int64, from 0 (hardly any noise) to ``STEPS - 1``.
    """

    def __init__(self, prediction: str) -> None:
        from diffusers import DDPMScheduler

        self._v = prediction == "v"
        self._common: dict[str, Any] = {
            "num_train_timesteps": STEPS,
            "beta_schedule": "squaredcos_cap_v2",
            "rescale_betas_zero_snr": self._v,
        }
        self._ddpm = DDPMScheduler(**self._common, clip_sample=False)
        #: Share of the variance that is signal, by step.
        self.signal: torch.Tensor = self._ddpm.alphas_cumprod

    def noised(self, clean: torch.Tensor, noise: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """``clean`` under noise of unit variance."""
        return self._ddpm.add_noise(clean, noise, steps)

    def target(self, clean: torch.Tensor, noise: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """What the network is to say of it."""
        return self._ddpm.get_velocity(clean, noise, steps) if self._v else noise

    def weight(self, steps: torch.Tensor) -> torch.Tensor:
        """Weight ``(n, 1, 1, 1)`` of each example's squared error, mean 1 over the schedule."""
        signal = self.signal.double()
        ratio = signal / (1 - signal)
        capped = ratio.clamp(max=GAMMA)
        every = capped / (ratio + 1) if self._v else capped / ratio
        every = every.clamp(min=LEAST_WEIGHT)
        chosen = (every / every.mean())[steps.cpu()]
        return chosen.float().to(steps.device)[:, None, None, None]

    def clean(self, noisy: torch.Tensor, said: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """What is under the noise, according to what the network said."""
        signal = self.signal.to(noisy.device)[steps][:, None, None, None]
        if self._v:
            return signal.sqrt() * noisy - (1 - signal).sqrt() * said
        return (noisy - (1 - signal).sqrt() * said) / signal.sqrt()

    def sampler(self, name: str, count: int, place: torch.device) -> Any:
        """A scheduler of diffusers that takes ``count`` even steps, or all there are where these are fewer.

        It is told what is under the noise, not what the network said, so that a guess can be held to the range
        of real ground, whatever was predicted. DDIM is the solver's first order (Lu et al. 2022, section 4).
        """
        from overseed.generators.noise_solver import NoiseSolver

        solver = NoiseSolver(
            **self._common, prediction_type="sample", solver_order=1 if name == "ddim" else 2
        )
        solver.set_timesteps(timesteps=self.sampling_steps(count), device=place)
        return solver

    def sampling_steps(self, count: int) -> list[int]:
        """The steps at which the network is asked, from the noisiest one down; each once."""
        last = STEPS if self._v else int((self.signal >= FAINTEST).sum())
        count = min(count, last)
        # Parts of the schedule of one length, of which each is entered at its noisy end.
        return [round(last * part / count) - 1 for part in range(count, 0, -1)]


def spread_steps(count: int, rng: np.random.Generator) -> torch.Tensor:
    """Random steps ``(count,)``, one of each of as many equal parts of the schedule, in random order.

    Even parts make the loss vary less from batch to batch (Kingma et al. 2021).
    """
    places = (rng.permutation(count) + rng.random(count)) / count
    return torch.from_numpy(np.minimum((places * STEPS).astype(np.int64), STEPS - 1))
