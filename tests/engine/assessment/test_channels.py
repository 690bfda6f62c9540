"""Channels are standardised bands, and NDVI where a name tells red and near infrared."""

import numpy as np
import pytest

from overseed.assessment.channels import make_channels
from overseed.scenes.bands import BandRecipe
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene


def channels(names, scales=None, offsets=None):
    rng = np.random.default_rng(0)
    image = rng.integers(1000, 9000, (len(names), 40, 50)).astype(np.uint16)
    plain = np.zeros((40, 50), np.uint8)
    plain[30:] = 2
    scene = StoredScene(image, plain, plain)
    recipe = BandRecipe(tuple(names), scales or (1.0,) * len(names), offsets or (0.0,) * len(names))
    stats = band_statistics(image[:, :30].reshape(len(names), -1), names)
    return make_channels([scene], stats, recipe, 0, rng), image


def test_ndvi_is_a_channel_of_its_own_in_physical_units():
    found, image = channels(["red_B4", "nir_B5"], (0.0001, 0.0001), (-0.1, -0.1))
    assert found.names == ("red_B4", "nir_B5", "NDVI")
    red, nir = (image[i] * 0.0001 - 0.1 for i in (0, 1))
    ndvi = (nir - red) / (nir + red)
    values = found.of(image, np.ones((40, 50), bool))
    assert values[2] * found.ndvi_std + found.ndvi_mean == pytest.approx(
        np.clip(ndvi, -1, 1), abs=1e-4
    )
    assert values[2, :30].mean() == pytest.approx(0, abs=0.1)
    assert values[2, :30].std() == pytest.approx(1, abs=0.1)


def test_hidden_pixels_are_the_mean_in_all_channels():
    found, image = channels(["red", "nir"])
    visible = np.ones((40, 50), bool)
    visible[:5] = False
    values = found.of(image, visible)
    assert (values[:, :5] == 0).all()
    assert (values[:, 5:] != 0).mean() > 0.99


def test_without_known_bands_there_is_no_ndvi():
    found, image = channels(["band_1", "band_2", "band_3"])
    assert found.names == ("band_1", "band_2", "band_3")
    assert found.of(image, np.ones((40, 50), bool)).shape == (3, 40, 50)


def test_an_ndvi_that_is_there_already_is_not_made_twice():
    assert channels(["red", "nir", "NDVI"])[0].names == ("red", "nir", "NDVI")
