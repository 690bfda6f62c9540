"""Points of a sample by stratum."""

import numpy as np
import pytest

from overseed.assessment.allocation import (
    equal,
    neyman,
    points_for_error,
    proportional,
    spread,
    with_targets,
)

# Olofsson et al. (2014), table 5: 641 points for a map of four classes.
PIXELS = np.array([200_000, 150_000, 3_200_000, 6_450_000])


def test_olofsson_equal_and_proportional():
    assert equal(PIXELS, 640).tolist() == [160, 160, 160, 160]
    assert proportional(PIXELS, 641).tolist() == [13, 10, 205, 413]


def test_neyman_follows_size_and_spread():
    found = neyman(np.array([1000, 1000]), 100, [0.5, 0.9])
    assert found.sum() == 100
    assert found[0] / found[1] == pytest.approx(0.5 / 0.3, rel=0.05)


@pytest.mark.parametrize("points", [1, 7, 100, 5000, 10**7])
@pytest.mark.parametrize("pixels", [[1, 1], [3, 5, 10_000], [2, 50, 50, 1_000_000], [40]])
def test_every_stratum_has_two_and_none_more_than_it_holds(points, pixels):
    pixels = np.array(pixels)
    for found in (
        equal(pixels, points),
        proportional(pixels, points),
        neyman(pixels, points, [1.0] * len(pixels)),
    ):
        assert (found >= np.minimum(2, pixels)).all()
        assert (found <= pixels).all()
        assert found.sum() == np.clip(points, np.minimum(2, pixels).sum(), pixels.sum())


def test_what_a_full_stratum_cannot_take_goes_to_the_others():
    assert spread(100, np.ones(3), np.array([10, 1000, 1000])).tolist() == [10, 45, 45]


def test_points_for_a_standard_error():
    # 0.25 / 0.05² + 1.
    assert points_for_error(10**9, 0.5, 0.05) == 101
    assert points_for_error(10**9, 0.8, 0.02) == 401
    # Of 120 pixels fewer will do, since what is drawn is no longer unknown …
    few = points_for_error(120, 0.5, 0.05)
    assert few < 60
    share = 1 - few / 120
    assert np.sqrt(share * 0.25 / (few - 1)) <= 0.0505
    # … and never more than there are.
    assert points_for_error(30, 0.5, 0.001) == 30


def test_targets_raise_only_their_strata():
    assert with_targets(np.array([10, 20]), {0: 50}, np.array([40, 100])).tolist() == [40, 20]
    assert with_targets(np.array([10, 20]), {1: 5}, np.array([40, 100])).tolist() == [10, 20]
