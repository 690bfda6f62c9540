"""The training loop of chip GANs, for any pair of networks and any of the recipes.

A step is some updates of the discriminator and one of the generator. Random draws are seeded per step, so that
a training that was stopped goes on as an unbroken one would. What is kept is a moving average of the
generator's weights (:mod:`overseed.training.ema`); the discriminator sees real and made chips alike augmented
(DiffAugment, :mod:`overseed.training.augmentation`), and alike blank where the real chip has no value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from overseed.chips.gan_losses import GanRecipe, clip_weights, gradient_penalty
from overseed.chips.gan_networks import effective_state
from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.tiles.sampling import rng_for
from overseed.training.augmentation import Augmentation, draw_augmentation
from overseed.training.checkpoints import (
    CheckpointWriter,
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
    torch_rng,
)
from overseed.training.divergence import refuse_broken_loss, refuse_broken_weights
from overseed.training.ema import WeightAverage
from overseed.training.feeding import prefetched
from overseed.training.lecam import LeCam

LOG = "training.jsonl"
LOG_EVERY = 20
#: Steps between checkpoints, where writing is fast enough; a killed process loses what came after the last.
KEEP_EVERY = 50
#: How often somebody who watches is told.
WATCHED = 12
#: Purpose of the random numbers of augmentation, see :func:`overseed.tiles.sampling.rng_for`.
_AUGMENT = 31


@dataclass(frozen=True)
class RealBatch:
    """Real examples ``(n, …)``.

    ``visible`` ``(n, 1, h, w)`` is 1 where they have a value, ``None`` where all have; ``told`` ``(n,)`` are
    condition numbers, ``None`` where the networks are told nothing.
    """

    images: torch.Tensor
    visible: torch.Tensor | None = None
    told: torch.Tensor | None = None

    def to(self, place: torch.device) -> RealBatch:
        """The same on a device."""
        parts = (self.images, self.visible, self.told)
        return RealBatch(*(None if part is None else part.to(place) for part in parts))  # type: ignore[arg-type]


#: A batch of real examples, from the number of the draw alone.
Draw = Callable[[int], RealBatch]


@dataclass(frozen=True)
class GanPlan:
    """How long to train and from which random numbers.

    ``steps`` are updates of the generator; ``key`` names the settings that a checkpoint belongs to;
    ``critic_steps`` and ``learning_rate`` are the recipe's where they are ``None``; ``augment`` is for
    images; ``watch`` is called now and then with the number of steps taken; ``remedy`` is the hint for a
    training that ran away.
    """

    steps: int
    seed: int
    key: str
    critic_steps: int | None = None
    learning_rate: float | None = None
    augment: bool = True
    watch: Callable[[int], None] | None = None
    remedy: str = "Use a smaller --learning-rate, or another --seed."


class GanTraining:
    """Two networks in training.

    The generator takes latent vectors ``(n, latent)`` and condition numbers, the discriminator what the
    generator gives and condition numbers; it gives scores ``(n,)``. ``average`` is a generator without spectral
    normalisation, which the averaged weights are put into.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        average: nn.Module,
        latent: int,
        recipe: GanRecipe,
    ) -> None:
        self._generator, self._discriminator = generator, discriminator
        self._latent, self._recipe = latent, recipe
        average.load_state_dict(effective_state(generator))
        self._average = WeightAverage(average)
        self._lecam = LeCam()

    @property
    def average(self) -> nn.Module:
        return self._average.network

    def run(
        self,
        draw: Draw,
        plan: GanPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, float]:
        """Train to the end of the plan, from the checkpoint in ``folder`` where there is one.

        ``tick(done, steps)`` may raise :class:`Cancelled`, which leaves a checkpoint. Returns the last losses,
        which ``folder``'s ``training.jsonl`` has for every 20th step.

        Raises
        ------
        InputError
            ``training.diverged`` when losses or weights are no numbers any more.
        """
        place = device.torch_device()
        modules = self._modules(place)
        optimizers = self._recipe.optimizers(
            self._generator, self._discriminator, plan.learning_rate
        )
        start, _ = load_checkpoint(folder, modules, optimizers, plan.key)
        log = folder / LOG
        continue_jsonl(log, start)
        writer = CheckpointWriter(folder, modules, optimizers)
        state = {"key": plan.key}
        rounds = plan.critic_steps or self._recipe.critic_steps
        every = max(1, plan.steps // WATCHED)
        losses: dict[str, torch.Tensor] = {}
        figures: dict[str, float] = {}
        step = start

        def batches_of(step: int) -> list[RealBatch]:
            return [draw(step * rounds + number).to(place) for number in range(rounds)]

        try:
            with closing(prefetched(batches_of, start, plan.steps)) as batches:
                while True:
                    if plan.watch is not None and step > start and step % every == 0:
                        plan.watch(step)
                    tick(step, plan.steps)
                    if step == plan.steps:
                        break
                    _, drawn = next(batches)
                    losses = self._step(drawn, plan, step, device, optimizers)
                    step += 1
                    self._average.update_from(effective_state(self._generator), step)
                    if step % LOG_EVERY == 0 or step == plan.steps:
                        figures = _report(losses, step, log, metric, plan.remedy)
                        refuse_broken_weights(self.average, step, plan.remedy)
                    if step == plan.steps:
                        writer.write(step, state)
                    elif step % KEEP_EVERY == 0:
                        writer.write_if_due(step, state)
        except Cancelled:
            writer.write(step, state)
            raise
        return figures

    def _modules(self, place: torch.device) -> dict[str, nn.Module]:
        """What a checkpoint holds, on the device."""
        modules = {
            "generator": self._generator,
            "discriminator": self._discriminator,
            "average": self._average.network,
            "lecam": self._lecam,
        }
        for module in modules.values():
            module.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return modules

    def _step(
        self,
        drawn: Sequence[RealBatch],
        plan: GanPlan,
        step: int,
        device: Device,
        optimizers: dict[str, torch.optim.Optimizer],
    ) -> dict[str, torch.Tensor]:
        """All updates of one step; losses stay on the device."""
        self._generator.train()
        self._discriminator.train()
        figures: dict[str, torch.Tensor] = {}
        rng = torch_rng(plan.seed, step, drawn[0].images.device)
        for number, batch in enumerate(drawn):
            view = _View.draw(batch, plan, step * (len(drawn) + 1) + number)
            loss, figures = self._discriminator_loss(batch, view, rng, device)
            optimizers["discriminator"].zero_grad(set_to_none=True)
            loss.backward()
            optimizers["discriminator"].step()
            if self._recipe.clip:
                clip_weights(self._discriminator, self._recipe.clip)
        batch = drawn[-1]
        view = _View.draw(batch, plan, step * (len(drawn) + 1) + len(drawn))
        self._discriminator.requires_grad_(False)
        with device.autocast():
            made = self._generator(self._draw_latent(batch, rng), batch.told)
            scores = self._discriminator(view.of(made), batch.told)
        loss = self._recipe.generator_loss(scores.float())
        optimizers["generator"].zero_grad(set_to_none=True)
        loss.backward()
        optimizers["generator"].step()
        self._discriminator.requires_grad_(True)
        return figures | {"generator": loss.detach()}

    def _discriminator_loss(
        self, batch: RealBatch, view: _View, rng: torch.Generator, device: Device
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        recipe = self._recipe

        def critic(images: torch.Tensor) -> torch.Tensor:
            with device.autocast():
                scores: torch.Tensor = self._discriminator(images, batch.told)
            return scores.float()

        with torch.no_grad(), device.autocast():
            made = self._generator(self._draw_latent(batch, rng), batch.told)
        real, made = view.of(batch.images), view.of(made)
        on_real, on_made = critic(real), critic(made)
        loss = recipe.discriminator_loss(on_real, on_made)
        figures = {
            "discriminator": loss.detach(),
            "score_real": on_real.detach().mean(),
            "score_made": on_made.detach().mean(),
        }
        if recipe.penalty:
            penalty = gradient_penalty(critic, real, made, rng)
            figures["penalty"] = penalty.detach()
            loss = loss + recipe.penalty * penalty
        if recipe.lecam:
            loss = loss + recipe.lecam * self._lecam(on_real, on_made, torch.ones_like(on_real))
        return loss, figures

    def _draw_latent(self, batch: RealBatch, rng: torch.Generator) -> torch.Tensor:
        return torch.randn(
            len(batch.images), self._latent, generator=rng, device=batch.images.device
        )


@dataclass(frozen=True)
class _View:
    """How the discriminator sees examples: blank where the real one has no value, augmented."""

    visible: torch.Tensor | None
    changes: Augmentation | None

    @classmethod
    def draw(cls, batch: RealBatch, plan: GanPlan, number: int) -> _View:
        if not plan.augment:
            return cls(batch.visible, None)
        count, *_, size = batch.images.shape
        changes = draw_augmentation(count, size, rng_for(plan.seed, number, purpose=_AUGMENT))
        place = batch.images.device
        return cls(
            batch.visible,
            Augmentation(
                changes.gain.to(place), changes.offset.to(place), changes.shift, changes.cut,
                changes.side,
            ),
        )  # fmt: skip

    def of(self, images: torch.Tensor) -> torch.Tensor:
        images = images.float()
        if self.changes is not None:
            images = self.changes.colour(images)
        if self.visible is not None:
            images = images * self.visible
        return images if self.changes is None else self.changes.place(images)


def _report(
    losses: dict[str, torch.Tensor],
    step: int,
    log: Path,
    metric: Callable[[str, float, int], None],
    remedy: str,
) -> dict[str, float]:
    """Log the losses of a step; the only time that the host waits for the device."""
    figures = {name: round(float(value), 5) for name, value in losses.items()}
    refuse_broken_loss(figures, step, remedy)
    append_jsonl(log, {"step": step, "losses": figures})
    for name, value in figures.items():
        metric(name, value, step)
    return figures
