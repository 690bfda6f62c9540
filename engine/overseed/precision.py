"""Mixed precision that pays on the processor too."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.nn.functional import conv2d
from torch.overrides import TorchFunctionMode


@contextlib.contextmanager
def mixed_precision(kind: str) -> Iterator[None]:
    """bfloat16 autocast (Micikevicius et al. 2018) on a device of this kind."""
    with torch.autocast(kind, dtype=torch.bfloat16):
        if kind == "cpu" and torch.is_grad_enabled():
            with DepthwiseInFloat32():
                yield
        else:
            yield


class DepthwiseInFloat32(TorchFunctionMode):
    """Depthwise convolutions under bfloat16 autocast are taken in float32; what they give is bfloat16 again.

    Their gradients have no bfloat16 kernel on processors: PyTorch's stand-in takes 3 to 12 times as long as the
    float32 one, half of a training step of the EfficientNets.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is not conv2d or not _is_depthwise(*args, **(kwargs or {})):
            return func(*args, **(kwargs or {}))
        image, weight, *rest = args
        with torch.autocast("cpu", enabled=False):
            return func(image.float(), weight.float(), *rest, **(kwargs or {})).bfloat16()


def _is_depthwise(
    image: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> bool:
    return groups > 1 and groups == image.shape[1]
