"""Only one set-up at a time in one folder, also when two QGIS run; a crash leaves no lock behind."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..texts import tr
from .reasons import SetupFailed

LOCK = "setup.lock"


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises ``SetupFailed`` when another process has it."""
    with (root / LOCK).open("a") as file:
        try:
            _take(file.fileno())
        except OSError:
            raise SetupFailed(
                tr("Another QGIS is setting the engine up in this folder; wait until it is done."),
                "locked",
            ) from None
        yield


def _take(number: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
