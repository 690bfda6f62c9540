"""Features of crops: one row per crop, the same each time, for any bands and sizes."""

import numpy as np
import pytest
import torch

from overseed.devices import choose_device
from overseed.segmentation.features import imagenet_features, three_bands, unet_features
from overseed.segmentation.network import build_network


def test_pictures_are_false_colour_where_bands_are_known():
    assert three_bands(["red_B4", "green_B3", "blue_B2", "nir_B5"]) == (3, 0, 1)
    assert three_bands(["blue", "green", "red"]) == (2, 1, 0)
    assert three_bands([f"band_{n}" for n in range(9)]) == (0, 4, 8)
    assert three_bands(["band_1"]) == (0, 0, 0)


@pytest.mark.parametrize("size", [32, 64])
def test_imagenet_features_see_the_bands_that_are_shown(size):
    device = choose_device("cpu", 1)
    low, high = np.full(3, -2, np.float32), np.full(3, 2, np.float32)
    extract = imagenet_features((3, 0, 1), low, high, device)
    crops = np.random.default_rng(0).standard_normal((3, 5, size, size)).astype(np.float32)
    found = extract(crops)
    assert found.shape[0] == 3
    assert (found == extract(crops)).all()
    unseen = crops.copy()
    unseen[:, [2, 4]] = 0
    assert (found == extract(unseen)).all()
    seen = crops.copy()
    seen[:, 3] = 0
    assert not np.allclose(found, extract(seen))


@pytest.mark.parametrize("bands", [1, 6])
def test_unet_features_take_the_bands_and_leave_other_channels(bands):
    network = build_network("resnet18", bands, 3, torch.Generator().manual_seed(0), weights="none")
    extract = unet_features(network, bands, choose_device("cpu", 1))
    crops = np.random.default_rng(0).standard_normal((2, bands + 1, 32, 32)).astype(np.float32)
    found = extract(crops)
    assert found.shape[0] == 2
    assert np.isfinite(found).all()
    crops[:, bands] = 9
    assert (found == extract(crops)).all()
