"""The loop: modes of a mixture, what conditions do, blank pixels, dtypes, seeds."""

import numpy as np
import pytest
import torch
from torch import nn

from overseed.chips.gan_losses import RECIPES
from overseed.chips.gan_training import GanPlan, GanTraining, RealBatch
from overseed.devices import Device
from overseed.tiles.sampling import rng_for

CPU = Device("cpu", "cpu", 1, bf16=False)
SPREAD = 0.05


def modes():
    angle = torch.arange(8) * np.pi / 4
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def layers(inputs, outputs, spectral):
    made = [nn.Linear(inputs, 96), nn.Linear(96, 96), nn.Linear(96, outputs)]
    if spectral:
        made = [nn.utils.parametrizations.spectral_norm(layer) for layer in made]
    return nn.Sequential(made[0], nn.LeakyReLU(0.2), made[1], nn.LeakyReLU(0.2), made[2])


class Points(nn.Module):
    """Small networks as the loop calls them."""

    def __init__(self, inputs, outputs, spectral=False, scale=1.0):
        super().__init__()
        self.layers = layers(inputs, outputs, spectral)
        self.scale = scale

    def forward(self, x, told=None):
        found = self.layers(x * self.scale)
        return found.squeeze(1) if found.shape[1] == 1 else found


@pytest.mark.parametrize(("gan", "steps", "rate"), [("wgan-gp", 350, 1e-3), ("sagan", 900, 1e-3)])
def test_eight_gaussians_are_all_found(gan, steps, rate, tmp_path):
    torch.manual_seed(0)
    spectral = gan == "sagan"
    # A 1-Lipschitz critic separates points that are 0.8 apart by 0.8 at most; the hinge wants 2.
    critic = Points(2, 1, spectral, 4.0 if spectral else 1.0)
    training = GanTraining(Points(8, 2), critic, Points(8, 2), 8, RECIPES[gan])

    def draw(number):
        rng = rng_for(0, number)
        points = modes()[rng.integers(8, size=128)]
        return RealBatch(
            points + SPREAD * torch.from_numpy(rng.standard_normal((128, 2), np.float32))
        )

    plan = GanPlan(steps, 0, "toy", learning_rate=rate, augment=False)
    training.run(draw, plan, CPU, tmp_path, lambda *_: None, lambda *_: None)
    with torch.no_grad():
        made = training.average(torch.randn(2000, 8, generator=torch.Generator().manual_seed(1)))
    distance, nearest = torch.cdist(made, modes()).min(dim=1)
    near = distance < 0.2
    counts = torch.bincount(nearest[near], minlength=8)
    assert float(near.float().mean()) > 0.7
    assert (counts > 40).all(), counts
