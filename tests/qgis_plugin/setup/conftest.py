"""A tiny engine and libraries as real wheels, an index that serves them, and places to install to."""

import base64
import functools
import hashlib
import http.server
import os
import shutil
import sys
import textwrap
import threading
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from overseed_qgis.setup.materials import Materials
from overseed_qgis.setup.plan import Plan
from overseed_qgis.setup.pythons import Python

ROOT = Path(__file__).parents[3]
HEALTHY = """
import json, platform
versions = {"overseed": "0.1.0", "python": platform.python_version(), "torch": "2.15.0"}
device = {"kind": "cpu", "name": "cpu", "threads": 2}
outputs = {"versions": versions, "device": device, "providers": ["CPU"], "text": "all is well"}
print("a library prints what it likes")
print(json.dumps({"command": "doctor", "outputs": outputs}))
"""


def write_wheel(folder, name, version, files):
    """Write a wheel with ``files`` {path: text or bytes} and return its path."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{inside},sha256={digest},{len(data)}\n"
            archive.writestr(inside, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Tiny:
    """Wheels in ``wheels``, pinned by lists, and what a set-up makes of them in ``root``."""

    materials: Materials
    wheels: Path
    root: Path

    def plan(self, offline=True):
        python = Python(sys.executable, ".".join(map(str, sys.version_info[:3])))
        return Plan(self.materials, self.root, python, (), self.wheels if offline else None)

    def engine(self, body):
        """Replace the engine by lines of Python."""
        body = textwrap.dedent(body)
        files = {"overseed/__init__.py": "", "overseed/__main__.py": body}
        write_wheel(self.materials.engine.parent, "overseed", "0.1.0", files)


@pytest.fixture
def healthy():
    """Return the lines of an engine that is well."""
    return HEALTHY


@pytest.fixture
def uv_program(monkeypatch):
    """Put uv on the path as the repository has it; without one there is nothing to test."""
    private = [str(path) for path in ROOT.glob(".tools/uv-*/bin")]
    path = os.pathsep.join([*private, os.environ["PATH"]])
    if not shutil.which("uv", path=path):
        pytest.skip("uv is not here")
    monkeypatch.setenv("PATH", path)
    return shutil.which("uv", path=path)


@pytest.fixture
def tiny(tmp_path, uv_program):
    """Return a healthy tiny engine with two libraries."""
    wheels = tmp_path / "wheels ü"
    plugin = tmp_path / "plugin"
    for folder in (wheels, plugin):
        folder.mkdir()
    listed = ""
    for name, size in (("smallone", 10), ("largeone", 3_000_000)):
        files = {f"{name}/__init__.py": "", f"{name}/data.bin": os.urandom(size)}
        listed += f"{name}==1.0 --hash=sha256:{sha256(write_wheel(wheels, name, '1.0', files))}\n"
    (plugin / "engine.txt").write_text(listed)
    (plugin / "uv.txt").write_text("uv==0.13.8 --hash=sha256:" + "0" * 64 + "\n")
    wheel = plugin / "overseed-0.1.0-py3-none-any.whl"
    made = Tiny(Materials("0.1.0", plugin, wheel), wheels, tmp_path / "root ü")
    made.engine(HEALTHY)
    return made


class Index(http.server.ThreadingHTTPServer):
    """A package index; ``hold`` names a file that is begun and not finished while it is set."""

    def __init__(self, wheels):
        handler = functools.partial(IndexHandler, directory=str(wheels))
        super().__init__(("127.0.0.1", 0), handler)
        self.served: list[str] = []
        self.hold, self.held = "", threading.Event()
        self.address = f"http://127.0.0.1:{self.server_port}/simple"

    def handle_error(self, request, client_address):
        pass  # a client that was cancelled


class IndexHandler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        name = Path(self.path).name or Path(self.path).parent.name
        if "/simple/" in self.path:
            wheels = Path(self.directory).glob(f"{Path(self.path).name}-*.whl")
            link = '<a href="/{0}" data-core-metadata="true">{0}</a>'
            links = "".join(link.format(wheel.name) for wheel in wheels)
            return self.reply(f"<!DOCTYPE html><html><body>{links}</body></html>".encode())
        if name.endswith(".metadata"):
            with zipfile.ZipFile(Path(self.directory, name[: -len(".metadata")])) as wheel:
                (inside,) = [n for n in wheel.namelist() if n.endswith("/METADATA")]
                return self.reply(wheel.read(inside))
        self.server.served.append(name)
        data = Path(self.directory, name).read_bytes()
        if self.server.hold and name.startswith(self.server.hold):
            self.reply(data, len(data) // 2)
            self.server.held.set()
            deadline = time.monotonic() + 30
            while self.server.hold and time.monotonic() < deadline:
                time.sleep(0.05)
            return None
        return self.reply(data)

    def reply(self, data, sent=None):
        self.send_response(200)
        kind = "text/html" if data.startswith(b"<!") else "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:sent])
        self.wfile.flush()

    def do_HEAD(self):
        self.send_error(404)

    def log_message(self, *words):
        pass


@pytest.fixture
def index(tiny, monkeypatch):
    """Serve the tiny wheels to uv from this machine."""
    server = Index(tiny.wheels)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in [n for n in os.environ if n.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_DEFAULT_INDEX", server.address)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    yield server
    server.hold = ""
    server.shutdown()
    server.server_close()


class Watch:
    """What an installation says; ``stop`` cancels it."""

    def __init__(self):
        self.said, self.stop = [], False

    def say(self, sentence, fraction):
        self.said.append((sentence, fraction))

    def cancelled(self):
        return self.stop


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def alive():
    """Return a function that lists living processes in whose command line a word stands."""

    def find(word):
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().decode(errors="replace")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if word in command and state != "Z" and int(folder.name) != os.getpid():
                found.append(command.replace("\0", " "))
        return found

    return find
