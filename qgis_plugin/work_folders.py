"""The folder in which runs are kept, and what lies in it: how large it is, and how it is cleared."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from qgis.core import QgsProcessingException, QgsProcessingUtils
from qgis.PyQt.QtCore import QDateTime

from .preferences import runs_folder
from .texts import tr

#: Everything in a run folder hangs on this file of the engine's.
RUN_FILE = "run.yaml"
_running: list[Path] = []


def work_folder() -> Path:
    """Return the folder for runs and copies of polygons, which is made where it is missing.

    Raises ``QgsProcessingException`` with a sentence when nothing can be written there.
    """
    chosen = runs_folder()
    folder = Path(chosen) if chosen else Path(QgsProcessingUtils.tempFolder()) / "overseed"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise QgsProcessingException(
            tr(
                "Nothing can be written to the folder for runs, {path} ({reason}). Choose another "
                "one in Settings → Options → Overseed."
            ).format(path=folder, reason=error.strerror or error)
        ) from error
    return folder


def new_run_folder() -> Optional[str]:
    """Return a path, not made yet, for a run without a chosen place; None where runs are temporary."""
    if not runs_folder():
        return None
    stamp = QDateTime.currentDateTime().toString("yyyyMMdd-HHmmss")
    return str(work_folder() / f"run-{stamp}-{uuid.uuid4().hex[:6]}")


@contextlib.contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Keep ``folder`` from being cleared while the engine works in it."""
    _running.append(folder)
    try:
        yield
    finally:
        _running.remove(folder)


def anything_running() -> bool:
    """Return whether the engine works anywhere at this moment."""
    return bool(_running)


def leftovers(folder: Path) -> list[Path]:
    """Return what Overseed itself has put into ``folder``: runs, copies of polygons, tables of colours.

    Anything else that lies there belongs to somebody else.
    """
    if not folder.is_dir():
        return []
    runs = [path for path in folder.glob("run-*") if (path / RUN_FILE).is_file()]
    names = ("polygons-*.gpkg", "label-points-*.gpkg", "classes-*.csv")
    files = [path for name in names for path in folder.glob(name)]
    return sorted(path for path in [*runs, *files] if not path.is_symlink())


def size_of(paths: list[Path]) -> int:
    """Return how many bytes the files and folders take."""
    return sum(_size(path) for path in paths)


def remove(paths: list[Path]) -> list[Path]:
    """Delete files and folders and return those that could not be deleted."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
    return [path for path in paths if path.exists()]


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total
