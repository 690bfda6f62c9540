"""Progress: how a running command tells a person or a program what it does, and how it is cancelled.

One :class:`Reporter` goes down through a command. Method floors never see it: they get a plain callback,
usually :meth:`Reporter.progress`, which also raises :class:`~overseed.errors.Cancelled` when asked to stop.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from overseed.errors import Cancelled, OverseedError

PROTOCOL = 1
HEARTBEAT_SECONDS = 4.0
#: Progress events closer together than this are left out, so that a reader is never flooded.
PROGRESS_SECONDS = 0.2


class Reporter:
    """The silent reporter, and the interface of the others."""

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.warnings: list[dict[str, str]] = []
        self._stage = ""
        self._stage_started = time.monotonic()

    def check(self) -> None:
        """Raise ``Cancelled`` when the person has asked to stop."""
        if self.cancel.is_set():
            raise Cancelled

    def stage(self, name: str, label: str, index: int = 1, count: int = 1) -> None:
        """Say that stage ``index`` of ``count`` begins; ``label`` is a sentence for people."""
        self.check()
        self.warnings.clear()
        self._stage = name
        self._stage_started = time.monotonic()
        self._emit(
            {"event": "stage", "stage": name, "index": index, "count": count, "label": label}
        )

    def progress(self, done: int, total: int, unit: str = "step") -> None:
        """Say that ``done`` of ``total`` units are finished; raise ``Cancelled`` when asked to stop."""
        self.check()
        event: dict[str, Any] = {
            "event": "progress",
            "stage": self._stage,
            "done": done,
            "total": total,
            "unit": unit,
        }
        if 0 < done <= total:
            elapsed = time.monotonic() - self._stage_started
            event["eta_s"] = round(elapsed / done * (total - done), 1)
        self._emit(event)

    def metric(self, name: str, value: float, step: int) -> None:
        """Report a curve's next point."""
        self._emit(
            {
                "event": "metric",
                "stage": self._stage,
                "name": name,
                "value": round(float(value), 6),
                "step": step,
            }
        )

    def preview(self, path: Path) -> None:
        """Report a picture worth looking at."""
        self._emit({"event": "preview", "path": str(path)})

    def warning(self, code: str, message: str) -> None:
        """Report something the person should know; it is also kept for the record of its stage."""
        self.warnings.append({"code": code, "message": message})
        self._emit({"event": "warning", "code": code, "message": message})

    def log(self, message: str) -> None:
        """Report a sentence."""
        self._emit({"event": "log", "level": "info", "message": message})

    def artifact(self, kind: str, role: str, path: Path) -> None:
        """Report a finished file (``kind``: raster, vector, html, table, model)."""
        self._emit({"event": "artifact", "kind": kind, "role": role, "path": str(path)})

    def error(self, error: OverseedError, log: Path | None = None) -> None:
        """Report the refusal that ends the command."""
        self._emit(
            {
                "event": "error",
                "code": error.code,
                "message": error.message,
                "hint": error.hint,
                "log": str(log) if log else None,
            }
        )

    def result(self, outputs: dict[str, Any]) -> None:
        """Report what the command made."""
        self._emit({"event": "result", "outputs": outputs})

    def close(self) -> None:
        """Stop threads and bars; the reporter is not used afterwards."""

    def _emit(self, event: dict[str, Any]) -> None:
        """Deliver one event; the silent reporter drops it."""


class NumberedReporter(Reporter):
    """Gives each stage its number among all; everything else goes to the reporter below."""

    def __init__(self, below: Reporter, count: int) -> None:
        super().__init__()
        self._below = below
        self.count = count
        self._index = 0
        self.cancel = below.cancel
        self.warnings = below.warnings

    def stage(self, name: str, label: str, index: int = 1, count: int = 1) -> None:
        self._index += 1
        super().stage(name, label, self._index, self.count)

    def _emit(self, event: dict[str, Any]) -> None:
        self._below._emit(event)


class JsonReporter(Reporter):
    """Events as JSON lines on a stream that nothing else writes to."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self._stream = stream
        self._lock = threading.Lock()
        self._last_progress = 0.0
        self._closed = threading.Event()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def hello(self, engine: str, device: str, command: str) -> None:
        """Send the first event of the stream."""
        self._emit(
            {
                "event": "hello",
                "protocol": PROTOCOL,
                "engine": engine,
                "device": device,
                "command": command,
            }
        )

    def close(self) -> None:
        self._closed.set()

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS):
            self._emit({"event": "heartbeat"})

    def _emit(self, event: dict[str, Any]) -> None:
        if event["event"] == "progress" and event["done"] < event["total"]:
            now = time.monotonic()
            if now - self._last_progress < PROGRESS_SECONDS:
                return
            self._last_progress = now
        with self._lock:
            try:
                self._stream.write(json.dumps(event, ensure_ascii=False) + "\n")
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                # The reader is gone; whoever started us asked for events and cannot want the work.
                self.cancel.set()


class ConsoleReporter(Reporter):
    """A rich progress bar per stage, on standard error so that standard output stays the result's."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task: Any = None
        self._bars.start()

    def close(self) -> None:
        self._bars.stop()

    def _emit(self, event: dict[str, Any]) -> None:
        from rich.markup import escape

        kind = event["event"]
        if kind == "stage":
            self._task = None
            step = f"[{event['index']}/{event['count']}] " if event["count"] > 1 else ""
            self._console.print(f"[bold]{escape(step + event['label'])}[/bold]")
        elif kind == "progress":
            if self._task is None:
                self._task = self._bars.add_task(f"  {self._stage}", unit=event["unit"])
            self._bars.update(
                self._task, completed=event["done"], total=event["total"], unit=event["unit"]
            )
        elif kind == "log":
            self._console.print(f"  {escape(event['message'])}")
        elif kind == "warning":
            self._console.print(f"  [yellow]Note:[/yellow] {escape(event['message'])}")
        elif kind == "error":
            self._console.print(f"[red]Error:[/red] {escape(event['message'])}")
            if event["hint"]:
                self._console.print(f"  {escape(event['hint'])}")


def reserve_stdout() -> IO[str]:
    """Keep standard output for the caller alone and send everybody else's output to standard error.

    Works on the file descriptor, so that prints from C libraries cannot mix with the events either.
    """
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(own, "w", encoding="utf-8", newline="\n")
