"""The estimator is the formula's, without bias; equal sets give about 0 and others do not."""

import numpy as np
import pytest

from overseed.assessment.kernel_distance import kernel_distance, mmd2


def by_hand(x, y):
    """Eq. 4 of Bińkowski et al. 2018, sum by sum."""

    def k(a, b):
        return (np.dot(a, b) / len(a) + 1) ** 3

    n, m = len(x), len(y)
    own = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    theirs = sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return own + theirs - 2 * sum(k(a, b) for a in x for b in y) / (n * m)


def test_the_estimate_is_the_formula():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((7, 5)), rng.standard_normal((9, 5)) + 0.3
    assert mmd2(x, y) == pytest.approx(by_hand(x, y))


def test_the_estimate_has_no_bias():
    rng = np.random.default_rng(0)
    found = [mmd2(*rng.standard_normal((2, 10, 4))) for _ in range(3000)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))


def test_fixed_numbers_of_each_class_bring_no_bias():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [6, 3])
    found = []
    for _ in range(3000):
        x, y = rng.standard_normal((2, 9, 4)) + 2 * labels[:, None]
        found.append(mmd2(x, y, labels, labels))
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))


def sets(seed, shift=0.0):
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [80, 40])
    values = rng.standard_normal((120, 16)) + 3 * labels[:, None]
    return values + shift, labels


def test_the_same_distribution_gives_zero_and_another_does_not():
    real, labels = sets(0)
    half = np.arange(120) % 2 == 0
    rng = np.random.default_rng(0)
    same = kernel_distance(real[half], labels[half], real[~half], labels[~half], rng)
    low, high = same["synthetic"][1:]
    assert low < 0 < high
    assert same["real"][1] < 0 < same["real"][2]
    other, theirs = sets(1, shift=0.6)
    far = kernel_distance(other, theirs, real, labels, rng)
    assert far["synthetic"][1] > far["real"][2]


def test_classes_are_matched():
    """Other proportions of the same classes make no difference, and classes without peers are left out."""
    real, labels = sets(0)
    made, theirs = sets(1)
    rng = np.random.default_rng(0)
    few = np.flatnonzero(theirs == 0)[:20]
    chosen = np.concatenate([few, np.flatnonzero(theirs == 1)])
    found = kernel_distance(made[chosen], theirs[chosen], real, labels, rng)
    assert found["synthetic"][1] < 0 < found["synthetic"][2]
    assert found["n"] == 20 + 20
    assert found["pool"] == [60, 120]
    named = np.where(theirs == 1, 7, theirs)
    assert kernel_distance(made, named, real, labels, rng)["pool"] == [80, 80]
    assert kernel_distance(made, theirs + 9, real, labels, rng) is None
