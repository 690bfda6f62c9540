"""The figures that say whether sown parcels are like the scene's."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseed.layouts.maker import LayoutMaker
from overseed.layouts.statistics import kolmogorov_smirnov, total_variation
from overseed.layouts.targets import target_shares
from tests.engine.layouts.made_tiles import NAMES, POND, bank_of, dense_tile, shares_of

sizes = st.lists(st.integers(1, 60), min_size=1, max_size=40).map(np.array)


@given(sizes, sizes)
def test_kolmogorov_smirnov_is_scipys(first, second):
    from scipy.stats import ks_2samp

    expected = ks_2samp(np.log(first), np.log(second), method="asymp").statistic
    assert kolmogorov_smirnov(first, second) == pytest.approx(expected)


def test_total_variation():
    assert total_variation(np.array([2.0, 0]), np.array([0, 7.0])) == 1
    assert total_variation(np.array([1.0, 1]), np.array([30.0, 10])) == pytest.approx(0.25)


def test_the_report_is_plain_and_tells_target_and_shortfall():
    tiles = [dense_tile(seed) for seed in range(30)]
    wanted = target_shares({"pond": 0.9}, NAMES, shares_of(tiles, 4).tolist())
    maker = LayoutMaker(wanted, [POND], bank_of(tiles, [POND]), 128, np.random.default_rng(0))
    for seed, labels in enumerate(tiles[:10]):
        maker.accept(maker.propose(labels, np.random.default_rng(seed)))
    maker.pass_by(tiles[10])
    report = json.loads(json.dumps(maker.report()))
    assert (report["layouts"], report["passed_by"]) == (10, 1)
    assert report["achieved"][POND] + report["shortfall"][POND] == pytest.approx(0.9, abs=1e-4)
    assert report["with_passed_by"][POND] < report["achieved"][POND]
    figures = report["classes"][str(POND)]
    size = figures["parcel_size"]
    assert 0 < size["real_halves_median"] <= size["real_halves_95"]
    assert 0 <= figures["adjacency_labelled"]["distance"] <= 1


def test_a_report_without_layouts_has_no_distances():
    bank = bank_of([dense_tile(seed) for seed in range(3)], [POND])
    wanted = np.array([0.3, 0.3, 0.2, 0.2])
    report = LayoutMaker(wanted, [POND], bank, 128, np.random.default_rng(0)).report()
    assert report["classes"][POND]["adjacency"]["distance"] is None
    assert report["achieved"] == [0, 0, 0, 0]
