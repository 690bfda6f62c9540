"""Getting uv, the program that makes environments: from the path, from a wheel, or through pip."""

import hashlib
import os
import re
import shutil

# uv and pip are asked for their version and settings; the commands are lists, without a shell.
import subprocess  # nosec B404
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

#: The first uv that knows every option used here.
OLDEST_UV = (0, 5)
_PROGRAM = "uv.exe" if os.name == "nt" else "uv"


def uv_folder(root: Path, uv_list: Path) -> Path:
    """Return the private folder for the uv of this list."""
    return root / "tools" / f"uv-{hashlib.sha256(uv_list.read_bytes()).hexdigest()[:12]}"


def private_uv(folder: Path) -> str:
    """Return the uv in a private folder, or ""."""
    for place in ("bin", "Scripts"):
        found = shutil.which("uv", path=str(folder / place))
        if found:
            return found
    return ""


def uv_on_path(environment: Mapping[str, str]) -> str:
    """Return the uv on the path when it is new enough, or ""."""
    found = shutil.which("uv", path=environment.get("PATH") or environment.get("Path"))
    numbers = (
        re.match(r"uv (\d+)\.(\d+)", output_of([found, "--version"], environment) or "")
        if (found)
        else None
    )
    return found if numbers and (int(numbers[1]), int(numbers[2])) >= OLDEST_UV else ""


def uv_from_wheels(wheels: Path, uv_list: Path, folder: Path) -> str:
    """Unpack uv from a wheel in ``wheels`` whose hash is on the list; return its path, or "".

    Raises ``OSError`` when it cannot be written.
    """
    wanted = set(re.findall(r"sha256:([0-9a-f]{64})", uv_list.read_text(encoding="utf-8")))
    for wheel in sorted(wheels.glob("uv-*.whl")):
        if not _is_for_this_platform(wheel.name):
            continue
        if hashlib.sha256(wheel.read_bytes()).hexdigest() in wanted:
            return _unpack(wheel, folder)
    return ""


def pip_command(uv_list: Path, target: Path, python: str) -> list[str]:
    """Return the command that puts uv into ``target``; nothing else of ``python`` is changed."""
    return [
        *(python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        *("--only-binary", ":all:", "--require-hashes", "--requirement", str(uv_list)),
        *("--target", str(target)),
    ]


def pip_python(candidates: list[str]) -> str:
    """Return the first interpreter that has pip, QGIS's own being tried last; "" without any."""
    for python in [*candidates, _qgis_python()]:
        if python and output_of([python, "-m", "pip", "--version"], pip_environment(python)):
            return python
    return ""


def pip_environment(python: str) -> dict[str, str]:
    """Return the environment in which ``python`` runs pip.

    QGIS's own interpreter needs the one that QGIS runs in, where its libraries are found.
    """
    variables = dict(os.environ)
    if python != _qgis_python():
        from ..engine.environment import engine_environment

        variables = engine_environment()
    # Putting files into a private folder is fine for root too; older pips ignore the variable.
    # A private folder and the user's own cannot both be the target.
    return {**variables, "PIP_ROOT_USER_ACTION": "ignore", "PIP_USER": "0"}


def pip_index(python: str) -> str:
    """Return the package index that pip is set to use, or ""."""
    command = [python, "-m", "pip", "config", "get", "global.index-url"]
    return output_of(command, pip_environment(python)) or ""


def output_of(command: list[str], environment: Mapping[str, str]) -> Optional[str]:
    """Return what a short command prints, stripped; None when it fails."""
    try:
        done = subprocess.run(  # nosec B603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            env=dict(environment),
            timeout=30,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _qgis_python() -> str:
    """Return the interpreter of QGIS's Python: on Windows and macOS QGIS itself is the program."""
    if Path(sys.executable).name.lower().startswith("python"):
        return sys.executable
    for inside in ("python.exe", "bin/python3", "python3.exe"):
        path = Path(sys.exec_prefix, inside)
        if path.is_file():
            return str(path)
    return ""


def _is_for_this_platform(name: str) -> bool:
    system, _, machine = sysconfig.get_platform().replace(".", "_").partition("-")
    tag = name.rsplit("-", 1)[-1].lower()
    if system == "linux":
        libc = "musllinux" if os.path.exists("/etc/alpine-release") else "manylinux"
        return libc in tag and machine in tag
    if system == "macosx":
        return "macosx" in tag and ("arm64" if machine.endswith("arm64") else "x86_64") in tag
    return sysconfig.get_platform().replace("-", "_") in tag


def _unpack(wheel: Path, folder: Path) -> str:
    target = folder / ("Scripts" if os.name == "nt" else "bin")
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if re.fullmatch(rf"uv-[^/]+\.data/scripts/{re.escape(_PROGRAM)}", name):
                partial = target / f".partial-{_PROGRAM}"
                with archive.open(name) as source, partial.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
                partial.chmod(0o755)
                partial.replace(target / _PROGRAM)
                return str(target / _PROGRAM)
    return ""
