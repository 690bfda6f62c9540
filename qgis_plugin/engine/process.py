"""The child process and all that it starts: one group, which lives and dies together."""

import contextlib
import json
import os
import signal

# Starting the engine is what this module is for.
import subprocess  # nosec B404
from typing import IO, Optional

WINDOWS = os.name == "nt"


class EngineProcess:
    """A started engine. Its standard input stays open: when QGIS dies, however it dies, the
    engine sees the end of its input and stops by itself.
    """

    def __init__(self, command: list[str], environment: dict[str, str], folder: str) -> None:
        """Start ``command`` in ``folder``. Raises ``OSError`` when that is not possible."""
        # No shell; the command is a list whose first item is the interpreter of the user's own
        # setting.
        self._child = subprocess.Popen(  # nosec B603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
            **_group_options(),
        )
        self._job = None
        if WINDOWS:
            from .windows_job import WindowsJob

            self._job = WindowsJob()
            self._job.add(self._child)

    @property
    def stdout(self) -> IO[bytes]:
        """The stream of events."""
        return self._child.stdout

    @property
    def stderr(self) -> IO[bytes]:
        """Everything else that the engine or its libraries print."""
        return self._child.stderr

    def send(self, command: dict) -> None:
        """Write one line to the engine; an engine that is already gone does not mind."""
        with contextlib.suppress(OSError, ValueError):
            self._child.stdin.write(json.dumps(command).encode() + b"\n")
            self._child.stdin.flush()

    def exit_code(self) -> Optional[int]:
        """Return the exit code, negative for a signal, or None while the engine runs."""
        return self._child.poll()

    def end_group(self) -> None:
        """Kill what is left of the engine and its children, and let go of the streams."""
        if self._job is not None:
            self._job.end()
        elif not WINDOWS:
            # The group outlives its leader for as long as it has members.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._child.kill()
        self._child.wait()
        with contextlib.suppress(OSError):
            self._child.stdin.close()


def _group_options() -> dict:
    if WINDOWS:
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
