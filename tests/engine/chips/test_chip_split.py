"""Groups stay whole, classes get their shares, and small classes get to the sides that need them first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overseed.chips.chip_split import deal, joined, same_keys, thinned, without_conflicts
from overseed.tiles.split import TEST, TRAIN, VALIDATION

SHARES = (0.55, 0.2, 0.25)


def test_links_join_through_others_and_groups_are_numbered_by_their_first_chips():
    groups = joined(7, [(5, 2), (2, 6), (1, 3)])
    assert groups.tolist() == [0, 1, 2, 1, 3, 2, 2]
    assert joined(3, []).tolist() == [0, 1, 2]


def test_equal_keys_are_linked_and_none_is_no_key():
    assert joined(5, same_keys(["a", None, "a", None, "a"])).tolist() == [0, 1, 0, 2, 0]


@pytest.mark.parametrize("count", [20, 100, 997])
def test_single_chips_are_dealt_out_exactly(count):
    labels = np.repeat([0, 1], [count, 20])
    sides = deal(np.arange(len(labels)), labels, 2, SHARES, np.random.default_rng(0))
    found = np.bincount(sides[labels == 0], minlength=3)
    assert np.abs(found - np.array(SHARES) * count).max() < 1


@pytest.mark.parametrize(
    ("chips", "expected"), [(1, {TRAIN}), (2, {TRAIN, TEST}), (3, {TRAIN, VALIDATION, TEST})]
)
def test_of_few_chips_training_has_the_first_and_the_test_the_second(chips, expected):
    labels = np.repeat([0, 1], [50, chips])
    for seed in range(5):
        sides = deal(np.arange(len(labels)), labels, 2, SHARES, np.random.default_rng(seed))
        assert set(sides[labels == 1].tolist()) == expected


@settings(max_examples=25)
@given(st.lists(st.integers(1, 12), min_size=3, max_size=60), st.integers(0, 1000))
def test_groups_stay_whole_and_every_chip_has_a_side(sizes, seed):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = rng.integers(0, 3, len(groups))
    sides = deal(groups, labels, 3, SHARES, np.random.default_rng(seed))
    assert set(sides.tolist()) <= {0, 1, 2}
    for group in range(len(sizes)):
        assert len(set(sides[groups == group].tolist())) == 1
    again = deal(groups, labels, 3, SHARES, np.random.default_rng(seed))
    assert (sides == again).all()


def test_many_groups_are_balanced_in_every_class():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(1500), 4)
    labels = np.repeat(rng.choice(3, 1500, p=[0.7, 0.25, 0.05]), 4)
    sides = deal(groups, labels, 3, SHARES, rng)
    for index in range(3):
        found = np.bincount(sides[labels == index], minlength=3) / (labels == index).sum()
        assert np.abs(found - SHARES).max() < 0.04


def test_no_conflict_is_left_and_the_first_in_precedence_stays():
    conflicts = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [4, 5]])
    precedence = np.array([5, 5, 1, 5, 5, 0])
    out = without_conflicts(conflicts, precedence)
    assert 2 not in out
    assert 5 not in out
    assert out.tolist() == [1, 3, 4]
    assert without_conflicts(np.zeros((0, 2), np.int64), precedence).size == 0


def test_thinning_keeps_a_share_on_training_and_validation_and_all_of_the_test():
    labels = np.zeros(400, np.int64)
    labels[200:] = 1
    sides = np.tile([TRAIN, TRAIN, VALIDATION, TEST], 100).astype(np.uint8)
    out = thinned(labels, sides, {1: 0.1}, np.random.default_rng(0))
    assert (labels[out] == 1).all()
    assert not (sides[out] == TEST).any()
    kept = np.setdiff1d(np.flatnonzero(labels == 1), out)
    assert np.bincount(sides[kept]).tolist() == [10, 5, 50]
    assert (out == thinned(labels, sides, {1: 0.1}, np.random.default_rng(0))).all()


def test_thinning_leaves_two_for_training_and_one_for_validation():
    labels, sides = np.zeros(20, np.int64), np.repeat([TRAIN, VALIDATION], 10).astype(np.uint8)
    out = thinned(labels, sides, {0: 0.01}, np.random.default_rng(0))
    kept = np.setdiff1d(np.arange(20), out)
    assert np.bincount(sides[kept]).tolist() == [2, 1]
    assert thinned(labels, sides, {}, np.random.default_rng(0)).size == 0
