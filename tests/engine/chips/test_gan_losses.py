"""The gradient penalty against a critic whose gradient is known, and the losses at known scores."""

import math

import pytest
import torch
from torch import nn

from overseed.chips.gan_losses import RECIPES, clip_weights, gradient_penalty


def test_the_penalty_of_a_linear_critic_is_that_of_its_weights_norm():
    weights = torch.randn(3 * 4 * 4, generator=torch.Generator().manual_seed(1))
    real, made = torch.randn(5, 3, 4, 4), torch.randn(5, 3, 4, 4)
    found = gradient_penalty(lambda x: x.flatten(1) @ weights, real, made, torch.Generator())
    assert found.item() == pytest.approx((float(weights.norm()) - 1) ** 2, rel=1e-5)


def test_the_penalty_is_taken_per_sample_and_not_of_the_batch():
    # |x|² / 2 has the gradient x. With real and made ones alike the point between them is known too.
    points = torch.tensor([[3.0, 4.0], [0.6, 0.8], [0.0, 0.0], [0.0, 2.0]])
    found = gradient_penalty(
        lambda x: x.square().sum(dim=1) / 2, points, points, torch.Generator().manual_seed(0)
    )
    per_sample = [(5 - 1) ** 2, 0.0, (0 - 1) ** 2, (2 - 1) ** 2]
    assert found.item() == pytest.approx(sum(per_sample) / 4)
    of_the_batch = (math.sqrt(25 + 1 + 4) - 1) ** 2
    assert found.item() != pytest.approx(of_the_batch)


def test_each_sample_has_a_point_of_its_own_between_real_and_made():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.flatten(1).sum(dim=1)

    real, made = torch.ones(64, 2, 3), torch.zeros(64, 2, 3)
    gradient_penalty(critic, real, made, torch.Generator().manual_seed(0))
    shares = seen[0].flatten(1)
    assert (shares == shares[:, :1]).all()
    assert 0 <= float(shares.min()) < 0.2
    assert 0.8 < float(shares.max()) <= 1
    assert len(shares[:, 0].unique()) > 60


def test_the_penalty_teaches_the_critic_a_slope_of_one():
    critic = nn.Linear(4, 1)
    with torch.no_grad():
        critic.weight.fill_(3.0)
    optimizer = torch.optim.SGD(critic.parameters(), 0.1)
    rng = torch.Generator().manual_seed(0)
    for _ in range(100):
        loss = gradient_penalty(
            lambda x: critic(x).squeeze(1), torch.randn(8, 4), torch.randn(8, 4), rng
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert critic.weight.norm().item() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("gan", "discriminator", "generator"),
    [
        ("dcgan", math.log1p(math.exp(-0.5)) + math.log1p(math.exp(-2)), math.log1p(math.exp(2))),
        ("wgan", -2.5, 2.0),
        ("wgan-gp", -2.5, 2.0),
        ("sagan", 0.5, 2.0),
    ],
)
def test_losses_at_known_scores(gan, discriminator, generator):
    on_real, on_made = torch.full((3,), 0.5), torch.full((3,), -2.0)
    recipe = RECIPES[gan]
    assert float(recipe.discriminator_loss(on_real, on_made)) == pytest.approx(discriminator)
    assert float(recipe.generator_loss(on_made)) == pytest.approx(generator)


def test_clipping_bounds_every_weight():
    network = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    clip_weights(network, 0.01)
    assert max(weight.abs().max().item() for weight in network.parameters()) <= 0.01
