"""Published examples to their printed digits, and intervals that hold the truth as often as they say."""

import numpy as np
import pytest

from overseed.assessment.intervals import ENOUGH, NORMAL, WILSON, Z, share_interval
from overseed.assessment.map_accuracy import (
    Answers,
    described_accuracy,
    disagreement,
    estimated_accuracy,
)
from overseed.assessment.map_difference import map_difference
from overseed.assessment.point_sample import PointSample

# Olofsson, Foody, Herold, Stehman, Woodcock & Wulder (2014), Remote Sensing of Environment 148: tables 8 and 9
# and section 5.2; the map's pixels of 30 m by class: table 5.
CHANGE = ("deforestation", "forest gain", "stable forest", "stable non-forest")
CHANGE_PIXELS = np.array([200_000, 150_000, 3_200_000, 6_450_000])
CHANGE_POINTS = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
LANDSAT = 900.0

# Stehman (2014), International Journal of Remote Sensing 35: table 2.
STRATA = np.repeat([0, 1, 2, 3], 10)
STRATA_PIXELS = np.array([40_000, 30_000, 20_000, 10_000])
MAPPED = "AAAAAAABBB" + "ABBBBBBBBB" + "BBCCCCCCBB" + "DDDDDDDDDD"
REFERENCE = "AAAAACBABC" + "ABBBBBAABB" + "CCCCCDDBBA" + "DDDDDDDCCB"


def index_of(letters):
    return np.array(["ABCD".index(letter) for letter in letters])


def answers_of(matrix):
    """Points of a matrix, one after the other."""
    mapped, reference = (
        np.repeat(axis.ravel(), matrix.ravel()) for axis in np.indices(matrix.shape)
    )
    return Answers(mapped, reference)


@pytest.fixture
def change():
    answers = answers_of(CHANGE_POINTS)
    sample = PointSample(answers.mapped, CHANGE_PIXELS, np.full(len(answers.mapped), LANDSAT))
    ground = LANDSAT * CHANGE_PIXELS.sum()
    return estimated_accuracy(sample, answers, CHANGE, ground, np.random.default_rng(0))


def margins(found, measure):
    """Values and half-widths as the paper writes them."""
    figures = [row[measure] for row in found["classes"]]
    return [f["value"] for f in figures], [1.96 * f["standard_error"] for f in figures]


def test_olofsson_areas_in_hectares(change):
    areas, half_widths = margins(change, "hectares")
    assert [round(area) for area in areas] == [21_158, 11_686, 285_770, 581_386]
    assert [round(width) for width in half_widths] == [6_158, 3_756, 15_510, 16_282]


def test_olofsson_accuracies(change):
    """All printed digits but two.

    The paper prints half-widths of producer's accuracy of 0.23 for forest gain and 0.01 for stable non-forest,
    where its equation 7 gives 0.25 and 0.02.
    """
    overall = change["overall_accuracy"]
    assert round(overall["value"], 2) == 0.95
    assert round(1.96 * overall["standard_error"], 2) == 0.02
    users, users_width = margins(change, "users_accuracy")
    assert [round(value, 2) for value in users] == [0.88, 0.73, 0.93, 0.96]
    assert [round(width, 2) for width in users_width] == [0.07, 0.10, 0.04, 0.02]
    producers, producers_width = margins(change, "producers_accuracy")
    assert [round(value, 2) for value in producers] == [0.75, 0.85, 0.93, 0.96]
    assert [round(width, 2) for width in producers_width] == [0.21, 0.25, 0.03, 0.02]


def test_olofsson_matrix_of_area(change):
    assert np.round(change["matrix_of_area"], 4)[:4].tolist() == [
        [0.0176, 0.0, 0.0013, 0.0011],
        [0.0, 0.0110, 0.0016, 0.0024],
        [0.0019, 0.0, 0.2967, 0.0213],
        [0.0040, 0.0020, 0.0179, 0.6212],
    ]
    assert change["matrix"] == [*CHANGE_POINTS.tolist(), [0, 0, 0, 0]]


def test_stehman_strata_that_are_not_map_classes():
    """All printed digits but one.

    The paper prints 0.114 as standard error of the producer's accuracy of B: its text takes the variance of x
    in the fourth stratum as 0, its table 3 has 0.1, and that gives 0.117.
    """
    answers = Answers(index_of(MAPPED), index_of(REFERENCE))
    sample = PointSample(STRATA, STRATA_PIXELS, np.ones(40))
    found = estimated_accuracy(sample, answers, tuple("ABCD"), np.nan, np.random.default_rng(0))

    def figure(letter, measure):
        row = found["classes"]["ABCD".index(letter)][measure]
        return round(row["value"], 3), round(row["standard_error"], 3)

    assert figure("A", "area") == (0.35, 0.082)
    assert figure("C", "area") == (0.20, 0.064)
    overall = found["overall_accuracy"]
    assert (round(overall["value"], 2), round(overall["standard_error"], 3)) == (0.63, 0.085)
    assert figure("B", "users_accuracy") == (0.574, 0.125)
    assert figure("B", "producers_accuracy") == (0.794, 0.117)
    assert found["matrix_of_area"][1][2] == 0.08
    assert found["classes"][0]["hectares"]["value"] is None


def test_stehman_with_the_papers_slip():
    """Taking the variance of x in the fourth stratum as 0 gives what the paper printed."""
    right = (index_of(MAPPED) == 1) & (index_of(REFERENCE) == 1)
    whole = (index_of(REFERENCE) == 1).astype(float)
    sample = PointSample(STRATA, STRATA_PIXELS, np.ones(40))
    value = sample.ratio(right.astype(float), whole).value
    whole[STRATA == 3] = 0
    influence = (right - value * whole) / 34_000
    assert round(sample.error_of_total(influence), 3) == 0.114


def simulated(shares, pixels, points, rng):
    """Hits of a class at points drawn in strata where it has these shares; sample and hits."""
    stratum = np.repeat(np.arange(len(points)), points)
    hit = rng.random(len(stratum)) < np.asarray(shares)[stratum]
    return PointSample(stratum, np.asarray(pixels), np.full(len(stratum), 100.0)), hit


def coverage(shares, pixels, points, repeats=2000):
    """Share of samples whose interval holds the true share, and which methods made them."""
    rng, held, methods = np.random.default_rng(1), 0, set()
    truth = np.dot(shares, pixels) / np.sum(pixels)
    for _ in range(repeats):
        sample, hit = simulated(shares, pixels, points, rng)
        # One simulation inside another is not needed here.
        interval = share_interval(sample, hit, sample.share(hit), None)
        held += interval.low <= truth <= interval.high
        methods.add(interval.method)
    return held / repeats, methods


@pytest.fixture(autouse=True)
def _no_simulation_without_a_generator(monkeypatch):
    from overseed.assessment import intervals

    measure = intervals.measured_coverage
    monkeypatch.setattr(
        intervals,
        "measured_coverage",
        lambda hits, weights, sample, rng: rng and measure(hits, weights, sample, rng),
    )


@pytest.mark.parametrize(
    ("shares", "pixels", "points"),
    [
        ([0.1], [1_000_000], [100]),
        ([0.01], [1_000_000], [1000]),
        ([0.9, 0.8, 0.95], [20_000, 300_000, 4_000_000], [100, 50, 200]),
        ([0.2, 0.13, 0.06, 0.05], [200_000, 150_000, 3_200_000, 6_450_000], [50, 80, 165, 325]),
        ([0.5, 0.3], [1_000, 90_000], [40, 60]),
        ([0.3, 0.3, 0.4], [50_000, 60_000, 70_000], [100, 100, 100]),
    ],
)
def test_intervals_hold_the_truth_with_ten_expected_points_of_each_kind(shares, pixels, points):
    expected = np.minimum(shares, 1 - np.array(shares)) * points
    assert expected.min() >= 9.9
    held, _ = coverage(shares, pixels, points)
    assert 0.93 <= held <= 0.97


@pytest.mark.parametrize(
    ("shares", "points"),
    [
        ([0.8, 0.02, 0.005, 0.001], [75, 75, 165, 325]),
        ([0.9, 0.0, 0.0, 0.001], [50, 75, 165, 325]),
        ([0.97, 0.95, 0.9, 0.99], [30, 30, 30, 30]),
        ([0.02, 0.02, 0.02, 0.02], [50, 50, 50, 50]),
    ],
)
def test_small_samples_get_an_interval_that_holds(shares, points):
    held, methods = coverage(shares, CHANGE_PIXELS, points)
    assert 0.93 <= held <= 0.99
    assert methods == {WILSON}


def test_the_interval_of_large_samples_does_not_hold_in_small_ones():
    """That is why there are two."""
    shares, points, pixels = [0.8, 0.02, 0.005, 0.001], [75, 75, 165, 325], CHANGE_PIXELS
    rng, normal = np.random.default_rng(1), 0
    truth = np.dot(shares, pixels) / np.sum(pixels)
    for _ in range(500):
        sample, hit = simulated(shares, pixels, points, rng)
        estimate = sample.share(hit)
        normal += abs(estimate.value - truth) <= Z * estimate.standard_error
    assert normal / 500 < 0.92


def test_measured_coverage_is_that_of_this_design():
    rng = np.random.default_rng(2)
    sample, hit = simulated([0.8, 0.02], [20_000, 3_000_000], [75, 325], rng)
    interval = share_interval(sample, hit, sample.share(hit), rng)
    assert interval.method == WILSON
    assert 0.93 <= interval.coverage <= 0.985


def test_many_points_of_each_kind_get_the_papers_interval():
    sample, hit = simulated([0.5, 0.5], [20_000, 30_000], [80, 80], np.random.default_rng(0))
    estimate = sample.share(hit)
    interval = share_interval(sample, hit, estimate, np.random.default_rng(0))
    assert interval.method == NORMAL
    assert interval.high - interval.low == pytest.approx(2 * Z * estimate.standard_error)
    assert min(hit[:80].sum(), hit[80:].sum()) >= ENOUGH


def test_a_stratum_drawn_as_a_whole_leaves_nothing_unknown():
    sample, hit = simulated([0.4, 0.6], [50, 40], [50, 40], np.random.default_rng(0))
    estimate = sample.share(hit)
    assert estimate.standard_error == 0
    interval = share_interval(sample, hit, estimate, np.random.default_rng(0))
    assert interval.low == pytest.approx(estimate.value)
    assert interval.high == pytest.approx(estimate.value)


def test_a_single_point_says_nothing_about_its_error():
    sample = PointSample(np.array([0, 0, 1]), np.array([100, 100]), np.ones(3))
    answers = Answers(np.array([0, 0, 1]), np.array([0, 1, 1]))
    found = estimated_accuracy(sample, answers, ("a", "b"), 1.0, np.random.default_rng(0))
    assert found["overall_accuracy"]["value"] == 0.75
    assert found["overall_accuracy"]["standard_error"] is None
    assert found["overall_accuracy"]["low"] is None


def test_a_stratum_without_a_point_is_refused():
    with pytest.raises(ValueError, match="no point"):
        PointSample(np.array([0, 0]), np.array([100, 100]), np.ones(2))


def test_pixels_of_unequal_size_weigh_by_their_area():
    """Half of the pixels are three times as large and all of one class."""
    sample = PointSample(np.zeros(4, int), np.array([1000]), np.array([1.0, 3.0, 1.0, 3.0]))
    assert sample.share(np.array([False, True, False, True])).value == 0.75


def test_ground_that_the_map_leaves_empty_counts_as_wrong():
    sample = PointSample(np.zeros(4, int), np.array([1000]), np.ones(4))
    answers = Answers(np.array([0, 0, -1, 1]), np.array([0, 0, 0, 1]))
    found = estimated_accuracy(sample, answers, ("a", "b"), 1000.0, np.random.default_rng(0))
    assert found["overall_accuracy"]["value"] == 0.75
    assert found["classes"][0]["producers_accuracy"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["classes"][0]["users_accuracy"]["value"] == 1.0
    assert found["quantity_disagreement"] == 0.25
    assert found["allocation_disagreement"] == 0.0


def test_disagreement_adds_up_to_what_is_wrong():
    # Pontius & Millones (2011): a matrix with commission and omission alike is all allocation.
    swapped = np.array([[0.4, 0.1], [0.1, 0.4], [0, 0]])
    assert disagreement(swapped) == {"quantity_disagreement": 0.0, "allocation_disagreement": 0.2}
    grown = np.array([[0.5, 0.2], [0.0, 0.3], [0, 0]])
    assert disagreement(grown) == {"quantity_disagreement": 0.2, "allocation_disagreement": 0.0}


def test_chosen_ground_gets_no_interval():
    matrix = np.array([[30.0, 10], [5, 55], [0, 0]])
    found = described_accuracy(matrix, matrix, ("a", "b"), 4e6)
    assert found["overall_accuracy"] == {"value": 0.85}
    assert found["classes"][0]["users_accuracy"] == {"value": 0.75}
    assert found["classes"][1]["producers_accuracy"] == {"value": pytest.approx(55 / 65, abs=1e-6)}
    assert found["classes"][0]["hectares"] == {"value": 140.0}


def test_difference_of_two_maps_knows_that_their_points_are_the_same():
    rng = np.random.default_rng(0)
    reference = rng.integers(0, 2, 400)
    first = np.where(rng.random(400) < 0.8, reference, 1 - reference)
    second = first.copy()
    mended = np.flatnonzero(first != reference)[:20]
    second[mended] = reference[mended]
    sample = PointSample(np.zeros(400, int), np.array([1_000_000]), np.ones(400))
    answers = Answers(first, reference), Answers(second, reference)
    found = map_difference(sample, *answers, ("a", "b"))
    overall = found["overall_accuracy"]
    assert overall["difference"] == pytest.approx(0.05)
    # Of independent samples the error would be twice as large.
    apart = np.hypot(*(sample.share(a.right).standard_error for a in answers))
    assert overall["standard_error"] < apart / 2
    assert overall["low"] > 0
    assert found["mcnemar"] == {
        "only_first_right": 0,
        "only_second_right": 20,
        "p": pytest.approx(2 * 0.5**20, abs=1e-6),
    }


def test_maps_that_agree_at_every_point_are_not_said_to_be_the_same():
    reference = np.repeat([0, 1], 200)
    sample = PointSample(np.zeros(400, int), np.array([1_000_000]), np.ones(400))
    answers = Answers(reference, reference)
    overall = map_difference(sample, answers, answers, ("a", "b"))["overall_accuracy"]
    assert overall["difference"] == overall["standard_error"] == 0
    assert -0.01 < overall["low"] < 0 < overall["high"] < 0.01


def test_mcnemar_only_under_simple_random_sampling():
    answers = Answers(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    sample = PointSample(np.array([0, 0, 1, 1]), np.array([100, 900]), np.ones(4))
    assert map_difference(sample, answers, answers, ("a", "b"))["mcnemar"] is None


def test_differences_are_held_by_their_intervals():
    """Coverage of the difference between two maps in a stratified sample, 1,000 repetitions."""
    rng = np.random.default_rng(3)
    pixels, points = np.array([20_000, 480_000]), np.array([150, 250])
    stratum = np.repeat([0, 1], points)
    right = np.array([[0.7, 0.9], [0.8, 0.88]])
    truth = float(((right[1] - right[0]) * pixels).sum() / pixels.sum())
    held = 0
    for _ in range(1000):
        sample = PointSample(stratum, pixels, np.ones(400))
        draw = rng.random(400)
        first, second = (
            Answers(np.where(draw < shares[stratum], 0, 1), np.zeros(400, int)) for shares in right
        )
        found = map_difference(sample, first, second, ("a", "b"))["overall_accuracy"]
        held += found["low"] <= truth <= found["high"]
    assert 0.93 <= held / 1000 <= 0.97
