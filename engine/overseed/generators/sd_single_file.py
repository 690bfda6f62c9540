"""Pipelines as one file, with the names that the first code of latent diffusion gave to the weights.

Rombach, Blattmann, Lorenz, Esser & Ommer, "High-resolution image synthesis with latent diffusion models", CVPR
2022, whose names other programs read too. Both directions follow from one function, which gives the file's name
of a weight for the name that diffusers has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from overseed.errors import InputError
from overseed.files import whole
from overseed.generators.sd_weights import SMALL_FILES

Tensors = Mapping[str, torch.Tensor]
UNET, VAE = "model.diffusion_model.", "first_stage_model."
#: Where the text encoders are, by the family of the pipeline and its part.
TEXT = {
    ("sd", "text_encoder"): "cond_stage_model.transformer.",
    ("sdxl", "text_encoder"): "conditioner.embedders.0.transformer.",
    ("sdxl", "text_encoder_2"): "conditioner.embedders.1.model.",
}
#: Stable Diffusion 2 has the encoder of OpenCLIP under this name; it differs from CLIP's by its activation.
TEXT_OF_2 = "cond_stage_model.model."
CLIP_ACTIVATION = "quick_gelu"
_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection",
}  # fmt: skip
_UNET = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip
_VAE_ATTENTION = {
    "group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out",
    # As files of older versions of diffusers have them.
    "query": "q", "key": "k", "value": "v", "proj_attn": "proj_out",
}  # fmt: skip
_OPEN_CLIP = {
    "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}  # fmt: skip
_OPEN_CLIP_ENDS = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.weight": "ln_final.weight",
    "final_layer_norm.bias": "ln_final.bias",
}


def write_single_file(
    file: Path,
    family: str,
    parts: Mapping[str, Tensors],
    configs: Mapping[str, Mapping[str, Any]],
    small_files: Mapping[str, str],
    about: Mapping[str, str],
) -> None:
    """Write a pipeline as one file, atomically.

    Parameters
    ----------
    parts, configs:
        State and configuration of ``unet``, ``vae`` and the text encoders, as diffusers has them.
    small_files:
        Configurations and tokenizers, which make the file whole for :func:`read_part`'s callers; other programs
        do not look at them.
    """
    from safetensors.torch import save_file

    tensors: dict[str, torch.Tensor] = {}
    for part, state in parts.items():
        tensors |= _to_file(family, part, state, configs[part])
    ready = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    metadata = {**about, SMALL_FILES: json.dumps(dict(small_files))}
    with whole(file) as partial:
        save_file(ready, partial, metadata=metadata)


def read_part(
    file: Path, family: str, part: str, wanted: Tensors, config: Mapping[str, Any]
) -> dict[str, torch.Tensor]:
    """The state of one part, with the names and shapes of ``wanted``.

    Raises
    ------
    InputError
        ``diffusion.no-weights`` when the file lacks a weight or has one of another shape.
    """
    from safetensors import safe_open

    state = {}
    with safe_open(file, framework="pt") as stored:
        there = set(stored.keys())
        take = _reader(family, part, config, there, stored.get_tensor)
        for name, like in wanted.items():
            try:
                value = take(name)
            except KeyError as error:
                raise InputError(
                    "diffusion.no-weights",
                    f"{file.name} has no {error.args[0]}, which its {part} needs.",
                    "Take the whole model, not a part of it, with the small files that belong to it.",
                ) from error
            if value.numel() != like.numel():
                raise InputError(
                    "diffusion.no-weights",
                    f"{file.name}: {name} of the {part} has shape {tuple(value.shape)}, and its configuration "
                    f"asks for {tuple(like.shape)}.",
                    "The small files belong to another model; take those of this one.",
                )
            state[name] = value.reshape(like.shape).to(torch.float32)
    return state


def _to_file(
    family: str, part: str, state: Tensors, config: Mapping[str, Any]
) -> dict[str, torch.Tensor]:
    if part == "unet":
        return {UNET + unet_name(name, config): value for name, value in state.items()}
    if part == "vae":
        return {VAE + vae_name(name, config): _as_convolution(name, v) for name, v in state.items()}
    prefix = TEXT[family, part]
    plain = {_text_name(name): value for name, value in state.items() if "position_ids" not in name}
    if family == "sd" and config["hidden_act"] != CLIP_ACTIVATION:
        return {TEXT_OF_2 + name: value for name, value in _to_open_clip(plain).items()}
    if part == "text_encoder":
        return {f"{prefix}text_model.{name}": value for name, value in plain.items()}
    return {prefix + name: value for name, value in _to_open_clip(plain).items()}


def _reader(
    family: str,
    part: str,
    config: Mapping[str, Any],
    there: set[str],
    get: Callable[[str], torch.Tensor],
) -> Callable[[str], torch.Tensor]:
    """A function that gives the weight for the name that diffusers has."""

    def fetch(name: str) -> torch.Tensor:
        if name not in there:
            raise KeyError(name)
        return get(name)

    if part == "unet":
        return lambda name: fetch(UNET + unet_name(name, config))
    if part == "vae":
        return lambda name: fetch(VAE + vae_name(name, config))
    prefix = TEXT[family, part]
    second = any(name.startswith(TEXT_OF_2) for name in there)
    if part == "text_encoder" and not second:
        return lambda name: fetch(f"{prefix}text_model.{_text_name(name)}")
    prefix = TEXT_OF_2 if second else prefix
    return lambda name: _from_open_clip(_text_name(name), lambda key: fetch(prefix + key))


def unet_name(name: str, config: Mapping[str, Any]) -> str:
    """The file's name of a weight of the U-Net; blocks are counted through instead of level by level."""
    layers = config["layers_per_block"]
    found = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(\w+?)\.(\d+)\.(.+)", name)
    if found:
        side, level, kind, number, rest = found.groups()
        i, j = int(level), int(number)
        if kind == "downsamplers":
            return f"input_blocks.{(layers + 1) * (i + 1)}.0.op.{rest.removeprefix('conv.')}"
        if kind == "upsamplers":
            attends = "Attn" in config["up_block_types"][i]
            return f"output_blocks.{(layers + 1) * (i + 1) - 1}.{1 + attends}.{rest}"
        place = f"input_blocks.{(layers + 1) * i + j + 1}" if side == "down" else None
        place = place or f"output_blocks.{(layers + 1) * i + j}"
        if kind == "resnets":
            return f"{place}.0.{_renamed(rest, _RESNET)}"
        return f"{place}.1.{rest}"
    found = re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)", name)
    if found:
        kind, number, rest = found.groups()
        if kind == "attentions":
            return f"middle_block.{2 * int(number) + 1}.{rest}"
        return f"middle_block.{2 * int(number)}.{_renamed(rest, _RESNET)}"
    return _renamed(name, _UNET)


def vae_name(name: str, config: Mapping[str, Any]) -> str:
    """The file's name of a weight of the autoencoder; the decoder's levels are counted from the other end."""
    last = len(config["block_out_channels"]) - 1
    found = re.fullmatch(r"(\w+)\.(?:down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", name)
    if found:
        half, level, kind, number, rest = found.groups()
        way, i = ("down", int(level)) if half == "encoder" else ("up", last - int(level))
        if kind == "resnets":
            rest = rest.replace("conv_shortcut", "nin_shortcut")
            return f"{half}.{way}.{i}.block.{number}.{rest}"
        return f"{half}.{way}.{i}.{way}sample.{rest}"
    found = re.fullmatch(r"(\w+)\.mid_block\.(resnets|attentions)\.(\d+)\.(.+)", name)
    if found:
        half, kind, number, rest = found.groups()
        if kind == "resnets":
            return f"{half}.mid.block_{int(number) + 1}.{rest}"
        return f"{half}.mid.attn_{int(number) + 1}.{_renamed(rest, _VAE_ATTENTION)}"
    return name.replace("conv_norm_out", "norm_out")


def _renamed(name: str, names: Mapping[str, str]) -> str:
    for own, other in names.items():
        if name == own or name.startswith(f"{own}."):
            return other + name.removeprefix(own)
    return name


def _as_convolution(name: str, value: torch.Tensor) -> torch.Tensor:
    """Attention of the autoencoder is a convolution of 1 × 1 in the file."""
    attends = ".attentions." in name and value.ndim == 2
    return value[:, :, None, None] if attends else value


def _text_name(name: str) -> str:
    """Without the prefix that some versions of the library have."""
    return name.removeprefix("text_model.")


def _to_open_clip(state: Tensors) -> dict[str, torch.Tensor]:
    renamed = {}
    for name, value in state.items():
        joined = re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.q_proj\.(weight|bias)", name)
        if joined:
            number, kind = joined.groups()
            three = [state[name.replace("q_proj", f"{k}_proj")] for k in "qkv"]
            renamed[f"transformer.resblocks.{number}.attn.in_proj_{kind}"] = torch.cat(three)
        elif name == "text_projection.weight":
            renamed["text_projection"] = value.T
        elif not re.search(r"self_attn\.[kv]_proj", name):
            renamed[_open_clip_name(name)] = value
    return renamed


def _from_open_clip(name: str, fetch: Callable[[str], torch.Tensor]) -> torch.Tensor:
    part = re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(weight|bias)", name)
    if part:
        number, which, kind = part.groups()
        joined = fetch(f"transformer.resblocks.{number}.attn.in_proj_{kind}")
        return joined.chunk(3)["qkv".index(which)]
    if name == "text_projection.weight":
        return fetch("text_projection").T.contiguous()
    return fetch(_open_clip_name(name))


def _open_clip_name(name: str) -> str:
    found = re.fullmatch(r"encoder\.layers\.(\d+)\.(.+)", name)
    if found:
        return f"transformer.resblocks.{found[1]}.{_renamed(found[2], _OPEN_CLIP)}"
    return _OPEN_CLIP_ENDS.get(name, name)
