"""Which bands of a scene make a picture that people can read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Composite:
    """A way to show a scene: a title for people and one or three bands, indices from 0."""

    title: str
    bands: tuple[int, ...]


def composites(names: Sequence[str]) -> list[Composite]:
    """One or two ways to show a scene that let people see different things.

    Natural colour and the false colour of vegetation (near infrared, red, green) where the names say which
    bands these are; else the first three and the last three bands; of three bands all and, in grey, the
    last; of fewer each in grey.
    """
    found = {colour: _find(names, words) for colour, words in _WORDS.items()}
    asked = (
        ("natural colour", ("red", "green", "blue")),
        ("near infrared, red, green", ("nir", "red", "green")),
    )
    made = []
    for title, colours in asked:
        bands = tuple(b for b in (found[c] for c in colours) if b is not None)
        if len(set(bands)) == 3:
            made.append(Composite(title, bands))
    count = len(names)
    others: list[tuple[int, ...]]
    if count < 3:
        others = [(b,) for b in range(count)]
    else:
        last = tuple(range(count - 3, count)) if count > 3 else (count - 1,)
        others = [(0, 1, 2), last]
    for bands in others:
        if len(made) < 2 and bands not in [composite.bands for composite in made]:
            made.append(Composite(", ".join(names[b] for b in bands), bands))
    return made


def _find(names: Sequence[str], words: set[str]) -> int | None:
    """First band one of whose words is in ``words``; words of the colour go before band numbers."""
    tokens = [re.split(r"[^0-9a-zà-ÿ]+", name.lower()) for name in names]
    for wanted in ({w for w in words if not w[-1].isdigit()}, words):
        for index, parts in enumerate(tokens):
            if wanted.intersection(parts) and "edge" not in parts:
                return index
    return None
