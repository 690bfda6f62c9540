"""Class names come from users: as markup or formula they stay texts in everything that is written."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from overseed.mapping.style import write_category_names, write_qml
from tests.engine.reporting.test_report import Page, page_of

SCRIPT, FORMULA = "<script>alert(1)</script>", "=cmd()"
CLASSES = (
    (SCRIPT, "#f0d264", False, 3000),
    (FORMULA, "#1b6e3c", False, 1500),
    ("{{ 7 * 7 }} {% raw %}", "#0072b2", True, 120),
    ("</style></svg><img src=x onerror=alert(1)>", "#5fc8c8", True, 60),
)
NAMES = [name for name, *_ in CLASSES]


@pytest.fixture
def run(make_run):
    maker = make_run(classes=CLASSES, settings={"rare": NAMES, "title": SCRIPT, "credits": SCRIPT})
    maker.run_yaml()
    maker.make()
    maker.confidence()
    maker.compared()
    maker.assessment()
    return maker


class Elements(HTMLParser):
    """Names of elements, their attributes' names, and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.texts.append(data)


def test_in_the_page_they_are_texts(run):
    text = page_of(run.root)
    found = Elements(text)
    assert "script" not in found.names
    assert not [name for name in found.attributes if name.startswith("on")]
    assert SCRIPT not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    page = Page(text)
    for name in NAMES:
        for table in ("classes bars", "table-f1", "accuracy accuracy", "accuracy matrix"):
            rows = [cells[0].removesuffix(" rare") for cells in page.tables[table]]
            assert name in rows, (table, name)
    assert page.tables["accuracy matrix"][0][1:5] == NAMES
    # The asked settings, the methods and the commands name them too.
    assert text.count("{{ 7 * 7 }}") > 5
    assert "49" not in page.texts["asked"]


def test_in_the_charts_they_are_texts(run):
    charts = re.findall(r"<svg class=\"chart\".*?</svg>", page_of(run.root), re.DOTALL)
    assert len(charts) > 5
    for chart in charts:
        parsed = ElementTree.fromstring(chart.replace("<svg ", '<svg xmlns:xlink="x" ', 1))
        assert not {e.tag for e in parsed.iter()} & {"script", "img", "foreignObject"}
    assert any("&lt;script&gt;" in chart for chart in charts)


def test_in_tables_no_cell_is_a_formula(run):
    page_of(run.root)
    files = sorted((run.root / "report-tables").glob("*.csv"))
    assert len(files) == 4
    for path in files:
        with path.open(newline="", encoding="utf-8") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert f"'{FORMULA}" in cells, path.name
        assert SCRIPT in cells, path.name
        for cell in cells:
            if cell.startswith(("=", "+", "-", "@")):
                float(cell)


def test_in_json_they_are_texts(run):
    page_of(run.root)
    found = json.loads((run.root / "report.json").read_text(encoding="utf-8"))
    assert [c["name"] for c in found["classes"]] == NAMES
    assert [c["name"] for c in found["accuracy"][0]["assessment"]["maps"][0]["classes"]]
    assert found["title"] == SCRIPT


def test_in_commands_they_are_quoted(run):
    import shlex

    page_of(run.root)
    made = json.loads((run.root / "report.json").read_text(encoding="utf-8"))["made"]
    words = shlex.split(made["commands"][0])
    assert [words[i + 1] for i, word in enumerate(words) if word == "--rare"] == NAMES


def test_in_a_maps_style_and_names_they_are_texts(run, tmp_path):
    write_qml(tmp_path / "map.qml", run.table)
    write_category_names(tmp_path / "map.tif.aux.xml", run.table)
    style = ElementTree.parse(tmp_path / "map.qml").getroot()
    assert [entry.get("label") for entry in style.iter("paletteEntry")] == NAMES
    names = ElementTree.parse(tmp_path / "map.tif.aux.xml").getroot()
    assert [entry.text or "" for entry in names.iter("Category")] == ["", *NAMES]
    for path in (tmp_path / "map.qml", tmp_path / "map.tif.aux.xml"):
        assert "<script" not in path.read_text(encoding="utf-8")
