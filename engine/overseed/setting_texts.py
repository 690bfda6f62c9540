"""Settings that are written as short texts: what they mean."""

from __future__ import annotations

import csv
import math
import re


def parse_target(text: str) -> str | dict[str, float]:
    """Read a target distribution.

    Returns
    -------
    ``"equal"``, ``"sqrt"`` or class names with their shares, each in (0, 1), together at most 1.

    Raises
    ------
    ValueError
        When the text is none of these.
    """
    if text in ("equal", "sqrt"):
        return text
    shares = parse_named_shares(text)
    if sum(shares.values()) > 1 + 1e-9:
        raise ValueError(f"the shares in '{text}' add up to more than 1")
    return shares


def parse_named_shares(text: str) -> dict[str, float]:
    """Numbers in (0, 1) by class name, from ``NAME=VALUE,NAME=VALUE``; raises ``ValueError``.

    A part with a comma in its name stands in double quotes, as in CSV: ``"shrub, herb=0.2",water=0.1``.
    """
    found: dict[str, float] = {}
    for part in next(csv.reader([text], skipinitialspace=True), []) or [""]:
        name, value = _named_share(part)
        found[name] = value
    return found


def _named_share(part: str) -> tuple[str, float]:
    name, equals, share = part.rpartition("=")
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not equals or not name.strip() or not 0 < value < 1:
        raise ValueError(f"'{part}' is not NAME=VALUE with a value between 0 and 1")
    return name.strip(), value


def parse_extent(text: str) -> tuple[float, float, float, float]:
    """``xmin,ymin,xmax,ymax`` as numbers; raises ``ValueError``."""
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"'{text}' is not of the form xmin,ymin,xmax,ymax") from error
    if not (-math.inf < xmin < xmax < math.inf and -math.inf < ymin < ymax < math.inf):
        raise ValueError(f"'{text}' holds no ground: xmin,ymin,xmax,ymax is the order")
    return xmin, ymin, xmax, ymax


def parse_min_patch(text: str) -> dict[str, tuple[float, str]]:
    """Read the smallest patches of a map.

    Returns
    -------
    Size and unit (``px`` or ``ha``) by class name; the empty name is that of all other classes.

    Raises
    ------
    ValueError
        When the text is not ``SIZE`` or ``NAME=SIZE`` parted by commas.
    """
    sizes: dict[str, tuple[float, str]] = {}
    for part in text.split(","):
        name, _, size = part.rpartition("=")
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ha|px|)", size.strip())
        if not found or name.strip() in sizes:
            raise ValueError(f"'{part}' is not SIZE or NAME=SIZE with a size such as 4 or 0.5ha")
        sizes[name.strip()] = float(found[1]), found[2] or "px"
    return sizes


def parse_numbers(text: str) -> list[int]:
    """Read numbers and stretches of them, ``3,17-20``.

    Returns
    -------
    Whole numbers from 1, ascending, each once.

    Raises
    ------
    ValueError
        When the text is none of these, or names more than a million numbers.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"\s*([1-9][0-9]{0,8})\s*(?:-\s*([1-9][0-9]{0,8})\s*)?", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first or last - first >= 1_000_000:
            raise ValueError(f"'{part.strip()}' is neither a number from 1 nor two as in 17-20")
        numbers.update(range(first, last + 1))
    return sorted(numbers)


def written_numbers(numbers: list[int]) -> str:
    """Ascending numbers as :func:`parse_numbers` reads them, in as few words as can be."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][1] + 1:
            stretches[-1][1] = number
        else:
            stretches.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in stretches)
