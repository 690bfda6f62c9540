"""A picture that grows with a training: it takes little of the time, and nobody loses a training for it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from pathlib import Path

from overseed.errors import Cancelled
from overseed.events import Reporter
from overseed.files import whole

SHEET = "samples.png"
#: No sheet is begun while drawing has taken more than this share of the time so far.
MOST_TIME = 0.05


class LiveSheet(ABC):
    """Draws ``samples.png`` in a generator's folder; one that cannot be drawn is warned of once."""

    def __init__(self, folder: Path, reporter: Reporter) -> None:
        self._path = folder / SHEET
        self._reporter = reporter
        self._begun = time.monotonic()
        self._spent = 0.0
        self._failed = False

    @property
    def files(self) -> list[str]:
        """The file, where there is one."""
        return [SHEET] if self._path.is_file() else []

    def draw_when_due(self, step: int) -> None:
        """Draw, but for when drawing has taken more than its share of the time so far."""
        if self._spent <= MOST_TIME * (time.monotonic() - self._begun):
            self.draw(step)

    def draw(self, step: int) -> None:
        """Draw what the generator makes now, after ``step`` steps."""
        begun = time.monotonic()
        try:
            with whole(self._path) as partial:
                self._draw(step, partial)
            self._reporter.preview(self._path)
        except Cancelled:
            raise
        except Exception as error:
            if not self._failed:
                self._reporter.warning(
                    "sheet.failed", f"The sheet of samples could not be drawn: {error}."
                )
            self._failed = True
        self._spent += time.monotonic() - begun

    @abstractmethod
    def _draw(self, step: int, path: Path) -> None:
        """Write the picture to ``path``."""
