"""One child process of set-up: its lines go to a log, and it ends with all it started when told to."""

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..engine.process import EngineProcess

#: Runs a program that does not listen to its input, and kills its whole group when that input
#: ends: so nothing is left when QGIS dies, however it dies. Windows has the job object for that.
_GUARD = """
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(read -r line <&3; kill -KILL 0) >/dev/null 2>&1 &
exec 3<&-
wait "$child"
"""
_KEPT_LINES = 60
#: A program that prints without end must not fill the disk.
_LOGGED_LINES = 20000
_QUEUED_LINES = 1000


class SetupCancelled(Exception):
    """The person asked to stop, and no process is left."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, and the last lines that it printed."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The last lines as one text."""
        return "\n".join(self.lines)


def run_child(
    command: list[str],
    environment: dict[str, str],
    folder: Path,
    log: IO[str],
    cancelled: Callable[[], bool],
    on_line: Callable[[str], None] = lambda line: None,
    on_wait: Callable[[], None] = lambda: None,
) -> Ended:
    """Run ``command`` in ``folder`` to its end; every line goes to ``log`` and ``on_line``.

    ``on_wait`` is called some times a second. Raises ``SetupCancelled`` when ``cancelled`` says
    so, and ``OSError`` when the program cannot be started. No process of it is left either way.
    """
    log.write(f"\n> {' '.join(command)}\n")
    log.flush()
    guarded = command if os.name == "nt" else ["/bin/sh", "-c", _GUARD, "sh", *command]
    process = EngineProcess(guarded, environment, str(folder))
    lines: queue.Queue = queue.Queue(_QUEUED_LINES)
    readers = [
        threading.Thread(target=_read, args=(stream, lines), daemon=True)
        for stream in (process.stdout, process.stderr)
    ]
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    logged = 0

    def take(line: str) -> None:
        nonlocal logged
        logged += 1
        if logged <= _LOGGED_LINES:
            log.write(f"{line}\n")
        last.append(line)
        on_line(line)

    try:
        for reader in readers:
            reader.start()
        while process.exit_code() is None:
            if cancelled():
                raise SetupCancelled
            with contextlib.suppress(queue.Empty):
                take(lines.get(timeout=0.1))
            on_wait()
        code = process.exit_code()
    finally:
        process.end_group()
    for reader in readers:
        reader.join(timeout=2)
    while not lines.empty():
        take(lines.get())
    log.write(f"(exit code {code})\n")
    log.flush()
    return Ended(int(code or 0), tuple(last))


def _read(stream: IO[bytes], lines: queue.Queue) -> None:
    with contextlib.suppress(OSError, ValueError, queue.Full), stream:
        for line in iter(lambda: stream.readline(1 << 16), b""):
            text = line.decode("utf-8", errors="replace").rstrip()
            if text:
                lines.put(text, timeout=30)
