"""What an image model is asked for in words: a prompt for each class."""

from __future__ import annotations

import re
from collections.abc import Sequence

from overseed.errors import InputError

#: What a rare word before the class's name stands for is learned; without it the class is what it always was.
LEARNED = "a sks {class} seen from above"
USUAL = "a {class} seen from above"
#: What is asked for on ground of no known class.
NOWHERE = "ground seen from above"
_RARE_WORD = re.compile(r"\bsks\b\s*")


def prompts_of(
    text: str | None, names: Sequence[str], usual: Sequence[str] | None = None
) -> tuple[str, ...]:
    """A prompt for each class.

    ``text`` is one prompt for all, in which ``{class}`` stands for the name, or ``NAME=PROMPT`` for single
    classes, parted by semicolons; those that are left have their ``usual`` one, :data:`LEARNED` if left out.

    Raises
    ------
    InputError
        ``classes.unknown``.
    """
    common, own = None, {}
    for part in filter(None, (part.strip() for part in (text or "").split(";"))):
        name, sign, prompt = (piece.strip() for piece in part.partition("="))
        if not sign:
            common = part
        elif name in names:
            own[name] = prompt
        else:
            raise InputError(
                "classes.unknown",
                f"The prompt '{part}' is for the class '{name}', which there is not.",
                f"The classes are {', '.join(names)}.",
            )
    if common is not None or usual is None:
        usual = [(common or LEARNED).replace("{class}", name) for name in names]
    return tuple(
        own[name].replace("{class}", name) if name in own else prompt
        for name, prompt in zip(names, usual, strict=True)
    )


def without_rare_word(prompts: Sequence[str]) -> tuple[str, ...]:
    """The same prompts for a model that has learned nothing of the scene."""
    return tuple(_RARE_WORD.sub("", prompt).strip() for prompt in prompts)
