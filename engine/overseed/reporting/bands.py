"""Which bands of a scene make a picture that people can read."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Numbers as on Sentinel-2 and, for these four, Landsat 8 and 9 except near infrared.
_WORDS = {
    "red": {"red", "rot", "rouge", "b04", "b4"},
    "green": {"green", "grün", "gruen", "vert", "b03", "b3"},
    "blue": {"blue", "blau", "bleu", "b02", "b2"},
    "nir": {"nir", "nir1", "b08", "b8"},
}


def picture_bands(names: Sequence[str]) -> tuple[tuple[int, ...], bool]:
    """Choose the bands to show as red, green and blue.

    Returns
    -------
    Indices from 0, three or one of them, and whether they make a true-colour picture: red, green
    and blue when the names say so, else near infrared, red and green, else the first three bands,
    else the first.
    """
    found = {colour: _find(names, words) for colour, words in _WORDS.items()}
    true_colour = [found[c] for c in ("red", "green", "blue")]
    infrared = [found[c] for c in ("nir", "red", "green")]
    for bands, is_true in ((true_colour, True), (infrared, False)):
        chosen = tuple(b for b in bands if b is not None)
        if len(set(chosen)) == 3:
            return chosen, is_true
    return ((0, 1, 2), False) if len(names) >= 3 else ((0,), False)


def _find(names: Sequence[str], words: set[str]) -> int | None:
    """First band one of whose words is in ``words``; words of the colour go before band numbers."""
    tokens = [re.split(r"[^0-9a-zà-ÿ]+", name.lower()) for name in names]
    for wanted in ({w for w in words if not w[-1].isdigit()}, words):
        for index, parts in enumerate(tokens):
            if wanted.intersection(parts) and "edge" not in parts:
                return index
    return None
