"""The paired bootstrap finds a planted difference and not one that is not there."""

import numpy as np
import pytest

from overseed.assessment.confusion import class_scores, macro
from overseed.assessment.paired import holm, paired_difference, training_noise, verdict
from tests.engine.assessment.simulated_comparisons import CLASSES, RARE, simulate

NAMES = ["common", "rare"]
SETS = 1000


def blocks(rare_recall, seed, count=12):
    """Confusion matrices of blocks in which the rare class has about the given recall."""
    rng = np.random.default_rng(seed)
    matrices = np.zeros((count, 2, 2), int)
    for matrix in matrices:
        hits = rng.binomial(200, np.clip(rare_recall + rng.normal(0, 0.05), 0, 1))
        matrix[:] = [[1800, 100], [200 - hits, hits]]
    return matrices


def difference(one, two):
    return paired_difference(one, two, NAMES, [1], np.random.default_rng(0))


def test_a_planted_gain_is_found():
    found = difference(blocks(0.8, 1), blocks(0.5, 2))
    assert found["low"] > 0
    assert found["classes"][1]["difference"] > 0.1
    assert "helped here" in verdict(found, "pix2pix")
    assert "hurt here" in verdict(difference(blocks(0.5, 2), blocks(0.8, 1)), "pix2pix")


def test_no_difference_is_said_to_be_none():
    same = blocks(0.6, 1)
    found = difference(same, same)
    assert (found["difference"], found["low"], found["high"]) == (0, 0, 0)
    assert "no clear difference" in verdict(difference(blocks(0.6, 3), blocks(0.6, 4)), "pix2pix")


def compared(matrices, seed=0):
    """The first two arms against each other; how much trainings vary all arms tell, if there are more."""
    names = [str(n) for n in range(CLASSES)]
    rng = np.random.default_rng(seed)
    noise = None
    if len(matrices) > 2:
        iou = class_scores(matrices.sum(axis=2))["iou"][..., RARE]
        noise = training_noise(macro(iou))
    return paired_difference(
        *matrices[:2], names, RARE, rng, metric="iou", repeats=500, noise=noise
    )


def true_difference(rng):
    """What endless ground and endless trainings would show."""
    parts = []
    for _ in range(30):
        sums = simulate(1500, 20, rng, gain=0.3).sum(axis=2)
        iou = class_scores(sums)["iou"][..., RARE].mean(axis=(1, 2))
        parts.append(iou[0] - iou[1])
    return np.mean(parts)


@pytest.mark.parametrize(("blocks", "arms"), [(12, 2), (18, 8), (70, 2), (70, 8)])
def test_intervals_hold_the_truth_as_often_as_they_say(blocks, arms):
    """A thousand comparisons of each size, as many blocks as real scenes have, three trainings each."""
    rng = np.random.default_rng(blocks)
    truth = true_difference(rng)
    held = 0
    for number in range(SETS):
        found = compared(simulate(blocks, 3, rng, gain=0.3, arms=arms), number)
        held += found["low"] <= truth <= found["high"]
    assert 0.92 <= held / SETS <= 0.98


@pytest.mark.parametrize(("blocks", "arms"), [(12, 8), (70, 2), (70, 8)])
def test_an_arm_differs_from_itself_at_most_as_often_as_it_may(blocks, arms):
    rng = np.random.default_rng(blocks)
    found = [compared(simulate(blocks, 3, rng, same_arm=True, arms=arms), n) for n in range(SETS)]
    # 5 %, and what a thousand draws let that vary by.
    assert np.mean([f["p"] < 0.05 for f in found]) <= 0.065
    assert np.mean([not f["low"] <= 0 <= f["high"] for f in found]) <= 0.065


def test_a_planted_advantage_is_found_among_several_arms():
    rng = np.random.default_rng(0)
    p = [compared(simulate(30, 3, rng, gain=g))["p"] for g in (1.0, 0.0, 0.0, 0.0)]
    corrected = holm(p)
    assert corrected[0] < 0.05
    assert min(corrected[1:]) > 0.05


def test_holm_is_the_step_down_rule():
    assert holm([0.01, None, 0.04, 0.03]) == [0.03, None, 0.06, 0.06]
    assert holm([]) == []


def test_several_trainings_widen_what_one_hides():
    """A difference that one pair of trainings shows by chance is not believed when the others do not."""
    one, other = blocks(0.8, 1), blocks(0.5, 2)
    alone = difference(one[None], other[None])
    mixed = difference(np.stack([one, other, other]), np.stack([other, one, other]))
    assert alone["low"] > 0
    assert mixed["low"] < 0 < mixed["high"]


def test_a_class_in_one_block_gets_no_interval():
    one = blocks(0.6, 1)
    one[1:, 1] = 0
    found = difference(one, one)
    assert found["classes"][1]["low"] is None
    assert "too few blocks" in verdict(found, "pix2pix")


@pytest.mark.parametrize("rare", [[], [1]])
def test_the_metric_is_named(rare):
    matrices = blocks(0.6, 1)
    found = paired_difference(matrices, matrices, NAMES, rare, np.random.default_rng(0))
    assert found["metric"] == ("rare_macro_f1" if rare else "macro_f1")
