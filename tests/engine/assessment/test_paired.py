"""The paired bootstrap finds a planted difference and not one that is not there."""

import numpy as np
import pytest

from overseed.assessment.paired import paired_difference, verdict

NAMES = ["common", "rare"]


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


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(60):
        found = difference(blocks(0.7, 2 * seed, 20), blocks(0.7, 2 * seed + 1, 20))
        covered += found["low"] <= 0 <= found["high"]
    assert covered >= 50


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
