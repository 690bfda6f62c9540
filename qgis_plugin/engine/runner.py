"""One run of the engine: started, listened to, and ended when it is asked to or stuck."""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Optional

from ..texts import tr
from .events import PROTOCOL, OverallProgress, parse_event
from .failures import EngineCancelled, EngineFailed, describe_end, describe_error
from .process import EngineProcess

_LONGEST_LINE = 1 << 20
_QUEUE_LENGTH = 1000
#: Lines that are no events and still go to the log; a child that prints without end must not fill
#: it.
_NOISE_LINES = 300
_METRIC_SECONDS = 5.0
#: A log shows no more of a line; laying out longer ones takes the window's time.
_LONGEST_SHOWN = 1000
#: Seconds that a line, and a letter of it, take in the window's thread, with room to spare. Lines do not come
#: faster: those that wait for the window are all laid out at once, and meanwhile it does not answer.
_LINE_SECONDS, _LETTER_SECONDS = 0.002, 4e-6


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, before something is done about the engine."""

    cancel: float = 8.0  #: from the request to the end of the whole process group
    silence: float = 60.0  #: without any line: a warning
    stuck: float = 180.0  #: without any line: the end
    poll: float = 0.2  #: between two looks at the cancel button
    drain: float = 2.0  #: for the last lines of an engine that has ended


def run_engine(
    command: list[str],
    environment: dict[str, str],
    folder: str,
    feedback: Any,
    patience: Patience = Patience(),
    *,
    part: tuple[int, int] = (1, 1),
) -> dict:
    """Run the engine to its end and return the outputs of its ``result`` event.

    ``feedback`` is a ``QgsProcessingFeedback``; one that has a method ``engine_event`` is given every event
    as it came. ``part`` (number from 1, count) says which of several runs of one algorithm this is; progress
    is then told as that of all of them. When this returns or raises, no process of the engine's group is left.

    Raises ``EngineCancelled`` when ``feedback`` was cancelled, and ``EngineFailed``, with a
    sentence for the person, when there is no result for any other reason.
    """
    try:
        process = EngineProcess(command, environment, folder)
    except (OSError, ValueError) as error:
        raise EngineFailed(
            tr("Overseed's engine could not be started: {reason}.").format(reason=error)
        ) from error
    return _Run(process, feedback, patience, part).wait()


class _Run:
    """The state of one running engine, kept by the thread that waits for it."""

    def __init__(
        self, process: EngineProcess, feedback: Any, patience: Patience, part: tuple[int, int]
    ) -> None:
        self._process = process
        self._feedback = feedback
        self._listener = getattr(feedback, "engine_event", None)
        self._patience = patience
        self._part = part
        self._lines: queue.Queue = queue.Queue(_QUEUE_LENGTH)
        self._abandoned = threading.Event()
        self._open_streams = 2
        self._progress = OverallProgress()
        self._shown = 0.0
        self._last_words: deque[str] = deque(maxlen=20)
        self._noise = 0
        self._metric_times: dict[tuple, float] = {}
        self._hello = False
        self._verdict: Optional[EngineFailed] = None
        self._error: Optional[dict] = None
        self._outputs: Optional[dict] = None
        self._cancelled_at: Optional[float] = None
        self._given_up = False
        self._ended_at: Optional[float] = None
        self._heard_at = time.monotonic()
        self._looked_at = self._heard_at
        self._warned_of_silence = False

    def wait(self) -> dict:
        for name, stream in (("out", self._process.stdout), ("err", self._process.stderr)):
            threading.Thread(
                target=self._read, args=(name, stream), name=f"overseed-{name}", daemon=True
            ).start()
        try:
            while not self._finished():
                with contextlib.suppress(queue.Empty):
                    self._take(*self._lines.get(timeout=self._patience.poll))
                self._look_at_cancel()
                self._look_at_silence()
                if self._given_up or self._verdict is not None:
                    break
            code = self._process.exit_code()
        finally:
            self._abandoned.set()
            self._process.end_group()
        return self._conclude(code)

    def _read(self, name: str, stream: IO[bytes]) -> None:
        # In a thread of its own, since a pipe cannot be read with a time limit on every platform.
        with contextlib.suppress(OSError, ValueError), stream:
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                self._put(name, line)
        self._put(name, None)

    def _put(self, name: str, line: Optional[bytes]) -> None:
        while not self._abandoned.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put((name, line), timeout=0.5)
                return

    def _finished(self) -> bool:
        if self._process.exit_code() is None:
            return False
        now = time.monotonic()
        self._ended_at = self._ended_at or now
        # A grandchild that inherited the streams may hold them open after the engine's own end.
        late = now - self._ended_at > self._patience.drain and self._lines.empty()
        return self._open_streams == 0 or late

    def _take(self, name: str, line: Optional[bytes]) -> None:
        if line is None:
            self._open_streams -= 1
            return
        self._heard_at = time.monotonic()
        self._warned_of_silence = False
        event = parse_event(line) if name == "out" else None
        if event is None:
            self._take_noise(line.decode("utf-8", errors="replace").rstrip())
            return
        try:
            self._take_event(event)
        except (KeyError, TypeError, ValueError):
            self._take_noise(line.decode("utf-8", errors="replace").rstrip())

    def _take_noise(self, text: str) -> None:
        if not text.strip():
            return
        self._last_words.append(text[:500])
        self._noise += 1
        if self._noise <= _NOISE_LINES:
            self._say(self._feedback.pushDebugInfo, text)
        elif self._noise == _NOISE_LINES + 1:
            self._feedback.pushDebugInfo(tr("(further lines of this kind are left out)"))

    def _take_event(self, event: dict) -> None:
        kind = event["event"]
        if kind == "hello":
            self._take_hello(event)
        elif kind == "stage":
            self._set_progress(self._progress.stage(event["index"], event["count"]))
            self._feedback.setProgressText(str(event["label"]))
        elif kind == "progress":
            self._set_progress(self._progress.progress(event["done"], event["total"]))
        elif kind == "log":
            self._say(self._feedback.pushInfo, event["message"])
        elif kind == "warning":
            self._say(self._feedback.pushWarning, event["message"])
        elif kind == "metric":
            self._take_metric(event)
        elif kind in ("preview", "artifact"):
            self._feedback.pushDebugInfo(f"{event.get('role', kind)}: {event['path']}")
        elif kind == "error":
            self._error = event
        elif kind == "result":
            self._outputs = dict(event["outputs"])
        # Last, so that it hears only of what could be understood.
        if self._listener is not None:
            self._listener(event)

    def _take_hello(self, event: dict) -> None:
        self._hello = True
        if event.get("protocol") != PROTOCOL:
            self._verdict = EngineFailed(
                tr(
                    "This plugin does not fit Overseed's engine {engine}: it speaks version {theirs} "
                    "of their common language, the plugin version {ours}. Install plugin and engine "
                    "of the same release."
                ).format(
                    engine=event.get("engine", ""), theirs=event.get("protocol"), ours=PROTOCOL
                )
            )
            return
        self._feedback.pushInfo(
            tr("Overseed engine {version} on {device}").format(
                version=event.get("engine", ""), device=event.get("device", "cpu")
            )
        )

    def _take_metric(self, event: dict) -> None:
        key = (event.get("stage"), event["name"])
        value, step = float(event["value"]), ""
        if "step" in event:
            step = tr(" (step {number})").format(number=f"{float(event['step']):.15g}")
        now = time.monotonic()
        if now - self._metric_times.get(key, -_METRIC_SECONDS) >= _METRIC_SECONDS:
            self._metric_times[key] = now
            self._feedback.pushInfo(f"{event['name']} = {value:.4g}{step}")

    def _say(self, push: Callable[[str], None], message: Any) -> None:
        text = str(message)
        if len(text) > _LONGEST_SHOWN:
            text = text[:_LONGEST_SHOWN] + " …"
        push(text)
        time.sleep(_LINE_SECONDS + _LETTER_SECONDS * len(text))

    def _set_progress(self, fraction: float) -> None:
        # Each change is a call in the window's thread; nobody sees a smaller one.
        if fraction - self._shown >= 0.001:
            self._shown = fraction
            number, count = self._part
            self._feedback.setProgress(100 * (number - 1 + fraction) / count)

    def _look_at_cancel(self) -> None:
        now = time.monotonic()
        if self._cancelled_at is None:
            if self._feedback.isCanceled():
                self._cancelled_at = now
                self._feedback.pushInfo(tr("Stopping the engine…"))
                self._process.send({"cmd": "cancel"})
        elif now - self._cancelled_at > self._patience.cancel:
            self._feedback.pushWarning(tr("The engine did not stop by itself and was ended."))
            self._given_up = True

    def _look_at_silence(self) -> None:
        now = time.monotonic()
        # A computer that slept has heard nothing either; only time that was spent listening counts.
        slept = now - self._looked_at - 10 * self._patience.poll
        self._looked_at = now
        if slept > 0:
            self._heard_at += slept
        silence = now - self._heard_at
        if self._process.exit_code() is not None:
            return
        if silence > self._patience.stuck:
            self._verdict = EngineFailed(
                tr(
                    "Overseed's engine gave no sign of life for {seconds:.0f} seconds and was ended. "
                    "Press Run to continue from the last finished step; if it gets stuck again, "
                    "choose a lower effort or a smaller raster."
                ).format(seconds=self._patience.stuck)
            )
        elif silence > self._patience.silence and not self._warned_of_silence:
            self._warned_of_silence = True
            self._feedback.pushWarning(
                tr("The engine has been silent for {seconds:.0f} seconds; it may be stuck.").format(
                    seconds=silence
                )
            )

    def _conclude(self, code: Optional[int]) -> dict:
        if code == 0 and self._hello and self._outputs is not None:
            return self._outputs
        if self._cancelled_at is not None:
            raise EngineCancelled
        if self._verdict is not None:
            raise self._verdict
        if self._error is not None:
            raise describe_error(self._error)
        raise describe_end(code, list(self._last_words))
