"""What a person can choose about the methods that paint by diffusion, as these take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Learning:
    """How such a generator learns; what a method does not know it does not look at.

    Parameters
    ----------
    names, rare:
        The classes' names in order of their indices, and the indices of the rare ones.
    prediction:
        ``v`` or ``epsilon`` (own model).
    weights, revision, lora_rank, prior_weight, prompt:
        See :class:`~overseed.diffusion_settings.DiffusionTraining` (pipelines).
    shown_bands:
        Three bands by name or number from 1, as red, green and blue; None to choose by name (pipelines).
    """

    names: tuple[str, ...] = ()
    rare: tuple[int, ...] = ()
    prediction: str = "v"
    weights: str | None = None
    revision: str | None = None
    lora_rank: int = 8
    prior_weight: float = 1.0
    shown_bands: tuple[str, ...] | None = None
    prompt: str | None = None

    @classmethod
    def of(
        cls, settings: Mapping[str, Any], names: Sequence[str] = (), rare: Sequence[int] = ()
    ) -> Learning:
        """From a command's settings, or their record, which lacks those of other methods."""
        bands = settings.get("shown_bands")
        chosen = _chosen(
            settings, "prediction", "weights", "revision", "lora_rank", "prior_weight", "prompt"
        )
        return cls(
            names=tuple(names),
            rare=tuple(rare),
            shown_bands=tuple(bands.split(",")) if bands else None,
            **chosen,
        )


@dataclass(frozen=True)
class Sampling:
    """How such a generator paints; see :class:`~overseed.diffusion_settings.DiffusionSampling`.

    ``steps`` from noise to image by ``sampler`` (``dpm-solver++`` or ``ddim``); None is a method's own value.
    """

    steps: int = 25
    sampler: str = "dpm-solver++"
    guidance: float | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    strength: float | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Sampling:
        """From a command's settings, or their record, which lacks those of other methods."""
        chosen = _chosen(settings, "sampler", "guidance", "prompt", "negative_prompt", "strength")
        return cls(steps=settings.get("sampling_steps", cls.steps), **chosen)


def _chosen(settings: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: settings[name] for name in names if name in settings}
