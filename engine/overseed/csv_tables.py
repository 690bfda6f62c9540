"""Tables as CSV that no spreadsheet takes for a program.

A cell that begins with one of ``= + - @`` is a formula to a spreadsheet, and class names come from users. Such
a text gets an apostrophe in front; numbers stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, each text of which :func:`plain` gives back."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([guarded(str(v)) for v in row] for row in rows)
    return text.getvalue()


def guarded(text: str) -> str:
    """A cell's text that is no formula."""
    return f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text


def plain(text: str) -> str:
    """What :func:`guarded` was given."""
    return text[1:] if _GUARDED.match(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
