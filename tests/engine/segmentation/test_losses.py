"""Unlabelled pixels never count, and the losses reward the right class."""

import pytest
import torch

from overseed.segmentation.losses import make_loss

NAMES = ["ce", "dice", "ce+dice", "focal"]


def example(seed=0):
    rng = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 4, 16, 16, generator=rng)
    labels = torch.randint(0, 4, (2, 16, 16), generator=rng)
    labels[:, :4] = 255
    return logits, labels


@pytest.mark.parametrize("name", NAMES)
def test_logits_of_unlabelled_pixels_change_nothing(name):
    logits, labels = example()
    changed = logits.clone()
    changed[:, :, :4] += 100 * torch.rand(2, 4, 4, 16, generator=torch.Generator().manual_seed(1))
    loss = make_loss(name)
    assert loss(logits, labels).item() == pytest.approx(loss(changed, labels).item(), rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_cost_less_than_wrong_ones(name):
    _, labels = example()
    truth = (
        torch.nn.functional.one_hot(labels.where(labels != 255, 0 * labels), 4).movedim(-1, 1) * 8.0
    )
    loss = make_loss(name)
    assert loss(truth, labels) < loss(truth.roll(1, dims=1), labels)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_without_labels_gives_a_finite_loss(name):
    logits, labels = example()
    logits.requires_grad_()
    value = make_loss(name)(logits, torch.full_like(labels, 255))
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()


def test_focal_loss_is_cross_entropy_at_gamma_zero():
    from overseed.segmentation.losses import focal

    logits, labels = example()
    expected = torch.nn.functional.cross_entropy(logits, labels, ignore_index=255)
    assert focal(logits, labels, gamma=0).item() == pytest.approx(expected.item(), rel=1e-5)
