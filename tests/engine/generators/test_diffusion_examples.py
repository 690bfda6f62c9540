"""What the diffusion model hides while it learns: some of the visible ground, in shapes that vary."""

import numpy as np
import pytest

from overseed.generators.diffusion_examples import COVERED, hide_ground, random_shapes
from overseed.tiles.sampling import Batch


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (40, 100)])
def test_random_shapes_hide_some_of_a_crop_and_vary(shape):
    rng = np.random.default_rng(0)
    found = [random_shapes(shape, rng) for _ in range(200)]
    shares = np.array([f.mean() for f in found])
    assert all(f.shape == shape for f in found)
    assert shares.max() <= COVERED[1] * 1.2
    assert 0.1 < np.median(shares) < 0.4
    assert len({f.tobytes() for f in found}) == 200
    edge = [f[0].any() or f[-1].any() or f[:, 0].any() or f[:, -1].any() for f in found]
    assert 0.3 < np.mean(edge) < 1
    # No part of the crop is left out.
    assert np.mean(found, axis=0).min() > 0.02


def test_only_visible_ground_is_hidden_and_always_some():
    rng = np.random.default_rng(1)
    labels = np.full((40, 64, 64), 255, np.uint8)
    visible = np.ones(labels.shape, bool)
    visible[:, :, 40:] = False
    hidden = hide_ground(Batch(np.zeros((40, 2, 64, 64)), labels, visible), rng)
    assert not (hidden & ~visible).any()
    assert hidden.any(axis=(1, 2)).all()
    assert not hidden.all(axis=0)[visible[0]].all()
