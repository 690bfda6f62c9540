"""The texture loss tells smooth from rough and mixed from unmixed, and draws towards the real measure."""

import pytest
import torch

from overseed.generators.texture import texture_distance


def noise(seed, bands=3):
    return torch.randn(4, bands, 64, 64, generator=torch.Generator().manual_seed(seed))


def classes():
    masks = torch.zeros(4, 3, 64, 64)
    masks[:, 0, :32] = 1
    masks[:, 1, 32:] = 1
    return masks


@pytest.mark.parametrize("step", [0, 1, 2])
def test_two_draws_of_one_texture_are_near(step):
    near = texture_distance(noise(1), noise(2), classes(), step)
    smooth = torch.nn.functional.avg_pool2d(noise(1), 3, 1, 1)
    mixed = noise(1)[:, :1].expand(-1, 3, -1, -1)
    assert texture_distance(smooth, noise(2), classes(), step) > 3 * near
    assert texture_distance(mixed, noise(2), classes(), step) > 3 * near


@pytest.mark.parametrize("bands", [1, 40])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_any_bands_and_no_ground_at_all(bands, step):
    assert torch.isfinite(texture_distance(noise(1, bands), noise(2, bands), classes(), step))
    assert texture_distance(noise(1, bands), noise(2, bands), classes() * 0, step) == 0


@pytest.mark.parametrize("step", [0, 1, 2])
def test_its_gradient_makes_texture_stronger_where_it_is_too_weak(step):
    gain = torch.tensor(0.3, requires_grad=True)
    texture_distance(noise(1) * gain, noise(2), classes(), step).backward()
    assert gain.grad is not None
    assert gain.grad < 0


def test_narrow_parcels_are_measured_too():
    masks = torch.zeros(4, 1, 64, 64)
    masks[:, :, :, ::8] = 1
    masks[:, :, :, 1::8] = 1
    smooth = torch.nn.functional.avg_pool2d(noise(1), 3, 1, 1)
    assert texture_distance(smooth, noise(2), masks, 0) > 3 * texture_distance(
        noise(1), noise(2), masks, 0
    )


def test_the_border_between_real_and_made_ground_is_no_texture():
    made = noise(1) + 20 * classes()[:, :1]
    real = noise(2)
    assert texture_distance(made, real, classes(), 0) < 2 * texture_distance(
        noise(1), real, classes(), 0
    )
