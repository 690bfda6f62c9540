"""Teaching an inpainting pipeline a scene's rare objects: their crops, images against forgetting, the loss.

Ruiz, Li, Jampani, Pritch, Rubinstein & Aberman, "DreamBooth: fine tuning text-to-image diffusion models for
subject-driven generation", CVPR 2023; Hu et al., "LoRA: low-rank adaptation of large language models", 2021.
Kept: a rare word before the class's name, and prior preservation, which holds the class without that word to
images that the pipeline itself made before it learned. Changed: only low-rank matrices of the U-Net learn;
there is one word for all classes, since their names tell them apart; objects are learned under their own
masks, in the ground where they lie; and what other sides of the split own is neither seen nor learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from overseed.generators.diffusion_options import Sampling
from overseed.generators.parcels import find_parcels
from overseed.generators.prompts import NOWHERE, USUAL
from overseed.generators.sd_pipeline import InpaintingPipeline
from overseed.generators.shown_bands import ShownBands, enlarged, enlarged_mask
from overseed.tiles.sampling import Batch
from overseed.training.checkpoints import load_checkpoint, save_checkpoint

#: Images against forgetting: of each class at most, and one for so many steps where training is short.
PRIOR_OF_CLASS, STEPS_OF_PRIOR = 8, 4
#: Share of the crops in which a rare class is hidden where there is one.
RARE = 0.75
#: Bounds of the share of a class's parcels that are hidden.
HIDDEN = (0.3, 1.0)


@dataclass(frozen=True)
class Lesson:
    """Images to learn from.

    ``pictures`` ``(n, 3, side, side)``; ``masks`` ``(n, 1, side, side)``, 1 where nothing is seen;
    ``weights`` the same, 1 where what is there is to be learned; ``prompts`` one for each.
    """

    pictures: torch.Tensor
    masks: torch.Tensor
    weights: torch.Tensor
    prompts: list[str]


def lesson_from(
    batch: Batch,
    shown: ShownBands,
    class_prompts: Sequence[str],
    rare: Sequence[int],
    side: int,
    rng: np.random.Generator,
) -> Lesson:
    """Crops of which parcels of one class each are hidden, under their true mask."""
    hidden = np.zeros(batch.labels.shape, bool)
    prompts = []
    for number, labels in enumerate(batch.labels):
        owner = _class_to_hide(labels[batch.visible[number]], len(class_prompts), rare, rng)
        prompts.append(NOWHERE if owner is None else class_prompts[owner])
        hidden[number] = _some_parcels(labels, batch.visible[number], owner, rng)
    known = batch.visible & ~hidden
    pictures = torch.from_numpy(shown.picture(batch.images, batch.visible))

    def mask(where: NDArray[np.bool_]) -> torch.Tensor:
        return enlarged_mask(torch.from_numpy(where)[:, None].float(), side)

    return Lesson(enlarged(pictures, side), mask(~known), mask(hidden), prompts)


def loss_of(pipeline: InpaintingPipeline, lesson: Lesson, rng: torch.Generator) -> torch.Tensor:
    """Mean squared error of what the U-Net says of noisy latents, where the lesson has weight.

    ``rng`` is of the processor; times and noise are drawn from it.
    """
    place, noising = pipeline.place, pipeline.noising
    masks = pipeline.cells(lesson.masks)
    latents = pipeline.encode(lesson.pictures)
    seen = pipeline.encode(lesson.pictures * (1 - masks))
    noise = torch.randn(latents.shape, generator=rng).to(place)
    count = noising.config.num_train_timesteps
    times = torch.randint(count, (len(latents),), generator=rng).to(place)
    noisy = noising.add_noise(latents, noise, times)
    mask = functional.max_pool2d(masks, pipeline.cell).to(place)
    condition = torch.cat([mask, seen], dim=1)
    said = pipeline.denoise(noisy, times, condition, pipeline.words(lesson.prompts))
    wanted = noise
    if noising.config.prediction_type == "v_prediction":
        wanted = noising.get_velocity(latents, noise, times)
    weight = functional.avg_pool2d(lesson.weights, pipeline.cell).to(place)
    total = (weight.sum() * latents.shape[1]).clamp(min=1e-6)
    return (((said - wanted) ** 2) * weight).sum() / total


class PriorImages(nn.Module):
    """What the pipeline makes of the classes' names before it learns; ``pictures`` float16."""

    pictures: torch.Tensor

    def __init__(self, names: Sequence[str], steps: int, side: int) -> None:
        super().__init__()
        count = min(PRIOR_OF_CLASS * len(names), max(len(names), steps // STEPS_OF_PRIOR))
        self._prompts = [
            USUAL.replace("{class}", names[number % len(names)]) for number in range(count)
        ]
        self.register_buffer("pictures", torch.zeros((count, 3, side, side), dtype=torch.float16))

    def make(
        self,
        pipeline: InpaintingPipeline,
        folder: Path,
        seed: int,
        key: str,
        check: Callable[[], None],
    ) -> None:
        """Make those that ``folder`` does not keep from before; ``check`` may raise, then they are kept.

        The folder's checkpoint counts only with the same ``key``.
        """
        folder.mkdir(exist_ok=True)
        done, _ = load_checkpoint(folder, {"prior": self}, {}, key)
        kept = done
        try:
            while done < len(self._prompts):
                check()
                self.pictures[done] = self._made(pipeline, done, seed)
                done += 1
        finally:
            if done > kept:
                save_checkpoint(folder, done, {"prior": self}, {}, {"key": key})

    def lesson(self, count: int, rng: np.random.Generator) -> Lesson:
        """Some of them, with everything to learn."""
        chosen = rng.integers(len(self._prompts), size=count).tolist()
        pictures = self.pictures[chosen].float()
        everywhere = torch.ones_like(pictures[:, :1])
        return Lesson(pictures, everywhere, everywhere, [self._prompts[i] for i in chosen])

    def _made(self, pipeline: InpaintingPipeline, number: int, seed: int) -> torch.Tensor:
        blank = torch.zeros_like(self.pictures[:1], dtype=torch.float32)
        own = int(np.random.SeedSequence([seed, number, 30]).generate_state(1)[0])
        made = pipeline.paint(
            blank, torch.ones_like(blank[:, :1]), blank, [self._prompts[number]], [own], Sampling()
        )
        return made[0].clamp(-1, 1).half()


class Learner(nn.Module):
    """The matrices that learn, as a module of their own, so that a checkpoint holds nothing else."""

    def __init__(self, matrices: dict[str, nn.Parameter]) -> None:
        super().__init__()
        self.matrices = nn.ParameterDict(
            {name.replace(".", "/"): value for name, value in matrices.items()}
        )


def learn(
    pipeline: InpaintingPipeline,
    lessons: tuple[Lesson, Lesson | None],
    prior_weight: float,
    learner: Learner,
    optimizer: torch.optim.Optimizer,
    rng: torch.Generator,
) -> dict[str, torch.Tensor]:
    """One step of the optimizer on objects and, where there are any, images against forgetting."""
    objects, prior = lessons
    loss = loss_of(pipeline, objects, rng)
    figures = {"loss": loss.detach()}
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if prior is not None:
        other = loss_of(pipeline, prior, rng)
        (prior_weight * other).backward()
        figures["prior"] = other.detach()
    nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
    optimizer.step()
    return figures


def _class_to_hide(
    labels: NDArray[np.uint8], classes: int, rare: Sequence[int], rng: np.random.Generator
) -> int | None:
    present = np.unique(labels[labels < classes])
    if not len(present):
        return None
    scarce = present[np.isin(present, rare)]
    among = scarce if len(scarce) and rng.random() < RARE else present
    return int(rng.choice(among))


def _some_parcels(
    labels: NDArray[np.uint8],
    visible: NDArray[np.bool_],
    owner: int | None,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """A random share of a class's parcels, at least one; all ground where no class is known."""
    if owner is None:
        return visible
    parcels = find_parcels(labels[None], (visible & (labels == owner))[None])
    chosen = np.zeros(len(parcels) + 1, bool)
    chosen[1:] = rng.random(len(parcels)) < rng.uniform(*HIDDEN)
    chosen[1 + rng.integers(len(parcels))] = True
    return chosen[parcels.number[0]]
