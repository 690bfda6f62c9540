"""Stages one after the other in this process, or several at once as processes of their own."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, Any

from overseed.chip_settings import (
    ChipFeaturesSettings,
    ClassifyChipsSettings,
    ClusterChipsSettings,
    SampleChipsSettings,
    TrainGanSettings,
)
from overseed.config import (
    Settings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter

#: What a job may be: settings → (command, stage module, function). A module is imported when it is called.
STAGES: dict[type[Settings], tuple[str, str, str]] = {
    TrainGeneratorSettings: ("train-generator", "train_generator", "train_generator"),
    SynthesizeSettings: ("synthesize", "synthesize", "synthesize"),
    TrainSettings: ("train", "train", "train"),
    ChipFeaturesSettings: ("chips features", "chips.features", "features"),
    ClusterChipsSettings: ("chips cluster", "chips.cluster", "cluster"),
    TrainGanSettings: ("chips train-gan", "chips.train_gan", "train_gan"),
    SampleChipsSettings: ("chips sample", "chips.sample", "sample"),
    ClassifyChipsSettings: ("chips classify-chips", "chips.classify", "classify"),
}
#: What a job does, in words.
_WORDS: dict[type[Settings], str] = {
    TrainGeneratorSettings: "generator {method}, seed {seed}",
    SynthesizeSettings: "samples of {method}, seed {seed}",
    TrainSettings: "{augment}, seed {seed}, fold {fold}",
    ChipFeaturesSettings: "features of chips, seed {seed}",
    ClusterChipsSettings: "clusters of chips, seed {seed}",
    TrainGanSettings: "GAN {gan}, told {condition}, seed {seed}",
    SampleChipsSettings: "chips of {gan}, told {condition}, seed {seed}",
    ClassifyChipsSettings: "{augment}, seed {seed}",
}
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
    _, module, function = STAGES[type(settings)]
    getattr(importlib.import_module(f"overseed.stages.{module}"), function)(settings, reporter)


def _named(settings: Settings) -> tuple[str, str]:
    """The command of a job, and what it does in words."""
    given = {name: getattr(settings, name) for name in type(settings).model_fields}
    return STAGES[type(settings)][0], _WORDS[type(settings)].format(**given)


def _start(settings: Settings, threads: int) -> _Running:
    said = tempfile.TemporaryFile()
    command = [sys.executable, "-m", "overseed", *_named(settings)[0].split()]
    command += _words(settings, threads)
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
            for one in value if isinstance(value, list) else [value]:
                words += [f"--{field.replace('_', '-')}", str(one)]
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
