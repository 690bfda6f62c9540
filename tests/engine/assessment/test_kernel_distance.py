"""The estimator is the formula's, without bias; equal sets give about 0 and others do not."""

import numpy as np
import pytest

from overseed.assessment.kernel_distance import kernel_distance, kid_interval, mmd2


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


def drawn(n, rng, shift=0.0):
    """Features as encoders give them: many that hang together, some of which are quiet."""
    mix = np.random.default_rng(9).standard_normal((24, 24)) * np.linspace(2, 0.1, 24)
    return rng.standard_normal((n, 24)) @ mix.T / 5 + shift


@pytest.mark.parametrize(
    ("n", "repeats"),
    [(50, 500), (200, 500), (1000, 60), pytest.param(1000, 500, marks=pytest.mark.slow)],
)
def test_the_interval_holds_zero_where_nothing_differs(n, repeats):
    """Pairs of sets of one distribution, of two classes."""
    rng = np.random.default_rng(n)
    labels = np.repeat([0, 1], [n // 2, n - n // 2])
    held = 0
    for _ in range(repeats):
        x, y = (drawn(n, rng) + labels[:, None] for _ in range(2))
        _, low, high = kid_interval(x, y, labels, labels, rng)
        held += low <= 0 <= high
    # Sixty pairs alone would miss the range by chance.
    spread = 0.0 if repeats == 500 else 0.03
    assert 0.93 - spread <= held / repeats <= 0.97 + spread


def test_the_interval_holds_a_distance_that_is_there():
    """The truth is taken from the mean over many sets, which has no bias."""
    rng = np.random.default_rng(0)
    labels = np.zeros(100, int)
    found = [
        kid_interval(drawn(100, rng, 0.4), drawn(100, rng), labels, labels, rng) for _ in range(300)
    ]
    truth = np.mean([value for value, _, _ in found])
    held = np.mean([low <= truth <= high for _, low, high in found])
    assert 0.92 <= held <= 0.985
    # A distance like this one is not taken for none.
    assert np.mean([low > 0 for _, low, _ in found]) > 0.9


def test_a_larger_shift_is_farther():
    rng = np.random.default_rng(0)
    labels = np.zeros(200, int)
    values = [
        kid_interval(drawn(200, rng, shift), drawn(200, rng), labels, labels, rng)[0]
        for shift in (0.0, 0.2, 0.4, 0.8)
    ]
    assert values == sorted(values)


def test_the_interval_is_about_the_estimate():
    x, labels = sets(0)
    y, theirs = sets(1, shift=0.3)
    value, low, high = kid_interval(x, y, labels, theirs, np.random.default_rng(0))
    assert value == pytest.approx(mmd2(x, y, labels, theirs))
    assert low < value < high
