"""What a step will cost: time, memory and disk, from this computer's own earlier runs where there are any."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..algorithms.engine_settings import effort_plan
from .run_state import methods_of

#: Seconds for one unit of work on two processor cores, where nothing has run here yet: a step of training, a
#: sample, a million pixels mapped. Measured with 13 bands, tiles of 128 pixels (docs/results.md, the demo).
USUAL_SECONDS = {
    "train-generator": 0.16,
    "synthesize": 0.12,
    "train": 0.30,
    "classify": 1.9,
}
#: Bytes for one unit of memory, found in the same runs: libraries, network and batches take most.
WORKING_MEMORY = 1.2e9
#: Networks and their optimizers' state on disk, for a generator and for a U-Net.
GENERATOR_BYTES, MODEL_BYTES = 45e6, 63e6
#: Methods that learn no network; for them the effort's `crop_batches` are the steps.
WITHOUT_NETWORK = ("copy-paste", "replace", "statistical")
#: Methods with steps of their own, and where the effort's plan counts them.
OWN_STEPS = {
    "pseudo-labels": "gan_steps",
    "diffusion": "diffusion_steps",
    "sd-inpaint": "lora_steps",
}
#: How much longer than usual a step of training and a sample take: many or large networks.
SLOWNESS = {"diffusion": (2, 20), "sd-inpaint": (60, 150)}


@dataclass(frozen=True)
class Ground:
    """How large the data are: pixels, bands and bytes of a value, over all rasters; side of a tile."""

    pixels: int
    bands: int
    value_bytes: int
    tile: int = 128


@dataclass(frozen=True)
class Cost:
    """``seconds``, bytes of ``memory`` and ``disk``; ``measured`` here before, or only usual elsewhere."""

    seconds: float
    memory: float
    disk: float
    measured: bool

    def __add__(self, other: "Cost") -> "Cost":
        """Return the cost of one step after the other."""
        return Cost(
            self.seconds + other.seconds,
            max(self.memory, other.memory),
            self.disk + other.disk,
            self.measured and other.measured,
        )


def prepare_cost(ground: Ground, inspected: Optional[dict]) -> Cost:
    """Return the cost of preparing; ``inspected`` is what the engine said of it when it looked at classes."""
    disk = ground.pixels * (ground.bands * ground.value_bytes + 2)
    if inspected:
        return Cost(float(inspected["seconds"]) + 5, 0.4e9, float(inspected["bytes"]), True)
    return Cost(5 + ground.pixels * ground.bands / 20e6, 0.4e9, disk, False)


def generator_cost(method: str, effort: str, ground: Ground, rates: dict) -> Cost:
    """Return the cost of fitting a generator."""
    plan = effort_plan(effort)
    networked = method not in WITHOUT_NETWORK
    steps = plan[_steps_of(method)]
    rate = rates.get(("train-generator", method))
    usual = USUAL_SECONDS["train-generator"] * (1 if networked else 0.25)
    usual *= SLOWNESS.get(method, (1, 1))[0]
    return Cost(steps * (rate or usual), WORKING_MEMORY, GENERATOR_BYTES, rate is not None)


def _steps_of(method: str) -> str:
    """Return which number of an effort's plan counts a generator's steps."""
    usual = "crop_batches" if method in WITHOUT_NETWORK else "generator_steps"
    return OWN_STEPS.get(method, usual)


def samples_cost(method: str, effort: str, ground: Ground, rates: dict) -> Cost:
    """Return the cost of making samples."""
    count = effort_plan(effort)["samples"]
    rate = rates.get(("synthesize", method))
    each = ground.tile**2 * (ground.bands * ground.value_bytes + 2)
    usual = USUAL_SECONDS["synthesize"] * SLOWNESS.get(method, (1, 1))[1]
    seconds = count * (rate or usual)
    return Cost(seconds, WORKING_MEMORY, 1.5 * count * each, rate is not None)


def training_cost(effort: str, rates: dict) -> Cost:
    """Return the cost of training a U-Net."""
    steps = effort_plan(effort)["train_steps"]
    rate = rates.get(("train", ""))
    seconds = steps * (rate or USUAL_SECONDS["train"])
    return Cost(seconds, 2 * WORKING_MEMORY, MODEL_BYTES, rate is not None)


def mapping_cost(ground: Ground, classes: int) -> Cost:
    """Return the cost of a map with its confidence and the probabilities of so many classes."""
    seconds = 3 + ground.pixels / 1e6 * USUAL_SECONDS["classify"]
    disk = (0.6 + 0.3 * classes) * ground.pixels
    return Cost(seconds, WORKING_MEMORY, disk, measured=False)


def comparison_cost(
    arms: list[str], trainings: int, effort: str, ground: Ground, rates: dict
) -> Cost:
    """Return the cost of training every arm, and none and the forest beside them, so many times."""
    cost = training_cost(effort, rates)
    for arm in arms:
        cost = cost + training_cost(effort, rates)
        for method in methods_of(arm):
            cost = cost + generator_cost(method, effort, ground, rates)
            cost = cost + samples_cost(method, effort, ground, rates)
    return Cost(trainings * cost.seconds, cost.memory, trainings * cost.disk, cost.measured)


def rates_of(folders: Iterable[str], device: str = "cpu") -> dict:
    """Return seconds for a unit of work by (stage, method) from the records of run folders on this computer.

    Only records of work on ``device`` count, of each kind the newest. Folders that are gone or hold no
    records add nothing.
    """
    found: dict[tuple[str, str], tuple[str, float]] = {}
    for folder in folders:
        for path in Path(folder).glob("split-0/*/*/seed-*/record.json"):
            rate = _rate_of(path, device)
            if rate is not None and rate[1] > found.get(rate[0], ("", 0.0))[0]:
                found[rate[0]] = rate[1:]
    return {kind: rate for kind, (_, rate) in found.items()}


def _rate_of(path: Path, device: str) -> Optional[tuple[tuple[str, str], str, float]]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        stage, settings = record["stage"], record["settings"]
        plan = effort_plan(settings["effort"])
        seconds, started = float(record["seconds"]), str(record["started"])
        if (record.get("device") or {}).get("kind", device) != device:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    method = path.parts[-3]
    if stage == "train-generator":
        units = settings.get("steps") or plan[_steps_of(method)]
    elif stage == "synthesize":
        units = settings.get("count") or plan["samples"]
    elif stage == "train" and method != "random-forest":
        units, method = settings.get("steps") or plan["train_steps"], ""
    else:
        return None
    return (stage, method), started, seconds / max(1, units)


def describe(cost: Cost, words: dict[str, str]) -> str:
    """Return the cost in words, such as “about 4 min · 1.2 GB memory · 60 MB disk”.

    ``words`` are the sentence's parts in the language of QGIS: ``line`` with {time}, {memory} and {disk},
    ``seconds``, ``minutes`` and ``hours`` with {n}.
    """
    return words["line"].format(
        time=duration(cost.seconds, words), memory=size(cost.memory), disk=size(cost.disk)
    )


def duration(seconds: float, words: dict[str, str]) -> str:
    """Return a duration in one unit, roughly: nobody can promise seconds."""
    if seconds < 50:
        return words["seconds"].format(n=max(5, 5 * round(seconds / 5)))
    if seconds < 5400:
        return words["minutes"].format(n=max(1, round(seconds / 60)))
    return words["hours"].format(n=round(seconds / 3600, 1))


def size(count: float) -> str:
    """Return a number of bytes as people say it."""
    for unit, step in (("GB", 1e9), ("MB", 1e6)):
        if count >= step:
            value = count / step
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{max(1, round(count / 1e3))} KB"
