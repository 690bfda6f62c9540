"""Blending gives exact means, full weight at the raster's edges and none where a network saw padding."""

import numpy as np
import pytest

from overseed.mapping.blending import RowBand, axis_weights
from overseed.mapping.windows import plan_axis, plan_windows


@pytest.mark.parametrize("length", [20, 64, 65, 128, 300])
@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.5, 0.9])
def test_every_pixel_has_weight_and_the_edges_have_all_of_it(length, overlap):
    plan = plan_axis(length, 64, overlap)

    weights = [axis_weights(plan, i) for i in range(len(plan.starts))]
    assert all((w >= 0).all() and (w <= 1).all() for w in weights)
    assert weights[0][0] == 1
    assert weights[-1][-1] == 1
    total = np.zeros(plan.padded)
    for start, own in zip(plan.starts, weights, strict=True):
        total[start : start + plan.size] += own
    assert total.min() > 0.9


def test_where_a_network_saw_padding_nothing_counts():
    plan = plan_axis(64 * 3, 64, 0.5)

    assert not axis_weights(plan, 1)[:8].any()
    assert not axis_weights(plan, 1)[-8:].any()


def test_weights_of_regular_neighbours_add_up_to_one():
    plan = plan_axis(64 * 3, 64, 0.5)

    total = np.zeros(plan.length)
    for i, start in enumerate(plan.starts):
        total[start : start + 64] += axis_weights(plan, i)
    np.testing.assert_allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (33, 47), (64, 64), (65, 200), (31, 300), (300, 31)])
@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.5])
def test_band_returns_a_field_that_windows_agree_on(shape, overlap):
    plan = plan_windows(*shape, 64, overlap)
    padded = (plan.rows.padded, plan.cols.padded)
    field = np.random.default_rng(0).dirichlet(np.ones(4), padded).astype(np.float32)
    field = field.transpose(2, 0, 1)
    band = RowBand(plan, 4)

    parts = []
    for row, top in enumerate(plan.rows.starts):
        for column, left in enumerate(plan.cols.starts):
            window = field[:, top : top + plan.rows.size, left : left + plan.cols.size]
            band.add(row, column, window)
        # What is handed out holds until the next window comes.
        parts.append(band.finish(row).copy())

    inside = field[:, : shape[0], : shape[1]]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), inside, rtol=1e-4, atol=1e-6)


def test_overlap_blends_towards_the_nearer_window():
    plan = plan_windows(32, 48, 32, 0.5)
    band = RowBand(plan, 2)
    left, right = np.zeros((2, 32, 32), np.float32), np.zeros((2, 32, 32), np.float32)
    left[0], right[1] = 1, 1
    band.add(0, 0, left)
    band.add(0, 1, right)

    first, second = band.finish(0)

    np.testing.assert_array_equal(first[5, :20], 1)
    np.testing.assert_array_equal(second[5, 28:], 1)
    assert (np.diff(first[5, 19:29]) < 0).all()
    np.testing.assert_allclose(first + second, 1, atol=1e-6)


def test_rows_without_windows_have_probability_0():
    plan = plan_windows(40, 40, 64, 0.5)

    probabilities = RowBand(plan, 3).finish(0)

    assert probabilities.shape == (3, 40, 40)
    assert not probabilities.any()
