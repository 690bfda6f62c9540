"""The class shares that an arm's network sees are known whatever the arm joins."""

import numpy as np
import pytest
import torch

from overseed.segmentation.losses import Loss
from overseed.stages.arm_data import ArmData

GROUND = np.array([0.7, 0.25, 0.05])
EVEN = np.full(3, 1 / 3)


def arm(in_real=GROUND, shift=None, weighing=None, synthetic=None):
    adjust = None if shift is None else torch.from_numpy(np.log(shift))
    return ArmData(None, synthetic, Loss(("ce",), shift=adjust), in_real, EVEN, GROUND, weighing)


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (arm(), GROUND),
        (arm(EVEN), EVEN),
        (arm(weighing=1 / GROUND), EVEN),
        (arm(shift=GROUND), EVEN),
        # Balanced crops and logit adjustment by their shares: nothing is corrected twice.
        (arm(EVEN, shift=EVEN), EVEN),
        (arm(synthetic=object()), 0.75 * GROUND + 0.25 * EVEN),
    ],
)
def test_what_the_network_sees(data, seen):
    np.testing.assert_allclose(data.priors(0.25).trained, seen, atol=1e-6)
