"""Stages one after the other in this process, or several at once as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, Any

from overseed.config import (
    Settings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter

#: How often running processes are looked at.
PAUSE_SECONDS = 0.2
#: How long a cancelled process may take to write its checkpoint.
GRACE_SECONDS = 8.0


@dataclass(frozen=True)
class Job:
    """One call of a stage, after the jobs with the numbers ``needs``."""

    settings: Settings
    needs: tuple[int, ...] = ()


@dataclass
class _Running:
    process: subprocess.Popen[bytes]
    said: IO[bytes]


def run_jobs(jobs: list[Job], at_once: int, threads: int, reporter: Reporter) -> None:
    """Do all jobs; the first refusal ends the others and is raised.

    Several at once share ``threads`` (0: all cores) evenly; each is a process that runs the same command as a
    person would.
    """
    if at_once == 1:
        for job in jobs:
            _call(job.settings, reporter)
        return
    each = max(1, (threads or os.cpu_count() or 1) // at_once)
    waiting, done = dict(enumerate(jobs)), set[int]()
    running: dict[int, _Running] = {}
    try:
        while waiting or running:
            ready = [n for n, job in waiting.items() if done.issuperset(job.needs)]
            for number in ready[: at_once - len(running)]:
                running[number] = _start(waiting.pop(number).settings, each)
            time.sleep(PAUSE_SECONDS)
            reporter.check()
            for number, one in list(running.items()):
                if one.process.poll() is not None:
                    del running[number]
                    _judge(jobs[number].settings, one)
                    done.add(number)
                    name, words = _named(jobs[number].settings)
                    reporter.stage(name, f"Finished: {words}")
    finally:
        _end(running)


def _call(settings: Settings, reporter: Reporter) -> None:
    from overseed.stages.synthesize import synthesize
    from overseed.stages.train import train
    from overseed.stages.train_generator import train_generator

    if isinstance(settings, TrainGeneratorSettings):
        train_generator(settings, reporter)
    elif isinstance(settings, SynthesizeSettings):
        synthesize(settings, reporter)
    elif isinstance(settings, TrainSettings):
        train(settings, reporter)


def _named(settings: Settings) -> tuple[str, str]:
    """The command of a job, and what it does in words."""
    if isinstance(settings, TrainGeneratorSettings):
        return "train-generator", f"generator {settings.method}, seed {settings.seed}"
    if isinstance(settings, SynthesizeSettings):
        return "synthesize", f"samples of {settings.method}, seed {settings.seed}"
    assert isinstance(settings, TrainSettings)
    return "train", f"{settings.augment}, seed {settings.seed}, fold {settings.fold}"


def _start(settings: Settings, threads: int) -> _Running:
    said = tempfile.TemporaryFile()
    command = [sys.executable, "-m", "overseed", _named(settings)[0], *_words(settings, threads)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
    return _Running(process, said)


def _words(settings: Settings, threads: int) -> list[str]:
    """The settings as words of a command line."""
    words: list[str] = []
    for field, info in type(settings).model_fields.items():
        value: Any = threads if field == "threads" else getattr(settings, field)
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("argument"):
            words.insert(0, str(value))
        elif value is True:
            words.append(f"--{field.replace('_', '-')}")
        elif value is not None and value is not False:
            words += [f"--{field.replace('_', '-')}", str(value)]
    return words


def _judge(settings: Settings, one: _Running) -> None:
    """Pass on why a process failed, in its own last words."""
    one.said.seek(0)
    words = one.said.read().decode("utf-8", "replace").strip().splitlines()
    one.said.close()
    if one.process.returncode == 0:
        return
    if one.process.returncode == Cancelled.exit_code:
        raise Cancelled
    raise InputError(
        "compare.stage-failed",
        f"{_named(settings)[1]} failed: {words[-1] if words else 'no reason given'}",
        "Run that stage alone to see all of it; what is finished is kept.",
    )


def _end(running: dict[int, _Running]) -> None:
    """Ask what still runs to stop, as a person would, and see that it does."""
    for one in running.values():
        one.process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for one in running.values():
        try:
            one.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()
        one.said.close()
