"""How much work each effort stands for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from overseed.config import WITHOUT_LAYOUTS, WITHOUT_NETWORK
from overseed.diffusion_settings import DIFFUSION, OWN


class EffortPlan(BaseModel):
    """How much work an effort stands for; sized for 2 processor cores."""

    model_config = ConfigDict(frozen=True)

    generator_steps: int
    train_steps: int
    samples: int
    forest_trees: int
    crop_batches: int
    #: Updates of a chip GAN's generator and of a chip classifier, and synthetic chips of each class.
    gan_steps: int
    chip_steps: int
    chips: int
    #: Steps of the networks of diffusion, and of those that are learned beside the weights of sd-inpaint.
    diffusion_steps: int
    lora_steps: int

    def steps_of(self, method: str) -> int:
        """Steps of a generator: of its optimizer, or batches of crops where there is no network to train."""
        if method in WITHOUT_LAYOUTS:
            # A GAN that makes whole images out of nothing has as much to learn as one of chips.
            return self.gan_steps
        if method in DIFFUSION:
            return self.diffusion_steps if method == OWN else self.lora_steps
        return self.crop_batches if method in WITHOUT_NETWORK else self.generator_steps


EFFORTS: dict[str, EffortPlan] = {
    "quick": EffortPlan(
        generator_steps=40,
        train_steps=80,
        samples=24,
        forest_trees=60,
        crop_batches=12,
        gan_steps=60,
        chip_steps=60,
        chips=32,
        diffusion_steps=60,
        lora_steps=10,
    ),
    "normal": EffortPlan(
        generator_steps=300,
        train_steps=360,
        samples=96,
        forest_trees=200,
        crop_batches=60,
        gan_steps=2000,
        chip_steps=300,
        chips=256,
        diffusion_steps=2000,
        lora_steps=200,
    ),
    "thorough": EffortPlan(
        generator_steps=6000,
        train_steps=3000,
        samples=400,
        forest_trees=400,
        crop_batches=240,
        gan_steps=20000,
        chip_steps=1500,
        chips=1024,
        diffusion_steps=20000,
        lora_steps=1500,
    ),
}
