"""Losses of the U-Net; pixels labelled 255 never count.

Every loss is one of the whole batch. Where several processes share a batch, ``total`` adds a tensor up over
all of them, gradients included, so that each process works out the loss of the whole: an average of averages
would weigh a crop by the company it keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from overseed.unlabelled import UNLABELLED

#: Label smoothing (Szegedy et al. 2016) of cross-entropy.
SMOOTHING = 0.05
FOCAL_GAMMA = 2.0
#: Tversky's weights of false alarms and of misses (Salehi, Erdogmus & Gholipour 2017).
TVERSKY = (0.3, 0.7)
#: A class counts at most this many times as much as in proportion to its pixels.
LARGEST_WEIGHT = 50.0

Total = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Loss:
    """A sum of terms: logits ``(n, classes, h, w)`` and labels ``(n, h, w)`` int64 to a scalar.

    ``weights`` ``(classes,)`` belong to the term ``weighted``; ``shift`` ``(classes,)`` is added to the logits
    first, which is how logit adjustment trains (Menon et al. 2021).
    """

    terms: tuple[str, ...]
    weights: torch.Tensor | None = None
    shift: torch.Tensor | None = None
    total: Total = lambda value: value

    def __call__(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if self.shift is not None:
            logits = logits + self.shift.to(logits)[:, None, None]
        return torch.stack([self._term(name, logits, labels) for name in self.terms]).sum()

    def _term(self, name: str, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        # Smoothed targets ask for more of a rare class everywhere than its prior allows, which the shift knows.
        smoothing = SMOOTHING if self.shift is None else 0.0
        if name == "ce":
            return cross_entropy(logits, labels, self.total, None, smoothing)
        if name == "weighted":
            if self.weights is None:
                raise ValueError("the term 'weighted' needs class weights")
            weights = self.weights.to(logits)
            return cross_entropy(logits, labels, self.total, weights, smoothing)
        if name == "focal":
            return focal(logits, labels, self.total)
        if name == "dice":
            return overlap(logits, labels, self.total, 0.5, 0.5)
        if name == "tversky":
            return overlap(logits, labels, self.total, *TVERSKY)
        return lovasz(logits, labels)


def class_weights(shares: torch.Tensor) -> torch.Tensor:
    """Weights ``(classes,)`` by median frequency (Eigen & Fergus 2015), 0 for classes without pixels.

    They average 1 over pixels, so that the loss keeps its size, and are bounded.
    """
    present = shares > 0
    weights = torch.zeros_like(shares)
    weights[present] = shares[present].median() / shares[present]
    weights = weights / (weights * shares).sum()
    return weights.clamp(max=LARGEST_WEIGHT)


def cross_entropy(
    logits: torch.Tensor,
    labels: torch.Tensor,
    total: Total = lambda value: value,
    weights: torch.Tensor | None = None,
    smoothing: float = SMOOTHING,
) -> torch.Tensor:
    """Mean cross-entropy over labelled pixels, with label smoothing, each times the weight of its class.

    PyTorch's own weights would also weigh the smoothing, class by class: with a rare class at 50 its little
    share of every other pixel's target outweighs that pixel's class.
    """
    found = functional.cross_entropy(
        logits, labels, ignore_index=UNLABELLED, label_smoothing=smoothing, reduction="none"
    )
    if weights is not None:
        safe = labels.where(labels != UNLABELLED, torch.zeros_like(labels))
        found = found * weights[safe]
    found = found.sum()
    return total(found) / total((labels != UNLABELLED).sum().to(found)).clamp(min=1)


def focal(
    logits: torch.Tensor,
    labels: torch.Tensor,
    total: Total = lambda value: value,
    gamma: float = FOCAL_GAMMA,
) -> torch.Tensor:
    """Focal loss (Lin et al. 2017) without class weights."""
    log_probability = -functional.cross_entropy(
        logits, labels, ignore_index=UNLABELLED, reduction="none"
    )
    weight = (1 - log_probability.exp()) ** gamma
    known = labels != UNLABELLED
    found = -(weight * log_probability * known).sum()
    return total(found) / total(known.sum().to(found)).clamp(min=1)


def overlap(
    logits: torch.Tensor, labels: torch.Tensor, total: Total, false_alarm: float, miss: float
) -> torch.Tensor:
    """One minus the soft Tversky index of the classes in the batch, each class alike.

    With both weights 0.5 that is soft Dice (Milletari, Navab & Ahmadi 2016).
    """
    classes = logits.shape[1]
    known = (labels != UNLABELLED).unsqueeze(1)
    probabilities = logits.softmax(dim=1) * known
    safe = labels.where(labels != UNLABELLED, torch.zeros_like(labels))
    truth = functional.one_hot(safe, classes).movedim(-1, 1) * known
    axes = (0, 2, 3)
    hits = total((probabilities * truth).sum(axes))
    mapped, real = total(probabilities.sum(axes)), total(truth.sum(axes).to(probabilities))
    size = hits + false_alarm * (mapped - hits) + miss * (real - hits)
    # The one keeps a class of few pixels from jumping between 0 and 1.
    score = (hits + 0.5) / (size + 0.5)
    present = (real > 0).to(score)
    return ((1 - score) * present).sum() / present.sum().clamp(min=1)


def lovasz(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Lovász-softmax (Berman, Triki & Blaschko 2018) over the classes in the batch, as in the library.

    It sorts the errors of a batch and so has no sum over processes: each has its own.
    """
    from segmentation_models_pytorch.losses import LovaszLoss

    if not (labels != UNLABELLED).any():
        return logits.sum() * 0
    return LovaszLoss("multiclass", ignore_index=UNLABELLED)(logits.float(), labels)
