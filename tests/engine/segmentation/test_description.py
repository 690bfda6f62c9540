"""What a model file tells other programs and people."""

from __future__ import annotations

import json

import numpy as np

from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable, LandClass
from overseed.segmentation.description import describe, model_card, properties
from overseed.tiles.statistics import BandStats

TABLE = ClassTable(
    (
        LandClass(0, 4, "Äcker", "#e3c75f", False, values=("Äcker",)),
        LandClass(1, 9, "moor", "#3fb0a8", True, values=("moor",)),
    )
)
BANDS = ("red", "nir")


def description(**about):
    stats = BandStats(
        BANDS, (800.0, 2500.0), (90.0, 400.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0), (9.0, 9.0), "uint16"
    )  # fmt: skip
    recipe = BandRecipe(BANDS, (1.0,) * 2, (0.0,) * 2)
    common = {"arm": "spade", "seed": 3, "synthetic": True}
    return describe(TABLE, recipe, stats, 128, common | about)


def test_deepness_reads_classes_tile_size_and_resolution():
    found = properties(description(pixel_metres=10.0))
    assert json.loads(found["class_names"]) == {"0": "Äcker", "1": "moor"}
    assert json.loads(found["tile_size"]) == 128
    assert json.loads(found["resolution"]) == 1000
    assert json.loads(found["model_type"]) == "Segmentor"


def test_native_values_reach_the_network_through_deepness():
    found = {k: json.loads(v) for k, v in properties(description()).items()}
    native = np.array([800.0, 2500.0])
    mean, std = (np.array(found[f"standardization_{name}"]) for name in ("mean", "std"))
    np.testing.assert_allclose((native / 255 - mean) / std, native)


def test_the_resolution_is_left_out_where_it_is_not_known():
    assert "resolution" not in properties(description())


def test_the_card_names_bands_classes_and_scores():
    training = {
        "real_crops": 2160, "synthetic_crops": 720, "validation_f1": 0.4321, "test_iou": [0.61, None]
    }  # fmt: skip
    about = {"priors": [0.97, 0.03], "training": training, "architecture": "unet", "encoder": "x"}
    card = model_card(description(**about))
    assert "| nir | 2500 | 400 |" in card
    assert "| 4 | Äcker |  | 97.00% | 0.610 |" in card
    assert "| 9 | moor | yes | 3.00% | not evaluated |" in card
    assert "2160 real and 720 synthetic crops" in card


def test_a_card_can_be_written_of_little():
    assert "| 9 | moor | yes |  |" in model_card(description())
