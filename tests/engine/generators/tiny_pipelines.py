"""Inpainting pipelines of a few thousand random weights, in the format of diffusers; no file is downloaded."""

import json
import socket
import string

import torch


def refuse_network(monkeypatch):
    """Whoever asks for the network from now on fails the test."""

    def refuse(*arguments, **options):
        raise AssertionError("the network was asked for")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def write_pipeline(folder, family="sd", channels=9, seed=0, vae_blocks=2):
    """Write a pipeline and return its folder.

    It sees pictures of 32 pixels, of 64 with three ``vae_blocks``, whose latents are as small. The family
    ``sd2`` has the text encoder of OpenCLIP and is asked for v, as Stable Diffusion 2.
    """
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionInpaintPipeline,
        StableDiffusionXLInpaintPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    torch.manual_seed(seed)
    vocabulary, merges = write_vocabulary(folder)
    large = family == "sdxl"
    more = {}
    if large:
        more = {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + 16,
        }
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=32 if large else 16,
        attention_head_dim=4,
        use_linear_projection=family != "sd",
        **more,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 16, 16)[:vae_blocks],
        down_block_types=("DownEncoderBlock2D",) * vae_blocks,
        up_block_types=("UpDecoderBlock2D",) * vae_blocks,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=32,
    )

    def tokenizer():
        return CLIPTokenizer(str(vocabulary), str(merges), model_max_length=32)

    parts = {
        "unet": unet,
        "vae": vae,
        "scheduler": DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
            clip_sample=False, set_alpha_to_one=False, steps_offset=1,
            prediction_type="v_prediction" if family == "sd2" else "epsilon",
        ),
        "text_encoder": CLIPTextModel(text_config("gelu" if family == "sd2" else "quick_gelu")),
        "tokenizer": tokenizer(),
    }  # fmt: skip
    if large:
        pipe = StableDiffusionXLInpaintPipeline(
            **parts,
            text_encoder_2=CLIPTextModelWithProjection(text_config("gelu")),
            tokenizer_2=tokenizer(),
            add_watermarker=False,
        )
    else:
        pipe = StableDiffusionInpaintPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    pipe.save_pretrained(folder / "model")
    return folder / "model"


def text_config(activation="quick_gelu"):
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=54,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32,
        projection_dim=16,
        hidden_act=activation,
        bos_token_id=52,
        eos_token_id=53,
        pad_token_id=53,
    )


def write_vocabulary(folder):
    """A vocabulary of single letters: a file for the words and one, empty, for how letters merge."""
    letters = string.ascii_lowercase
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    vocabulary.write_text(json.dumps({word: number for number, word in enumerate(words)}))
    merges.write_text("#version: 0.2\n")
    return vocabulary, merges
