"""The engine set up in an empty home from the plugin's zip, and a map made with it.

Gigabytes are downloaded, so this is chosen with `-m slow`. `OVERSEED_WHEELS` may name a folder of
wheels as docs/setup.md fills it; without it the offline test fills one.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SESSION = Path(__file__).with_name("setup_session.py")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Return a folder of plugins into which the zip was unpacked."""
    build = [sys.executable, ROOT / "build.py", "package"]
    subprocess.run(build, check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("plugins")
    (archive,) = (ROOT / "dist").glob("overseed-*.zip")
    zipfile.ZipFile(archive).extractall(folder)
    return folder


@pytest.fixture
def home(tmp_path):
    """Return an empty home, removed afterwards since it becomes large."""
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def set_up(package, home, tmp_path):
    """Return a function that runs a session and returns what it said, by kind."""

    def run(prefix=(), wheels="", cancel=None):
        (tmp_path / "out").mkdir()
        parameters = {"folder": str(tmp_path / "scene"), "map": str(tmp_path / "out" / "map.tif")}
        plan = {
            "plugins": str(package),
            "wheels": str(wheels),
            "cancel": cancel,
            "parameters": parameters,
        }
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        dropped = ("QGIS", "XDG_", "OVERSEED_", "UV_CACHE")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        environment |= {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [*prefix, sys.executable, str(SESSION), str(path)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=3000,
        )
        said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        for one in said:
            print(one)
        assert done.returncode == 0, done.stderr[-3000:]
        return {one["kind"]: one for one in said}

    return run


def check_ready(said, home, tmp_path):
    """Assert that everything ended well and report size and time."""
    assert said["before"]["state"] == "missing"
    assert said["installed"]["state"] == "ready", said["installed"]["notice"]
    # A machine with too much to do keeps an idle process waiting as well.
    assert said["installed"]["blocked"] < 0.2 + said["installed"]["idle"]
    assert "torch " in said["diagnosis"]["text"]
    assert (tmp_path / "out" / "map.tif").stat().st_size > 0
    (engine,) = home.rglob("engine-*/engine.json")
    size = subprocess.run(["du", "-sm", engine.parents[1]], capture_output=True, text=True).stdout
    seconds = said["installed"]["time"] - said["consent"]["time"]
    print(f"{size.split()[0]} MiB on disk, {seconds:.0f} s")


def test_cancelled_midway_continued_and_mapped(set_up, home, tmp_path):
    said = set_up(cancel=30)
    assert "GB on disk" in said["consent"]["text"]
    assert said["cancelled"]["state"] == "unfinished"
    assert said["cancelled"]["notice"] == ""
    check_ready(said, home, tmp_path)


def test_from_a_folder_with_the_network_refused(set_up, home, tmp_path):
    refused = ["unshare", "--net"]
    if not shutil.which("unshare") or subprocess.run([*refused, "true"]).returncode:
        pytest.skip("only root can refuse the network here")
    wheels = Path(os.environ.get("OVERSEED_WHEELS") or tmp_path / "home" / "wheels")
    if not wheels.is_dir():
        for listed in ("uv.txt", "engine.txt"):
            words = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--dest", wheels]
            words += ["--requirement", ROOT / "requirements" / listed]
            subprocess.run(["/usr/bin/python3", "-m", "pip", "download", *words], check=True)
    said = set_up(refused, wheels)
    assert "the network is not used" in said["consent"]["text"]
    check_ready(said, home, tmp_path)
