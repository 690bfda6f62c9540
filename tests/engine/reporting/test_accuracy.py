"""Accuracy on the page: what an assessment says stands there, with its intervals or the reason for none."""

from __future__ import annotations

import json
import re

import numpy as np
import pyogrio
import pytest
import shapely

from overseed.config import ReportSettings
from overseed.stages.report import report
from tests.engine.reporting.test_report import Page, page_of, row


@pytest.fixture
def mapped(make_run):
    maker = make_run()
    maker.make(("tiles", "models", "map"))
    return maker


def section(text: str) -> str:
    return re.search(r'<section id="accuracy">.*?</section>', text, re.DOTALL)[0]


def written(figure: dict, form: str = ".3f") -> str:
    """A figure with its interval below, as a cell of the page."""
    if figure["value"] is None:
        return "not evaluated"
    return f"{figure['value']:{form}} {figure['low']:{form}}–{figure['high']:{form}}"


def test_every_figure_stands_on_the_page_with_its_interval(mapped):
    (entry,) = mapped.assessment()["maps"]
    page = Page(page_of(mapped.root))
    table = page.tables["accuracy accuracy"]
    assert table[0][0] == "class"
    assert [cells[0] for cells in table[1:]] == [
        "farm", "forest", "water rare", "wetland & reeds rare",
    ]  # fmt: skip
    for found in entry["classes"]:
        cells = row(table, found["name"])
        measures = ("users_accuracy", "producers_accuracy", "f1")
        assert cells[:3] == [written(found[measure]) for measure in measures]
        value, low, high = (found["hectares"][part] for part in ("value", "low", "high"))
        parts = re.findall(r"[0-9.]+", cells[3])
        assert list(map(float, parts)) == pytest.approx([value, low, high], abs=0.051)
        assert float(cells[4]) == pytest.approx(entry["map_hectares"][found["name"]], abs=0.051)
    overall = entry["overall_accuracy"]
    text = f"{overall['value']:.3f} (95\u00a0% interval {overall['low']:.3f}–{overall['high']:.3f})"
    assert f"Overall accuracy {text}." in page.texts["accuracy"]
    assert f"Overall accuracy of the map {text}, from 120 points" in page.texts[""]
    assert "kappa" not in page.texts["accuracy"].lower()


def test_the_confusion_matrix_has_points_shares_and_sums(mapped):
    (entry,) = mapped.assessment()["maps"]
    table = Page(page_of(mapped.root)).tables["accuracy matrix"]
    names = [found["name"] for found in entry["classes"]]
    assert table[0] == ["on the map", *mapped.names, "together"]
    for place, name in enumerate(names):
        cells = row(table, name)
        counts = [int(cell.split()[0]) if cell else 0 for cell in cells]
        wanted = [entry["matrix"][place][names.index(column)] for column in mapped.names]
        assert counts == [*wanted, sum(wanted)]
        shares = [entry["matrix_of_area"][place][names.index(column)] for column in mapped.names]
        own = shares[mapped.names.index(name)]
        shown = cells[mapped.names.index(name)].split()[1]
        assert float(shown) == pytest.approx(100 * own, abs=0.051)
    assert row(table, "together")[-1] == "120 100.0"
    text = Page(page_of(mapped.root)).texts["accuracy"]
    wrong = entry["quantity_disagreement"] + entry["allocation_disagreement"]
    assert f"The map is wrong on {100 * wrong:.1f} % of the ground" in text


def test_areas_are_drawn_in_the_classes_colours_and_by_name(mapped):
    mapped.assessment()
    (figure,) = re.findall(r'<figure class="areas">(.*?)</figure>', page_of(mapped.root), re.DOTALL)
    for land in mapped.table.classes:
        assert figure.count(f"stroke: {land.colour}") == 1, land
        assert re.search(rf"<text[^>]*>{land.name.replace('&', '&amp;')}", figure)
    assert "counted on the map" in figure


def test_chosen_reference_data_gets_no_interval_no_area_and_says_so(mapped, tmp_path):
    xy = np.array([(370000 + 10 * x + 5, 5820000 - 10 * 20 - 5) for x in range(5, 100, 4)])
    names = np.array(["farm", "forest"] * 12, object)
    pyogrio.raw.write(
        str(tmp_path / "own.gpkg"), shapely.to_wkb(shapely.points(xy)), [names], ["reference"],
        driver="GPKG", geometry_type="Point", crs="EPSG:32633",
    )  # fmt: skip
    mapped.assessment(reference=tmp_path / "own.gpkg")
    text = page_of(mapped.root)
    page = Page(text)
    assert "chosen, not drawn by chance" in page.texts["accuracy"]
    assert "no estimate for the map" in page.texts[""]
    assert "95" not in page.texts["accuracy"]
    table = page.tables["accuracy accuracy"]
    assert not [name for name in table[0] if "estimated" in name]
    assert not [cell for cells in table[1:] for cell in cells[1:] if "–" in cell.strip("–")]
    assert 'class="areas"' not in text
    methods = json.loads((mapped.root / "report.json").read_text())["made"]["methods"]
    assert "purposively chosen" in methods
    assert "Stehman" not in methods


def test_a_sample_of_a_part_speaks_for_that_part_alone(mapped, tmp_path):
    left_out = tmp_path / "training.gpkg"
    pyogrio.raw.write(
        str(left_out), shapely.to_wkb([shapely.box(370000, 5819000, 370600, 5820000)]), [], [],
        driver="GPKG", geometry_type="Polygon", crs="EPSG:32633",
    )  # fmt: skip
    points = mapped.points(tmp_path / "part.gpkg", leave_out=[str(left_out)])
    (entry,) = mapped.assessment(reference=points)["maps"]
    page = Page(page_of(mapped.root))
    whole = sum(entry["map_hectares"].values())
    assert entry["hectares"] < 0.7 * whole
    assert (
        f"They speak for {entry['hectares']:.1f} of the map's {whole:.1f}" in page.texts["accuracy"]
    )
    # What the map counts on that part is set against it, not what it counts as a whole.
    on_part = [float(cells[-1]) for cells in page.tables["accuracy accuracy"][1:]]
    assert sum(on_part) == pytest.approx(entry["hectares"], rel=0.01)


def test_an_assessment_of_an_older_map_is_called_that(mapped):
    mapped.assessment()
    assert "about another map" not in page_of(mapped.root)
    path = mapped.root / "map" / "classified.tif"
    path.write_bytes(path.read_bytes() + b"\0")
    page = Page(page_of(mapped.root))
    assert "about another map than the one above" in page.texts["accuracy"]
    assert "about another map than the one above" in page.texts[""]
    assert "Overall accuracy of the map" not in page.texts[""]


def test_two_maps_at_the_same_points_are_told_apart(mapped, tmp_path):
    import rasterio

    path = mapped.root / "map" / "classified.tif"
    with rasterio.open(path) as source:
        profile, codes = source.profile, source.read(1)
    other = tmp_path / "other.tif"
    with rasterio.open(other, "w", **profile) as target:
        target.write(np.where(codes == 2, 1, codes), 1)
    other.with_name("other.tif.aux.xml").write_bytes(
        path.with_name("classified.tif.aux.xml").read_bytes()
    )
    (pair,) = mapped.assessment(maps=[path, other])["differences"]
    page = Page(page_of(mapped.root))
    assert "other.tif minus classified.tif" in page.texts["accuracy"]
    overall = pair["overall_accuracy"]
    assert overall["difference"] < -0.05
    signed = f"{overall['difference']:+.3f}".replace("-", "−")
    assert f"overall accuracy {signed}" in page.texts["accuracy"]
    forest = row(page.tables["accuracy pairs"], "forest")
    assert forest[1].startswith("−")


FOREIGN = {
    "half": '{"maps": [',
    "empty": "",
    "list": "[]",
    "text": '"maps"',
    "other": '{"type": "FeatureCollection", "features": []}',
    "no maps": '{"maps": []}',
    "hollow": '{"maps": [{}]}',
    "wrong": '{"maps": [{"map": 1, "design": "simple"}]}',
    "deep": "[" * 100_000,
    "binary": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_gives_a_sentence_and_no_crash(make_run, content):
    maker = make_run()
    maker.make(("tiles",))
    folder = maker.root / "assessment"
    folder.mkdir()
    data = content if isinstance(content, bytes) else content.encode()
    (folder / "notes.json").write_bytes(data)
    page = Page(page_of(maker.root))
    assert "notes.json beside the run's assessments is not shown" in page.texts["accuracy"]
    assert "notes.json" in page.texts[""]
    assert "overseed assess" in page.texts["accuracy"]
    found = json.loads((maker.root / "report.json").read_text())["accuracy"]
    assert found[0]["problem"]
    assert found[0]["assessment"] is None


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("overall_accuracy", "value"), "0.9"),
        (("overall_accuracy", "low"), float("nan")),
        (("matrix",), [[1]]),
        (("matrix", 0, 0), None),
        (("design",), "guessed"),
        (("classes", 0, "name"), None),
        (("warnings",), [3]),
        (("map_hectares",), {"farm": True}),
    ],
)
def test_an_assessment_with_one_wrong_value_is_not_shown_in_part(mapped, place, value):
    content = mapped.assessment()
    part = content["maps"][0]
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    (mapped.root / "assessment" / "assessment.json").write_text(json.dumps(content))
    page = Page(page_of(mapped.root))
    assert "is not shown" in page.texts["accuracy"]
    assert "accuracy accuracy" not in page.tables
    assert "farm" in Page(page_of(mapped.root)).tables["classes bars"][1][0]


def test_what_lies_there_is_looked_at_each_time(mapped):
    assert "overseed sample-points" in Page(page_of(mapped.root)).texts["accuracy"]
    mapped.assessment()
    assert "overseed sample-points" not in Page(page_of(mapped.root)).texts["accuracy"]
    (mapped.root / "assessment" / "assessment.json").unlink()
    outputs = report(ReportSettings(run=mapped.root))
    assert "overseed sample-points" in Page(page_of(mapped.root)).texts["accuracy"]
    assert not [path for path in outputs["tables"] if "accuracy" in path]
    assert not (mapped.root / "report-tables" / "accuracy.csv").exists()


def test_confidence_lies_below_the_map_with_its_colours(mapped):
    assert "How sure the network is" not in page_of(mapped.root)
    mapped.confidence()
    text = page_of(mapped.root)
    from tests.engine.reporting.test_report import pictures

    (picture,) = pictures(text, "Confidence of the map")
    sure, unsure = picture[100, 10], picture[100, -10]
    assert sure[:3].sum() > unsure[:3].sum() + 100
    assert (picture[:6, :, 3] == 0).all()
    assert "not how often it is right" in Page(text).texts["map"]
