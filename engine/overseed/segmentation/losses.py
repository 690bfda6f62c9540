"""Losses of the U-Net; pixels labelled 255 never count."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional

UNLABELLED = 255
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def make_loss(name: str) -> Loss:
    """``ce``, ``dice``, ``ce+dice`` or ``focal``.

    Each takes logits ``(n, classes, h, w)`` and labels ``(n, h, w)`` int64 and gives a scalar.
    """
    return {"ce": cross_entropy, "dice": dice, "ce+dice": cross_entropy_dice, "focal": focal}[name]


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over labelled pixels, with 5 % label smoothing (Szegedy et al. 2016)."""
    total = functional.cross_entropy(
        logits, labels, ignore_index=UNLABELLED, label_smoothing=0.05, reduction="sum"
    )
    return total / (labels != UNLABELLED).sum().clamp(min=1)


def dice(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """One minus the soft Dice of the classes in the batch (Milletari et al. 2016), each class alike."""
    classes = logits.shape[1]
    known = (labels != UNLABELLED).unsqueeze(1)
    probabilities = logits.softmax(dim=1) * known
    safe = labels.where(labels != UNLABELLED, torch.zeros_like(labels))
    truth = functional.one_hot(safe, classes).movedim(-1, 1) * known
    axes = (0, 2, 3)
    overlap = (probabilities * truth).sum(axes)
    size = probabilities.sum(axes) + truth.sum(axes)
    present = truth.sum(axes) > 0
    score = (2 * overlap + 1) / (size + 1)
    return (1 - score)[present].mean() if present.any() else logits.sum() * 0


def cross_entropy_dice(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The sum of both."""
    return cross_entropy(logits, labels) + dice(logits, labels)


def focal(logits: torch.Tensor, labels: torch.Tensor, gamma: float = 2.0) -> torch.Tensor:
    """Focal loss (Lin et al. 2017) without class weights."""
    log_probability = -functional.cross_entropy(
        logits, labels, ignore_index=UNLABELLED, reduction="none"
    )
    weight = (1 - log_probability.exp()) ** gamma
    return -(weight * log_probability).sum() / (labels != UNLABELLED).sum().clamp(min=1)
