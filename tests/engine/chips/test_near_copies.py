"""Which training chip a made one is like, and when it is too like."""

import numpy as np

from overseed.chips.near_copies import nearest_of


def features(count, seed):
    return np.random.default_rng(seed).standard_normal((count, 6))


def test_copies_are_found_and_new_chips_are_not():
    training, others = features(40, 0), features(40, 1)
    labels = np.arange(40) % 2
    made = np.concatenate([training[[4, 7]] + 1e-3, features(20, 2)])
    made_labels = np.array([0, 1, *[0, 1] * 10])
    found = nearest_of(made, made_labels, training, labels, np.arange(40), others, labels)
    assert found.rows[:2].tolist() == [4, 7]
    assert found.near[:2].all()
    assert found.near[2:].mean() < 0.2
    # Of its own class, though one of another may be nearer.
    assert (labels[found.rows] == made_labels).all()
    own = np.linalg.norm(made[5] - training[found.rows[5]])
    np.testing.assert_allclose(found.distances[5], own)


def test_chips_of_one_group_do_not_say_what_is_usual():
    training = np.repeat(features(20, 0), 2, axis=0)
    labels, nobody = np.zeros(40, np.int64), np.zeros(0, np.int64)
    made = training[:1] + 0.05
    arguments = (made, labels[:1], training, labels)
    apart = nearest_of(*arguments, np.arange(40), training[:0], nobody)
    paired = nearest_of(*arguments, np.arange(40) // 2, training[:0], nobody)
    # Each chip has a twin: held against it, even a copy would be farther than usual.
    assert not apart.near[0]
    assert paired.near[0]


def test_a_class_without_training_chips_has_no_nearest_one():
    labels = np.zeros(8, np.int64)
    found = nearest_of(
        features(2, 1), np.array([0, 1]), features(8, 0), labels, labels, features(0, 0), labels[:0]
    )
    assert found.rows[1] == -1
    assert np.isnan(found.distances[1])
    # One group alone does not say what is usual.
    assert found.limits == {}
    assert not found.near.any()
