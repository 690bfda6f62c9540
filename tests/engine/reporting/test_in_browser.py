"""The page in a real browser: quiet, offline, as wide as its window, light and dark, and on paper."""

from __future__ import annotations

import pytest

from tests.engine.reporting.browser import PROGRAM, Browser
from tests.engine.reporting.test_report import ATTACK, page_of

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium or Chrome on the path")

#: Names that are hard to place: markup, a formula, no space to break at, a right-to-left one.
CLASSES = (
    ("farm", "#f0d264", False, 3000),
    (ATTACK, "#1b6e3c", False, 1500),
    ("=cmd()" + "x" * 60, "#0072b2", True, 120),
    ("מים & reeds", "#5fc8c8", True, 60),
)
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def browser():
    with Browser() as found:
        yield found


@pytest.fixture
def page(make_run):
    maker = make_run(classes=CLASSES)
    maker.run_yaml()
    maker.make()
    maker.confidence()
    maker.compared()
    maker.assessment()
    page_of(maker.root)
    return maker.root / "report.html"


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True])
def test_quiet_offline_and_as_wide_as_its_window(browser, page, width, dark):
    browser.open(page, width, dark)
    assert browser.messages == []
    elsewhere = [a for a in browser.requests if not a.startswith("data:")]
    assert elsewhere == [page.resolve().as_uri()]
    shown = browser.value("document.documentElement.clientWidth")
    assert width - 20 <= shown <= width
    assert browser.value("document.documentElement.scrollWidth") <= shown
    # Nothing but tables that scroll by themselves reaches over the edge.
    over = browser.value(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('.wide') && "
        "e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert over == []
    # Every picture could be drawn.
    assert browser.value("[...document.images].every(i => i.naturalWidth > 0)") is True
    red = int(browser.value(BACKGROUND).split("(")[1].split(",")[0])
    assert (red < 60) == dark


def test_a_class_named_like_a_script_is_a_text(browser, page):
    browser.open(page, 800)
    assert browser.value("document.scripts.length") == 0
    cells = browser.value("[...document.querySelectorAll('th')].map(e => e.textContent)")
    assert [cell for cell in cells if ATTACK in cell]
    texts = browser.value("[...document.querySelectorAll('svg text')].map(e => e.textContent)")
    assert [text for text in texts if text.startswith("<script>alert(1)")]


def test_a_page_from_a_run_that_has_just_begun(browser, make_run):
    maker = make_run(classes=CLASSES)
    maker.inspect()
    page_of(maker.root)
    browser.open(maker.root / "report.html", 400)
    assert browser.messages == []
    assert browser.value("document.documentElement.scrollWidth") <= 400


def test_on_paper_it_is_dark_on_white_and_whole(browser, page):
    browser.open(page, 800, dark=True, print_media=True)
    assert browser.value(BACKGROUND) == "rgb(255, 255, 255)"
    assert browser.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.value("getComputedStyle(document.querySelector('.wide')).overflowX") == "visible"
    # As wide as A4 between its margins; tables do not scroll on paper.
    browser.open(page, 720, print_media=True)
    assert browser.value("document.documentElement.scrollWidth") <= 720
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") >= 3


def test_the_browser_would_tell_of_errors_and_requests(browser, tmp_path):
    """The checks above can fail."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<img src='missing.png'><div style='width:3000px'>wide</div><script>boom()</script>"
    )
    browser.open(bad, 400)
    assert [message for message in browser.messages if "boom" in message]
    assert [address for address in browser.requests if address.endswith("missing.png")]
    assert browser.value("document.documentElement.scrollWidth") >= 3000
