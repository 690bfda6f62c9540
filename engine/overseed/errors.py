"""Refusals: every sentence that tells a person what is wrong and what to do about it."""

from __future__ import annotations

import errno


class OverseedError(Exception):
    """Something that a person can mend.

    Parameters
    ----------
    code:
        Stable dotted code, for example ``labels.no-overlap``; programs may rely on it.
    message:
        One sentence that names the file, layer, field or value at fault.
    hint:
        One sentence that says what to do.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        # All of it, so that a refusal can be handed from one process to another.
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(OverseedError):
    """The input or the settings are at fault (exit code 2)."""

    exit_code = 2


class ResourceError(OverseedError):
    """The machine ran out of disk or memory (exit code 4)."""

    exit_code = 4


class Cancelled(Exception):
    """The person asked to stop; what is done so far can be resumed (exit code 3)."""

    exit_code = 3


#: How PyTorch on processors and GPUs, ONNX Runtime and GDAL say it.
_OUT_OF_MEMORY = (
    "not enough memory",
    "out of memory",
    "bad_alloc",
    "can't allocate memory",
    "failed to allocate memory",
    "cannot allocate memory",
)


def resource_error_from(error: BaseException) -> ResourceError | None:
    """Return the refusal for an error that means "out of disk or memory", else ``None``."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or any(words in text for words in _OUT_OF_MEMORY):
        return ResourceError(
            "machine.memory",
            "The machine ran out of memory.",
            "Close other programs, use a smaller --tile-size, or --effort quick.",
        )
    no_space = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if no_space or "no space left on device" in text:
        where = getattr(error, "filename", None)
        return ResourceError(
            "machine.disk",
            f"The disk is full{f' (while writing {where})' if where else ''}.",
            "Make room and start the same command again; it continues where it stopped.",
        )
    return None
