"""Libraries that only some methods and measures need, and the refusal where they are not installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec

from overseed.errors import InputError

#: Libraries of the extra ``diffusion`` that the methods import.
_DIFFUSION = {
    "diffusion": ("diffusers",),
    "sd-inpaint": ("diffusers", "transformers", "peft"),
}


def check_extras(methods: Iterable[str]) -> None:
    """Refuse methods whose libraries are missing, before any work; imports none of them.

    Raises
    ------
    InputError
        ``diffusion.not-installed``.
    """
    for method in methods:
        _check(f"The method {method}", _DIFFUSION.get(method, ()))


def check_agreement_extra() -> None:
    """Refuse agreement with words by CLIP where its library is missing, as :func:`check_extras` does."""
    _check("Agreement with words (--agreement-weights)", ("transformers",))


def _check(what: str, libraries: Iterable[str]) -> None:
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise InputError(
            "diffusion.not-installed",
            f"{what} needs {' and '.join(missing)}, which Overseed does not bring along.",
            f"Install them into the engine's Python ({sys.executable}) with: "
            "pip install 'overseed[diffusion]'.",
        )
