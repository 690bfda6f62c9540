"""The limit: its densities are those of the image, and a random forest lies below and near it."""

import numpy as np
import pytest
from scipy import ndimage, stats
from sklearn.ensemble import RandomForestClassifier

from overseed.assessment.confusion import class_scores
from overseed.scenes.simulation.covers import NAMES, draw_look
from overseed.scenes.simulation.limit import BayesRule, expected_confusion, population
from tests.engine.scenes.simulated import Simulated, make


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return make(tmp_path_factory.mktemp("large"), 1024, 1024, 4, seed=0, rare_share=0.04)


def one_class_around(truth: np.ndarray) -> np.ndarray:
    """Pixels with data whose 5 x 5 neighbours are of their class, as far as the files tell."""
    same = ndimage.maximum_filter(truth, 5) == ndimage.minimum_filter(truth, 5)
    return same & (truth > 0)


def accuracy(matrix: np.ndarray) -> float:
    return np.trace(matrix) / matrix.sum()


def mean_recall(matrix: np.ndarray) -> float:
    return float(np.mean(class_scores(matrix)["recall"]))


def test_means_and_covariances_are_those_of_the_image(large):
    """To within what a finite number of parcels allows: all pixels of a parcel share an offset."""
    known = large.scene.population
    pure = one_class_around(large.truth)
    for index, name in enumerate(NAMES):
        pixels = large.image[:, pure & (large.truth == index + 1)].astype(float)
        covariance = known.covariance(index)
        spread = np.sqrt(np.diag(covariance))
        # Settlement and the rare classes have about 50 parcels here, the others more.
        off = (pixels.mean(axis=1) - known.means[index]) / spread
        assert np.abs(off).max() < 0.3, name
        ratio = np.linalg.eigvals(np.linalg.solve(covariance, np.cov(pixels))).real
        assert 0.8 < ratio.min(), name
        assert ratio.max() < 1.25, name


@pytest.mark.parametrize("bands", [1, 4, 9, 12, 60])
def test_projecting_loses_nothing(bands):
    look = draw_look(bands, 1.0, np.random.default_rng(1))
    known = population(look)
    rule = BayesRule(known)
    rng = np.random.default_rng(2)
    pixels = rng.multivariate_normal(known.means[2], known.covariance(2), 50).round()
    pixels = pixels.astype(np.uint16)

    projected = rule.start(1, 50)
    for band in range(bands):
        rule.add_band(projected, band, pixels[None, :, band])
    found = rule.log_densities(projected)[:, 0]
    true = np.stack(
        [
            stats.multivariate_normal(mean, known.covariance(index)).logpdf(pixels)
            for index, mean in enumerate(known.means)
        ]
    )

    np.testing.assert_allclose(found - found[2], true - true[2], atol=0.02, rtol=1e-3)


def test_each_choice_of_priors_is_best_at_what_it_is_for():
    rule = BayesRule(population(draw_look(4, 1.0, np.random.default_rng(3))))
    shares = np.array([0.4, 0.2, 0.2, 0.1, 0.05, 0.03, 0.02])

    found = expected_confusion(rule, shares, np.random.default_rng(4), 200_000)

    assert accuracy(found["by_share"]) > accuracy(found["equal"]) + 0.01
    assert mean_recall(found["equal"]) > mean_recall(found["by_share"]) + 0.01
    np.testing.assert_allclose(found["equal"].sum(axis=1) / 200_000, shares, atol=1e-4)


def test_expected_scores_are_those_of_the_scene(large):
    confusion = large.scene.confusion
    for priors in ("by_share", "equal"):
        expected, pure = confusion["expected"][priors], confusion["pure"][priors]
        assert accuracy(pure) == pytest.approx(accuracy(expected), abs=0.03)
        assert mean_recall(pure) == pytest.approx(mean_recall(expected), abs=0.03)
    # The files cannot tell pixels at borders between parcels of one class, which the limit leaves out.
    assert confusion["pure"]["equal"].sum() < one_class_around(large.truth).sum()
    labels = large.labels()
    counts = np.bincount(labels[labels > 0], minlength=8)[1:]
    np.testing.assert_array_equal(confusion["labelled"]["equal"].sum(axis=1), counts)


def forest_and_rule(made: Simulated, balanced: bool) -> tuple[np.ndarray, np.ndarray]:
    """Confusion of a forest taught on the left half's pixels, and of the rule, on the right half."""
    rng = np.random.default_rng(0)
    known = one_class_around(made.truth)
    middle = made.truth.shape[1] // 2
    features = np.moveaxis(made.image, 0, -1)
    left, right = known.copy(), known.copy()
    left[:, middle:] = right[:, :middle] = False
    taught = rng.permutation(np.flatnonzero(left))[:40_000]
    asked = rng.permutation(np.flatnonzero(right))[:60_000]
    features, truth = features.reshape(-1, features.shape[-1]), made.truth.ravel()
    forest = RandomForestClassifier(
        80,
        min_samples_leaf=10,
        class_weight="balanced_subsample" if balanced else None,
        random_state=0,
    ).fit(features[taught], truth[taught])
    rule = BayesRule(made.scene.population)
    projected = rule.start(1, len(asked))
    for band in range(features.shape[1]):
        rule.add_band(projected, band, features[None, asked, band])
    densities = rule.log_densities(projected)[:, 0]
    if not balanced:
        shares = made.scene.confusion["pure"]["by_share"].sum(axis=1)
        densities += np.log(shares / shares.sum())[:, None]
    return (
        confusion(truth[asked], forest.predict(features[asked])),
        confusion(truth[asked], densities.argmax(axis=0) + 1),
    )


def confusion(truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    pairs = (truth.astype(int) - 1) * 7 + said.astype(int) - 1
    return np.bincount(pairs, minlength=49).reshape(7, 7)


@pytest.mark.parametrize(
    ("balanced", "score", "priors"),
    [(False, accuracy, "by_share"), (True, mean_recall, "equal")],
)
def test_a_forest_lies_below_and_near_the_limit(large, balanced, score, priors):
    forest, rule = forest_and_rule(large, balanced)
    stored = score(large.scene.confusion["pure"][priors])

    # On the very pixels that the forest is asked about, only chance could lift it above the rule …
    assert score(rule) - 0.05 < score(forest) < score(rule) + 0.005
    # … and against the stored score, the half's own parcels add theirs.
    assert stored - 0.07 < score(forest) < stored + 0.02


def test_separable_classes_leave_nothing_to_err(tmp_path):
    made = make(tmp_path, 512, 512, 4, seed=1, separability=6.0)
    forest, _ = forest_and_rule(made, balanced=False)

    for priors in ("by_share", "equal"):
        for scope in ("expected", "pure", "labelled"):
            matrix = made.scene.confusion[scope][priors]
            assert min(accuracy(matrix), mean_recall(matrix)) > 0.97
    assert min(accuracy(forest), mean_recall(forest)) > 0.97


def test_separability_is_what_the_limit_follows():
    scores = []
    for separability in (0.25, 0.5, 1.0, 2.0, 4.0):
        rule = BayesRule(population(draw_look(4, separability, np.random.default_rng(0))))
        found = expected_confusion(rule, np.full(7, 1 / 7), np.random.default_rng(0), 50_000)
        scores.append(accuracy(found["equal"]))
    assert np.diff(scores).min() > 0.01
    assert scores[0] < 0.6
    assert scores[2] < 0.9 < scores[4]
