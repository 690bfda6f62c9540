"""Average precision against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from overseed.assessment.ranking import average_precision, class_average_precisions

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 3)), min_size=1, max_size=30
)


@given(ROWS)
def test_it_is_that_of_scikit_learn_with_equal_scores_and_weights(rows):
    scores, positive, weights = (np.array(column) for column in zip(*rows, strict=True))
    held = (weights * positive).sum() > 0
    found = average_precision(scores / 6, positive, weights)
    if not held:
        assert np.isnan(found)
        return
    assert found == pytest.approx(average_precision_score(positive, scores, sample_weight=weights))
    if positive.any():
        assert average_precision(scores / 6, positive) == pytest.approx(
            average_precision_score(positive, scores)
        )


def test_an_absent_class_is_not_evaluated():
    probabilities = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1]])
    found = class_average_precisions(probabilities, np.array([0, 1]))
    assert found[:2].tolist() == [1, 1]
    assert np.isnan(found[2])
