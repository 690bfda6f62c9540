"""Unlabelled pixels never count, and the losses reward the right class."""

import pytest
import torch

from overseed.arms import TERMS, parse_terms
from overseed.segmentation.losses import Loss, class_weights, cross_entropy, focal, overlap

NAMES = [*TERMS, "ce+dice"]


def make_loss(name):
    return Loss(parse_terms(name), class_weights(torch.tensor([0.5, 0.3, 0.15, 0.05])))


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
    logits, labels = example()
    expected = torch.nn.functional.cross_entropy(logits, labels, ignore_index=255)
    assert focal(logits, labels, gamma=0).item() == pytest.approx(expected.item(), rel=1e-5)


def test_dice_is_tversky_with_equal_weights():
    import segmentation_models_pytorch as smp

    logits, labels = example()
    logits, labels = logits[:, :, 4:], labels[:, 4:]
    theirs = smp.losses.DiceLoss("multiclass", smooth=0.5)(logits, labels)
    ours = overlap(logits, labels, lambda value: value, 0.5, 0.5)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)


def test_class_weights_lift_rare_classes_keep_the_losss_size_and_are_bounded():
    shares = torch.tensor([0.7, 0.29, 0.01, 0.0])
    weights = class_weights(shares)
    assert weights[2] > weights[1] > weights[0] > 0
    assert weights[3] == 0
    assert (weights * shares).sum().item() == pytest.approx(1)
    assert class_weights(torch.tensor([0.999999, 0.000001])).max() <= 50


def test_a_weighted_class_counts_more():
    logits, labels = example()
    plain = cross_entropy(logits, labels)
    weights = torch.tensor([1.0, 1.0, 1.0, 9.0])
    wrong = logits.clone()
    wrong[:, 3] -= 5
    rise = cross_entropy(wrong, labels, weights=weights) - cross_entropy(
        logits, labels, weights=weights
    )
    assert rise > 3 * (cross_entropy(wrong, labels) - plain)


def test_logit_adjustment_is_a_shift_before_the_loss():
    logits, labels = example()
    shift = torch.tensor([0.0, -1.0, -2.0, -4.0])
    adjusted = Loss(("ce",), shift=shift)(logits, labels)
    shifted = logits + shift[:, None, None]
    by_hand = torch.nn.functional.cross_entropy(shifted, labels, ignore_index=255)
    assert adjusted.item() == pytest.approx(by_hand.item())


def test_a_weight_changes_how_much_a_pixel_counts_not_what_it_asks_for():
    """Smoothed targets must not push every pixel towards the classes of large weight."""
    logits, labels = example()
    common = labels.where(labels == 255, 0 * labels)
    weights = torch.tensor([0.5, 1.0, 5.0, 50.0])
    found = cross_entropy(logits, common, weights=weights)
    assert found.item() == pytest.approx(0.5 * cross_entropy(logits, common).item(), rel=1e-5)


def test_parts_of_a_batch_give_the_loss_of_the_whole():
    """What several processes do: each has its crops, sums go over all."""
    logits, labels = example()
    labels[0, :12] = 255
    for terms in (("ce",), ("focal",), ("dice",), ("tversky",), ("ce", "dice")):
        whole = Loss(terms)(logits, labels)
        sums, parts = [], [(logits[:1], labels[:1]), (logits[1:], labels[1:])]
        for part in parts:
            own = []
            Loss(terms, total=lambda value, own=own: own.append(value) or value)(*part)
            sums.append(own)
        every = [a + b for a, b in zip(*sums, strict=True)]
        for part in parts:
            left = iter(every)
            shared = Loss(terms, total=lambda value, left=left: next(left))(*part)
            assert shared.item() == pytest.approx(whole.item(), rel=1e-5)
