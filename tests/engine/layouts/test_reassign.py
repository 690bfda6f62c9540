"""Parcels keep their geometry, unlabelled ground stays, and the target is met where it can be."""

import numpy as np
import pytest

from overseed.layouts.reassign import Reassigner, target_shares

NAMES = ["farm", "wood", "pond"]


def tile(seed):
    """Eight by eight parcels of 8 pixels; pond is rare; every fifth parcel is unlabelled."""
    rng = np.random.default_rng(seed)
    cells = rng.choice([0, 1, 2, 255], size=(8, 8), p=[0.45, 0.33, 0.02, 0.2]).astype(np.uint8)
    return cells.repeat(8, 0).repeat(8, 1)


def test_target_is_met_over_a_series():
    wanted = target_shares("equal", NAMES, [0.6, 0.37, 0.03])
    reassigner = Reassigner(wanted, [2])
    for seed in range(30):
        rng = np.random.default_rng(seed)
        reassigner.accept(reassigner.propose(tile(seed), rng))
    share = reassigner.counts / reassigner.counts.sum()
    assert share[2] == pytest.approx(1 / 3, abs=0.05)


def test_a_series_of_much_changed_tiles_does_not_run_dry():
    """Only tiles of which a tenth changes are taken, as `synthesize` does; a modest target is soon overshot."""
    wanted = target_shares({"pond": 0.12}, NAMES, [0.6, 0.37, 0.03])
    reassigner = Reassigner(wanted, [2])
    taken = 0
    for seed in range(200):
        labels = tile(seed)
        layout = reassigner.propose(labels, np.random.default_rng(seed))
        if layout.changed.mean() >= 0.1:
            reassigner.accept(layout)
            taken += 1
        else:
            reassigner.pass_by(labels)
    assert taken > 50
    assert reassigner.counts[2] / reassigner.counts.sum() == pytest.approx(0.12, abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_only_whole_parcels_of_common_classes_change(seed):
    from scipy.ndimage import label

    labels = tile(seed)
    reassigner = Reassigner(target_shares("equal", NAMES, [0.6, 0.37, 0.03]), [2])
    layout = reassigner.propose(labels, np.random.default_rng(seed))
    np.testing.assert_array_equal(layout.changed, layout.labels != labels)
    assert layout.changed.any()
    assert (layout.labels[labels == 255] == 255).all()
    assert (layout.labels[labels == 2] == 2).all()
    assert set(np.unique(layout.labels[layout.changed])) == {2}
    for owner in (0, 1):
        parcels, count = label(labels == owner)
        for number in range(1, count + 1):
            assert len(np.unique(layout.labels[parcels == number])) == 1


def test_a_proposal_counts_only_once_accepted():
    reassigner = Reassigner(np.array([0.4, 0.3, 0.3]), [2])
    layout = reassigner.propose(tile(0), np.random.default_rng(0))
    assert reassigner.counts.sum() == 0
    reassigner.accept(layout)
    assert reassigner.counts.sum() == (layout.labels != 255).sum()


def test_targets():
    real = [0.64, 0.36, 0.0]
    np.testing.assert_allclose(target_shares("equal", NAMES, real), [0.5, 0.5, 0])
    np.testing.assert_allclose(target_shares("sqrt", NAMES, real), [0.8 / 1.4, 0.6 / 1.4, 0])
    np.testing.assert_allclose(target_shares({"pond": 0.5}, NAMES, real), [0.32, 0.18, 0.5])
