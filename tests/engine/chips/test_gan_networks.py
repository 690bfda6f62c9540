"""The networks of chip GANs: sizes, conditions, spectral norms, attention."""

import pytest
import torch
from torch.nn.utils.parametrize import is_parametrized

from overseed.chips.gan_losses import RECIPES
from overseed.chips.gan_networks import (
    ChipDiscriminator,
    ChipGenerator,
    GanDesign,
    SelfAttention,
    effective_state,
)
from overseed.chips.gan_training import GanPlan, GanTraining, RealBatch
from overseed.devices import Device
from overseed.errors import InputError


@pytest.fixture(autouse=True)
def one_thread():
    """Small layers are not shared among threads, which would wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def limits(design):
    return torch.tensor([[-2.0], [3.0]]).expand(2, design.bands)


def networks(design):
    recipe = RECIPES[design.gan]
    refined = recipe.norm == "spectral"
    generator = ChipGenerator(design, refined, refined, limits(design))
    return generator, ChipDiscriminator(design, recipe.norm)


@pytest.mark.parametrize("size", [64, 96, 128, 256])
@pytest.mark.parametrize("gan", RECIPES)
def test_chips_of_every_size_go_in_and_out(gan, size):
    for bands, conditions, conditioning in (
        (1, 0, "projection"),
        (3, 4, "projection"),
        (5, 4, "one-hot"),
    ):
        design = GanDesign(gan, bands, size, conditions, conditioning, width=8, latent=8)
        generator, discriminator = networks(design)
        told = torch.tensor([0, 3]) if conditions else None
        made = generator(torch.randn(2, 8), told)
        assert made.shape == (2, bands, size, size)
        assert made.isfinite().all()
        scores = discriminator(made, told)
        assert scores.shape == (2,)
        scores.sum().backward()
        reached = [w.grad is not None and bool((w.grad != 0).any()) for w in generator.parameters()]
        # Attention begins as the identity, so all but its strength is reached later.
        unreached = [
            name
            for (name, _), found in zip(generator.named_parameters(), reached, strict=True)
            if not found
        ]
        assert all("attend" in name for name in unreached)


def test_chips_keep_to_the_range_of_each_band_and_begin_with_contrast():
    torch.manual_seed(0)
    design = GanDesign("dcgan", 2, 64, latent=8)
    ends = torch.tensor([[-0.5, -3.0], [40.0, 2.0]])
    generator = ChipGenerator(design, False, False, ends)
    with torch.no_grad():
        assert 0.4 < float(generator(torch.randn(16, 8))[:, 1].std()) < 1.5
        generator.leave.weight.mul_(100)
        made = generator(torch.randn(16, 8))
    # A limit that is closer to the mean than one deviation is moved out to there.
    assert made.amin(dim=(0, 2, 3)).tolist() == pytest.approx([-1.0, -3.0], abs=1e-3)
    assert made[:, 1].max() <= 2.0
    assert 10 < float(made[:, 0].max()) <= 40.0


@pytest.mark.parametrize("size", [16, 65, 100, 512])
def test_other_sizes_are_refused_with_the_way_out(size):
    with pytest.raises(InputError) as refused:
        GanDesign("dcgan", 3, size)
    assert refused.value.code == "chips.gan-size"
    assert "--size" in refused.value.hint


@pytest.mark.parametrize("conditioning", ["projection", "one-hot"])
def test_the_discriminator_hears_what_it_is_told(conditioning):
    torch.manual_seed(0)
    design = GanDesign("wgan-gp", 3, 64, 3, conditioning, width=8)
    discriminator = ChipDiscriminator(design, "layer")
    chips = torch.randn(1, 3, 64, 64).expand(3, -1, -1, -1)
    scores = discriminator(chips, torch.arange(3))
    assert len(scores.detach().unique()) == 3


def test_the_critic_under_a_gradient_penalty_does_not_mix_samples():
    design = GanDesign("wgan-gp", 3, 64, width=8)
    chips = torch.randn(4, 3, 64, 64)
    alone = ChipDiscriminator(design, "layer")
    torch.testing.assert_close(alone(chips)[:1], alone(chips[:1]))
    mixing = ChipDiscriminator(design, "batch")
    assert not torch.allclose(mixing(chips)[:1], mixing(chips[:1]))


def test_every_layer_of_sagan_has_a_spectral_norm_of_one_at_most(tmp_path):
    torch.manual_seed(0)
    design = GanDesign("sagan", 3, 64, 4, width=8, latent=16)
    generator, discriminator = networks(design)
    average = ChipGenerator(design, True, False, limits(design))
    with torch.no_grad():
        for network in (generator, discriminator):
            for name, weight in network.named_parameters():
                if name.endswith("original"):
                    weight.mul_(3)
    training = GanTraining(generator, discriminator, average, 16, RECIPES["sagan"])
    batch = RealBatch(torch.randn(8, 3, 64, 64), told=torch.arange(8) % 4)
    device = Device("cpu", "cpu", 1, bf16=False)
    training.run(
        lambda _: batch, GanPlan(25, 0, "k"), device, tmp_path, lambda *_: None, lambda *_: None
    )
    # The norm is followed each time that a layer is used in training.
    told = torch.arange(8) % 4
    discriminator.train()(generator.train()(torch.randn(8, 16), told), told)
    checked = 0
    for network in (generator, discriminator):
        network.eval()
        for name, module in network.named_modules():
            if (
                isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d | torch.nn.Linear)
                or name == "project"
            ):
                assert is_parametrized(module), name
                # Outputs by all else; of transposed convolutions they are the second axis.
                weight = module.weight.detach()
                if isinstance(module, torch.nn.ConvTranspose2d):
                    weight = weight.transpose(0, 1)
                largest = torch.linalg.svdvals(weight.flatten(1))[0]
                assert float(largest) == pytest.approx(1.0, abs=0.02), name
                checked += 1
    assert checked == 19


def test_the_effective_weights_of_a_spectral_generator_do_the_same_without():
    torch.manual_seed(0)
    design = GanDesign("sagan", 2, 64, 3, width=8, latent=8)
    spectral = ChipGenerator(design, True, True, limits(design))
    for _ in range(3):
        spectral(torch.randn(4, 8), torch.tensor([0, 1, 2, 0]))
    state = effective_state(spectral)
    assert spectral.training
    plain = ChipGenerator(design, True, False, limits(design))
    plain.load_state_dict(state)
    latent, told = torch.randn(4, 8), torch.tensor([2, 1, 0, 0])
    with torch.no_grad():
        torch.testing.assert_close(plain.eval()(latent, told), spectral.eval()(latent, told))


def test_attention_carries_what_is_far_away():
    torch.manual_seed(0)
    attention = SelfAttention(8)
    x = torch.randn(1, 8, 8, 8, requires_grad=True)
    torch.testing.assert_close(attention(x), x)
    with torch.no_grad():
        attention.strength.fill_(1.0)
    attention(x)[0, :, 0, 0].sum().backward()
    assert (x.grad[0, :, 7, 7] != 0).any() or (x.grad[0, :, 6:, 6:] != 0).any()
