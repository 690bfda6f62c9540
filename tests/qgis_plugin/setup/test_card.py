"""The card, with real tasks and a tiny engine: clicked, cancelled, continued, looked at."""

import json
import sys
import time
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from qgis.PyQt.QtGui import QColor, QGuiApplication, QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QCheckBox, QFileDialog, QMessageBox, QPushButton, QWidget

from overseed_qgis import settings
from overseed_qgis.setup import session as states
from overseed_qgis.setup.card import EngineCard
from overseed_qgis.setup.doctor import Health
from overseed_qgis.setup.pythons import Python, managed_python
from overseed_qgis.setup.session import SetupSession


@pytest.fixture
def own_root(tmp_path, monkeypatch):
    """Let set-up install into a folder of the test, with no engine chosen."""
    monkeypatch.delenv("OVERSEED_ENGINE_PYTHON", raising=False)
    root = tmp_path / "root ü"
    settings.choose_python("")
    settings.choose_root(str(root))
    monkeypatch.setattr("overseed_qgis.settings.plugin_version", lambda: "0.1.0")
    monkeypatch.setattr("overseed_qgis.setup.pythons._candidates", lambda: [sys.executable])
    monkeypatch.setattr("overseed_qgis.setup.pythons.NEWEST", (3, 99))
    yield root
    settings.choose_root("")
    settings.choose_python("")


class Page:
    """A card on the screen, and a hand that clicks."""

    def __init__(self, session):
        self.session, self.changes, self.gaps = session, [], []
        self.card = EngineCard(session=session)
        self.card.engineChanged.connect(lambda: self.changes.append(settings.engine_python()))
        self.card.resize(360, 500)
        self.card.show()
        self._last = time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(10)

    def _tick(self):
        now = time.monotonic()
        self.gaps.append(now - self._last)
        self._last = now

    def shown(self):
        buttons = [b for b in self.card.findChildren(QPushButton) if b.isVisible()]
        return {b.objectName().replace("overseedEngine", "").lower(): b for b in buttons}

    def text(self, name):
        return self.card.findChild(QWidget, f"overseedEngine{name}").text()

    def click(self, name):
        QTest.mouseClick(self.shown()[name], Qt.MouseButton.LeftButton)

    def until(self, done, seconds=60):
        self._last = time.monotonic()
        deadline = self._last + seconds
        while not done() and time.monotonic() < deadline:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        assert done(), (self.session.state, self.session.notice, self.session.problem)

    def rest(self):
        self.until(lambda: self.session.state != states.WORKING)


@pytest.fixture
def page(qgis_app, tiny, own_root):
    """Return the card before anything was set up, with the tiny engine to install."""
    page = Page(SetupSession(tiny.materials))
    page.tiny = tiny
    yield page
    page.session.cancel()
    page.until(lambda: QgsApplication.taskManager().count() == 0)
    page.card.deleteLater()


def offline(page, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a: str(page.tiny.wheels))
    box = page.card.findChild(QWidget, "overseedEngineOffline")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() / 10)
    if not box.isChecked():
        box.click()


def test_nothing_is_started_by_looking(page, own_root):
    QTest.qWait(300)
    assert QgsApplication.taskManager().count() == 0
    assert not own_root.exists()
    assert page.session.state == states.MISSING
    assert set(page.shown()) == {"plan", "existing"}


def test_consent_install_ready(page, monkeypatch, own_root):
    page.click("plan")
    page.rest()
    consent = page.text("Text").replace("\u200b", "")
    for part in ("engine 0.1.0", "PyTorch's build", "GB on disk", str(own_root), "Python: "):
        assert part in consent
    assert set(page.shown()) == {"install", "back", "folder"}
    assert not (own_root / "cache").exists()
    offline(page, monkeypatch)
    assert str(page.tiny.wheels) in page.text("Text").replace("\u200b", "")
    page.gaps.clear()
    page.click("install")
    assert set(page.shown()) == {"cancel", "log"}
    page.rest()
    assert page.session.state == states.READY, page.session.notice
    assert max(page.gaps) < 0.2
    assert page.changes[-1] == settings.engine_python() == page.session.health.python
    assert settings.engine_problem() == ""
    assert "Engine 0.1.0" in page.text("Text")
    assert {"check", "copy", "existing", "repair", "remove"} <= set(page.shown())
    page.click("copy")
    assert "all is well" in QGuiApplication.clipboard().text()
    another = SetupSession(page.tiny.materials)
    assert (another.state, another.health) == (states.READY, page.session.health)


def test_cancel_and_continue(page, index):
    index.hold = "largeone"
    page.click("plan")
    page.rest()
    page.click("install")
    page.until(index.held.is_set)
    started = time.monotonic()
    page.click("cancel")
    page.rest()
    assert time.monotonic() - started < 5
    assert page.session.state == states.UNFINISHED
    assert page.session.notice == ""
    assert settings.engine_python() == ""
    index.hold = ""
    page.click("resume")
    page.click("install")
    page.rest()
    assert page.session.state == states.READY, page.session.notice


def test_a_failure_is_said_and_can_be_copied(page, monkeypatch):
    for wheel in page.tiny.wheels.glob("largeone*"):
        wheel.unlink()
    page.click("plan")
    page.rest()
    offline(page, monkeypatch)
    page.click("install")
    page.rest()
    assert "offline folder lacks a library" in page.text("Notice")
    assert {"resume", "copy", "log"} <= set(page.shown())
    page.click("copy")
    assert "largeone" in QGuiApplication.clipboard().text()


def test_an_existing_interpreter(page, engine_python, monkeypatch, healthy):
    good = engine_python(healthy)
    monkeypatch.delenv("OVERSEED_ENGINE_PYTHON")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(good), ""))
    page.click("existing")
    page.rest()
    assert page.session.state == states.READY, page.session.notice
    assert settings.engine_python() == str(good)
    assert {"forget", "plan"} <= set(page.shown())
    assert "repair" not in page.shown()
    # Another one that does not work changes nothing.
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: ("/bin/false", ""))
    page.click("existing")
    page.rest()
    assert page.session.state == states.READY
    assert page.session.notice
    assert settings.engine_python() == str(good)
    # The one in use breaks.
    engine_python("import sys; sys.exit('No module named overseed')")
    monkeypatch.delenv("OVERSEED_ENGINE_PYTHON")
    page.click("check")
    page.rest()
    assert page.session.state == states.BROKEN
    assert "does not hold Overseed's engine" in page.text("Notice")
    assert SetupSession(page.tiny.materials).state == states.UNTRIED
    page.click("forget")
    assert page.session.state == states.MISSING
    assert good.exists()


def test_an_existing_one_of_another_version_is_refused(page, engine_python, monkeypatch, healthy):
    other = engine_python(healthy.replace('"0.1.0"', '"0.0.9"'))
    monkeypatch.delenv("OVERSEED_ENGINE_PYTHON")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(other), ""))
    page.click("existing")
    page.rest()
    assert "version 0.0.9 and the plugin 0.1.0" in page.session.notice
    assert settings.engine_python() == ""


def test_an_older_engine_is_offered_an_upgrade(page, monkeypatch, own_root):
    page.click("plan")
    page.rest()
    offline(page, monkeypatch)
    page.click("install")
    page.rest()
    record = own_root / "engine-0.1.0" / "engine.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "version": "0.0.9"}))
    page.session.refresh()
    assert page.session.state == states.OUTDATED
    assert "“Upgrade”" in settings.engine_problem()
    assert "upgrade" in page.shown()
    monkeypatch.setattr(QMessageBox, "question", lambda *a: QMessageBox.StandardButton.Yes)
    page.click("remove")
    page.rest()
    assert page.session.state == states.MISSING
    assert not own_root.exists()


def test_the_variable_for_servers_cannot_be_forgotten(page, engine_python, healthy):
    engine_python(healthy)
    page.session.refresh()
    assert page.session.state == states.UNTRIED
    assert "forget" not in page.shown()


def every_state(session):
    """Yield the session in each state, as far as it can be seen on the card."""
    session.refresh = lambda: None
    session.pythons = [Python("/usr/bin/python3", "3.11.2"), managed_python()]
    session.health = Health(
        "/x", {"overseed": "0.1.0", "torch": "2"}, {"kind": "cpu", "threads": 2}
    )
    session.problem = session.notice = "The certificate of the package server is not trusted here."
    session.installed = lambda: None
    session.chosen = lambda: "/a/very/long/path/" + "without/an/end/" * 12 + "python"
    for state in ("missing", "unfinished", "working", "untried", "ready", "broken", "outdated"):
        session.state = state
        session.step = "Downloading nvidia-cudnn-cu13 (495.1MiB)…"
        session.changed.emit()
        yield state


def test_every_state_fits_into_a_narrow_dock_and_has_names(page):
    for state in every_state(page.session):
        for planning in (False, True) if state == "missing" else (False,):
            if planning:
                page.click("plan")
            page.card.resize(360, page.card.layout().heightForWidth(360))
            QCoreApplication.processEvents()
            assert page.card.width() == 360, state
            for widget in page.card.findChildren(QWidget):
                if widget.isVisible() and widget.parent() is page.card:
                    assert widget.geometry().right() <= 360, (state, widget.objectName())
            for button in page.shown().values():
                assert button.toolTip(), button.text()
                assert button.accessibleDescription(), button.text()
                assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
                assert button.width() >= button.sizeHint().width() - 1, (state, button.text())
            for box in page.card.findChildren(QCheckBox):
                assert not box.isVisible() or box.width() >= box.sizeHint().width(), box.text()
            if planning:
                page.click("back")


def test_every_button_has_a_key_of_its_own(page):
    for state in every_state(page.session):
        keys = [b.text().partition("&")[2][:1].lower() for b in page.shown().values()]
        assert len(keys) == len(set(keys)), (state, keys)


def contrast(one, other):
    """Return the contrast ratio of two colours as WCAG 2 defines it."""

    def luminance(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(c.getRgbF()[:3]) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("background", ["#efefef", "#323232"])
def test_colours_can_be_read(page, background):
    palette = page.card.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor(background))
    page.card.setPalette(palette)
    for state in every_state(page.session):
        for name in ("Title", "Notice"):
            sheet = page.card.findChild(QWidget, f"overseedEngine{name}").styleSheet()
            if sheet:
                colour = QColor(sheet.partition("#")[1] + sheet.partition("#")[2].rstrip(";"))
                assert contrast(colour, QColor(background)) > 4.5, (state, name)


def test_settings_keep_the_folder_that_was_chosen(own_root):
    assert settings.engine_root() == own_root
    settings.choose_root("")
    assert QgsSettings().value("overseed/engine_folder") is None
    assert settings.engine_root() == Path(QgsApplication.qgisSettingsDirPath(), "overseed")
