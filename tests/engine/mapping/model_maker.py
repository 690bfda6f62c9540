"""Tiny real ONNX models and rasters for the tests of mapping."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import rasterio
import torch
from rasterio.transform import from_origin

#: Codes with gaps and names that XML must escape.
CLASSES = (
    {"index": 0, "code": 3, "name": "water & ice", "colour": "#2c6fb3", "rare": False},
    {"index": 1, "code": 7, "name": 'moor "<wet>"', "colour": "#3fb0a8", "rare": True},
    {"index": 2, "code": 1, "name": "Äcker", "colour": "#e3c75f", "rare": False},
)
COLOURS = {3: (44, 111, 179, 255), 7: (63, 176, 168, 255), 1: (227, 199, 95, 255)}
BANDS = ("B02", "B03", "B08")


class Pixelwise(torch.nn.Module):
    """A 1×1 convolution with a softmax, so that the right map is known from the pixels alone."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 1)
        self.conv.weight.data = torch.tensor(weight, dtype=torch.float32)[:, :, None, None]
        self.conv.bias.data = torch.tensor(bias, dtype=torch.float32)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.conv(image), dim=1)


def random_weights(bands: int, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases that spread ``CLASSES`` over pixels of about ``scale``."""
    rng = np.random.default_rng(bands)
    weight = rng.normal(0, 4 / scale, (len(CLASSES), bands))
    return weight, -weight.sum(axis=1) * scale / 2


def recipe_of(names: list[str]) -> dict[str, Any]:
    """The description's recipe for bands as they are stored."""
    ones, zeros = [1.0] * len(names), [0.0] * len(names)
    return {"names": names, "scales": ones, "offsets": zeros, "indices": [], "resolution": None}


def write_model(
    path: Path, network: torch.nn.Module, band_count: int, /, **description: Any
) -> Path:
    """Export a network with Overseed's description; ``overseed=None`` leaves it out."""
    names = BANDS if band_count == len(BANDS) else [f"B{i}" for i in range(band_count)]
    text = {
        "format": 1,
        "engine": "0.1.0",
        "classes": CLASSES,
        "bands": names,
        "recipe": recipe_of(names),
        "fill": [0.0] * band_count,
        "tile_size": 64,
        "arm": "pix2pix",
        "seed": 0,
        "synthetic": True,
        **description,
    }
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, band_count, 32, 32),),
        str(path),
        input_names=["image"],
        output_names=["probabilities"],
        dynamic_axes={
            "image": {0: "n", 2: "h", 3: "w"},
            "probabilities": {0: "n", 2: "h", 3: "w"},
        },
        dynamo=False,
    )
    model = onnx.load(str(path))
    if "overseed" not in description:
        entry = model.metadata_props.add()
        entry.key, entry.value = "overseed", json.dumps(text)
    onnx.save(model, str(path))
    return path


def write_raster(
    path: Path, image: np.ndarray, names: tuple[str, ...] = (), **profile: Any
) -> Path:
    """Write (bands, height, width) as a GeoTIFF."""
    bands, height, width = image.shape
    options = {
        "driver": "GTiff",
        "crs": "EPSG:32633",
        "transform": from_origin(370_000, 5_810_000, 10, 10),
        "dtype": image.dtype,
        **profile,
    }
    with rasterio.open(path, "w", count=bands, height=height, width=width, **options) as dataset:
        if names:
            dataset.descriptions = names
        dataset.write(image)
    return path


def expected_map(
    image: np.ndarray, valid: np.ndarray, weight: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Codes of a pixelwise model, and where they are clear enough not to hang on rounding."""
    values = np.where(valid, np.nan_to_num(image.astype(np.float64)), 0.0)
    scores = np.einsum("kb,bhw->khw", weight, values) + bias[:, None, None]
    order = np.sort(scores, axis=0)
    clear = (order[-1] - order[-2] > 1e-3) | ~valid
    codes = np.array([c["code"] for c in CLASSES], dtype=np.uint8)
    return np.where(valid, codes[scores.argmax(axis=0)], 0), clear
