"""Arms are read the same however they are written, and what is none is refused in words."""

from typing import get_args

import pytest

from overseed.arms import CONTROLS, SAMPLES, parse_arm, parse_arms, parse_terms
from overseed.config import Method, SampleMethod


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("none", "none"),
        ("spade+oversample", "oversample+spade"),
        (" oversample + spade ", "oversample+spade"),
        ("copy-paste+weighted+spade", "weighted+copy-paste+spade"),
        ("random-forest", "random-forest"),
    ],
)
def test_one_name_for_one_arm(text, name):
    assert parse_arm(text).name == name


def test_every_method_is_an_arm():
    assert set(get_args(Method)) == set(SAMPLES)
    assert set(get_args(SampleMethod)) == {*SAMPLES, *CONTROLS}


def test_an_arm_says_what_it_asks_for():
    arm = parse_arm("focal+oversample+spade+noise")
    assert (arm.loss, arm.oversample, arm.samples) == ("focal", True, ("spade", "noise"))
    assert parse_arm("random-forest").is_forest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("none+spade", "cannot be joined"),
        ("random-forest+oversample", "cannot be joined"),
        ("gan", "'gan' is no arm; there are none, weighted"),
        ("", "is no arm"),
        ("spade+spade", "twice"),
        ("weighted+focal", "loss in two ways"),
    ],
)
def test_what_is_no_arm_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        parse_arm(text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("oversample+spade", "oversample"), ("spade", "none"), ("weighted", "weighted"), ("none", "none"),
        ("focal+copy-paste+spade+noise", "focal"),
    ],
)  # fmt: skip
def test_an_arm_without_its_samples(text, bare):
    assert parse_arm(text).without_samples == bare
    assert parse_arm("copy-paste+spade").without("spade") == "copy-paste"


def test_a_list_keeps_its_order_and_names_each_once():
    found = [arm.name for arm in parse_arms("spade,none,spade+oversample,oversample+spade,")]
    assert found == ["spade", "none", "oversample+spade"]
    with pytest.raises(ValueError, match="no arm"):
        parse_arms(",")


def test_losses_are_sums_of_known_terms():
    assert parse_terms("focal + dice") == ("focal", "dice")
    with pytest.raises(ValueError, match="'hinge' is no loss"):
        parse_terms("ce+hinge")
    with pytest.raises(ValueError, match="twice"):
        parse_terms("ce+ce")
