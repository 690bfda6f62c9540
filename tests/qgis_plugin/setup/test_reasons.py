"""Failures become sentences: what programs printed when they really failed, and failing anew."""

import errno
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading

import pytest

from overseed_qgis.setup.installer import Watcher, install
from overseed_qgis.setup.network import Network
from overseed_qgis.setup.reasons import SetupFailed, explain, reasons

ROOT_ONLY = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can arrange this"
)
#: (kind, lines, exit code); those of uv, pip and Python on Linux are copied from real failures,
#: those of Windows from its documentation of error codes.
PRINTED = [
    ("network", "cause: tcp connect error\ncause: Connection refused (os error 111)", 2),
    ("network", "cause: dns error\nfailed to lookup address information: Temporary failure", 2),
    ("network", "cause: error sending request for url (https://x/)\ncause: operation timed out", 2),
    ("network", "cause: Network is unreachable (os error 101)", 2),
    (
        "proxy",
        "cause: client error (Connect)\ncause: tunnel error: failed to create underlying connection\n"
        "cause: tcp connect error\ncause: Connection refused (os error 111)",
        2,
    ),
    ("certificate", "client error (Connect)\ninvalid peer certificate: UnknownIssuer", 2),
    (
        "certificate",
        "Could not fetch URL: There was a problem confirming the ssl certificate: "
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
        1,
    ),
    ("disk", "failed to write to file `/c/x.so`: No space left on device (os error 28)", 1),
    ("disk", "There is not enough space on the disk. (os error 112)", 2),
    ("permission", "failed to create directory `/ro/c`: Permission denied (os error 13)", 2),
    ("permission", "failed to create directory `C:\\x`: Access is denied. (os error 5)", 2),
    ("permission", "[Errno 30] Read-only file system: '/media/x'", 1),
    (
        "antivirus",
        "The process cannot access the file because it is being used by another process. "
        "(os error 32)",
        2,
    ),
    (
        "antivirus",
        "Operation did not complete successfully because the file contains a virus or potentially "
        "unwanted software. (os error 225)",
        2,
    ),
    ("hash", "cause: Hash mismatch for `idna==3.20`\n  Expected:\n    sha256:00", 1),
    ("hash", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", 1),
    ("offline-folder", "Because idna was not found in the provided package locations and you", 1),
    (
        "python",
        "Because the current Python version (3.9.18) does not satisfy Python>=3.11 and numpy==2.4.6 "
        "depends on Python>=3.11, we can conclude that numpy==2.4.6 cannot be used.",
        1,
    ),
    ("python", "error: No interpreter found for Python 3.99 in managed installations", 2),
    (
        "platform",
        "Because onnxruntime==1.31.1 has no wheels with a matching platform tag (e.g., "
        "`macosx_13_0_arm64`) and you require onnxruntime",
        1,
    ),
    ("platform", "libm.so.6: version `GLIBC_2.29' not found", 1),
    ("pip", "/usr/bin/python3: No module named pip", 1),
    ("runtime", "ImportError: DLL load failed while importing _C: The specified module", 1),
    ("runtime", "", 0xC0000135),
    ("processor", "", 132),
    ("memory", "", 137),
    ("index", "ERROR: No matching distribution found for uv==0.13.8", 1),
    ("index", "Because uv was not found in the package registry and you require uv==0.13.8", 1),
    ("index", "Because there are no versions of largeone and you require largeone==1.0, we", 1),
    ("engine", "/usr/bin/python3: No module named overseed", 1),
]


@pytest.mark.parametrize(("kind", "printed", "code"), PRINTED)
def test_what_was_printed_becomes_a_sentence(kind, printed, code):
    failure = explain("It failed.", ["Using Python 3.11.7", *printed.splitlines()], code)
    assert failure.name == kind
    assert str(failure).startswith("It failed. ")
    assert "os error" not in str(failure)


def test_every_kind_was_seen():
    assert {kind for kind, _, _ in PRINTED} == {reason.name for reason in reasons()}


def test_what_is_not_known_is_shown_as_it_was_printed():
    failure = explain("It failed.", ["one", "", "two"], 1)
    assert failure.name == "unknown"
    assert str(failure).endswith("one\ntwo")
    assert "exit code 7" in str(explain("It failed.", [], 7))


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, "disk"), (errno.EACCES, "permission"), (errno.EROFS, "permission")],
)
def test_errors_of_the_system_go_the_same_way(number, kind):
    error = OSError(number, os.strerror(number), "/somewhere")
    assert explain("It failed.", [str(error)]).name == kind


NOTHING = Network()


def fails(tiny, watch, offline=False, network=NOTHING):
    with pytest.raises(SetupFailed) as failure:
        install(tiny.plan(offline), network, Watcher(watch.say, watch.cancelled))
    assert str(failure.value)
    return failure.value.name


def test_an_index_that_refuses_connections(tiny, watch, index, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    assert fails(tiny, watch) == "network"


def test_an_index_without_the_libraries(tiny, watch, index):
    for wheel in tiny.wheels.glob("largeone*"):
        wheel.unlink()
    assert fails(tiny, watch) == "index"


def test_a_folder_without_the_libraries(tiny, watch):
    for wheel in tiny.wheels.glob("largeone*"):
        wheel.unlink()
    assert fails(tiny, watch, offline=True) == "offline-folder"


def test_a_changed_file(tiny, watch, index):
    text = (tiny.materials.lists / "engine.txt").read_text()
    (tiny.materials.lists / "engine.txt").write_text(text.replace(text[-9:-1], "00000000"))
    assert fails(tiny, watch) == "hash"


@pytest.mark.parametrize("status", [407, 502])
def test_a_proxy_that_refuses(tiny, watch, index, monkeypatch, status):
    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self):
            self.send_response(status, "Proxy Authentication Required" if status == 407 else "No")
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.invalid/simple")
    proxy = Network(proxy=f"http://anna:word@127.0.0.1:{server.server_port}")
    assert fails(tiny, watch, network=proxy) == "proxy"
    server.shutdown()
    server.server_close()


@pytest.fixture
def secure_index(index, tmp_path):
    """Serve the index over TLS with a certificate that nobody knows; return address and PEM."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not here")
    key, pem = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-keyout", key, "-out", pem, "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=DNS:localhost"]
    words += ["-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    index.socket = context.wrap_socket(index.socket, server_side=True)
    return f"https://localhost:{index.server_port}/simple", pem.read_text()


def test_a_certificate_that_nobody_knows(tiny, watch, secure_index, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", secure_index[0])
    assert fails(tiny, watch) == "certificate"


def test_a_certificate_that_qgis_knows(tiny, watch, secure_index, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", secure_index[0])
    network = Network(certificates=secure_index[1])
    install(tiny.plan(offline=False), network, Watcher(watch.say, watch.cancelled))


@ROOT_ONLY
def test_a_disk_that_fills_up(tiny, watch, index, monkeypatch):
    monkeypatch.setattr("overseed_qgis.setup.plan.free_bytes", lambda folder: 10**12)
    tiny.root.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tiny.root])
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        assert fails(tiny, watch) == "disk"
    finally:
        # What was killed may still be on its way out.
        subprocess.run(["umount", "--lazy", tiny.root], check=True)


@ROOT_ONLY
def test_a_folder_of_somebody_else(tiny, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    code = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from overseed_qgis.setup.installer import Watcher, install
from overseed_qgis.setup.materials import Materials
from overseed_qgis.setup.network import Network
from overseed_qgis.setup.plan import Plan
from overseed_qgis.setup.pythons import Python
materials = Materials("0.1.0", Path({str(tiny.materials.lists)!r}), Path({str(tiny.materials.engine)!r}))
plan = Plan(materials, Path({str(mine / "overseed")!r}), Python(sys.executable, "3.11"))
os.setgid(65534), os.setuid(65534)
try:
    install(plan, Network(), Watcher(lambda *said: None, lambda: False))
except Exception as failure:
    print(getattr(failure, "name", failure))
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert child.stdout.strip() == "permission", child.stderr
