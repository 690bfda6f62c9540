"""Windows cover every pixel, stay inside and share what they should, for all sizes."""

import numpy as np
import pytest

from overseed.mapping.windows import plan_axis, plan_windows


@pytest.mark.parametrize("length", [1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 517])
@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.5, 0.9])
def test_axis_is_covered(length, size, overlap):
    plan = plan_axis(length, size, overlap)

    assert plan.starts[0] == 0
    assert list(plan.starts) == sorted(set(plan.starts))
    assert plan.size % 32 == 0
    if length >= size:
        assert plan.size == size
        assert plan.starts[-1] + size == length
        assert plan.padded == length
    else:
        assert plan.starts == (0,)
        assert length <= plan.size < length + 32
        assert plan.padded == plan.size
    covered = np.zeros(plan.padded, dtype=int)
    for start in plan.starts:
        covered[start : start + plan.size] += 1
    assert covered.min() >= 1


@pytest.mark.parametrize("length", [128, 129, 200, 517])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.9])
def test_neighbours_share_at_least_the_overlap(length, overlap):
    plan = plan_axis(length, 128, overlap)

    shared = [a + 128 - b for a, b in zip(plan.starts, plan.starts[1:], strict=False)]
    assert plan.overlap == round(128 * overlap)
    assert all(s >= plan.overlap for s in shared)


def test_finished_rows_partition_the_raster():
    plan = plan_axis(517, 64, 0.5)

    ends = [plan.finished(i) for i in range(len(plan.starts))]
    assert ends[-1] == 517
    assert ends[:-1] == list(plan.starts[1:])


def test_plan_counts_windows():
    plan = plan_windows(300, 31, 128, 0.5)

    assert len(plan) == len(plan.rows.starts) * len(plan.cols.starts) == 4
    assert (plan.rows.size, plan.cols.size) == (128, 32)


def test_windows_are_lower_where_rows_must_not_be_many():
    assert plan_windows(300, 300, 128, 0.5, 100).rows.size == 96
    assert plan_windows(300, 300, 128, 0.5, 100).cols.size == 128
    assert plan_windows(300, 300, 128, 0.5, 3).rows.size == 32
    assert plan_windows(300, 300, 128, 0.5, 1000).rows.size == 128
