"""Why there is no result: the two exceptions of a run, and sentences for the ends of an engine."""

import signal
from typing import Optional

from ..texts import tr

_CANCELLED_CODE = 3


class EngineCancelled(Exception):
    """The person asked to stop, and the engine is gone."""


class EngineFailed(Exception):
    """There is no result; the text is for the person."""


def describe_error(event: dict) -> EngineFailed:
    """Return the failure for the engine's own ``error`` event: its sentence, its hint, its log."""
    parts = [str(event.get("message") or tr("The engine failed.")), str(event.get("hint") or "")]
    if event.get("log"):
        parts.append(tr("Log: {path}").format(path=event["log"]))
    return EngineFailed("\n".join(part for part in parts if part))


def describe_end(code: Optional[int], last_words: list[str]) -> EngineFailed:
    """Return the failure for an engine that ended without an ``error`` event.

    ``last_words`` are the last lines that it printed outside the event stream.
    """
    if any("No module named overseed" in line for line in last_words):
        return EngineFailed(
            tr(
                "The Python interpreter that is set for Overseed does not hold the engine. "
                "Open Overseed's set-up card (Settings → Options → Overseed) and press “Check again”."
            )
        )
    if code == _CANCELLED_CODE:
        return EngineFailed(
            tr("The engine was stopped from outside QGIS. Press Run to continue where it stopped.")
        )
    if code == 0:
        sentence = tr("The engine ended without a result.")
    elif code is not None and code < 0:
        sentence = tr("The engine was killed by the system (signal {name}).").format(
            name=_signal_name(-code)
        )
        if -code == getattr(signal, "SIGKILL", 9):
            sentence += " " + tr(
                "Often the memory was full: close other programs or choose a lower effort."
            )
    else:
        sentence = tr("The engine ended unexpectedly (exit code {code}).").format(code=code)
    if last_words:
        sentence += " " + tr("Its last lines were:") + "\n" + "\n".join(last_words)
    return EngineFailed(sentence)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
