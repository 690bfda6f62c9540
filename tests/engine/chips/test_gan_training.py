"""The loop: modes of a mixture, what conditions do, blank pixels, dtypes, seeds."""

import numpy as np
import pytest
import torch
from torch import nn

from overseed.chips.chip_gan import ChipGanModel, RealChips, draw_latent
from overseed.chips.gan_losses import RECIPES
from overseed.chips.gan_networks import GanDesign
from overseed.chips.gan_training import GanPlan, GanTraining, RealBatch
from overseed.devices import Device
from overseed.errors import InputError
from overseed.tiles.sampling import rng_for
from overseed.tiles.statistics import band_statistics


@pytest.fixture(autouse=True)
def one_thread():
    """Small layers are not shared among threads, which would wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


CPU = Device("cpu", "cpu", 1, bf16=False)
SPREAD = 0.05


def modes():
    angle = torch.arange(8) * np.pi / 4
    return torch.stack([angle.cos(), angle.sin()], dim=1)


class Points(nn.Module):
    """Small networks as the loop calls them; inputs and outputs are multiplied with a number."""

    def __init__(self, inputs, outputs, spectral=False, on_inputs=1.0, on_outputs=1.0):
        super().__init__()
        made = [nn.Linear(inputs, 96), nn.Linear(96, 96), nn.Linear(96, outputs)]
        if spectral:
            made = [nn.utils.parametrizations.spectral_norm(layer) for layer in made]
        first, second, last = made
        self.layers = nn.Sequential(first, nn.LeakyReLU(0.2), second, nn.LeakyReLU(0.2), last)
        self.on_inputs, self.on_outputs = on_inputs, on_outputs

    def forward(self, x, told=None):
        found = self.layers(x * self.on_inputs) * self.on_outputs
        return found.squeeze(1) if found.shape[1] == 1 else found


@pytest.mark.parametrize(
    ("gan", "steps", "rate", "radius", "steepness", "batch"),
    [
        # Far apart, so that the penalty leaves the critic room between the modes.
        ("wgan-gp", 500, 4e-3, 8.0, 1.0, 64),
        # A critic that is nowhere steeper than 1 cannot tell near modes apart by the 2 that the hinge asks for.
        ("sagan", 600, 2e-3, 1.0, 16.0, 128),
    ],
)
def test_eight_gaussians_are_all_found(gan, steps, rate, radius, steepness, batch, tmp_path):
    torch.manual_seed(0)
    generator, average = (Points(2, 2, on_outputs=radius) for _ in range(2))
    critic = Points(2, 1, gan == "sagan", on_inputs=steepness)
    training = GanTraining(generator, critic, average, 2, RECIPES[gan])

    def draw(number):
        rng = rng_for(0, number)
        points = modes()[rng.integers(8, size=batch)]
        noise = torch.from_numpy(rng.standard_normal((batch, 2), np.float32))
        return RealBatch(radius * (points + SPREAD * noise))

    plan = GanPlan(steps, 0, "toy", learning_rate=rate, augment=False)
    training.run(draw, plan, CPU, tmp_path, lambda *_: None, lambda *_: None)
    with torch.no_grad():
        made = training.average(torch.randn(2000, 2, generator=torch.Generator().manual_seed(1)))
    distance, nearest = torch.cdist(made / radius, modes()).min(dim=1)
    near = distance < 4 * SPREAD
    # Points spread evenly over the square around the modes would be near one for a sixth.
    assert float(near.float().mean()) > 0.5
    counts = torch.bincount(nearest[near], minlength=8)
    assert (counts > 40).all(), counts


def real_chips(bands=3, dtype=np.uint8, count=16):
    """Two kinds of chips, one dark and one bright, and their statistics."""
    rng = np.random.default_rng(0)
    told = np.arange(count) % 2
    images = np.where(told == 0, 60, 180)[:, None, None, None] + rng.normal(
        0, 10, (count, bands, 64, 64)
    )
    images = images.astype(dtype)
    stats = band_statistics(images.transpose(1, 0, 2, 3).reshape(bands, -1), ["a"] * bands)
    return RealChips(images, np.ones((count, 64, 64), bool), told), stats


def fit(model, real, folder, steps, **plan):
    model.fit(
        real, 8, GanPlan(steps, 0, "k", **plan), CPU, folder, lambda *_: None, lambda *_: None
    )


@pytest.mark.parametrize(
    ("gan", "bands", "dtype", "conditioning"),
    [
        ("dcgan", 1, np.uint8, "projection"),
        ("dcgan", 3, np.float32, "one-hot"),
        ("sagan", 5, np.uint16, "projection"),
    ],
)
def test_what_a_generator_is_told_shows_in_its_chips(gan, bands, dtype, conditioning, tmp_path):
    real, stats = real_chips(bands, dtype)
    design = GanDesign(gan, bands, 64, 2, conditioning, width=8, latent=8)
    model = ChipGanModel(design, stats)
    fit(model, real, tmp_path, 40, learning_rate=1e-3)
    told = np.arange(16) % 2
    made = model.generate(np.arange(16), told, CPU)
    assert (made.shape, made.dtype) == ((16, bands, 64, 64), dtype)
    level = made.reshape(16, -1).astype(float).mean(axis=1)
    assert level[told == 1].mean() - level[told == 0].mean() > 30
    assert model.save(tmp_path, {"a": "b"}) == ["weights.safetensors"]
    again = ChipGanModel.load(tmp_path, stats)
    assert again.design == design
    np.testing.assert_array_equal(again.generate(np.arange(16), told, CPU), made)
    # A chip depends on its seed and what is told, not on those beside it, but for rounding.
    alone = again.generate(np.arange(5, 6), told[5:6], CPU).astype(float)
    np.testing.assert_allclose(alone[0], made[5], atol=1)


def test_values_where_real_chips_have_none_teach_nothing(tmp_path):
    real, stats = real_chips()
    valid = real.valid.copy()
    valid[:, :32] = False
    weights = []
    for fill in (0, 255):
        images = np.where(valid[:, None], real.images, np.uint8(fill))
        model = ChipGanModel(GanDesign("dcgan", 3, 64, 2, width=8, latent=8), stats)
        folder = tmp_path / str(fill)
        folder.mkdir()
        fit(model, RealChips(images, valid, real.told), folder, 2)
        weights.append(model.generator.state_dict())
    assert all((weights[0][name] == value).all() for name, value in weights[1].items())


def test_another_seed_draws_other_chips_and_noise(tmp_path):
    real, stats = real_chips()
    made = []
    for seed in (0, 1):
        model = ChipGanModel(GanDesign("dcgan", 3, 64, 2, width=8, latent=8), stats, seed=5)
        folder = tmp_path / str(seed)
        folder.mkdir()
        model.fit(
            real, 8, GanPlan(2, seed, "k"), CPU, folder, lambda *_: None, lambda *_: None
        )  # fmt: skip
        made.append(model.generator.state_dict()["leave.weight"])
    assert not torch.equal(*made)


def test_truncation_bounds_the_latent_vector_and_leaves_what_is_within():
    free, bound = draw_latent(3, 4000, None), draw_latent(3, 4000, 0.8)
    assert np.abs(free).max() > 3
    assert np.abs(bound).max() <= 0.8
    within = np.abs(free) <= 0.8
    np.testing.assert_array_equal(free[within], bound[within])
    # Drawn again, not cut off: nothing piles up at the bound.
    assert (np.abs(bound) > 0.79).mean() < 0.03


def test_conditions_are_drawn_between_alike_and_by_frequency():
    told = np.repeat([0, 1], [100, 4])
    chances = RealChips(np.zeros((104, 1, 64, 64)), np.ones((104, 64, 64), bool), told).chances()
    assert chances.sum() == pytest.approx(1)
    assert chances[told == 1].sum() / chances[told == 0].sum() == pytest.approx(1 / 5)
    alike = RealChips(np.zeros((104, 1, 64, 64)), np.ones((104, 64, 64), bool)).chances()
    assert len(set(alike.tolist())) == 1


@pytest.mark.parametrize("gan", ["dcgan", "wgan-gp"])
def test_a_training_that_runs_away_is_refused_and_says_what_to_do(gan, tmp_path):
    real, stats = real_chips()
    broken = RealChips(real.images * np.float32(np.nan), real.valid, real.told)
    model = ChipGanModel(GanDesign(gan, 3, 64, 2, width=8, latent=8), stats)
    with pytest.raises(InputError) as refusal:
        fit(model, broken, tmp_path, 2, remedy="Be slower.")
    assert refusal.value.code == "training.diverged"
    assert "discriminator" in refusal.value.message
    assert refusal.value.hint == "Be slower."
    assert not (tmp_path / "training.jsonl").exists()
