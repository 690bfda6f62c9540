"""QGIS for the tests: finding its Python, installing it, and other releases in a chroot."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from build_tools.environments import REQUIREMENTS, find_uv, uv_variables
from build_tools.processes import CACHE, ROOT, Stop, call, must, output_of, say

#: qgis has qgis_process.bin and depends on the bindings; python3-qgis has the Processing plugin.
APT_PACKAGES = ["qgis", "python3-qgis"]
#: A display for the tests that look at windows; xvfb-run needs xauth.
DISPLAY_PACKAGES = ["xvfb", "xauth"]
MISSING = (
    "QGIS's Python bindings are not here: install QGIS 3.22 or newer (Debian, Ubuntu: "
    "apt install qgis python3-qgis xvfb xauth), or leave its tests out with --without-qgis."
)
#: Working folders and results, which a copy of the repository does not need.
NOT_SOURCES = [".git", ".venv*", ".cache", ".tools", ".*_cache", "__pycache__", "demo", "dist"]


def qgis_python() -> str:
    """The interpreter that can import QGIS; installs QGIS when it is missing and root runs this.

    `OVERSEED_QGIS_PYTHON` names it where QGIS is not the system's own.
    """
    python = _find_python()
    wanted = APT_PACKAGES if python is None else []
    if sys.platform == "linux" and not shutil.which("Xvfb"):
        wanted = wanted + DISPLAY_PACKAGES
    if wanted and _is_root() and shutil.which("apt-get"):
        say(f"Installing {', '.join(wanted)} with apt-get.")
        _apt([], wanted)
        python = _find_python()
    if python is None:
        raise Stop(MISSING)
    return python


def run_in_release(release: str, junit: Path) -> int:
    """Run the plugin's tests in the QGIS of another Debian release; returns pytest's exit code.

    The release lives in a chroot that is kept in .cache; sources and test tools are copied into it,
    so nothing of this machine is mounted there.
    """
    root = _chroot(release)
    python = output_of(["chroot", root, "python3", "-c", _PRINT_VERSION])
    if python is None:
        raise Stop(f"The Python in {root} does not run.", exit_code=1)
    sources, packages = root / "overseed", root / "overseed-test-packages"
    for folder in (sources, packages):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT, sources, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    must(
        [
            *(find_uv(), "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"),
            *("--python-version", python, "--target", packages),
            *("--requirement", REQUIREMENTS / "test-qgis.txt"),
        ],
        f"The test tools for {release} could not be installed; the lines above say why.",
        uv_variables(),
    )
    inner = (
        "cd /overseed && exec python3 -m pytest tests/qgis_plugin --junitxml=/overseed-junit.xml"
    )
    code = call(
        [
            *("chroot", root, "env", "-i", "HOME=/tmp", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
            *("LANG=C.UTF-8", "QT_QPA_PLATFORM=offscreen", "PYTHONPATH=/overseed-test-packages"),
            *("sh", "-c", inner),
        ]
    )
    if (root / "overseed-junit.xml").exists():
        shutil.move(str(root / "overseed-junit.xml"), str(junit))
    return code


_PRINT_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def _chroot(release: str) -> Path:
    if not _is_root() or not shutil.which("apt-get"):
        raise Stop(f"--qgis {release} needs root on a Debian or Ubuntu machine.")
    root = CACHE / "chroots" / release
    finished = root / "overseed-finished"
    if finished.exists():
        return root
    if not shutil.which("debootstrap"):
        say("Installing debootstrap with apt-get.")
        _apt([], ["debootstrap"])
    say(f"Setting up Debian {release} with its QGIS in {root}; this downloads about 1 GB.")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    failure = f"Debian {release} could not be set up; the lines above say why."
    must(["debootstrap", "--variant=minbase", release, root], failure)
    _apt(["chroot", root, "env", "DEBIAN_FRONTEND=noninteractive"], APT_PACKAGES)
    finished.touch()
    return root


def _apt(before: list[str | Path], packages: list[str]) -> None:
    failure = f"apt-get could not install {', '.join(packages)}; the lines above say why."
    # A mirror or snapshot of an unreleased Debian may be older than its index says it is valid.
    apt = [*before, "apt-get", "--quiet=2", "--option=Acquire::Check-Valid-Until=false"]
    variables = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    must([*apt, "update"], failure, variables)
    must([*apt, "install", "--yes", "--no-install-recommends", *packages], failure, variables)


def _find_python() -> str | None:
    candidates = [os.environ.get("OVERSEED_QGIS_PYTHON"), "/usr/bin/python3", sys.executable]
    for python in candidates:
        if python and output_of([python, "-c", "import qgis.core"]) is not None:
            return python
    return None


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
