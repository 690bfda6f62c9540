"""Views of a window are turned and turned back, so that a mean over them loses nothing."""

import numpy as np
import pytest

from overseed.mapping.classifier import VIEWS, Ensemble, turned, turned_back
from overseed.mapping.onnx_model import load_model
from tests.engine.mapping.model_maker import Pixelwise, random_weights, write_model


@pytest.mark.parametrize(("turns", "mirrored"), VIEWS)
def test_each_view_can_be_undone(turns, mirrored):
    image = np.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6)
    np.testing.assert_array_equal(
        turned_back(turned(image, turns, mirrored), turns, mirrored), image
    )


def test_the_eight_views_differ():
    image = np.arange(9).reshape(3, 3)
    assert len({turned(image, *view).tobytes() for view in VIEWS}) == 8


def test_views_do_not_change_what_single_pixels_say(tmp_path):
    path = write_model(tmp_path / "m.onnx", Pixelwise(*random_weights(3, 1.0)), 3)
    model = load_model(path, threads=1, device="cpu")
    images = np.random.default_rng(0).uniform(0, 1, (2, 3, 32, 64)).astype(np.float32)
    np.testing.assert_allclose(
        Ensemble([model], views=True).predict(images), model.predict(images), atol=1e-5
    )
