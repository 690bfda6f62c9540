"""Colours as people and programs write them, brought to ``#rrggbb``."""

from __future__ import annotations

import re

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})")
_NUMBERS = re.compile(r"(?:rgba?\()?\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:[,)].*)?")


def as_hex(text: str) -> str | None:
    """Bring a colour to ``#rrggbb`` in lower case; opacity is left out.

    Understood are ``#rgb``, ``#rrggbb``, ``#rrggbbaa`` (as OGR's feature styles have it), the fill of such a
    style (``BRUSH(fc:#rrggbb)``), ``r,g,b`` and ``r,g,b,a`` from 0 to 255 with whatever QGIS appends to them
    (``,rgb:…``), ``rgb(r,g,b)``, and the colour names of CSS.

    Returns
    -------
    str or None
        ``None`` when the text is no colour.
    """
    plain = text.strip().lower()
    brush = re.search(r"fc:(#[0-9a-f]+)", plain)
    if brush:
        plain = brush[1]
    found = _HEX.fullmatch(plain)
    if found:
        digits = found[1] if len(found[1]) > 3 else "".join(2 * digit for digit in found[1])
        return f"#{digits[:6]}"
    numbers = _NUMBERS.fullmatch(plain)
    if numbers:
        return from_rgb(*(int(number) for number in numbers.groups()))
    return _named(plain)


def from_rgb(red: int, green: int, blue: int) -> str | None:
    """``#rrggbb`` of three parts from 0 to 255; ``None`` when one is out of range."""
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        return None
    return f"#{red:02x}{green:02x}{blue:02x}"


def _named(name: str) -> str | None:
    if not name.isalpha():
        return None
    from matplotlib.colors import CSS4_COLORS

    shade = CSS4_COLORS.get(name)
    return str(shade).lower() if shade else None
