"""Comparisons of chip classifiers: their scores are the plain ones, and they find what is there alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, recall_score

from overseed.assessment.chip_comparison import (
    ArmPredictions,
    ScoredChips,
    compare_chips,
    weighted_precisions,
)
from overseed.assessment.chip_verdict import verdict
from overseed.assessment.ranking import average_precision

NAMES = ["ground", "panel", "pool"]


def chips_of(count=240, rare=48, per_group=2):
    labels = np.zeros(count, np.int64)
    labels[:rare] = 1
    return ScoredChips(labels, np.arange(count) // per_group, (1,))


def arm_of(chips, strength, seeds=3, seed=0, threshold=0.5):
    """Probabilities in which panels stand out by ``strength`` standard deviations."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 1, len(chips.labels))
    logits = (
        shared + strength * (chips.labels == 1) + rng.normal(0, 0.2, (seeds, len(chips.labels)))
    )
    panel = 1 / (1 + np.exp(-(logits - 1)))
    stack = np.stack([0.9 * (1 - panel), panel, 0.1 * (1 - panel)], axis=2).astype(np.float32)
    return ArmPredictions(stack, np.full((seeds, 1), threshold))


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=1, max_size=20
)


@given(ROWS)
def test_average_precisions_of_many_draws_are_those_of_each(rows):
    scores, positive, draws = (np.array(column) for column in zip(*rows, strict=True))
    (found,) = weighted_precisions(scores / 5, positive, draws[None])
    assert found == pytest.approx(average_precision(scores / 5, positive, draws), nan_ok=True)


def test_scores_are_those_of_scikit_learn():
    chips = chips_of()
    arm = arm_of(chips, 1.0, threshold=0.4)
    result = compare_chips({"none": arm}, chips, NAMES, 0)
    (row,) = result["arms"]
    positive = chips.labels == 1
    taken = arm.probabilities[..., 1] >= 0.4
    for name, score in (("f1", f1_score), ("recall", recall_score)):
        wanted = [score(positive, one) for one in taken]
        assert row[name]["mean"] == pytest.approx(np.mean(wanted), abs=1e-5)
        assert row[name]["low"] == pytest.approx(min(wanted), abs=1e-5)
    wanted = [average_precision_score(positive, one[:, 1]) for one in arm.probabilities]
    assert row["average_precision"]["mean"] == pytest.approx(np.mean(wanted), abs=1e-5)
    assert result["differences"] == []
    assert [c["scored"] for c in result["classes"]] == [False, True, False]


def test_a_planted_gain_is_found_and_told_with_its_test_chips():
    chips = chips_of()
    arms = {
        "none": arm_of(chips, 1.0),
        "weighted": arm_of(chips, 2.5, seed=1),
        "flips": arm_of(chips, 1.0, seed=0),
    }
    result = compare_chips(arms, chips, NAMES, 0)
    by = {(d["arm"], d["measure"]): d for d in result["differences"]}
    for measure in ("f1", "average_precision", "recall"):
        gain = by["weighted", measure]
        assert 0 < gain["low"] < gain["difference"] < gain["high"]
        assert gain["p_holm"] < 0.05
        # The same predictions: no difference, and no claim.
        assert by["flips", measure]["difference"] == 0
        assert by["flips", measure]["p_holm"] > 0.05
    text = verdict(result, "test chips")
    assert "weighted has the highest F1 for 'panel' and is clearly better than none" in text
    assert "48 test chips of 'panel' in 120 groups" in text
    assert "flips" not in text


def test_a_gain_that_may_be_chance_is_not_claimed():
    chips = chips_of(count=40, rare=6)
    arms = {"none": arm_of(chips, 1.0), "weighted": arm_of(chips, 1.3, seed=1)}
    result = compare_chips(arms, chips, NAMES, 0)
    text = verdict(result, "test chips")
    assert "clearly better" not in text
    assert "not clearly different" in text
    assert "With so few of them" in text


def test_chips_of_one_group_count_as_one():
    """Thirty copies of a chip are no thirty chips: intervals are as wide as those of the groups alone."""
    alone = chips_of(count=24, rare=8, per_group=1)
    copied = ScoredChips(np.repeat(alone.labels, 30), np.repeat(alone.groups, 30), (1,))
    arms = {"none": arm_of(alone, 0.8), "weighted": arm_of(alone, 1.5, seed=3)}
    many = {
        arm: ArmPredictions(np.repeat(a.probabilities, 30, axis=1), a.thresholds)
        for arm, a in arms.items()
    }
    one = compare_chips(arms, alone, NAMES, 0)["differences"]
    thirty = compare_chips(many, copied, NAMES, 0)["differences"]
    for few, lots in zip(one, thirty, strict=True):
        assert lots["difference"] == pytest.approx(few["difference"], abs=1e-4)
        assert (lots["low"], lots["high"]) == pytest.approx((few["low"], few["high"]), abs=1e-4)


def test_chips_without_rare_ones_say_so():
    chips = ScoredChips(np.zeros(10, np.int64), np.arange(10), (1,))
    arms = {"none": arm_of(chips, 1.0), "weighted": arm_of(chips, 2.0)}
    result = compare_chips(arms, chips, NAMES, 0)
    assert result["arms"][0]["f1"]["mean"] is None
    assert {d["low"] for d in result["differences"]} == {None}
    assert "No arm can be judged" in verdict(result, "chips of the other region")
