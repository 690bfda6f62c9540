"""Charts: dots where the numbers say, gaps where there are none, SVG that is safe beside others."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from overseed.reporting import charts
from overseed.reporting.palette import ARM_INKS, VARIABLES

HOSTILE = ['<b>&"', '$x^2$ id="y', "#010101", "a\nb" * 40]


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns:xlink="x" ', 1))


def dots(svg: str, arm: int) -> list[float]:
    """Horizontal places of an arm's dots."""
    colour = VARIABLES[ARM_INKS[arm]]
    uses = [u for u in parse(svg).iter("use") if f"fill: {colour}" in u.get("style", "")]
    return [float(u.get("x", "nan")) for u in uses]


def tick(svg: str, text: str) -> float:
    (found,) = [t for t in parse(svg).iter("text") if t.text == text and "middle" in t.get("style")]
    return float(found.get("x"))


def test_dots_stand_where_their_scores_are():
    svg = charts.score_chart(
        "F1", ["a", "b"], [False, True], {"none": [0.5, 1.0], "pix2pix": [0.25, None]}
    )
    zero, one = tick(svg, "0"), tick(svg, "1")
    # Legend entries are dots too; those on the axis are compared.
    for arm, values in ((0, [0.5, 1.0]), (1, [0.25])):
        on_axis = dots(svg, arm)[: len(values)]
        assert [(x - zero) / (one - zero) for x in on_axis] == pytest.approx(values, abs=1e-3)
        assert len(dots(svg, arm)) == len(values) + 1


def test_gaps_are_said():
    svg = charts.score_chart("F1", ["a", "b"], [False] * 2, {"none": [0.5, None]})
    assert svg.count("not evaluated") == 1
    svg = charts.difference_chart(
        ["a", "b"], [False] * 2, [(0.1, 0.0, 0.2), (None, None, None)], "d"
    )
    assert svg.count("not evaluated") == 1


@pytest.mark.parametrize(
    "svg",
    [
        charts.score_chart("F1", HOSTILE, [True] * 4, {"none": [0.1] * 4, "<i>": [None] * 4}),
        charts.difference_chart(HOSTILE, [False] * 4, [(0.1, None, None)] * 4, "<u>"),
        charts.recall_chart(HOSTILE, [False] * 4, [0.1, None, 0.2, 0.3], [0.2, 0.3, None, 0.1]),
        charts.ratio_chart(HOSTILE, [True, False] * 2, [0.001, 900.0, None, 1.0]),
        charts.curve_chart([{"step": 1, "<a> loss": 1.0}], ["<a> loss"], "loss"),
        charts.curve_chart([], ["x loss", "y loss"], "loss"),
    ],
)
def test_names_stay_texts_and_colours_follow_the_page(svg):
    root = parse(svg)
    assert {e.tag for e in root.iter()} <= {
        "svg",
        "g",
        "defs",
        "path",
        "use",
        "text",
        "clipPath",
        "rect",
        "tspan",
    }
    fixed = re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg)
    assert fixed == []
    assert "http" not in svg
    assert "<!--" not in svg


def test_class_names_are_written_as_they_are():
    svg = charts.score_chart("F1", HOSTILE, [False] * 4, {"none": [0.1] * 4})
    texts = [t.text for t in parse(svg).iter("text")]
    assert HOSTILE[:3] == [t for t in texts if t in HOSTILE]


def test_definitions_of_two_charts_do_not_clash():
    both = [charts.score_chart("F1", ["a"], [False], {"none": [v]}) for v in (0.2, 0.8)]
    names = [set(re.findall(r'id="([^"]+)"', svg)) for svg in both]
    assert names[0]
    assert not names[0] & names[1]
    for svg, own in zip(both, names, strict=True):
        assert set(re.findall(r'href="#([^"]+)"', svg)) <= own
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= own
