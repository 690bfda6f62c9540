"""What the adversarial generators share: the ground they paint on, and one training loop.

A training example is a real crop of which some parcels are hidden. The generator sees the layout, the real
ground around, a style for each hidden parcel (:mod:`overseed.generators.styles`) and noise, and paints the
hidden parcels; it is held to what lies under them. At the end it does the same with changed layouts.

The discriminator sees augmented images (:mod:`overseed.training.augmentation`), has spectral normalisation,
its own, higher learning rate (two time-scales: Heusel et al. 2017) and a LeCam penalty. The weights used are
a moving average, and of these the ones that came nearest to real ground of the validation side.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.assessment.closeness import distance
from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.files import whole
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.examples import (
    ALL_HIDDEN,
    Example,
    choose_windows,
    conditions,
    cut,
    hide,
    make_example,
    painted,
    stand_ins,
)
from overseed.generators.parcels import find_parcels
from overseed.generators.styles import StyleModel
from overseed.tiles.sampling import Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.training.augmentation import draw_augmentation
from overseed.training.checkpoints import (
    CheckpointWriter,
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
    torch_rng,
)
from overseed.training.ema import WeightAverage
from overseed.training.feeding import prefetched
from overseed.training.lecam import LeCam
from overseed.unlabelled import UNLABELLED

BATCH = 8
#: Side of the windows that training looks at, in pixels: the networks are convolutional, and many small steps
#: learn more in the same time than few large ones.
WINDOW = 64
LECAM_WEIGHT = 0.1
LOG_EVERY = 20
#: Steps between checkpoints, where writing is fast enough; a killed process loses what came after the last.
KEEP_EVERY = 100
#: How often the weights are held against validation ground, and after how many times without gain to stop.
TRIALS = 10
PATIENCE = 6
VALIDATION_CROPS = 32
VALIDATION_WINDOW = 96
WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Rates:
    """Adam's learning rates and its first moment's decay."""

    generator: float
    discriminator: float
    beta: float


class AdversarialGenerator(ABC):
    """The generator contract for GANs; a method gives networks and the two losses."""

    name: str
    learned = True
    rates: Rates

    def __init__(self, bands: BandStats, classes: int, tile: int, seed: int) -> None:
        self._stats = bands
        self._classes = classes
        self._tile = tile
        self._styles = StyleModel.blank(len(bands.names), classes)
        told = conditions(len(bands.names), classes, self._styles.channels)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._generator, self._discriminator = self.networks(told)
        self._average = WeightAverage(self._generator)
        self._best = WeightAverage(self._generator).network
        self._lecam = LeCam()

    @abstractmethod
    def networks(self, told: int) -> tuple[nn.Module, nn.Module]:
        """Generator, for conditions of ``told`` channels, and discriminator."""

    @abstractmethod
    def discriminator_loss(
        self, example: Example, made: torch.Tensor, device: Device, step: int
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The discriminator's loss on ``made``, which carries no gradient, and figures for the log."""

    @abstractmethod
    def generator_loss(
        self, example: Example, made: torch.Tensor, device: Device, step: int
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The generator's loss and figures for the log."""

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        place = device.torch_device()
        tick(0, plan.steps)
        self._styles = StyleModel.fit(
            source, self._stats, self._classes, self._tile, plan.seed, lambda: tick(0, plan.steps)
        )
        trial = self._validation(plan)
        modules, adams = self._parts(place)
        start, state = load_checkpoint(folder, modules, adams, plan.key)
        best = _Best(**{k: v for k, v in state.items() if k != "key"})
        log = folder / "training.jsonl"
        continue_jsonl(log, start)

        writer = CheckpointWriter(folder, modules, adams)

        def state_now() -> dict[str, Any]:
            return {"key": plan.key, **vars(best)}

        every = max(1, plan.steps // TRIALS)
        figures: dict[str, float] = {}
        losses: dict[str, torch.Tensor] = {}
        step = start

        def example_of(step: int) -> Example:
            # Also sent to the device ahead of time: pinning memory would make the loop wait.
            return self._example(source, plan, step).to(place)

        try:
            with closing(prefetched(example_of, start, plan.steps)) as examples:
                # The last step's end is looked at too, so a cancel at any tick repeats nothing.
                while True:
                    if step > 0 and (step % every == 0 or step == plan.steps) and best.tried < step:
                        self._try(trial, best, step, device, metric)
                        if step <= plan.pretrain * plan.steps:
                            # Labelled ground alone has not had its turn yet.
                            best.since = 0
                        keep = writer.write if step == plan.steps else writer.write_if_due
                        keep(step, state_now())
                        if plan.watch is not None and best.step == step:
                            plan.watch(step)
                    tick(step, plan.steps)
                    if step == plan.steps or best.since >= PATIENCE:
                        break
                    _, example = next(examples)
                    losses = self._step(example, plan.seed, step, device, adams)
                    step += 1
                    self._average.update(self._generator, step)
                    if step % LOG_EVERY == 0:
                        figures = self._report(losses, step, log, metric)
                    if step % KEEP_EVERY == 0:
                        writer.write_if_due(step, state_now())
            if step % LOG_EVERY:
                figures = self._report(losses, step, log, metric)
            if step < plan.steps:
                # Ended early; whoever watches the progress should see it end.
                tick(plan.steps, plan.steps)
        except Cancelled:
            writer.write(step, state_now())
            raise
        return figures | {
            "best_step": best.step,
            "validation_distance": best.distance,
            "stopped_at": step,
        }

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        images = []
        for start in range(0, len(canvas), BATCH):
            part = canvas[start : start + BATCH]
            rng = np.random.default_rng([seed, start])
            made = self._paint(
                self._best, part, rng, torch_rng(seed, start, torch.device("cpu")), device
            )
            images.append(self._stats.unscale(made))
        return np.concatenate(images)

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.torch import save_file

        state = {f"network/{k}": v.cpu().contiguous() for k, v in self._best.state_dict().items()}
        for name, array in vars(self._styles).items():
            state[f"styles/{name}"] = torch.from_numpy(np.ascontiguousarray(array))
        with whole(folder / WEIGHTS) as partial:
            save_file(state, partial, metadata=dict(about))
        return [WEIGHTS]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.torch import load_file

        parts: dict[str, dict[str, torch.Tensor]] = {"network": {}, "styles": {}}
        for path, value in load_file(folder / WEIGHTS).items():
            part, _, name = path.partition("/")
            parts[part][name] = value
        self._best.load_state_dict(parts["network"])
        self._styles = StyleModel(**{k: v.numpy() for k, v in parts["styles"].items()})

    def _report(
        self,
        losses: dict[str, torch.Tensor],
        step: int,
        log: Path,
        metric: Callable[[str, float, int], None],
    ) -> dict[str, float]:
        """Log the losses of a step; the only time that the host waits for the device."""
        figures = {name: round(float(value), 4) for name, value in losses.items()}
        if figures:
            append_jsonl(log, {"step": step, "losses": figures})
        for name, value in figures.items():
            metric(name, value, step)
        return figures

    def _parts(
        self, place: torch.device
    ) -> tuple[dict[str, nn.Module], dict[str, torch.optim.Optimizer]]:
        """What a checkpoint holds, on the device."""
        modules = {
            "generator": self._generator,
            "discriminator": self._discriminator,
            "average": self._average.network,
            "best": self._best,
            "lecam": self._lecam,
        }
        for module in modules.values():
            module.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
        rates = {
            "generator": self.rates.generator,
            "discriminator": self.rates.discriminator,
        }
        adams: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(modules[name].parameters(), rate, betas=(self.rates.beta, 0.999))
            for name, rate in rates.items()
        }
        return modules, adams

    def _step(
        self,
        example: Example,
        seed: int,
        step: int,
        device: Device,
        adams: dict[str, torch.optim.Optimizer],
    ) -> dict[str, torch.Tensor]:
        """One update of the discriminator, then one of the generator; losses stay on the device."""
        self._generator.train()
        self._discriminator.train()
        rng = torch_rng(seed, step, example.real.device)
        made = painted(self._generator, example, rng, device)
        loss, figures = self.discriminator_loss(example, made.detach(), device, step)
        adams["discriminator"].zero_grad(set_to_none=True)
        loss.backward()
        adams["discriminator"].step()
        self._discriminator.requires_grad_(False)
        loss, more = self.generator_loss(example, made, device, step)
        adams["generator"].zero_grad(set_to_none=True)
        loss.backward()
        adams["generator"].step()
        self._discriminator.requires_grad_(True)
        return figures | more

    def _paint(
        self,
        network: nn.Module,
        canvas: Canvas,
        rng: np.random.Generator,
        noise: torch.Generator,
        device: Device,
    ) -> NDArray[np.float32]:
        """Standardised images for a canvas, with drawn styles."""
        place = device.torch_device()
        images = self._stats.scale(canvas.images, canvas.known)
        parcels = find_parcels(canvas.labels, canvas.changed)
        components = self._styles.project(images)
        styles = self._styles.draw(parcels, canvas.labels, components, canvas.known, rng)
        example = make_example(
            images, canvas.labels, canvas.known, canvas.changed, parcels, styles, self._styles.axes,
            self._classes,
        ).to(place)  # fmt: skip
        # Seeded from the CPU's draw, so that devices differ by rounding only.
        generator = torch.Generator(place)
        generator.manual_seed(int(torch.randint(2**62, (1,), generator=noise)))
        network.to(place, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        with torch.no_grad():
            made = painted(network, example, generator, device)
        return made.cpu().numpy()

    def _example(self, source: Source, plan: FitPlan, step: int) -> Example:
        rng = rng_for(plan.seed, step, purpose=1)
        batch = source.draw(BATCH, rng)
        early = step < plan.pretrain * plan.steps
        shapes = stand_ins(batch) if early else batch.labels
        # Ground in no parcel at all has no style to be painted in.
        hidden = hide(replace(batch, labels=shapes), rng, 0.0 if early else ALL_HIDDEN)
        windows = choose_windows(batch, min(WINDOW, batch.labels.shape[-1]), rng)
        labels, shapes, visible, hidden = (
            cut(part, windows) for part in (batch.labels, shapes, batch.visible, hidden)
        )
        images = self._stats.scale(cut(batch.images, windows), visible)
        parcels = find_parcels(labels, hidden)
        if early:
            # Not joined to labelled parcels beside them, whose style is another.
            parcels = parcels.and_those_of(find_parcels(shapes, hidden & (labels == UNLABELLED)))
        styles = self._styles.measure(parcels, self._styles.project(images))
        known = visible & ~hidden
        axes = self._styles.axes
        example = make_example(images, labels, known, hidden, parcels, styles, axes, self._classes)
        changes = draw_augmentation(BATCH, labels.shape[-1], rng)
        mix = torch.from_numpy((rng.random((BATCH, self._classes)) < 0.5).astype(np.float32))
        return replace(example, changes=changes, mix=mix, stand_ins=early)

    def _validation(self, plan: FitPlan) -> _Trial | None:
        """Crops of the validation side with hidden parcels, or None without any."""
        if plan.validation is None:
            return None
        rng = np.random.default_rng(6)
        batch = plan.validation.draw(VALIDATION_CROPS, rng_for(0, 0, purpose=6))
        hidden = hide(batch, rng, everything=0.0)
        windows = choose_windows(batch, min(VALIDATION_WINDOW, batch.labels.shape[-1]), rng)
        labels, hidden, images, visible = (
            cut(part, windows) for part in (batch.labels, hidden, batch.images, batch.visible)
        )
        if not hidden.any():
            return None
        return _Trial(Canvas(labels, hidden, images, visible), self._stats.scale(images, visible))

    def _try(
        self,
        trial: _Trial | None,
        best: _Best,
        step: int,
        device: Device,
        metric: Callable[[str, float, int], None],
    ) -> None:
        """Hold the averaged weights against validation ground and keep them if they are the nearest yet.

        Without validation ground the last weights are kept.
        """
        best.tried = step
        if trial is None:
            best.step = step
            self._best.load_state_dict(self._average.network.state_dict())
            return
        made = np.concatenate(
            [
                self._paint(
                    self._average.network, trial.canvas[start : start + BATCH],
                    np.random.default_rng([7, start]),
                    torch_rng(7, start, torch.device("cpu")), device,
                )
                for start in range(0, len(trial.canvas), BATCH)
            ]
        )  # fmt: skip
        parts = distance(made, trial.real, trial.canvas.labels, trial.canvas.changed)
        for name, value in parts.items():
            if math.isfinite(value):
                metric(f"validation_{name}", value, step)
        found = parts["sum"]
        # Too few hidden pixels of any class say nothing; then the last weights count, as without validation.
        nearer = math.isnan(found) or best.distance is None or found < best.distance
        if math.isinf(found) or not nearer:
            best.since += 1
            return
        best.step, best.since = step, 0
        best.distance = None if math.isnan(found) else round(found, 5)
        self._best.load_state_dict(self._average.network.state_dict())


@dataclass
class _Best:
    """What a checkpoint keeps beside the tensors; ``since`` counts trials without gain."""

    distance: float | None = None
    step: int = 0
    since: int = 0
    tried: int = 0


@dataclass(frozen=True)
class _Trial:
    canvas: Canvas
    real: NDArray[np.float32]
