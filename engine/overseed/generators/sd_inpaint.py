"""Rare objects painted into real ground by an inpainting pipeline of the Stable Diffusion type.

The pipeline knows pictures of three bands; it learns the scene's objects
(:mod:`overseed.generators.dreambooth`) and paints three chosen bands
(:mod:`overseed.generators.shown_bands`), whose radiometry is then brought to the scene's
(:mod:`overseed.generators.class_ranges`). All other bands follow from these
(:mod:`overseed.generators.band_regression`). Published uses of such pipelines for satellite images work in
8-bit RGB and leave the other bands empty or copied; here every band of the mask is made.

What is saved are the matrices that learned and what is known of the bands; the pipeline itself stays where it
is and is named by its place and fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.errors import Cancelled, InputError
from overseed.files import read_json, whole, write_json
from overseed.generators.band_regression import BandRegression
from overseed.generators.class_ranges import ClassRanges, level_with
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.diffusion_options import Learning, Sampling
from overseed.generators.dreambooth import (
    Learner,
    PriorImages,
    learn,
    lesson_from,
)
from overseed.generators.pixel_pairs import PixelPairs
from overseed.generators.prompts import NOWHERE, prompts_of
from overseed.generators.sd_export import adapted_state, export_pipeline, take_adapted
from overseed.generators.sd_pipeline import InpaintingPipeline
from overseed.generators.sd_weights import BaseWeights, find_again, find_weights
from overseed.generators.shown_bands import (
    ShownBands,
    choose_bands,
    enlarged,
    enlarged_mask,
    shrunk,
)
from overseed.tiles.sampling import Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.training.checkpoints import (
    CheckpointWriter,
    append_jsonl,
    continue_jsonl,
    load_checkpoint,
    torch_rng,
)
from overseed.unlabelled import UNLABELLED

#: Crops of a step, and images against forgetting.
BATCH = 2
LEARNING_RATE = 1e-4
LOG_EVERY = 10
#: How often whoever watches is shown what the generator makes.
SHOWN = 10
#: Images that are painted together, of this side or smaller; fewer where they are larger.
TOGETHER, TOGETHER_SIDE = 4, 512
#: From this side on memory is saved in training, which costs a third more time.
LARGE = 512
LORA, BANDS, BASE = "lora.safetensors", "weights.safetensors", "base.json"
_PARTS = {"shown": ShownBands, "ranges": ClassRanges, "regression": BandRegression}


class SdInpaint:
    """The generator contract for inpainting pipelines.

    ``learning.weights`` says where the pipeline is; it is needed to fit, and found again by what :meth:`save`
    noted. Nothing heavy is loaded before it is used.
    """

    name = "sd-inpaint"
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
        """Raises :class:`InputError` when a band or a class that is named is not there."""
        self._stats = bands
        self._tile = tile
        self._seed = seed
        self._learning = learning
        self._sampling = sampling
        self._names = learning.names or tuple(f"class {number + 1}" for number in range(classes))
        self._taught = prompts_of(learning.prompt, self._names)
        prompts_of(sampling.prompt, self._names)
        self._bands = choose_bands(bands.names, learning.shown_bands)
        self._base: BaseWeights | None = None
        self._folder: Path | None = None
        self._pipeline: InpaintingPipeline | None = None
        self._parts: dict[str, Any] = {}

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

        Raises
        ------
        InputError
            ``diffusion.no-weights`` and what else :func:`~overseed.generators.sd_weights.find_weights` refuses.
        """
        self._base = find_weights(self._learning.weights, self._learning.revision)
        tick(0, plan.steps)
        key = f"{plan.key} {self._base.fingerprint}"
        self._parts = self._band_parts(source, plan.seed, lambda: tick(0, plan.steps))
        pipeline = self._pipeline = InpaintingPipeline(self._base, device)
        side = pipeline.side_for(self._tile)
        prior = None
        if self._learning.prior_weight > 0:
            prior = PriorImages(self._names, plan.steps, side)
            prior.make(
                pipeline, folder / "prior", plan.seed, f"{key} {plan.steps}",
                lambda: tick(0, plan.steps),
            )  # fmt: skip
        learner = Learner(pipeline.adapt(self._learning.lora_rank, plan.seed))
        if side >= LARGE:
            pipeline.save_memory()
        adam = torch.optim.AdamW(learner.parameters(), LEARNING_RATE, weight_decay=1e-2)
        modules, adams = {"lora": learner}, {"lora": adam}
        start, _ = load_checkpoint(folder, modules, adams, key)
        log = folder / "training.jsonl"
        continue_jsonl(log, start)
        writer = CheckpointWriter(folder, modules, adams)
        figures: dict[str, float] = {}
        losses: dict[str, torch.Tensor] = {}
        step = start
        try:
            while True:
                tick(step, plan.steps)
                if step == plan.steps:
                    break
                rng = rng_for(plan.seed, step, purpose=31)
                objects = lesson_from(
                    source.draw(BATCH, rng), self._parts["shown"], self._taught,
                    self._learning.rare, side, rng,
                )  # fmt: skip
                lessons = objects, prior.lesson(BATCH, rng) if prior else None
                noise = torch_rng(plan.seed, step, torch.device("cpu"))
                losses = learn(pipeline, lessons, self._learning.prior_weight, learner, adam, noise)
                step += 1
                if step % LOG_EVERY == 0 or step == plan.steps:
                    figures = _report(losses, step, log, metric)
                # The matrices are small and steps may take minutes, so no number of steps is waited for.
                writer.write_if_due(step, {"key": key})
                if plan.watch is not None and step % max(1, plan.steps // SHOWN) == 0:
                    plan.watch(step)
        except Cancelled:
            writer.write(step, {"key": key})
            raise
        return figures | {"side": side, "prior_images": 0 if prior is None else len(prior.pictures)}

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`.

        The classes of a tile are painted one after the other, the largest first; each sees those before it.
        """
        pipeline = self._ready(device)
        shown: ShownBands = self._parts["shown"]
        pictures = shown.picture(canvas.images, canvas.known)
        hidden = ~canvas.known
        left = [
            _by_size(labels[c]) for labels, c in zip(canvas.labels, canvas.changed, strict=True)
        ]
        area = (pipeline.side_for(canvas.labels.shape[-1]) / TOGETHER_SIDE) ** 2
        together = max(1, min(TOGETHER, int(TOGETHER / area)))
        round_ = 0
        while any(len(owners) > round_ for owners in left):
            turn = [number for number, owners in enumerate(left) if len(owners) > round_]
            for start in range(0, len(turn), together):
                part = turn[start : start + together]
                owners = [left[number][round_] for number in part]
                seeds = [_own_seed(seed, n, o) for n, o in zip(part, owners, strict=True)]
                made = self._painted(pipeline, pictures[part], hidden[part], owners, seeds)
                for number, owner, image in zip(part, owners, made, strict=True):
                    here = canvas.changed[number] & (canvas.labels[number] == owner)
                    known = ~hidden[number]
                    image = level_with(image, pictures[number], known, here)
                    pictures[number][:, here] = image[:, here]
                    hidden[number] &= ~here
            round_ += 1
        return self._in_all_bands(pictures, canvas, seed)

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """See :class:`~overseed.generators.contract.SampleGenerator`.

        The matrices are saved under the names that diffusers' ``load_lora_weights`` reads. Where the pipeline
        lies is said in a file of its own, so that shared weights tell no places on a disk.
        """
        from safetensors.torch import save_file

        assert self._pipeline is not None
        assert self._base is not None
        tensors = {
            f"{part}/{name}": torch.from_numpy(np.ascontiguousarray(value))
            for part, content in self._parts.items()
            for name, value in vars(content).items()
        }
        words = {"OVERSEED_PROMPTS": "; ".join(self._taught)}
        for name, state in ((LORA, adapted_state(self._pipeline.unet)), (BANDS, tensors)):
            with whole(folder / name) as partial:
                save_file(state, partial, metadata=dict(about) | words)
        write_json(
            folder / BASE,
            {
                "weights": self._base.given,
                "revision": self._base.revision,
                "fingerprint": self._base.fingerprint,
                "family": self._base.family,
            },
        )
        return [LORA, BANDS, BASE]

    def load(self, folder: Path) -> None:
        """See :class:`~overseed.generators.contract.SampleGenerator`.

        Raises
        ------
        InputError
            ``diffusion.weights-moved`` or ``diffusion.weights-changed``.
        """
        from safetensors.torch import load_file

        base = read_json(folder / BASE)
        self._base = find_again(base["weights"], base["revision"], base["fingerprint"])
        found: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
        for path, value in load_file(folder / BANDS).items():
            part, _, name = path.partition("/")
            found[part][name] = value.numpy()
        self._parts = {part: kind(**found[part]) for part, kind in _PARTS.items()}
        self._folder, self._pipeline = folder, None

    def export(self, file: Path, device: Device, about: Mapping[str, str]) -> None:
        """Write pipeline and what was learned as one file, which other programs read too.

        The file holds the base model's weights: its licence is the base model's.
        """
        pipeline = self._ready(device)
        assert self._base is not None
        export_pipeline(pipeline.pipe, self._base, file, about)

    def _ready(self, device: Device) -> InpaintingPipeline:
        """The pipeline with what was learned, loaded when it is first used."""
        if self._pipeline is None:
            if self._base is None or self._folder is None:
                raise RuntimeError("sd-inpaint was neither fitted nor loaded")
            from safetensors.torch import load_file

            pipeline = InpaintingPipeline(self._base, device)
            take_adapted(pipeline, load_file(self._folder / LORA))
            self._pipeline = pipeline
        return self._pipeline

    def _painted(
        self,
        pipeline: InpaintingPipeline,
        pictures: NDArray[np.float32],
        hidden: NDArray[np.bool_],
        owners: list[int],
        seeds: list[int],
    ) -> NDArray[np.float32]:
        """Pictures ``(n, 3, h, w)`` of which the hidden ground was painted as one class each."""
        side = pipeline.side_for(pictures.shape[-1])
        masks = pipeline.cells(enlarged_mask(torch.from_numpy(hidden)[:, None].float(), side))
        sampling = self._sampling
        starts = pictures.copy()
        for start, owner, where in zip(starts, owners, hidden, strict=True):
            start[:, where] = self._colour(owner)[:, None]
        told = prompts_of(sampling.prompt, self._names, self._taught)
        prompts = [NOWHERE if owner == UNLABELLED else told[owner] for owner in owners]
        made = pipeline.paint(
            enlarged(torch.from_numpy(pictures), side),
            masks,
            enlarged(torch.from_numpy(starts), side),
            prompts,
            seeds,
            sampling,
        )
        return shrunk(made, (pictures.shape[-2], pictures.shape[-1])).numpy()

    def _colour(self, owner: int) -> NDArray[np.float32]:
        """The middle of a class's range as a colour: what painting begins with below a strength of 1."""
        shown, ranges = self._parts["shown"], self._parts["ranges"]
        known = ranges.kinds.tolist()
        spectrum = np.array(self._stats.mean, np.float32)
        if owner in known:
            spectrum[shown.painted] = ranges.means[known.index(owner)].mean(axis=0)
        return np.asarray(shown.colour(spectrum), np.float32)

    def _in_all_bands(
        self, pictures: NDArray[np.float32], canvas: Canvas, seed: int
    ) -> NDArray[Any]:
        """Native images of painted pictures: matched, with all bands, in the scene's type and range."""
        shown, ranges = self._parts["shown"], self._parts["ranges"]
        regression: BandRegression = self._parts["regression"]
        values = ranges.matched(shown.native(pictures), canvas.labels, canvas.changed)
        rest = [band for band in range(len(self._stats.names)) if band not in shown.painted]
        images = np.zeros(
            (len(canvas), len(self._stats.names), *canvas.labels.shape[1:]), np.float32
        )
        images[:, shown.painted] = values
        for number, labels in enumerate(canvas.labels):
            # What is painted alone: with many bands a whole tile takes gigabytes.
            box = _box(canvas.changed[number])
            if rest and labels[box].size:
                rng = np.random.default_rng([seed, number, 33])
                filled = regression.fill(values[number][:, *box], labels[box], rng)
                images[number, :, *box][rest] = filled
        return _of_the_scene(images, self._stats)

    def _band_parts(self, source: Source, seed: int, check: Callable[[], None]) -> dict[str, Any]:
        """Limits, ranges and regressions, from crops of the training side."""
        pairs = PixelPairs.gather(source, seed, check)
        if UNLABELLED not in pairs.pairs:
            raise InputError(
                "tiles.no-labels",
                "The training side has no ground to learn bands from.",
                "Draw polygons in more places, or run 'overseed prepare' with another --seed.",
            )
        pixels = pairs.of_classes()
        shown = ShownBands.fit(self._bands, self._stats, pixels)
        rest = [band for band in range(len(self._stats.names)) if band not in shown.painted]
        joined = {owner: pairs.joined(owner) for owner in pairs.pairs}
        return {
            "shown": shown,
            "ranges": ClassRanges.fit(pixels, pairs.means, pairs.spreads, shown.painted),
            "regression": BandRegression.fit(joined, shown.painted, rest),
        }


def _of_the_scene(images: NDArray[np.float32], stats: BandStats) -> NDArray[Any]:
    """Native values in the scene's type, within the range that the training side shows."""
    low, high = (np.array(limit, np.float32)[:, None, None] for limit in (stats.min, stats.max))
    native = np.clip(images, low, high)
    if np.dtype(stats.dtype).kind in "iu":
        native = np.rint(native)
    return native.astype(stats.dtype)


def _box(where: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The smallest rows and columns that hold all of ``where`` ``(h, w)``; empty ones for nothing."""
    found = [np.flatnonzero(where.any(axis=axis)) for axis in (1, 0)]
    if not len(found[0]):
        return slice(0, 0), slice(0, 0)
    rows, cols = (slice(int(f[0]), int(f[-1]) + 1) for f in found)
    return rows, cols


def _by_size(labels: NDArray[np.uint8]) -> list[int]:
    """The classes of some pixels, the largest first."""
    owners, counts = np.unique(labels, return_counts=True)
    return [int(owner) for owner in owners[np.argsort(-counts, kind="stable")]]


def _own_seed(seed: int, number: int, owner: int) -> int:
    """A seed for one background, mask and class."""
    return int(np.random.SeedSequence([seed, number, owner]).generate_state(1)[0])


def _report(
    losses: dict[str, torch.Tensor], step: int, log: Path, metric: Callable[[str, float, int], None]
) -> dict[str, float]:
    figures = {name: round(float(value), 5) for name, value in losses.items()}
    append_jsonl(log, {"step": step, "losses": figures})
    for name, value in figures.items():
        metric(name, value, step)
    return figures
