"""CLIP models of a few thousand weights, in the format of transformers; no file is downloaded."""

import math

import numpy as np
import torch

from tests.engine.generators.tiny_pipelines import text_config, write_vocabulary

#: Side of the pictures that they see.
SIDE = 16


def write_clip(folder, known=None, seed=0, scale=20.0):
    """Write a random model and return its folder.

    ``known`` are pictures ``(n, 3, SIDE, SIDE)`` in [-1, 1] by their words: projections are then solved such
    that pictures like these lie where the words do, and at right angles to all other words.
    """
    from transformers import (
        CLIPConfig,
        CLIPImageProcessor,
        CLIPModel,
        CLIPTokenizer,
        CLIPVisionConfig,
    )

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    vision = CLIPVisionConfig(
        hidden_size=64,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=4,
        projection_dim=16,
    )
    config = CLIPConfig(
        text_config=text_config().to_dict(), vision_config=vision.to_dict(), projection_dim=16
    )
    model = CLIPModel(config).eval()
    for parameter in model.parameters():
        # As they begin, such small networks see hardly any difference between pictures.
        if parameter.ndim > 1:
            parameter.data *= 4
    model.logit_scale.data.fill_(math.log(scale))
    vocabulary, merges = write_vocabulary(folder)
    tokenizer = CLIPTokenizer(str(vocabulary), str(merges), model_max_length=32)
    processor = CLIPImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    if known:
        _plant(model, tokenizer, processor, known)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _plant(model, tokenizer, processor, known):
    axes = torch.eye(16)[: len(known)]
    told = tokenizer(list(known), padding=True, return_tensors="pt")
    mean, std = (
        np.array(values)[:, None, None] for values in (processor.image_mean, processor.image_std)
    )
    with torch.no_grad():
        words = model.text_model(**told).pooler_output
        model.text_projection.weight.copy_((torch.linalg.pinv(words) @ axes).T)
        seen, wanted = [], []
        for number, pictures in enumerate(known.values()):
            signal = ((pictures.clip(-1, 1) + 1) / 2 - mean) / std
            pixels = torch.from_numpy(signal.astype(np.float32))
            seen.append(model.vision_model(pixel_values=pixels).pooler_output)
            wanted.append(axes[number].expand(len(pictures), -1))
        seen, wanted = torch.cat(seen), torch.cat(wanted)
        ridge = 1e-2 * torch.eye(seen.shape[1])
        solved = torch.linalg.solve(seen.T @ seen + ridge, seen.T @ wanted)
        model.visual_projection.weight.copy_(solved.T)
