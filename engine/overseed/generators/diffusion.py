"""diffusion: the own model, a small network that paints hidden ground in all bands by taking noise off it.

Ho, Jain & Abbeel, "Denoising Diffusion Probabilistic Models", 2020, in pixel space, for inpainting: the network
is told the layout, what is to be painted, the real ground around, and, as the GANs are, a style for each parcel
(:mod:`overseed.generators.styles`), all concatenated as in Saharia et al. 2022, "Palette". Kept: schedule,
targets, weights of the loss and samplers of :mod:`overseed.generators.diffusion_schedule`; classifier-free
guidance (Ho & Salimans 2022); an average of the weights paints.
Changed: it works in principal components of the bands (:mod:`overseed.generators.band_space`); only hidden
pixels are noisy and count, so that the network spends nothing on ground that stays; all training ground is
learned from, with labels or without; and what it makes is held against ground it has not seen while it
learns (:mod:`overseed.assessment.memory_watch`): when it begins to copy, training ends with the last weights
that did not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.assessment.memory_watch import MemoryWatch
from overseed.devices import Device
from overseed.errors import Cancelled
from overseed.files import whole
from overseed.generators.band_space import BandSpace
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.diffusion_examples import UNTOLD, Told, channels, hide_ground
from overseed.generators.diffusion_network import Painter
from overseed.generators.diffusion_options import Learning, Sampling
from overseed.generators.diffusion_schedule import Schedule, spread_steps
from overseed.generators.examples import choose_windows, cut
from overseed.generators.parcels import find_parcels
from overseed.generators.styles import StyleModel
from overseed.tiles.sampling import Batch, Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.training.checkpoints import (
    CheckpointWriter,
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
    torch_rng,
)
from overseed.training.ema import WeightAverage
from overseed.training.feeding import prefetched
from overseed.unlabelled import UNLABELLED

#: Crops in a step, and how many of them lie anywhere on the training ground instead of on labels.
BATCH, ANYWHERE = 8, 2
#: Side of the windows that training looks at, in pixels.
WINDOW = 64
RATE, WARM_UP, LAST_RATE = 1e-3, 100, 0.1
LONGEST_GRADIENT = 1.0
GUIDANCE = 1.5
LOG_EVERY = 20
#: Steps between checkpoints, where writing is fast enough; a killed process loses what came after the last.
KEEP_EVERY = 100
#: How often it is looked whether training ground is copied: so many times, but not more often than this.
TRIALS, LEAST_BETWEEN = 10, 100
#: Crops that are painted for that.
WATCHED = 12
#: Crops and pixels of each that the space of the bands is fitted on.
SPACE_BATCHES, SPACE_PIXELS = 24, 2000
#: Pixels that are painted at once.
AT_ONCE = 8 * 128 * 128
WEIGHTS = "weights.safetensors"


class Diffusion:
    """The generator contract for the own diffusion model."""

    name = "diffusion"
    learned = True

    def __init__(
        self,
        bands: BandStats,
        classes: int,
        tile: int,
        seed: int,
        learning: Learning,
        sampling: Sampling,
    ) -> None:
        self._stats = bands
        self._classes = classes
        self._tile = tile
        self._sampling = sampling
        self._prediction = learning.prediction
        self._space = BandSpace.blank(len(bands.names))
        self._styles = StyleModel.blank(len(bands.names), classes)
        components = self._space.components
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            told = channels(components, classes, self._styles.channels)
            self._network = Painter(components, told)
        self._average = WeightAverage(self._network)
        #: What paints: the last averaged weights that did not copy.
        self._kept = WeightAverage(self._network).network

    def fit(
        self,
        source: Source,
        plan: FitPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`.

        The figures hold the ratio of distances to seen and to held-out ground (``memory_ratio``), what real
        ground has (``memory_usual``), the step whose weights were kept, and whether copying ended the training.
        """
        place = device.torch_device()
        tick(0, plan.steps)

        def check() -> None:
            tick(0, plan.steps)

        self._space = self._fitted_space(source, plan, check)
        self._styles = StyleModel.fit(
            source, self._stats, self._classes, self._tile, plan.seed, check
        )
        schedule = Schedule(self._prediction)
        watch = self._watch(source, plan)
        modules, adams = self._parts(place)
        start, state = load_checkpoint(folder, modules, adams, plan.key)
        seen = _Seen(**{name: value for name, value in state.items() if name != "key"})
        log = folder / "training.jsonl"
        continue_jsonl(log, start)
        writer = CheckpointWriter(folder, modules, adams)

        def state_now() -> dict[str, Any]:
            return {"key": plan.key, **vars(seen)}

        every = max(LEAST_BETWEEN, plan.steps // TRIALS)

        def due(step: int) -> bool:
            return step % every == 0 or step == plan.steps

        loss = torch.tensor(math.nan)
        figures: dict[str, float] = {}
        step = start

        def example_of(step: int) -> _Example:
            return self._example(source, plan, step).to(place)

        try:
            with closing(prefetched(example_of, start, plan.steps)) as examples:
                # The last step's end is looked at too, so a cancel at any tick repeats nothing.
                while True:
                    if step > 0 and due(step) and seen.tried < step:
                        self._try(watch, seen, step, plan, device, log, metric)
                        last = step == plan.steps or seen.copies
                        keep = writer.write if last else writer.write_if_due
                        keep(step, state_now())
                        if plan.watch is not None and seen.kept_step == step:
                            plan.watch(step)
                    tick(step, plan.steps)
                    if step == plan.steps or seen.copies:
                        break
                    _, example = next(examples)
                    loss = self._step(example, schedule, plan, step, device, adams["network"])
                    step += 1
                    self._average.update(self._network, step)
                    if step % LOG_EVERY == 0:
                        figures = _report(loss, step, log, metric)
                    # Before a trial nothing is kept, lest it be made, and logged, twice.
                    if step % KEEP_EVERY == 0 and not due(step):
                        writer.write_if_due(step, state_now())
            if step % LOG_EVERY and math.isfinite(float(loss)):
                figures = _report(loss, step, log, metric)
            if step < plan.steps:
                # Ended early; whoever watches the progress should see it end.
                tick(plan.steps, plan.steps)
        except Cancelled:
            writer.write(step, state_now())
            raise
        return figures | {
            "memory_ratio": seen.ratio,
            "memory_usual": None if watch is None else round(watch.usual, 4),
            "kept_step": seen.kept_step,
            "stopped_at": step,
            "stopped_by_copies": seen.copies,
        }

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        size = canvas.labels.shape[1] * canvas.labels.shape[2]
        batch = max(1, min(len(canvas), AT_ONCE // size))
        guidance = GUIDANCE if self._sampling.guidance is None else self._sampling.guidance
        made = [
            self._paint(self._kept, canvas[start : start + batch], seed, start, guidance, device)
            for start in range(0, len(canvas), batch)
        ]
        return np.concatenate(made)

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors.torch import save_file

        state = {f"network/{k}": v.cpu().contiguous() for k, v in self._kept.state_dict().items()}
        for part, fitted in (("space", self._space), ("styles", self._styles)):
            for name, array in vars(fitted).items():
                state[f"{part}/{name}"] = torch.from_numpy(np.ascontiguousarray(array))
        with whole(folder / WEIGHTS) as partial:
            save_file(state, partial, metadata={**about, "prediction": self._prediction})
        return [WEIGHTS]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        from safetensors import safe_open
        from safetensors.torch import load_file

        with safe_open(folder / WEIGHTS, framework="pt") as stored:
            self._prediction = stored.metadata()["prediction"]
        parts: dict[str, dict[str, torch.Tensor]] = {"network": {}, "space": {}, "styles": {}}
        for path, value in load_file(folder / WEIGHTS).items():
            part, _, name = path.partition("/")
            parts[part][name] = value
        self._kept.load_state_dict(parts["network"])
        self._space = BandSpace(**{k: v.numpy() for k, v in parts["space"].items()})
        self._styles = StyleModel(**{k: v.numpy() for k, v in parts["styles"].items()})

    def _parts(
        self, place: torch.device
    ) -> tuple[dict[str, nn.Module], dict[str, torch.optim.Optimizer]]:
        """What a checkpoint holds, on the device."""
        modules = {
            "network": self._network,
            "average": self._average.network,
            "kept": self._kept,
        }
        for module in modules.values():
            module.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
        adam = torch.optim.AdamW(self._network.parameters(), RATE, weight_decay=1e-4)
        return modules, {"network": adam}

    def _step(
        self,
        example: _Example,
        schedule: Schedule,
        plan: FitPlan,
        step: int,
        device: Device,
        adam: torch.optim.Optimizer,
    ) -> torch.Tensor:
        """One update; the loss stays on the device."""
        self._network.train()
        place = example.clean.device
        rng = torch_rng(plan.seed, step, place)
        noise = torch.randn(example.clean.shape, generator=rng, device=place)
        noisy = schedule.noised(example.clean, noise, example.steps)
        told = example.told
        with device.autocast():
            said = self._network(noisy * told.hidden, example.steps, told.maps)
        error = (said.float() - schedule.target(example.clean, noise, example.steps)) ** 2
        weight = told.hidden * schedule.weight(example.steps)
        loss = (error * weight).sum() / (told.hidden.sum() * error.shape[1]).clamp(min=1)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), LONGEST_GRADIENT)
        for group in adam.param_groups:
            group["lr"] = RATE * _pace(step, plan.steps)
        adam.step()
        return loss.detach()

    def _paint(
        self,
        network: nn.Module,
        canvas: Canvas,
        seed: int,
        start: int,
        guidance: float,
        device: Device,
        style: NDArray[np.float32] | None = None,
    ) -> NDArray[Any]:
        """Images of a canvas in native units; ``start`` is its first tile's number, for the noise.

        Styles are drawn where none are given, as maps of
        :meth:`~overseed.generators.styles.StyleModel.spread`.
        """
        place = device.torch_device()
        images = self._stats.scale(canvas.images, canvas.known)
        around = self._space.enter(images, canvas.known)
        if style is None:
            style = self._drawn_style(canvas, images, np.random.default_rng([seed, start, 1]))
        told = Told.of(
            canvas.labels, canvas.changed, canvas.known, around, style, self._classes
        ).to(place)
        # Drawn on the CPU, so that devices differ by rounding only.
        noise = torch.randn(around.shape, generator=torch_rng(seed, start, torch.device("cpu")))
        network.to(place, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        made = self._denoised(network, noise.to(place), told, guidance, device)
        components = made.cpu().numpy()
        return self._stats.unscale(
            self._space.leave(components, np.random.default_rng([seed, start]))
        )

    @torch.no_grad()
    def _denoised(
        self,
        network: nn.Module,
        noisy: torch.Tensor,
        told: Told,
        guidance: float,
        device: Device,
    ) -> torch.Tensor:
        """Take the noise off hidden ground, step by step; components ``(n, c, h, w)``."""
        schedule = Schedule(self._prediction)
        sampler = schedule.sampler(self._sampling.sampler, self._sampling.steps, noisy.device)
        low, high = (
            torch.from_numpy(end).to(noisy.device)[:, None, None]
            for end in (self._space.low, self._space.high)
        )
        maps, less = told.maps, told.untold().maps
        for step in sampler.timesteps:
            steps = torch.full((len(noisy),), int(step), device=noisy.device)
            with device.autocast():
                said = network(noisy * told.hidden, steps, maps).float()
                if guidance != 1:
                    plain = network(noisy * told.hidden, steps, less).float()
                    said = plain + guidance * (said - plain)
            clean = torch.clamp(schedule.clean(noisy, said, steps), low, high)
            noisy = sampler.step(clean, step, noisy).prev_sample
        return noisy

    def _drawn_style(
        self, canvas: Canvas, images: NDArray[np.float32], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        parcels = find_parcels(canvas.labels, canvas.changed)
        components = self._styles.project(images)
        styles = self._styles.draw(parcels, canvas.labels, components, canvas.known, rng)
        return self._styles.spread(styles, parcels)

    def _real_style(
        self,
        labels: NDArray[np.uint8],
        hidden: NDArray[np.bool_],
        images: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """That of hidden parcels as they really are, of standardised ``(n, bands, h, w)``."""
        parcels = find_parcels(labels, hidden)
        styles = self._styles.measure(parcels, self._styles.project(images))
        return self._styles.spread(styles, parcels)

    def _example(self, source: Source, plan: FitPlan, step: int) -> _Example:
        rng = rng_for(plan.seed, step, purpose=1)
        batch = self._windows(source, BATCH - (ANYWHERE if plan.ground else 0), rng)
        if plan.ground is not None:
            more = self._windows(plan.ground, ANYWHERE, rng, anywhere=True)
            batch = Batch(
                np.concatenate([batch.images, more.images]),
                np.concatenate([batch.labels, more.labels]),
                np.concatenate([batch.visible, more.visible]),
            )
        hidden = hide_ground(batch, rng)
        images = self._stats.scale(batch.images, batch.visible)
        clean = self._space.enter(images, batch.visible)
        known = batch.visible & ~hidden
        style = self._real_style(batch.labels, hidden, images)
        told = Told.of(batch.labels, hidden, known, clean, style, self._classes)
        which = torch.from_numpy((rng.random(len(clean)) < UNTOLD).astype(np.float32))
        return _Example(torch.from_numpy(clean), told.untold(which), spread_steps(len(clean), rng))

    def _windows(
        self, source: Source, count: int, rng: np.random.Generator, anywhere: bool = False
    ) -> Batch:
        """Windows of crops, around labels or anywhere."""
        batch = source.draw(count, rng)
        of = np.full_like(batch.labels, UNLABELLED) if anywhere else batch.labels
        size = min(WINDOW, batch.labels.shape[-1])
        windows = choose_windows(Batch(batch.images, of, batch.visible), size, rng)
        return Batch(*(cut(part, windows) for part in (batch.images, batch.labels, batch.visible)))

    def _fitted_space(self, source: Source, plan: FitPlan, check: Callable[[], None]) -> BandSpace:
        """The space of the bands on the crops that training begins with."""
        pixels = []
        for step in range(SPACE_BATCHES):
            check()
            rng = rng_for(plan.seed, step, purpose=4)
            batch = (plan.ground if plan.ground and step % 2 else source).draw(BATCH, rng)
            scaled = np.moveaxis(self._stats.scale(batch.images, batch.visible), 1, -1)
            found = scaled[batch.visible]
            pixels.append(found[rng.permutation(len(found))[:SPACE_PIXELS]])
        return BandSpace.fit(pixels, len(self._stats.names))

    def _watch(self, source: Source, plan: FitPlan) -> _Watch | None:
        """Crops to paint and ground to hold them against; None without validation ground."""
        if plan.validation is None:
            return None
        rngs = [rng_for(0, number, purpose=9) for number in range(4)]
        seen, other = (self._windows(source, WATCHED, rng) for rng in rngs[:2])
        held = self._windows(plan.validation, WATCHED, rngs[2])
        found = MemoryWatch.fit(seen, held, other, self._stats, rngs[3])
        if found is None:
            return None

        def subject(ground: Batch) -> _Subject:
            hidden = hide_ground(ground, np.random.default_rng(9))
            images = self._stats.scale(ground.images, ground.visible)
            style = self._real_style(ground.labels, hidden, images)
            return _Subject(Canvas(ground.labels, hidden, ground.images, ground.visible), style)

        return _Watch(found, subject(seen), subject(held))

    def _try(
        self,
        watch: _Watch | None,
        seen: _Seen,
        step: int,
        plan: FitPlan,
        device: Device,
        log: Path,
        metric: Callable[[str, float, int], None],
    ) -> None:
        """Keep the averaged weights, unless what they paint is copied from the training ground."""
        seen.tried = step
        average = self._average.network
        if watch is not None:

            def ratio_of(subject: _Subject) -> float | None:
                canvas = subject.canvas
                made = self._paint(average, canvas, plan.seed, 0, 1.0, device, subject.style)
                return watch.memory.ratio(made, canvas.changed)

            ratio = ratio_of(watch.seen)
            row: dict[str, float] = {}
            if ratio is not None:
                seen.ratio = row["memory_ratio"] = round(ratio, 4)
                metric("memory_ratio", ratio, step)
            seen.copies = watch.memory.copies(ratio)
            if seen.copies and (of_held := ratio_of(watch.held)) is not None:
                # Perhaps the ground around tells what is hidden; then it does so on held-out ground too.
                row["memory_ratio_held"] = round(of_held, 4)
                seen.copies = watch.memory.copies(ratio, of_held)
            if row:
                append_jsonl(log, {"step": step, **row})
        if not seen.copies or seen.kept_step == 0:
            # Weights that copy are better than none: the gate looks at every sample.
            seen.kept_step = step
            self._kept.load_state_dict(average.state_dict())


@dataclass(frozen=True)
class _Example:
    """``clean`` components ``(n, c, h, w)``, what is told of them, and each one's step of the schedule."""

    clean: torch.Tensor
    told: Told
    steps: torch.Tensor

    def to(self, place: torch.device) -> _Example:
        return _Example(self.clean.to(place), self.told.to(place), self.steps.to(place))


@dataclass
class _Seen:
    """What a checkpoint keeps beside the tensors; ``ratio`` is that of the last trial."""

    ratio: float | None = None
    kept_step: int = 0
    tried: int = 0
    copies: bool = False


@dataclass(frozen=True)
class _Subject:
    """Hidden ground that is painted to look for copies, in the style that it really has."""

    canvas: Canvas
    style: NDArray[np.float32]


@dataclass(frozen=True)
class _Watch:
    """The measure, and what is painted for it on both sides."""

    memory: MemoryWatch
    seen: _Subject
    held: _Subject

    @property
    def usual(self) -> float:
        """See :class:`~overseed.assessment.memory_watch.MemoryWatch`."""
        return self.memory.usual


def _pace(step: int, steps: int) -> float:
    """Learning rate of a step as a share of ``RATE``: a short rise, then down a cosine."""
    rise = min(1.0, (step + 1) / min(WARM_UP, max(1, steps // 10)))
    fall = 0.5 * (1 + math.cos(math.pi * step / steps))
    return rise * (LAST_RATE + (1 - LAST_RATE) * fall)


def _report(
    loss: torch.Tensor, step: int, log: Path, metric: Callable[[str, float, int], None]
) -> dict[str, float]:
    """Log the loss of a step; the only time that the host waits for the device."""
    figures = {"loss": round(float(loss), 4)}
    append_jsonl(log, {"step": step, "losses": figures})
    metric("loss", figures["loss"], step)
    return figures
