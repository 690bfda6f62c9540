"""Help pages: complete, in QGIS's language, linked, and without anything from a network."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QUrl

from overseed_qgis import help as help_pages
from overseed_qgis.help import help_url, index_url, write_pages
from overseed_qgis.translation import install_translator, remove_translator


class Reader(HTMLParser):
    """Collects links and headings, and sees whether elements are closed in their order."""

    def __init__(self, text):
        super().__init__()
        self.links, self.open, self.text = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.links += [given[key] for key in ("href", "src") if key in given]
        if tag not in ("meta", "rect", "path", "circle", "ellipse"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            assert tag in ("rect", "path", "circle", "ellipse"), (tag, self.open)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def written(provider, tmp_path):
    write_pages(tmp_path / "help")
    return {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "help").iterdir()}


def test_every_algorithm_has_a_page_with_all_that_its_form_asks(written, provider):
    for algorithm in provider.algorithms():
        text = " ".join(Reader(written[f"{algorithm.name()}.html"]).text.split())
        assert algorithm.displayName() in text
        for definition in algorithm.parameterDefinitions():
            assert definition.description() in text
            assert " ".join(definition.help().split()) in text
            assert definition.name() in text
        assert f'href="{algorithm.name()}.html"' in written["index.html"]
        assert algorithm.helpUrl() == help_url(algorithm.name())
        assert QUrl(algorithm.helpUrl()).isLocalFile()
        assert Path(QUrl(algorithm.helpUrl()).toLocalFile()).name == f"{algorithm.name()}.html"


def test_links_lead_to_pages_that_are_there_and_nothing_comes_from_a_network(written):
    for name, text in written.items():
        links = Reader(text).links
        assert set(links) <= set(written), name
        assert not re.search(r"@import|url\(|<script|<link", text), name
        addresses = set(re.findall(r"https?://[^\s\"<]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name


def test_algorithms_come_in_the_order_of_the_work(written):
    links = Reader(written["index.html"]).links
    order = [links.index(f"{name}.html") for name in ("preparedataset", "trainsegmentation")]
    assert order == sorted(order)
    assert links.index("classifyraster.html") < links.index("assessmap.html")


def test_words_and_report_say_what_they_are_for(written):
    words = Reader(written["words.html"]).text
    for word in ("Scene", "Tile", "Block", "Layout", "Sample", "Gate", "Fold"):
        assert word in words
    assert "interval" in Reader(written["report.html"]).text


def test_pages_are_in_the_language_of_qgis(provider, preferences, tmp_path):
    preferences.setValue("locale/overrideFlag", True)
    preferences.setValue("locale/userLocale", "de")
    translator = install_translator()
    try:
        write_pages(tmp_path)
    finally:
        remove_translator(translator)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in text
    assert "Seltene Klassen klassifizieren" in text


def test_right_pages_are_left_alone_and_wrong_ones_written_anew(provider, tmp_path):
    write_pages(tmp_path)
    before = (tmp_path / "words.html").stat().st_mtime_ns
    (tmp_path / "index.html").write_text("old")
    write_pages(tmp_path)
    assert (tmp_path / "words.html").stat().st_mtime_ns == before
    assert "Overseed" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_profile_that_cannot_be_written_does_not_matter(provider, monkeypatch, tmp_path):
    (tmp_path / "profile").touch()
    monkeypatch.setattr(help_pages, "_written", {})
    monkeypatch.setattr(QgsApplication, "qgisSettingsDirPath", lambda: str(tmp_path / "profile"))
    assert QUrl(index_url()).isLocalFile()
    assert "profile" not in index_url()
