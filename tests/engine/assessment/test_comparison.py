"""A comparison leaves tiny classes out of its claims, corrects for the number of arms, and says so in words."""

import numpy as np
import pytest

from overseed.assessment.comparison import (
    claimed_classes,
    compare_matrices,
    false_alarms,
    is_generative,
    is_peer,
    verdict,
)
from tests.engine.assessment.simulated_comparisons import CLASSES, RARE, simulate

NAMES = [f"class {n}" for n in range(CLASSES)]


def arms(gain=0.0, blocks=30):
    """Two arms on one ground: real samples alone, and one that knows rare classes better."""
    better, plain = simulate(blocks, 3, np.random.default_rng(1), gain=gain)
    return {"none": plain, "spade": better, "random-forest": plain}


@pytest.mark.parametrize(
    ("arm", "generative", "peer"),
    [
        ("none", False, True),
        ("oversample", False, True),
        ("random-forest", False, False),
        ("oversample+spade", True, False),
        ("copy-paste", True, False),
        ("layout-only", False, False),
        ("weighted+noise", False, False),
    ],
)
def test_which_arms_make_samples_and_which_are_their_peers(arm, generative, peer):
    assert (is_generative(arm), is_peer(arm)) == (generative, peer)


def test_a_class_with_little_test_ground_is_shown_but_not_claimed():
    matrices = arms()
    for stack in matrices.values():
        stack[:, 7:, 5] = 0
    found = compare_matrices(matrices, NAMES, RARE, 0)
    assert [c["claimed"] for c in found["classes"]] == [False] * 3 + [True, True, False]
    assert found["classes"][5]["test_blocks"] < 8
    row = next(a for a in found["arms"] if a["arm"] == "none")
    assert row["classes"][5]["iou"]["mean"] is not None
    three, four = (row["classes"][i]["iou"]["mean"] for i in (3, 4))
    assert row["claimed_iou"]["mean"] == pytest.approx((three + four) / 2, abs=1e-4)
    reference = np.array([[600, 499], [0, 0]] * 8)
    assert claimed_classes(reference[:, :1], [0]) == [0]
    assert claimed_classes(reference[:14, :1], [0]) == []


def test_a_planted_gain_is_told_with_its_interval_and_correction():
    found = compare_matrices(arms(gain=2.0), NAMES, RARE, 0)
    pair = next(d for d in found["differences"] if d["arm"] == "spade")
    assert pair["low"] > 0
    assert pair["p"] <= pair["p_holm"] <= 2 * pair["p"] + 1e-4
    assert "spade, the best arm with made samples, beats real samples alone (+" in found["verdict"]
    assert "after Holm, 30 test blocks, 3 trainings" in found["verdict"]


def test_no_gain_is_told_as_none():
    found = compare_matrices(arms(gain=0.0), NAMES, RARE, 0)
    assert "is not clearly different from real samples alone" in found["verdict"]


def test_made_samples_are_also_held_against_the_best_other_arm():
    matrices = arms(gain=0.6)
    matrices["oversample"] = simulate(30, 3, np.random.default_rng(1), gain=2.0)[0]
    found = compare_matrices(matrices, NAMES, RARE, 0)
    assert found["best_peer"] == "oversample"
    against = [d for d in found["differences"] if d["against"] == "oversample"]
    assert [d["arm"] for d in against] == ["spade"]
    assert against[0]["high"] < 0
    assert "falls behind the best other arm, oversample" in found["verdict"]


def test_areas_are_shown_beside_the_references():
    found = compare_matrices(arms(), NAMES, RARE, 0)
    for row in found["arms"]:
        for share in ("reference_share", "mapped_share"):
            assert sum(c[share] for c in row["classes"]) == pytest.approx(1, abs=1e-3)


def test_false_alarms_are_counted_on_blocks_without_the_class():
    stack = np.zeros((2, 3, 2, 2), np.int64)
    # Reference by rows: the first block holds class 1, the second does not, the third has no labels.
    stack[:, 0] = [[50, 30], [5, 15]]
    stack[0, 1], stack[1, 1] = [[90, 10], [0, 0]], [[100, 0], [0, 0]]
    np.testing.assert_allclose(false_alarms(stack, 1), [0.1, 0.0])
    assert np.isnan(false_alarms(stack, 0)).all()
    found = compare_matrices({"none": stack}, ["ground", "building"], [1], 0)
    assert [c["free_blocks"] for c in found["classes"]] == [0, 1]
    alarms = [c["false_alarms_where_absent"] for c in found["arms"][0]["classes"]]
    assert alarms == [
        {"mean": None, "low": None, "high": None},
        {"mean": 0.05, "low": 0.0, "high": 0.1},
    ]


def test_rare_classes_without_any_test_ground_are_told_so():
    matrices = arms()
    matrices["oversample"] = matrices["none"].copy()
    for stack in matrices.values():
        stack[:, :, RARE] = 0
    found = compare_matrices(matrices, NAMES, RARE, 0)
    assert "cannot be told from real samples alone (no test ground" in found["verdict"]


def test_without_made_samples_there_is_nothing_to_say():
    matrices = arms()
    del matrices["spade"]
    assert (
        "No arm of this comparison makes samples"
        in compare_matrices(matrices, NAMES, RARE, 0)["verdict"]
    )
    assert "nothing to say" in verdict([], [], None, True)
