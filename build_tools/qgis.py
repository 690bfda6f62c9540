"""QGIS for the tests: finding its Python and installing it."""

from __future__ import annotations

import os
import shutil
import sys

from build_tools.processes import Stop, must, output_of, say

#: qgis has qgis_process.bin and depends on the bindings; python3-qgis has the Processing plugin.
APT_PACKAGES = ["qgis", "python3-qgis"]
#: A display for the tests that look at windows; xvfb-run needs xauth.
DISPLAY_PACKAGES = ["xvfb", "xauth"]
MISSING = (
    "QGIS's Python bindings are not here: install QGIS 3.22 or newer (Debian, Ubuntu: "
    "apt install qgis python3-qgis xvfb xauth), or leave its tests out with --without-qgis."
)


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
        _apt(wanted)
        python = _find_python()
    if python is None:
        raise Stop(MISSING)
    return python


def _apt(packages: list[str]) -> None:
    failure = f"apt-get could not install {', '.join(packages)}; the lines above say why."
    variables = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    must(["apt-get", "--quiet=2", "update"], failure, variables)
    install = ["apt-get", "--quiet=2", "install", "--yes", "--no-install-recommends", *packages]
    must(install, failure, variables)


def _find_python() -> str | None:
    candidates = [os.environ.get("OVERSEED_QGIS_PYTHON"), "/usr/bin/python3", sys.executable]
    for python in candidates:
        if python and output_of([python, "-c", "import qgis.core"]) is not None:
            return python
    return None


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
