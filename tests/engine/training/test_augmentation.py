"""What a discriminator is shown keeps its spectra's relations, and moves with its layout."""

import numpy as np
import torch

from overseed.training.augmentation import Augmentation, draw_augmentation


def augmentation(shift, cut, side=4):
    return Augmentation(
        gain=torch.tensor([1.2]),
        offset=torch.tensor([-0.1]),
        shift=np.array([shift]),
        cut=np.array([cut]),
        side=side,
    )


def test_all_bands_change_alike():
    image = torch.randn(1, 5, 8, 8)
    changed = augmentation((0, 0), (8, 8)).colour(image)
    torch.testing.assert_close(changed, image * 1.2 - 0.1)


def test_shifted_ground_keeps_its_layout_and_what_comes_in_is_nothing():
    maps = torch.arange(1.0, 65.0).reshape(1, 1, 8, 8).repeat(1, 2, 1, 1)
    moved = augmentation((2, -3), (8, 8)).place(maps)
    torch.testing.assert_close(moved[0, :, 2:, :5], maps[0, :, :-2, 3:])
    assert not moved[0, :, :2].any()
    assert not moved[0, :, :, 5:].any()


def test_the_cut_blanks_one_square_also_at_the_edge():
    maps = torch.ones(1, 3, 8, 8)
    assert augmentation((0, 0), (2, 3)).place(maps).sum() == 3 * (64 - 16)
    assert augmentation((0, 0), (-2, 6)).place(maps).sum() == 3 * (64 - 4)


def test_gradients_reach_only_what_is_seen():
    image = torch.ones(1, 1, 8, 8, requires_grad=True)
    augmentation((1, 0), (4, 4)).place(image).sum().backward()
    assert image.grad is not None
    assert image.grad[0, 0, 7].sum() == 0
    assert image.grad.sum() == 56 - 16


def test_the_seed_decides():
    one, two, other = (draw_augmentation(4, 64, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.shift, two.shift)
    assert (one.gain != other.gain).any()
    assert np.abs(one.shift).max() <= 8
