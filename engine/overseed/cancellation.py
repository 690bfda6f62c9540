"""Cancelling: signals, the line on standard input, and the end of a process that does not listen."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

from overseed.errors import Cancelled
from overseed.events import Reporter
from overseed.files import remove_partials

#: A stage that has not stopped by then sits in one long library call; DESIGN promises an end within 8 s.
PATIENCE_SECONDS = 6.0


def listen(reporter: Reporter, control_stdin: bool) -> None:
    """Set ``reporter.cancel`` on SIGINT, SIGTERM, a cancel line or the end of standard input.

    Signals are taken by a wake-up socket that its own thread reads: Python's handlers wait for the main
    thread, which may be inside a long call of a C library. A process that is still there
    ``PATIENCE_SECONDS`` after the request removes its temporary files and ends with exit code 3.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: None)
    _start(_wait_for_signal, ours, theirs, reporter)
    if control_stdin:
        _start(_wait_for_line, reporter)
    _start(_end_when_deaf, reporter)


def _start(target: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, name=target.__name__, daemon=True).start()


def _wait_for_signal(ours: socket.socket, theirs: socket.socket, reporter: Reporter) -> None:
    # `theirs` is only held, so that it is not closed while the signal module writes to it.
    while ours.recv(1):
        reporter.cancel.set()


def _wait_for_line(reporter: Reporter) -> None:
    for line in sys.stdin:
        try:
            if json.loads(line).get("cmd") == "cancel":
                break
        except (ValueError, AttributeError):
            continue
    reporter.cancel.set()


def _end_when_deaf(reporter: Reporter) -> None:
    reporter.cancel.wait()
    time.sleep(PATIENCE_SECONDS)
    remove_partials()
    os._exit(Cancelled.exit_code)
