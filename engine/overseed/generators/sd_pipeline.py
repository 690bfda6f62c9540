"""An inpainting pipeline of the Stable Diffusion type in memory: loaded, told prompts, asked to paint.

Rombach, Blattmann, Lorenz, Esser & Ommer, "High-resolution image synthesis with latent diffusion models", CVPR
2022; Podell et al., "SDXL", 2023. The pipelines are those of diffusers. Changed: their parts are loaded one by
one, so that neither a safety checker nor code named in a file comes along; the autoencoder always works in
float32 and what it decodes is not clipped, since 8-bit steps are too coarse for a scene's values.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from overseed.devices import Device
from overseed.errors import InputError
from overseed.generators.diffusion_options import Sampling
from overseed.generators.sd_single_file import read_part
from overseed.generators.sd_weights import BaseWeights, weights_file

#: Channels of the U-Net's input: noisy latents, mask, latents of the masked image.
INPAINTING = 9
GUIDANCE = 7.5
#: Parts of the U-Net's attention that learn.
ADAPTED = ("to_q", "to_k", "to_v", "to_out.0")


@dataclass(frozen=True)
class Words:
    """Prompts as the U-Net sees them: ``(n, tokens, features)``, and pooled ``(n, features)`` for SDXL."""

    tokens: torch.Tensor
    pooled: torch.Tensor | None

    def __getitem__(self, chosen: Sequence[int]) -> Words:
        rows = list(chosen)
        return Words(self.tokens[rows], None if self.pooled is None else self.pooled[rows])


class InpaintingPipeline:
    """A loaded pipeline on a device.

    ``side`` of :meth:`side_for` is in pixels of the images that it sees, signals are ``(n, 3, side, side)``
    float32 in about [-1, 1], masks ``(n, 1, side, side)`` with 1 where it is to paint.
    """

    def __init__(self, base: BaseWeights, device: Device) -> None:
        """Raises :class:`InputError` as :func:`load_pipeline` does."""
        self.base = base
        self.place = device.torch_device()
        self._device = device
        self.pipe = load_pipeline(base)
        self.pipe.to(self.place)
        if self._half:
            for part in ("unet", "text_encoder", "text_encoder_2"):
                if getattr(self.pipe, part, None) is not None:
                    getattr(self.pipe, part).bfloat16()
        for part in (self.pipe.unet, self.pipe.vae):
            part.requires_grad_(False).eval()
        # Samplers keep latents in the precision of what the network says.
        self.unet.register_forward_hook(lambda module, given, said: (said[0].float(), *said[1:]))
        self.noising = _noising(self.pipe.scheduler.config)
        self._told: dict[str, tuple[torch.Tensor, torch.Tensor | None]] = {}

    @property
    def unet(self) -> Any:
        """The network that takes the noise away."""
        return self.pipe.unet

    @property
    def _half(self) -> bool:
        return self._device.kind == "cuda" and self._device.bf16

    @property
    def cell(self) -> int:
        """Pixels along the side of what one latent stands for."""
        return int(self.pipe.vae_scale_factor)

    def side_for(self, tile: int) -> int:
        """The side that tiles are enlarged to: what the pipeline was trained for, or more for large tiles."""
        size = self.unet.config.sample_size
        own = (size if isinstance(size, int) else max(size)) * self.cell
        step = self.cell * 2 ** (len(self.unet.config.block_out_channels) - 1)
        return -(-max(own, tile) // step) * step

    def adapt(self, rank: int, seed: int) -> dict[str, nn.Parameter]:
        """Give the U-Net's attention low-rank matrices that learn (Hu et al. 2021); returns them by name."""
        from peft import LoraConfig

        config = LoraConfig(
            r=rank,
            lora_alpha=rank,
            init_lora_weights="gaussian",
            target_modules=list(ADAPTED),
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            # On the processor, so that all devices begin with the same ones.
            self.unet.to("cpu")
            self.unet.add_adapter(config)
        for parameter in self.unet.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        self.unet.to(self.place)
        return {name: p for name, p in self.unet.named_parameters() if p.requires_grad}

    def save_memory(self) -> None:
        """Work out the U-Net's inner values a second time for gradients instead of keeping them."""
        self.unet.enable_gradient_checkpointing()
        # The library does so in training only; nothing else in these networks knows the difference.
        self.unet.train()

    def words(self, prompts: Sequence[str]) -> Words:
        """What the text encoders make of prompts, each of which they are asked for once."""
        told = [self._words_of(prompt) for prompt in prompts]
        pooled = [one[1] for one in told if one[1] is not None]
        return Words(torch.cat([one[0] for one in told]), torch.cat(pooled) if pooled else None)

    def _words_of(self, prompt: str) -> tuple[torch.Tensor, torch.Tensor | None]:
        if prompt not in self._told:
            with torch.no_grad():
                found = self.pipe.encode_prompt(
                    prompt=prompt, device=self.place, num_images_per_prompt=1,
                    do_classifier_free_guidance=False,
                )  # fmt: skip
            pooled = found[2] if self.base.family == "sdxl" else None
            if prompt == "" and getattr(self.pipe.config, "force_zeros_for_empty_prompt", False):
                # What SDXL was trained with where no prompt was given.
                found = [torch.zeros_like(found[0])]
                pooled = None if pooled is None else torch.zeros_like(pooled)
            self._told[prompt] = found[0], pooled
        return self._told[prompt]

    def encode(self, signals: torch.Tensor) -> torch.Tensor:
        """Latents ``(n, 4, side / cell, side / cell)`` of signals, without noise."""
        with torch.no_grad():
            found = self.pipe.vae.encode(signals.to(self.place)).latent_dist.mode()
        return found * self.pipe.vae.config.scaling_factor

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Signals of latents, on the processor; beyond [-1, 1] where the decoder goes there."""
        with torch.no_grad():
            found = self.pipe.vae.decode(latents.float() / self.pipe.vae.config.scaling_factor)
        return found.sample.float().cpu()

    def denoise(
        self, latents: torch.Tensor, times: torch.Tensor, condition: torch.Tensor, words: Words
    ) -> torch.Tensor:
        """What the U-Net says of noisy ``latents`` under the mask and masked image of ``condition``."""
        more = None
        if words.pooled is not None:
            height, width = (side * self.cell for side in latents.shape[-2:])
            sizes = torch.tensor([[height, width, 0, 0, height, width]] * len(latents))
            more = {
                "text_embeds": words.pooled,
                "time_ids": sizes.to(self.place, words.pooled.dtype),
            }
        with self._device.autocast():
            found = self.unet(
                torch.cat([latents, condition], dim=1), times, encoder_hidden_states=words.tokens,
                added_cond_kwargs=more, return_dict=False,
            )[0]  # fmt: skip
        return torch.as_tensor(found)

    def paint(
        self,
        signals: torch.Tensor,
        masks: torch.Tensor,
        starts: torch.Tensor,
        prompts: Sequence[str],
        seeds: Sequence[int],
        sampling: Sampling,
    ) -> torch.Tensor:
        """Paint where the masks are 1.

        Parameters
        ----------
        signals:
            What is there; values under the masks are not looked at.
        starts:
            The same with something under the masks that painting begins with where the strength is below 1.
        seeds:
            One for each image: the same image, mask and seed give the same painting.

        Returns
        -------
        Signals on the processor, of the whole images.
        """
        condition = self.encode(signals * (1 - masks))
        strength = 1.0 if sampling.strength is None else sampling.strength
        # The library takes no step at all where a share of the steps is less than one.
        strength = min(1.0, max(strength, (1 + 1e-6) / sampling.steps))
        first = self.encode(starts) if strength < 1 else condition
        self.pipe.scheduler = _sampler(sampling.sampler, self.noising.config)
        words = self.words(prompts)
        more: dict[str, Any] = {"prompt_embeds": words.tokens.float()}
        guidance = GUIDANCE if sampling.guidance is None else sampling.guidance
        unwanted = self.words([sampling.negative_prompt or ""] * len(prompts))
        more["negative_prompt_embeds"] = unwanted.tokens.float()
        if words.pooled is not None and unwanted.pooled is not None:
            more |= {
                "pooled_prompt_embeds": words.pooled.float(),
                "negative_pooled_prompt_embeds": unwanted.pooled.float(),
            }
        with self._device.autocast():
            latents = self.pipe(
                **more,
                image=first,
                mask_image=masks,
                masked_image_latents=condition,
                height=signals.shape[-2],
                width=signals.shape[-1],
                strength=strength,
                num_inference_steps=sampling.steps,
                guidance_scale=guidance,
                # Noise is drawn on the processor, so that devices differ by rounding only.
                generator=[torch.Generator().manual_seed(seed) for seed in seeds],
                output_type="latent",
            ).images
        return self.decode(latents)

    def cells(self, masks: torch.Tensor) -> torch.Tensor:
        """Masks grown to whole latents, so that no narrow parcel falls between them."""
        whole = functional.max_pool2d(masks, self.cell)
        return functional.interpolate(whole, scale_factor=self.cell, mode="nearest")


def load_pipeline(base: BaseWeights) -> Any:
    """The pipeline of diffusers, on the processor in float32, without touching a network.

    Raises
    ------
    InputError
        ``diffusion.not-inpainting`` when its U-Net takes no mask, ``diffusion.no-weights`` when a file does not
        fit its configuration.
    """
    with without_network():
        parts = _parts_of(base)
    channels = parts["unet"].config.in_channels
    if channels != INPAINTING:
        raise InputError(
            "diffusion.not-inpainting",
            f"The U-Net of {base.given} takes {channels} channels; one for inpainting takes {INPAINTING} "
            "(noisy latents, mask, latents of the masked image).",
            "Take the inpainting version of the model.",
        )
    index = json.loads(base.small_files()["model_index.json"])
    if base.family == "sdxl":
        from diffusers import StableDiffusionXLInpaintPipeline

        pipe = StableDiffusionXLInpaintPipeline(
            **parts,
            requires_aesthetics_score=False,
            force_zeros_for_empty_prompt=index.get("force_zeros_for_empty_prompt", True),
            add_watermarker=False,
        )
    else:
        from diffusers import StableDiffusionInpaintPipeline

        pipe = StableDiffusionInpaintPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    pipe.set_progress_bar_config(disable=True)
    return pipe


@contextlib.contextmanager
def without_network() -> Iterator[None]:
    """The libraries ask no hub for anything while the block runs."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _parts_of(base: BaseWeights) -> dict[str, Any]:
    import tempfile

    from diffusers.schedulers import DDIMScheduler
    from transformers import CLIPTokenizer

    with contextlib.ExitStack() as stack:
        folder = base.folder
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _lay_out(base.small_files(), folder)
        second = base.family == "sdxl"
        parts: dict[str, Any] = {
            part: _network(base, folder, part)
            for part in ("unet", "vae", "text_encoder", *(("text_encoder_2",) if second else ()))
        }
        for part in ("tokenizer", *(("tokenizer_2",) if second else ())):
            # A folder on this machine, so that no revision could be named.
            parts[part] = CLIPTokenizer.from_pretrained(folder / part, local_files_only=True)  # nosec B615
        parts["scheduler"] = DDIMScheduler.from_pretrained(
            folder / "scheduler", local_files_only=True
        )
    return parts


def _network(base: BaseWeights, folder: Path, part: str) -> Any:
    kind = _kind_of(part, base.family)
    if base.file is None:
        found = weights_file(folder, part)
        assert found is not None
        more = {"variant": found[1]} if found[1] else {}
        network = kind.from_pretrained(
            folder / part, local_files_only=True, use_safetensors=True, **more
        )
        return network.float()
    config: dict[str, Any]
    if part in ("unet", "vae"):
        config = kind.load_config(folder / part)
        network = kind.from_config(config)
    else:
        from transformers import CLIPTextConfig

        content = (folder / part / "config.json").read_text(encoding="utf-8")
        asked = CLIPTextConfig.from_dict(json.loads(content))
        network, config = kind(asked), asked.to_dict()
    state = read_part(base.file, base.family, part, network.state_dict(), config)
    network.load_state_dict(state)
    return network


def _kind_of(part: str, family: str) -> Any:
    if part == "unet":
        from diffusers.models import UNet2DConditionModel

        return UNet2DConditionModel
    if part == "vae":
        from diffusers.models import AutoencoderKL

        return AutoencoderKL
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    return CLIPTextModelWithProjection if part == "text_encoder_2" else CLIPTextModel


def _lay_out(small: dict[str, str], folder: Path) -> None:
    for name, text in small.items():
        # Names come from a file; only those of a pipeline's own parts are written.
        path = folder / name
        if path.resolve().is_relative_to(folder.resolve()) and len(Path(name).parts) <= 2:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _noising(config: Any) -> Any:
    """The noise that the weights were trained with."""
    from diffusers.schedulers import DDPMScheduler

    return DDPMScheduler.from_config(config)


def _sampler(name: str, config: Any) -> Any:
    """DDIM (Song, Meng & Ermon 2021) or DPM-Solver++ (Lu et al. 2022)."""
    if name == "ddim":
        from diffusers.schedulers import DDIMScheduler

        return DDIMScheduler.from_config(config, clip_sample=False)
    from overseed.generators.noise_solver import NoiseSolver

    return NoiseSolver.from_config(config, algorithm_type="dpmsolver++", solver_order=2)
