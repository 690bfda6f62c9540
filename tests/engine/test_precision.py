"""Mixed precision on the processor."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import conv2d

from overseed.precision import mixed_precision


def test_depthwise_convolutions_learn_in_float32() -> None:
    generator = torch.Generator().manual_seed(1)
    image = torch.randn(2, 8, 9, 9, generator=generator).bfloat16()
    weight = torch.randn(8, 1, 3, 3, generator=generator, requires_grad=True)
    given = torch.randn(2, 8, 9, 9, generator=generator).bfloat16()
    with mixed_precision("cpu"):
        found = conv2d(image, weight, None, 1, 1, 1, groups=8)
    found.backward(given)
    by_mixed, weight.grad = weight.grad, None
    whole = conv2d(image.float(), weight, None, 1, 1, 1, 8)
    whole.backward(given.float())
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, whole.bfloat16())
    assert torch.allclose(by_mixed, weight.grad, rtol=1e-5, atol=1e-5)


def test_only_depthwise_convolutions_are_taken_out() -> None:
    image = torch.randn(1, 8, 5, 5)
    with mixed_precision("cpu"):
        usual, grouped, depthwise = (
            nn.Conv2d(8, 8, 3, groups=groups)(image) for groups in (1, 2, 8)
        )
    assert usual.dtype == grouped.dtype == depthwise.dtype == torch.bfloat16
    assert "Convolution" in usual.grad_fn.name()
    assert "Convolution" in grouped.grad_fn.name()
    # What comes last is the return to bfloat16.
    assert "Convolution" not in depthwise.grad_fn.name()
