"""What a pipeline has learned: apart, under the names of diffusers, or joined to its weights as one file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from overseed.generators.sd_pipeline import InpaintingPipeline
from overseed.generators.sd_single_file import write_single_file
from overseed.generators.sd_weights import BaseWeights


def adapted_state(unet: Any) -> dict[str, torch.Tensor]:
    """The low-rank matrices of a U-Net, as ``load_lora_weights`` of diffusers reads them."""
    return {
        _matrix_name(name): value.detach().cpu().contiguous()
        for name, value in unet.named_parameters()
        if ".lora_" in name
    }


def take_adapted(pipeline: InpaintingPipeline, state: Mapping[str, torch.Tensor]) -> None:
    """Give a pipeline the matrices that :func:`adapted_state` gave, to the bit."""
    rank = next(value.shape[0] for name, value in state.items() if ".down." in name)
    with torch.no_grad():
        for name, parameter in pipeline.adapt(rank, 0).items():
            parameter.copy_(state[_matrix_name(name)])


def _matrix_name(name: str) -> str:
    name = name.replace(".lora_A.default.", ".lora.down.").replace(".lora_B.default.", ".lora.up.")
    return f"unet.{name}"


def joined_state(unet: Any) -> dict[str, torch.Tensor]:
    """The U-Net's weights with what was learned added in, under the names that it had before; float32."""
    from peft.tuners.lora import LoraLayer

    deltas = {}
    for name, module in unet.named_modules():
        if isinstance(module, LoraLayer):
            for adapter in module.active_adapters:
                deltas[f"{name}.weight"] = module.get_delta_weight(adapter)
    state = {}
    for name, value in unet.state_dict().items():
        if ".lora_" in name:
            continue
        plain = name.replace(".base_layer", "")
        delta = deltas.get(plain)
        state[plain] = value.float() if delta is None else value.float() + delta.float()
    return state


def export_pipeline(pipe: Any, base: BaseWeights, file: Path, about: Mapping[str, str]) -> None:
    """Write a pipeline, with what its U-Net learned, as one ``.safetensors`` file."""
    networks = {"unet": pipe.unet, "vae": pipe.vae, "text_encoder": pipe.text_encoder}
    if base.family == "sdxl":
        networks["text_encoder_2"] = pipe.text_encoder_2
    with torch.no_grad():
        parts = {
            part: joined_state(network) if part == "unet" else network.state_dict()
            for part, network in networks.items()
        }
    configs = {
        part: network.config.to_dict() if hasattr(network.config, "to_dict") else network.config
        for part, network in networks.items()
    }
    write_single_file(file, base.family, parts, configs, base.small_files(), about)
