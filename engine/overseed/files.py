"""Whole files or none: temporary names, renames, locks and the check that a target can be written."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from overseed.errors import InputError

PARTIAL = ".partial-"
_partials: set[Path] = set()


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; rename it to ``path`` when the block ends well.

    The temporary name keeps the suffix, since GDAL and others go by it. On any error the temporary
    file and its GDAL sidecars are removed and ``path`` stays as it was.
    """
    partial = path.with_name(f"{PARTIAL}{os.getpid()}-{path.name}")
    _partials.add(partial)
    try:
        yield partial
        _put_in_place(partial, path)
    finally:
        _remove(partial)
        _partials.discard(partial)


def _put_in_place(partial: Path, path: Path) -> None:
    try:
        os.replace(partial, path)
    except PermissionError as error:
        raise InputError(
            "output.busy",
            f"The output {path} is held by another program or write-protected ({error.strerror}).",
            "Close it there (in QGIS: remove the layer) or choose another name, and start again.",
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically, with line feeds on every platform."""
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically; NaN is refused, since JSON has none."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def json_values(value: Any) -> Any:
    """Values as JSON knows them: no NaN, no numpy types, no tuples, no paths, and keys that are texts."""
    if isinstance(value, dict):
        return {str(key): json_values(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(entry) for entry in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) or hasattr(value, "item"):
        number = value.item() if hasattr(value, "item") else value
        return None if isinstance(number, float) and not math.isfinite(number) else number
    return str(value)


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file atomically."""
    with whole(target) as partial:
        shutil.copyfile(source, partial)


def remove_partials() -> None:
    """Remove the temporary files of this process; for the moment before it ends by force."""
    for partial in list(_partials):
        _remove(partial)


def sweep_partials(folder: Path) -> None:
    """Remove temporary files that killed processes left in and below ``folder``; call it under its lock."""
    for leftover in list(folder.rglob(f"{PARTIAL}*")):
        if leftover not in _partials:
            _remove(leftover)


def sweep_partials_of(path: Path) -> None:
    """Remove what processes that were killed have left of one output; its lock must be held."""
    ours = re.compile(rf"{re.escape(PARTIAL)}[0-9]+-{re.escape(path.name)}(\..*)?")
    for leftover in path.parent.glob(f"{PARTIAL}*"):
        if ours.fullmatch(leftover.name) and leftover not in _partials:
            _remove(leftover)


def check_folder(folder: Path) -> None:
    """Make ``folder`` and refuse one that cannot be written to.

    Raises
    ------
    InputError
        ``output.not-writable`` when the folder cannot be made or written to.
    """
    probe = folder / f"{PARTIAL}{os.getpid()}-probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            "output.not-writable",
            f"The output folder {folder} cannot be written to ({error.strerror}).",
            "Choose another folder or change its permissions.",
        ) from error


def check_target(path: Path) -> None:
    """Refuse an output that cannot be replaced, before any work is done for it.

    Raises
    ------
    InputError
        ``output.not-writable``, or ``output.busy`` when another program holds the file: on Windows an
        open handle forbids replacing it, elsewhere a program that means it holds a lock.
    """
    check_folder(path.parent)
    if path.is_dir():
        raise InputError(
            "output.not-writable",
            f"The output {path} is a folder.",
            "Give the name of a file.",
        )
    if not path.exists():
        return
    try:
        with path.open("r+b") as stream:
            _lock(stream.fileno())
    except OSError as error:
        raise InputError(
            "output.busy",
            f"The output {path} is held by another program or write-protected ({error.strerror}).",
            "Close it there (in QGIS: remove the layer) or choose another name.",
        ) from error


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold an operating-system lock on ``folder``; it vanishes with the process, however that ends.

    Raises
    ------
    InputError
        ``run.busy`` when another process works in the folder.
    """
    check_folder(folder)
    with (folder / ".lock").open("a+b") as stream:
        try:
            _lock(stream.fileno())
        except OSError as error:
            raise InputError(
                "run.busy",
                f"Another process is working in {folder}.",
                "Wait for it or choose another run folder.",
            ) from error
        yield


@contextlib.contextmanager
def output_lock(path: Path) -> Iterator[None]:
    """Hold the right to write an output that lies in no run folder.

    The lock is a hidden file beside the output, which goes with the block's end.

    Raises
    ------
    InputError
        ``output.busy`` when another process writes it, or what :func:`check_folder` refuses.
    """
    check_folder(path.parent)
    place = path.with_name(f".{path.name}.lock")
    stream = _locked(place, path)
    try:
        yield
    finally:
        if sys.platform != "win32":
            # Before the lock is given up, so that nobody else's new file is taken away.
            place.unlink(missing_ok=True)
        stream.close()
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                place.unlink()


def _locked(place: Path, output: Path) -> IO[bytes]:
    while True:
        stream = place.open("a+b")
        try:
            _lock(stream.fileno())
            if os.path.samestat(os.fstat(stream.fileno()), place.stat()):
                return stream
        except FileNotFoundError:
            pass
        except OSError as error:
            stream.close()
            raise InputError(
                "output.busy",
                f"Another process is writing {output}.",
                "Wait for it or choose another name.",
            ) from error
        # Whoever held the lock has just removed the file.
        stream.close()


def user_cache() -> Path:
    """Where the platform keeps a user's files that can be made again; the folder may not exist."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "overseed"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        # flock sees other programs' flock locks, lockf their POSIX locks; either means "in use".
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove(partial: Path) -> None:
    for path in [partial, *partial.parent.glob(f"{glob.escape(partial.name)}.*")]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
