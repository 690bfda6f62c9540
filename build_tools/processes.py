"""Child processes: starting them, passing signals on, and the one way in which a command stops."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Union

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"

Word = Union[str, Path]


class Stop(Exception):
    """The command cannot go on; the text is one sentence that tells the person what to do."""

    def __init__(self, sentence: str, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Interrupted(Exception):
    """The person stopped the command; the child that was running ended with `exit_code`."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def say(sentence: str) -> None:
    """Print for the person at once, also when the output is a pipe."""
    print(sentence, flush=True)


def call(command: Sequence[Word], env: dict[str, str] | None = None) -> int:
    """Run a command in the repository with its output streaming; returns its exit code.

    Ctrl-C reaches the child from the terminal and SIGTERM is passed on; either way the child is
    waited for, since the engine writes a checkpoint first. Raises `Interrupted` afterwards.
    """
    process = subprocess.Popen([str(word) for word in command], cwd=ROOT, env=env)
    stopped = False

    def pass_on(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        process.terminate()

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        while process.returncode is None:
            try:
                process.wait()
            except KeyboardInterrupt:
                stopped = True
    finally:
        signal.signal(signal.SIGTERM, before)
    # A child that a signal ended has a negative code; shells count from 128.
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    if stopped:
        raise Interrupted(code or 130)
    return code


def must(command: Sequence[Word], failure: str, env: dict[str, str] | None = None) -> None:
    """Run a command; raises `Stop` with the sentence `failure` when it does not end with 0."""
    if call(command, env) != 0:
        raise Stop(failure, exit_code=1)


def output_of(command: Sequence[Word], env: dict[str, str] | None = None) -> str | None:
    """Standard output of a command, stripped; None when it cannot start or fails."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def clean_environment(**more: str) -> dict[str, str]:
    """The process environment without what would lead a Python into another one's packages."""
    environment = dict(os.environ)
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
        environment.pop(name, None)
    environment.update(more)
    return environment
