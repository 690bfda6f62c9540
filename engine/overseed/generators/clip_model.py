"""A CLIP model in memory: pictures and words as vectors of one space.

Radford et al., "Learning transferable visual models from natural language supervision", ICML 2021. The networks
are those of transformers. Changed: pictures are squares of numbers and not of 8 bits, resized once to the
model's own size, since a crop has nothing to be cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from overseed.devices import Device
from overseed.errors import InputError
from overseed.generators.clip_weights import ClipWeights
from overseed.generators.sd_pipeline import without_network

#: Pictures that are looked at together.
TOGETHER = 16


class ClipModel:
    """A loaded model on a device, in float32 there. Vectors are float32 of length 1 on the processor."""

    def __init__(self, weights: ClipWeights, device: Device) -> None:
        """Raises :class:`InputError` (``agreement.no-weights``) when weights do not fit the configuration."""
        self._weights = weights
        self._place = device.torch_device()
        with without_network():
            self._model, self._tokenizer = _load(weights)
        self._model.to(self._place)
        #: What cosines are multiplied by before a softmax, as the model learned it.
        self.scale = float(self._model.logit_scale.detach().exp())

    @property
    def side(self) -> int:
        """Side of the pictures that the model sees, in pixels."""
        return int(self._model.config.vision_config.image_size)

    def words(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors ``(n, features)`` of prompts; words beyond what the model reads are left out."""
        most = self._model.config.text_config.max_position_embeddings
        told = self._tokenizer(
            list(prompts), padding=True, truncation=True, max_length=most, return_tensors="pt"
        )
        with torch.no_grad():
            seen = self._model.text_model(
                input_ids=told["input_ids"].to(self._place),
                attention_mask=told["attention_mask"].to(self._place),
            )
            return _unit(self._model.text_projection(seen.pooler_output))

    def pictures(
        self,
        pictures: Iterable[NDArray[np.float32]],
        tick: Callable[[int], None] = lambda done: None,
    ) -> NDArray[np.float32]:
        """Vectors ``(n, features)`` of pictures ``(3, s, s)`` in [-1, 1], each of a size of its own.

        ``tick`` is told how many are done and may raise to end it.
        """
        found = [np.zeros((0, self._model.config.projection_dim), np.float32)]
        left = iter(pictures)
        done = 0
        while True:
            tick(done)
            part = [self._seen(one) for one in islice(left, TOGETHER)]
            if not part:
                return np.concatenate(found)
            with torch.no_grad():
                seen = self._model.vision_model(pixel_values=torch.cat(part).to(self._place))
                found.append(_unit(self._model.visual_projection(seen.pooler_output)))
            done += len(part)

    def _seen(self, picture: NDArray[np.float32]) -> torch.Tensor:
        """One picture ``(1, 3, side, side)`` as the model wants it."""
        signal = torch.from_numpy(np.ascontiguousarray(picture, np.float32))[None]
        if signal.shape[-1] != self.side:
            signal = functional.interpolate(
                signal, size=(self.side, self.side), mode="bicubic", antialias=True
            )
        mean, std = (
            torch.tensor(values).reshape(1, 3, 1, 1)
            for values in (self._weights.mean, self._weights.std)
        )
        return ((signal.clamp(-1, 1) + 1) / 2 - mean) / std


def _load(weights: ClipWeights) -> tuple[Any, Any]:
    from transformers import CLIPModel, CLIPTokenizer

    folder = weights.folder
    try:
        # A folder on this machine, so that no revision could be named.
        model, told = CLIPModel.from_pretrained(  # nosec B615
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)  # nosec B615
    except Exception as error:
        # The libraries raise whatever they stumble over: a shape, a header, a key.
        said = str(error).strip().splitlines()
        raise _unfit(weights, said[0].rstrip(".") if said else type(error).__name__) from error
    # What is missing would be made up at random, and the score with it.
    missing = sorted(name for name in told["missing_keys"] if not name.endswith("position_ids"))
    if missing:
        raise _unfit(weights, f"{missing[0]} is not among the weights")
    return model.float().eval().requires_grad_(False), tokenizer


def _unfit(weights: ClipWeights, why: str) -> InputError:
    return InputError(
        "agreement.no-weights",
        f"The CLIP model in {weights.folder} cannot be loaded: {why}.",
        "Its files are damaged or of different models; copy them once more from one place.",
    )


def _unit(vectors: torch.Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = functional.normalize(vectors.float(), dim=-1).cpu().numpy()
    return found
