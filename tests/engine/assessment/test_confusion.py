"""Scores against scikit-learn's, and what is absent is not evaluated."""

import numpy as np
import pytest
from sklearn import metrics

from overseed.assessment.confusion import class_scores, confusion_matrix, macro, summary


def test_scores_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    reference = rng.choice([0, 1, 2, 255], 5000, p=[0.5, 0.3, 0.1, 0.1]).astype(np.uint8)
    mapped = np.where(rng.random(5000) < 0.6, reference % 3, rng.integers(0, 3, 5000)).astype(
        np.uint8
    )
    known = reference != 255
    matrix = confusion_matrix(reference, mapped, 3)
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(reference[known], mapped[known]))
    scores = class_scores(matrix)
    pair = (reference[known], mapped[known])
    np.testing.assert_allclose(scores["f1"], metrics.f1_score(*pair, average=None))
    np.testing.assert_allclose(scores["iou"], metrics.jaccard_score(*pair, average=None))
    np.testing.assert_allclose(scores["precision"], metrics.precision_score(*pair, average=None))
    assert summary(matrix, ["a", "b", "c"], [2])["overall_accuracy"] == pytest.approx(
        metrics.accuracy_score(*pair), abs=1e-6
    )


def test_an_absent_class_is_none_and_not_in_the_mean():
    matrix = np.array([[8, 2, 0], [0, 10, 0], [0, 0, 0]])
    result = summary(matrix, ["a", "b", "absent"], [2])
    assert result["classes"][2]["f1"] is None
    assert result["rare_macro_f1"] is None
    present = [c["f1"] for c in result["classes"][:2]]
    assert result["macro_f1"] == pytest.approx(np.mean(present), abs=1e-6)


def test_a_class_that_is_never_mapped_scores_zero():
    result = summary(np.array([[10, 0], [5, 0]]), ["a", "b"], [1])
    assert result["classes"][1]["f1"] == 0
    assert result["classes"][1]["precision"] == 0


def test_stacks_of_matrices():
    matrices = np.random.default_rng(0).integers(0, 9, (4, 3, 3))
    stacked = macro(class_scores(matrices)["f1"])
    for matrix, value in zip(matrices, stacked, strict=True):
        assert macro(class_scores(matrix)["f1"]) == pytest.approx(value)
