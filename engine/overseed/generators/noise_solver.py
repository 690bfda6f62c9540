"""DPM-Solver++ (Lu et al. 2022) as diffusers has it, given arrays where it would turn tensors into them."""

from __future__ import annotations

from typing import Any

from diffusers.schedulers import DPMSolverMultistepScheduler


class NoiseSolver(DPMSolverMultistepScheduler):
    """The scheduler of diffusers; imported where it is used, since diffusers is an extra."""

    alphas_cumprod: Any

    def set_timesteps(self, *given: Any, **options: Any) -> None:
        """See the scheduler.

        It hands a tensor to ``numpy.array``, which warns that this will be an error: PyTorch's tensors do not
        know NumPy 2's ``copy``. What it takes there it works with as an array anyway.
        """
        kept = self.alphas_cumprod
        self.alphas_cumprod = kept.cpu().numpy()
        try:
            super().set_timesteps(*given, **options)
        finally:
            self.alphas_cumprod = kept
