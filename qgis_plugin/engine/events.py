"""What the engine says: lines to events, and the events of the stages to one overall fraction."""

import json
from typing import Optional

#: The only version of the engine's event stream that this plugin understands.
PROTOCOL = 1


def parse_event(line: bytes) -> Optional[dict]:
    """Return the event in ``line``, or None: libraries print where they like."""
    try:
        event = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if isinstance(event, dict) and isinstance(event.get("event"), str):
        return event
    return None


class OverallProgress:
    """How much of the whole run is done, each stage counting the same; it never goes back."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self._index = 1
        self._count = 1

    def stage(self, index: int, count: int) -> float:
        """Enter stage ``index`` (from 1) of ``count`` and return the fraction done."""
        self._index, self._count = int(index), max(1, int(count))
        return self._forward((self._index - 1) / self._count)

    def progress(self, done: float, total: float) -> float:
        """Take in ``done`` of ``total`` units of this stage and return the fraction done."""
        within = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
        return self._forward((self._index - 1 + within) / self._count)

    def _forward(self, fraction: float) -> float:
        self.fraction = min(1.0, max(self.fraction, fraction))
        return self.fraction
