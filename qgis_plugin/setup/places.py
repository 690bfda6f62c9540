"""Where set-up puts things: environments side by side, and the note that says which one is in use.

```
ROOT/current.json            the environment in use; replaced in one step
ROOT/checked.json            what the engine in use said when it was last tried
ROOT/engine-0.1.0/           one environment; engine.json in it is written last, when it is whole
ROOT/cache/ tools/ pythons/  uv's cache, uv itself, interpreters that uv manages
ROOT/setup.log               what the last set-up printed
```
"""

import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

CURRENT, CHECKED = "current.json", "checked.json"
RECORD, UNFINISHED = "engine.json", "unfinished.json"
_ENVIRONMENT = re.compile(r"engine-[0-9][A-Za-z0-9.]*(-[0-9]+)?")
_OWN_FOLDERS = ("cache", "tools", "pythons")
_OWN_FILES = (CURRENT, CHECKED, "setup.log", "certificates.pem")


@dataclass(frozen=True)
class Installed:
    """A whole environment; ``record`` is what was written about it when it was made."""

    folder: Path
    record: dict

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return python_in(self.folder)

    @property
    def version(self) -> str:
        """The version of the engine in it."""
        return str(self.record.get("version", ""))


def python_in(folder: Path, windows: bool = os.name == "nt") -> Path:
    """Return the interpreter of an environment."""
    return folder / ("Scripts/python.exe" if windows else "bin/python")


def default_root(profile: str, environ: Any = os.environ, windows: bool = os.name == "nt") -> Path:
    """Return the folder for the user whose QGIS profile lies in ``profile``.

    On Windows a profile roams: it is copied to a server at every log-off, which gigabytes must
    not be. There the local application folder is taken.
    """
    local = environ.get("LOCALAPPDATA", "")
    return Path(local, "Overseed") if windows and local else Path(profile, "overseed")


def current(root: Path) -> Optional[Installed]:
    """Return the environment in use, or None when there is none or its record cannot be read."""
    name = str(read_note(root / CURRENT).get("folder", ""))
    if not _ENVIRONMENT.fullmatch(name):
        return None
    record = read_note(root / name / RECORD)
    return Installed(root / name, record) if record else None


def known_version(root: Path, python: str) -> str:
    """Return the version of the engine at ``python`` as far as files here tell it, else ""."""
    installed = current(root)
    if installed is not None and str(installed.python) == python:
        return installed.version
    said = read_note(root / CHECKED)
    versions = said.get("versions") if said.get("python") == python else None
    return str(versions.get("overseed", "")) if isinstance(versions, dict) else ""


def switch(root: Path, folder: Path) -> None:
    """Make ``folder`` the environment in use, in one step. Raises ``OSError``."""
    write_note(root / CURRENT, {"folder": folder.name})


def write_note(path: Path, content: dict) -> None:
    """Write a small JSON file under a temporary name and rename it. Raises ``OSError``."""
    partial = path.with_name(f".partial-{path.name}")
    partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
    partial.replace(path)


def read_note(path: Path) -> dict:
    """Return the content of a small JSON file; {} when it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def folder_for(root: Path, version: str, key: str) -> Path:
    """Return the folder in which to install: one that was begun with the same ``key``, else a new
    one beside all others.
    """
    for folder in _environments(root):
        if not (folder / RECORD).exists() and read_note(folder / UNFINISHED).get("key") == key:
            return folder
    number, folder = 1, root / f"engine-{version}"
    while folder.exists():
        number += 1
        folder = root / f"engine-{version}-{number}"
    return folder


def begin(folder: Path, key: str) -> None:
    """Note that ``folder`` was begun with ``key``. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_note(folder / UNFINISHED, {"key": key})


def finish(folder: Path, record: dict) -> None:
    """Write the record that makes ``folder`` whole. Raises ``OSError``."""
    write_note(folder / RECORD, record)
    (folder / UNFINISHED).unlink()


def unfinished(root: Path) -> list[Path]:
    """Return the environments that were begun and are not whole."""
    return [folder for folder in _environments(root) if not (folder / RECORD).exists()]


def others(root: Path) -> list[Path]:
    """Return all environments but the one in use."""
    used = current(root)
    return [folder for folder in _environments(root) if used is None or folder != used.folder]


def remove(folders: list[Path]) -> None:
    """Remove folders and files as far as they exist. Raises ``OSError`` for the first that stays."""
    for path in folders:
        if path.is_dir() and not path.is_symlink():
            # The record goes first: half an environment must not look like a whole one.
            (path / RECORD).unlink(missing_ok=True)
            # The argument's name is another one from Python 3.12 on.
            handler = "onexc" if sys.version_info >= (3, 12) else "onerror"
            shutil.rmtree(path, **{handler: _retry_writable})
        else:
            path.unlink(missing_ok=True)


def everything(root: Path) -> list[Path]:
    """Return all that set-up puts into ``root`` but its lock; foreign files are not among it."""
    own = [root / name for name in (*_OWN_FILES, *_OWN_FOLDERS)]
    return [path for path in own if path.exists()] + _environments(root)


def size_of(folders: list[Path], enough: Callable[[], bool] = lambda: False) -> int:
    """Return the bytes on disk of all files in ``folders``; files with several names count once.

    Stops early, with what it has counted, when ``enough`` says so.
    """
    total, seen, waiting = 0, set(), [folder for folder in folders if folder.is_dir()]
    while waiting and not enough():
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                        continue
                    # os.stat, as an entry of Windows knows neither its inode nor its links.
                    status = os.stat(entry.path, follow_symlinks=False)
                    if status.st_nlink > 1:
                        if (status.st_dev, status.st_ino) in seen:
                            continue
                        seen.add((status.st_dev, status.st_ino))
                    total += getattr(status, "st_blocks", 0) * 512 or status.st_size
        except OSError:
            continue  # removed or moved meanwhile by the program that is being watched
    return total


def _environments(root: Path) -> list[Path]:
    try:
        found = [path for path in root.iterdir() if path.is_dir()]
    except OSError:
        return []
    return sorted(path for path in found if _ENVIRONMENT.fullmatch(path.name))


def _retry_writable(function: Callable, path: str, problem: Any) -> None:
    if function not in (os.unlink, os.rmdir):
        raise problem if isinstance(problem, BaseException) else problem[1]
    # Windows refuses to remove files that are marked read-only.
    os.chmod(path, stat.S_IWRITE | stat.S_IREAD | stat.S_IEXEC)
    function(path)
