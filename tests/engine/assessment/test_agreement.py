"""Agreement with words: the formulas, and when made pictures count as clearly lower than real ones."""

import numpy as np
import pytest
import torch

from overseed.assessment.agreement import Agreement, clearly_lower, is_told


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_score_and_share_are_those_of_the_papers():
    rng = np.random.default_rng(0)
    pictures, words = unit(rng.normal(size=(40, 6))), unit(rng.normal(size=(4, 6)))
    found = Agreement.of(pictures, words, np.linspace(0, 1, 40), 2, 100.0)
    cosine = torch.cosine_similarity(
        torch.from_numpy(pictures)[:, None], torch.from_numpy(words)[None], dim=-1
    )
    assert (cosine[:, 2] < 0).any()
    np.testing.assert_allclose(found.score, 2.5 * cosine[:, 2].clamp(min=0))
    np.testing.assert_allclose(found.share, (100 * cosine).softmax(dim=1)[:, 2])
    np.testing.assert_array_equal(found.nearest, cosine.argmax(dim=1))
    figures = found.figures()
    assert (figures["n"], figures["cover"]) == (40, 0.5)
    assert figures["nearest"] == (cosine.argmax(dim=1) == 2).double().mean()
    assert found.part(slice(0, 0)).figures()["score"] is None


def agreements(scores, shares=None, cover=None):
    scores = np.asarray(scores)
    half = np.full(len(scores), 0.5)
    shares = half if shares is None else np.asarray(shares)
    cover = half if cover is None else cover
    return Agreement(scores, shares, np.zeros(len(scores), np.int64), cover, 0)


def test_lower_is_said_of_the_figure_that_is():
    rng = np.random.default_rng(1)
    real = agreements(rng.normal(0.7, 0.03, 40), rng.normal(0.6, 0.1, 40))
    dull = agreements(rng.normal(0.65, 0.03, 40), rng.normal(0.6, 0.1, 40))
    unclear = agreements(rng.normal(0.7, 0.03, 40), rng.normal(0.3, 0.1, 40))
    assert clearly_lower(dull, real) == ["score"]
    assert clearly_lower(unclear, real) == ["share"]
    assert clearly_lower(real, dull) == []
    few = dull.part(slice(0, 5))
    assert clearly_lower(few, real) == [], "five samples are no evidence"


def test_chance_alone_is_hardly_ever_called_lower():
    rng = np.random.default_rng(2)
    found = [
        bool(clearly_lower(*(agreements(rng.normal(0.7, 0.03, n)) for n in sizes)))
        for sizes in ((8, 8), (12, 100), (60, 60))
        for _ in range(300)
    ]
    assert np.mean(found) < 0.015
    # Nor is a difference that nobody would see, however many pictures prove it.
    many = [agreements(rng.normal(mean, 0.03, 5000)) for mean in (0.695, 0.7)]
    assert clearly_lower(*many) == []


def test_small_objects_are_held_against_small_ones():
    rng = np.random.default_rng(3)

    def seen(covers, less=0.0):
        return agreements(
            0.5 + 0.3 * covers - less + rng.normal(0, 0.01, len(covers)), None, covers
        )

    real = seen(rng.uniform(0.1, 0.9, 90))
    small = rng.uniform(0.1, 0.5, 60)
    assert np.median(seen(small).score) < np.median(real.score) - 0.04
    assert clearly_lower(seen(small), real) == []
    assert clearly_lower(seen(small, 0.1), real) == ["score"]
    # What has no like on real ground tells nothing.
    assert clearly_lower(seen(np.full(60, 0.05), 0.1), seen(rng.uniform(0.6, 0.9, 2))) == []


@pytest.mark.parametrize(("share", "told"), [(0.26, True), (0.24, False)])
def test_a_class_is_told_where_real_ground_does_better_than_chance(share, told):
    assert is_told(agreements(np.ones(9), np.full(9, share)), 4) is told
    assert not is_told(agreements([]), 4)
