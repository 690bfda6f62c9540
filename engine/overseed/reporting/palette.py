"""Colours with a meaning: sides of the split, arms, and class colours made safe for a page."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

SIDES = ("training", "validation", "test")
#: From Tol's (2021) bright scheme: told apart by colour-blind readers.
SIDE_COLOURS = ("#4477aa", "#ccbb44", "#ee6677")
NEUTRAL = "#808080"

#: Charts are drawn with these stand-ins; the page replaces each by a CSS variable, so that one SVG
#: serves light and dark.
INK = "#010101"
MUTED = "#020202"
RULE = "#030303"
PAPER = "#040404"
BAND = "#050505"
ARM_INKS = tuple(f"#06060{i}" for i in range(1, 9))
VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    PAPER: "var(--paper)",
    BAND: "var(--band)",
    **{shade: f"var(--arm-{i})" for i, shade in enumerate(ARM_INKS)},
}
MARKERS = ("o", "D", "s", "^", "v", "P", "X", "*")
_FIXED_ARMS = {
    "none": 0,
    "pix2pix": 1,
    "random-forest": 2,
    "statistical": 3,
    "replace": 4,
    "copy-paste": 5,
    "spade": 6,
}


def arm_style(arm: str, arms: list[str]) -> tuple[str, str]:
    """Colour and marker of an arm: its own for :data:`_FIXED_ARMS`, else what these leave free."""
    place = _FIXED_ARMS.get(arm)
    if place is None:
        others = [a for a in arms if a not in _FIXED_ARMS]
        taken = {_FIXED_ARMS[a] for a in arms if a in _FIXED_ARMS}
        free = [i for i in range(len(ARM_INKS)) if i not in taken]
        place = free[others.index(arm) % len(free)]
    return ARM_INKS[place], MARKERS[place]


def safe_colour(colour: str) -> str:
    """``colour`` when it is ``#rrggbb``, else a neutral grey; colours come from users' files."""
    return colour.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else NEUTRAL


def rgb(colour: str) -> NDArray[np.uint8]:
    """``#rrggbb`` as three bytes."""
    text = safe_colour(colour)
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.uint8)
