"""Networks that look at whole chips: timm's classifiers (VGG among them), for any band count.

The ImageNet weights of EfficientNet-Lite0 (Tan & Le 2019) come inside a package, so that they are there without
a network; those of other networks are downloaded by timm where there is one, or read from a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from overseed.errors import InputError
from overseed.segmentation.network import (
    IMAGENET,
    OFFLINE_ENCODER,
    RANDOM,
    load_encoder,
    offline_weights,
    read_weights,
)

#: Layers of VGG as torchvision names them, in whose format most files are, and as timm does.
_VGG_LAYERS = {
    "classifier.0.": "pre_logits.fc1.",
    "classifier.3.": "pre_logits.fc2.",
    "classifier.6.": "head.fc.",
}


class ChipNetwork(nn.Module):
    """``(n, bands, h, w)`` standardised float to ``(n, classes)`` logits; any size from 32 pixels."""

    def __init__(self, name: str, bands: int, classes: int) -> None:
        super().__init__()
        self.body: nn.Module = _create(name, bands, classes)

    def forward(self, chips: torch.Tensor) -> torch.Tensor:
        return self.body(chips)

    def features(self, chips: torch.Tensor) -> torch.Tensor:
        """Features ``(n, d)``: what the last layer decides by."""
        body = self.body
        maps = body.forward_features(chips)  # type: ignore[operator]
        return body.forward_head(maps, pre_logits=True)  # type: ignore[operator]


def build_chip_network(
    name: str, bands: int, classes: int, generator: torch.Generator, weights: str = IMAGENET
) -> ChipNetwork:
    """Make a network that is ready to be trained.

    Parameters
    ----------
    generator:
        What random weights are drawn from.
    weights:
        ``imagenet``, ``none`` for random weights, or the path of a file with the network's weights
        (safetensors, or PyTorch's format read with ``weights_only=True``). The last layer always starts at
        random.

    Raises
    ------
    InputError
        ``chips.network`` when timm has no network of that name; ``train.no-weights`` when its ImageNet weights
        cannot be had; ``train.weights-file`` when a file does not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
        network = ChipNetwork(name, bands, classes)
    if weights == RANDOM:
        return network
    if weights != IMAGENET:
        given, what = read_weights(Path(weights)), f"The weights in {weights}"
        if name.startswith("vgg"):
            given = vgg_as_timm_has_it(given, network.body.state_dict())
    elif name == OFFLINE_ENCODER:
        given, what = offline_weights(network.body.state_dict()), "They"
    else:
        given, what = _downloaded(name), f"The ImageNet weights of {name}"
    try:
        load_encoder(network.body, given, what)
    except InputError as error:
        raise InputError(
            error.code,
            error.message,
            f"Give the weights of {name}, or name their network with --network.",
        ) from error
    return network


def vgg_as_timm_has_it(
    given: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights of a VGG by timm's names and in its shapes, where they have torchvision's.

    timm's first dense layers are convolutions with as many weights. ``own`` are those of timm's network.
    """
    found = {}
    for key, value in given.items():
        for theirs, ours in _VGG_LAYERS.items():
            key = key.replace(theirs, ours)
        fitting = [v for k, v in own.items() if key.endswith(k) and v.numel() == value.numel()]
        found[key] = value.reshape(fitting[0].shape) if fitting else value
    return found


def _create(name: str, bands: int, classes: int) -> nn.Module:
    import timm

    # A name with a colon or a slash would make timm look elsewhere than in its own list.
    if not re.fullmatch(r"[\w.+-]+", name) or not timm.is_model(name):
        raise InputError(
            "chips.network",
            f"There is no network '{name}'.",
            "Take one of timm's, such as tf_efficientnet_lite0, resnet18 or vgg11.",
        )
    network: nn.Module = timm.create_model(
        name, pretrained=False, in_chans=bands, num_classes=classes
    )
    return network


def _downloaded(name: str) -> dict[str, torch.Tensor]:
    """The ImageNet weights of a network as timm fetches them."""
    import timm

    try:
        return dict(timm.create_model(name, pretrained=True).state_dict())
    except Exception as error:
        raise InputError(
            "train.no-weights",
            f"The ImageNet weights of {name} cannot be had here ({type(error).__name__}): they are downloaded, "
            "and that failed, or there are none.",
            f"Use --network {OFFLINE_ENCODER}, which needs no network, name a file with --weights, or start "
            f"from random weights with --weights {RANDOM}.",
        ) from error
