"""Interpreters that the engine's environment can be made from."""

import os
import re
import shutil

# Interpreters are asked for their version; the command is a list, without a shell.
import subprocess  # nosec B404
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..engine.environment import engine_environment

#: The engine runs on these; the upper end is the newest with wheels of all its libraries.
OLDEST, NEWEST = (3, 11), (3, 14)
#: What uv gets when no interpreter here will do. The libraries for 3.12 need macOS 15, those for
#: 3.11 run on 14 as well.
MANAGED = "3.11" if sys.platform == "darwin" else "3.12"
_QUESTION = (
    "import sys, struct; print('.'.join(map(str, sys.version_info[:3])), struct.calcsize('P'))"
)


@dataclass(frozen=True)
class Python:
    """An interpreter: its path, or "" for one that uv downloads and manages, and its version."""

    path: str
    version: str

    @property
    def is_managed(self) -> bool:
        """Whether uv downloads it."""
        return not self.path


def managed_python() -> Python:
    """Return the choice of an interpreter that uv downloads and manages."""
    return Python("", MANAGED)


def suits(version: str) -> bool:
    """Whether the engine runs on an interpreter of this version."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and OLDEST <= (int(numbers[1]), int(numbers[2])) <= NEWEST


def version_of(path: str, seconds: float = 20.0) -> str:
    """Return the version of the interpreter at ``path``; "" when it does not run or has 32 bits."""
    try:
        done = subprocess.run(  # nosec B603
            [path, "-I", "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            env=engine_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    words = done.stdout.split()
    return words[0] if done.returncode == 0 and words[1:] == ["8"] else ""


def find_pythons(candidates: Optional[Iterable[str]] = None) -> list[Python]:
    """Return the interpreters here that suit the engine, the first being the one to propose.

    Runs each of them, so this takes a moment and belongs into a thread.
    """
    found, seen = [], set()
    for path in _candidates() if candidates is None else candidates:
        version = version_of(path)
        real = os.path.realpath(path)
        if suits(version) and real not in seen:
            seen.add(real)
            found.append(Python(path, version))
    return found


def _candidates() -> list[str]:
    """Return paths to try, the system's own first."""
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = [] if os.name == "nt" else ["/usr/bin/python3"]
    if sys.platform == "linux":
        # On Windows and macOS QGIS brings a Python that finds its libraries only among QGIS's own,
        # and that an update of QGIS takes away. On Linux it is the system's.
        found.append(sys.executable)
    found += [shutil.which(name) or "" for name in (*names, "python3", "python")]
    if os.name == "nt":
        launched = Path(os.environ.get("LOCALAPPDATA", ""), "Programs", "Python")
        found += [str(path) for path in sorted(launched.glob("Python3*/python.exe"), reverse=True)]
    # The `python` in WindowsApps is no interpreter; it opens a shop.
    usable = [path for path in found if path and "WindowsApps" not in path and os.path.isfile(path)]
    return [path for path in usable if Path(path).name.lower().startswith("python")]
