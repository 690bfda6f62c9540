"""What an image model is asked for in words: a prompt for each class."""

from __future__ import annotations

from collections.abc import Sequence

from overseed.errors import InputError

#: What a rare word before the class's name stands for is learned; without it the class is what it always was.
LEARNED = "a sks {class} seen from above"
USUAL = "a {class} seen from above"
#: What is asked for on ground of no known class.
NOWHERE = "ground seen from above"


def prompts_of(text: str | None, names: Sequence[str]) -> tuple[str, ...]:
    """A prompt for each class.

    ``text`` is one prompt for all, in which ``{class}`` stands for the name, or ``NAME=PROMPT`` for single
    classes, parted by semicolons; :data:`LEARNED` for those that are left.

    Raises
    ------
    InputError
        ``classes.unknown``.
    """
    common, own = LEARNED, {}
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
    return tuple(own.get(name, common).replace("{class}", name) for name in names)
