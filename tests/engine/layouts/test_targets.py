"""What a target means in shares of the labelled pixels."""

import numpy as np

from overseed.layouts.targets import target_shares

NAMES = ["farm", "wood", "pond"]


def test_targets():
    real = [0.64, 0.36, 0.0]
    np.testing.assert_allclose(target_shares("equal", NAMES, real), [0.5, 0.5, 0])
    np.testing.assert_allclose(target_shares("sqrt", NAMES, real), [0.8 / 1.4, 0.6 / 1.4, 0])
    np.testing.assert_allclose(target_shares({"pond": 0.5}, NAMES, real), [0.32, 0.18, 0.5])


def test_shares_for_all_classes_are_taken_as_they_are():
    target = {"farm": 0.2, "wood": 0.3, "pond": 0.5}
    np.testing.assert_allclose(target_shares(target, NAMES, [0.64, 0.36, 0.0]), [0.2, 0.3, 0.5])
