"""The plugin's zip: what QGIS and the plugin repository ask of it."""

import ast
import configparser
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlparse

import pytest

from build_tools import packaging
from build_tools.processes import ROOT

REQUIRED_KEYS = {
    *("name", "description", "version", "qgisMinimumVersion", "author", "email", "about"),
    *("tracker", "repository"),
}
#: The rules that an upload to the plugin repository may not break (its "critical" ones).
BLOCKING_BANDIT_RULES = (
    "B102,B103,B105,B106,B107,B202,B301,B302,B304,B305,B306,B307,B312,B321,B323,B401,B402,B412,"
    "B413,B501,B502,B503,B505,B506,B507,B601,B602,B604,B605,B609,B610,B611,B612,B613,B615,B701"
)
#: What detect-secrets may report there with a warning only: entropy, keywords and addresses.
TOLERATED_SECRETS = {
    "Base64 High Entropy String",
    "Hex High Entropy String",
    "Secret Keyword",
    "Public IP (ipv4)",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(zip, wheel), built as `build.py package` does."""
    out = tmp_path_factory.mktemp("dist")
    wheel = packaging.build_wheel(out)
    return packaging.build_zip(out, wheel), wheel


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory):
    """A folder with the zip's content, the wheel in it unpacked too."""
    archive, wheel = built
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(archive).extractall(folder)
    inner = folder / packaging.PLUGIN_FOLDER / "engine" / wheel.name
    zipfile.ZipFile(inner).extractall(folder / "wheel")
    return folder


@pytest.fixture(scope="module")
def metadata(unpacked):
    """The [general] section of the packaged metadata.txt, read as the plugin repository does."""
    parser = configparser.ConfigParser()
    parser.optionxform = str
    text = (unpacked / packaging.PLUGIN_FOLDER / "metadata.txt").read_text(encoding="utf-8")
    parser.read_string(text)
    return dict(parser.items("general"))


def test_zip_has_one_folder_with_what_qgis_needs(built):
    names = zipfile.ZipFile(built[0]).namelist()
    assert {name.split("/")[0] for name in names} == {"overseed_qgis"}
    lists = ("engine/requirements/engine.txt", "engine/requirements/uv.txt")
    for needed in ("__init__.py", "metadata.txt", "LICENSE", f"engine/{built[1].name}", *lists):
        assert f"overseed_qgis/{needed}" in names
    sources = {path.relative_to(ROOT / "qgis_plugin") for path in _sources("qgis_plugin")}
    # Translations go in as Qt loads them.
    sources = {path.with_suffix(".qm") if path.suffix == ".ts" else path for path in sources}
    assert {f"overseed_qgis/{path.as_posix()}" for path in sources} <= set(names)


def test_zip_is_small_and_holds_no_binaries_or_caches(built):
    """The site takes 25 MB and refuses caches, version control and paths that lead out of the folder.

    Its rule against binaries is one for people who look; its scanner warns of programs and libraries, hidden
    files and rights to execute, and never opens a wheel. The engine's wheel holds Python text, pages and
    JSON alone (a test below), so it counts as sources in an archive: people need it to install the engine
    without a network, and whoever looks can read it.
    """
    assert built[0].stat().st_size < 5_000_000
    assert zipfile.ZipFile(built[0]).testzip() is None
    allowed = {
        "",
        ".py",
        ".txt",
        ".svg",
        ".png",
        ".json",
        ".qml",
        ".html",
        ".css",
        ".ui",
        ".qm",
        ".whl",
    }
    for entry in zipfile.ZipFile(built[0]).infolist():
        path = Path(entry.filename)
        assert path.suffix in allowed, entry.filename
        assert ".." not in entry.filename
        assert not any(part.startswith((".", "__")) for part in path.parts if part != "__init__.py")
        assert not (entry.external_attr >> 16) & 0o111, f"{entry.filename} is executable"


def test_the_folder_is_a_name_that_python_imports():
    assert packaging.PLUGIN_FOLDER.isidentifier()
    assert re.match(r"^[A-Za-z][A-Za-z0-9-_]+$", packaging.PLUGIN_FOLDER)


def test_text_files_are_text_and_hold_no_endless_lines(unpacked):
    """Also those of the wheel; lines over 500 characters look like hidden code to the site's scanner."""
    for path in sorted(path for path in unpacked.rglob("*") if path.is_file()):
        if path.suffix in (".whl", ".png", ".qm"):
            continue
        content = path.read_bytes()
        assert b"\0" not in content, path
        lines = content.decode("utf-8").splitlines()
        if path.suffix == ".py":
            ast.parse("\n".join(lines))
            assert max(map(len, lines), default=0) <= 500, path


def test_wheel_holds_every_file_of_the_engine(built):
    wheel = zipfile.ZipFile(built[1])
    names = set(wheel.namelist())
    sources = {path.relative_to(ROOT / "engine").as_posix() for path in _sources("engine/overseed")}
    assert sources <= names
    others = {name for name in names - sources if ".dist-info/" not in name}
    assert others == set()
    info = wheel.read(f"overseed-{packaging.version()}.dist-info/METADATA").decode()
    assert f"\nVersion: {packaging.version()}\n" in info
    assert "\nLicense-Expression: GPL-2.0-or-later\n" in info


def test_same_sources_make_the_same_bytes(built, tmp_path):
    source = ROOT / "qgis_plugin" / "__init__.py"
    times = source.stat()
    try:
        os.utime(source, (1_000_000_000, 1_000_000_000))
        wheel = packaging.build_wheel(tmp_path)
        archive = packaging.build_zip(tmp_path, wheel)
    finally:
        os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert wheel.read_bytes() == built[1].read_bytes()
    assert archive.read_bytes() == built[0].read_bytes()


def test_metadata_is_what_the_plugin_repository_asks_for(metadata, unpacked):
    assert REQUIRED_KEYS <= set(metadata)
    assert metadata["qgisMinimumVersion"] == "3.22"
    assert metadata["qgisMaximumVersion"] == "4.99"
    assert metadata["hasProcessingProvider"] == "yes"
    assert "supportsQt6" not in metadata
    assert all(metadata[key].strip() for key in REQUIRED_KEYS)
    assert metadata["license"] == "GPL-2.0-or-later"
    for key in ("experimental", "deprecated", "server", "hasProcessingProvider"):
        assert metadata[key].lower() in ("true", "false", "yes"), key
    assert "/" not in metadata["author"]
    assert "external engine" in metadata["about"]
    assert (unpacked / packaging.PLUGIN_FOLDER / metadata["icon"]).is_file()
    for key in ("homepage", "tracker", "repository"):
        address = urlparse(metadata[key])
        assert (address.scheme, bool(address.netloc)) == ("https", True), key


def test_every_place_names_the_same_version(metadata):
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == packaging.version()
    assert metadata["version"] == packaging.version()
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+?),? ", changelog, re.MULTILINE)[1] == packaging.version()


def test_bandit_finds_nothing_that_blocks_an_upload(unpacked):
    assert _bandit(unpacked) == []


def test_detect_secrets_finds_nothing_that_blocks_an_upload(unpacked):
    assert _secrets(unpacked) == []


def test_the_scanners_would_find_something(tmp_path):
    planted = "AKIA" + "QWERTYUIOPASDFGH"
    (tmp_path / "bad.py").write_text(f"key = '{planted}'\nexec(key)\n")
    assert [finding.split()[0] for finding in _bandit(tmp_path)] == ["B102"]
    assert _secrets(tmp_path) == ["bad.py: AWS Access Key"]


def _sources(folder: str) -> list[Path]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return [path for path in found if "__pycache__" not in path.parts]


def _bandit(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "bandit", "-r", ".", "-f", "json", "--quiet"]
    done = subprocess.run(
        [*command, "-t", BLOCKING_BANDIT_RULES], cwd=folder, capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert report["errors"] == []
    return [
        f"{found['test_id']} {found['filename']}:{found['line_number']}"
        for found in report["results"]
    ]


def _secrets(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files"]
    done = subprocess.run(
        [*command, "--exclude-files", r"metadata\.txt", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(done.stdout)["results"]
    found = [(path, secret["type"]) for path, secrets in results.items() for secret in secrets]
    return [f"{path}: {kind}" for path, kind in found if kind not in TOLERATED_SECRETS]
