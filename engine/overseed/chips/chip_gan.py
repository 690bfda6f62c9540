"""A GAN of chips from real ones to made ones: draws of training chips, training, making, files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from overseed.chips.gan_losses import RECIPES
from overseed.chips.gan_networks import ChipDiscriminator, ChipGenerator, GanDesign
from overseed.chips.gan_training import GanPlan, GanTraining, RealBatch
from overseed.devices import Device
from overseed.files import whole
from overseed.tiles.sampling import rng_for
from overseed.tiles.statistics import BandStats
from overseed.training.checkpoints import torch_rng

WEIGHTS = "weights.safetensors"
#: Chips that are made at a time.
AT_ONCE = 64
#: Conditions are drawn in proportion to this power of their chips. Drawn alike (0), the few chips of a rare
#: class would be seen so often that the discriminator knows them by heart; by frequency (1), the generator
#: would hardly ever be asked for them.
TEMPER = 0.5
#: Purpose of the random numbers that choose chips, see :func:`overseed.tiles.sampling.rng_for`.
_CHOICE = 30


@dataclass(frozen=True)
class RealChips:
    """What a GAN learns from.

    Parameters
    ----------
    images:
        ``(n, bands, size, size)`` in native units.
    valid:
        ``(n, size, size)`` bool, false where a chip has no value.
    told:
        ``(n,)`` condition numbers from 0, or ``None``.
    """

    images: NDArray[Any]
    valid: NDArray[np.bool_]
    told: NDArray[np.int64] | None = None

    def chances(self) -> NDArray[np.float64]:
        """How likely each chip is to be drawn, see :data:`TEMPER`."""
        if self.told is None:
            return np.full(len(self.images), 1 / len(self.images))
        counts = np.bincount(self.told)
        weight = counts[self.told].astype(np.float64) ** (TEMPER - 1)
        chances: NDArray[np.float64] = weight / weight.sum()
        return chances


class ChipGanModel:
    """A GAN for chips of one size and these bands; ``generator`` has the weights that chips are made with."""

    def __init__(self, design: GanDesign, stats: BandStats, seed: int = 0) -> None:
        self.design, self._stats = design, stats
        recipe = RECIPES[design.gan]
        mean, std = np.array(stats.mean), np.array(stats.std)
        ends = [(np.array(value) - mean) / std for value in (stats.min, stats.max)]
        limits = torch.tensor(np.stack(ends), dtype=torch.float32)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            refined = recipe.norm == "spectral"
            generator = ChipGenerator(design, refined, refined, limits)
            discriminator = ChipDiscriminator(design, recipe.norm)
            average = ChipGenerator(design, refined, False, limits)
        self._training = GanTraining(generator, discriminator, average, design.latent, recipe)

    @property
    def generator(self) -> nn.Module:
        return self._training.average

    def fit(
        self,
        real: RealChips,
        batch: int,
        plan: GanPlan,
        device: Device,
        folder: Path,
        tick: Callable[[int, int], None],
        metric: Callable[[str, float, int], None],
    ) -> dict[str, float]:
        """Learn from real chips; see :meth:`~overseed.chips.gan_training.GanTraining.run`.

        Chips are drawn with replacement, turned and mirrored at random: ground has no up. One batch holds
        ``batch`` of them.
        """
        chances = real.chances()
        masked = not bool(np.asarray(real.valid).all())

        def draw(number: int) -> RealBatch:
            rng = rng_for(plan.seed, number, purpose=_CHOICE)
            # Ascending, so that a memory-mapped file is read in order.
            chosen = np.sort(rng.choice(len(chances), batch, p=chances))
            valid = np.asarray(real.valid[chosen])
            images = self._stats.scale(np.asarray(real.images[chosen]), valid)
            visible = valid[:, None].astype(np.float32)
            for place, symmetry in enumerate(rng.integers(8, size=batch).tolist()):
                images[place] = _turned(images[place], symmetry)
                visible[place] = _turned(visible[place], symmetry)
            return RealBatch(
                torch.from_numpy(images).contiguous(memory_format=torch.channels_last),
                torch.from_numpy(visible) if masked else None,
                None if real.told is None else torch.from_numpy(real.told[chosen]),
            )

        return self._training.run(draw, plan, device, folder, tick, metric)

    def generate(
        self,
        seeds: NDArray[np.int64],
        told: NDArray[np.int64] | None,
        device: Device,
        truncation: float | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> NDArray[Any]:
        """Make a chip from each seed.

        Parameters
        ----------
        seeds:
            ``(n,)`` numbers from 0; a chip depends on its own alone.
        told:
            ``(n,)`` condition numbers, ``None`` for a GAN that is told nothing.
        truncation:
            Latent values beyond this are drawn again.
        check:
            Called before each of the parts that are made at a time; may raise.

        Returns
        -------
        ``(n, bands, size, size)`` in native units and type.
        """
        place = device.torch_device()
        network = self.generator.to(place).eval()
        made = []
        for start in range(0, len(seeds), AT_ONCE):
            check()
            part = slice(start, start + AT_ONCE)
            latent = np.stack(
                [draw_latent(int(s), self.design.latent, truncation) for s in seeds[part]]
            )
            numbers = None if told is None else torch.from_numpy(told[part]).to(place)
            with torch.no_grad(), device.autocast():
                chips = network(torch.from_numpy(latent).to(place), numbers)
            made.append(self._stats.unscale(chips.float().cpu().numpy()))
        return np.concatenate(made)

    def save(self, folder: Path, about: Mapping[str, str]) -> list[str]:
        """Write the weights that chips are made with, ``about`` in their metadata; returns file names."""
        from safetensors.torch import save_file

        state = {k: v.cpu().contiguous() for k, v in self.generator.state_dict().items()}
        metadata = {**about, "design": json.dumps(asdict(self.design))}
        with whole(folder / WEIGHTS) as partial:
            save_file(state, partial, metadata=metadata)
        return [WEIGHTS]

    @classmethod
    def load(cls, folder: Path, stats: BandStats) -> ChipGanModel:
        """What :meth:`save` wrote, ready to make chips."""
        from safetensors import safe_open
        from safetensors.torch import load_file

        with safe_open(folder / WEIGHTS, framework="pt") as stored:
            design = GanDesign(**json.loads(stored.metadata()["design"]))
        model = cls(design, stats)
        model.generator.load_state_dict(load_file(folder / WEIGHTS))
        return model


def draw_latent(seed: int, length: int, truncation: float | None) -> NDArray[np.float32]:
    """A standard normal vector; values beyond ``truncation`` on either side are drawn again."""
    rng = torch_rng(seed, 0, torch.device("cpu"))
    values = torch.randn(length, generator=rng)
    if truncation is not None:
        while bool((beyond := values.abs() > truncation).any()):
            values[beyond] = torch.randn(int(beyond.sum()), generator=rng)
    return values.numpy()


def _turned(image: NDArray[np.float32], symmetry: int) -> NDArray[np.float32]:
    """One of the eight symmetries of the square."""
    turned = np.rot90(image, symmetry % 4, axes=(-2, -1))
    return np.ascontiguousarray(turned[..., ::-1] if symmetry >= 4 else turned)
