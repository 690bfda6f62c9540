"""The threshold of a class, against trying all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from overseed.assessment.chip_scores import MIDDLE, best_threshold

ROWS = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=30)


@given(ROWS)
def test_no_other_threshold_has_a_higher_f1(rows):
    scores, positive = np.array([s / 8 for s, _ in rows]), np.array([p for _, p in rows])
    found = best_threshold(scores, positive)
    assert (found.positives, found.chips) == (positive.sum(), len(rows))
    if not positive.any():
        assert found.value == MIDDLE
        assert found.f1 is None
        return
    reached = {t: f1_score(positive, scores >= t) for t in {*scores.tolist(), found.value}}
    assert reached[found.value] == pytest.approx(max(reached.values()))
    assert found.f1 == pytest.approx(reached[found.value], abs=1e-6)


def test_it_lies_half_way_to_what_it_leaves_out():
    found = best_threshold(np.array([0.9, 0.7, 0.3, 0.1]), np.array([True, True, False, False]))
    assert found.value == pytest.approx(0.5)
    assert best_threshold(np.array([0.8, 0.6]), np.array([True, True])).value == pytest.approx(0.3)
