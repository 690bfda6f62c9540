"""QGIS's start with the plugin: a fresh process, in which it loads little and nothing of others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import overseed_qgis

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "_plugin_start.py"
#: Parts of the standard library that take long to load or start something of their own.
HEAVY = {
    *("asyncio", "concurrent", "ctypes", "distutils", "email", "ftplib", "http", "lib2to3"),
    *("multiprocessing", "pydoc", "sqlite3", "ssl", "tarfile", "tkinter", "unittest", "xml", "xmlrpc"),
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Return the modules that the plugin adds to a QGIS which has loaded its libraries only."""
    home = str(tmp_path_factory.mktemp("home"))
    plugins = Path(overseed_qgis.__file__).parents[1]
    child = subprocess.run(
        [sys.executable, str(SCRIPT), str(plugins)],
        env={**os.environ, "HOME": home, "QGIS_CUSTOM_CONFIG_PATH": home},
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout.splitlines()[-1])["modules"]


def test_the_whole_plugin_has_started(loaded):
    assert {"overseed_qgis.plugin", "overseed_qgis.algorithms.provider"} <= set(loaded)


def test_nothing_of_others_is_loaded(loaded):
    standard = getattr(sys, "stdlib_module_names", None)
    if standard is None:
        pytest.skip("this Python cannot list its standard library")
    own = {"overseed_qgis", "qgis", "PyQt5", "PyQt6", "sip"}
    roots = {module.partition(".")[0] for module in loaded}
    assert roots - own - set(standard) == set()


def test_nothing_heavy_is_loaded(loaded):
    heavy = {module for module in loaded if module.partition(".")[0] in HEAVY}
    assert heavy | ({"urllib.request"} & set(loaded)) == set()
