"""What a report is made from: plain, read-only descriptions of a run's results, no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.reporting.assessed import Assessed
from overseed.scenes.classes import ClassTable

#: Rows of a training log: its step and the numbers logged there; names of losses hold "loss".
Curve = list[dict[str, float]]


@dataclass(frozen=True)
class Grid:
    """Where a scene or a map lies, at full resolution; ``transform`` is (a, b, c, d, e, f)."""

    crs_wkt: str
    transform: tuple[float, float, float, float, float, float]
    width: int
    height: int


@dataclass(frozen=True)
class Scene:
    """One scene, thinned out to the size of a picture.

    ``picture`` is (1 or 3, h, w) float with NaN where there is no value, its bands as red, green
    and blue; ``labels`` (h, w) uint8 class indices with 255 = unlabelled; ``side`` (h, w) uint8:
    0 training, 1 validation, 2 test, 255 none.
    """

    name: str
    picture: NDArray[np.floating]
    picture_bands: tuple[str, ...]
    true_colour: bool
    labels: NDArray[np.uint8] | None
    side: NDArray[np.uint8] | None
    grid: Grid | None


@dataclass(frozen=True)
class Sample:
    """A synthetic sample beside the real tile it was made from.

    ``real`` and ``made`` are (1 or 3, h, w) like a scene's picture; the labels (h, w) uint8 class
    indices; ``changed`` (h, w) bool; ``sown`` the changed pixels of each class by name.
    """

    real: NDArray[np.floating]
    real_labels: NDArray[np.uint8]
    made: NDArray[np.floating]
    made_labels: NDArray[np.uint8]
    changed: NDArray[np.bool_]
    sown: dict[str, int]
    source: str


@dataclass(frozen=True)
class Synthesis:
    """A generator, its samples and how good they are; what the run does not have is ``None``.

    ``fidelity`` is what `synthesize` measures in passing, ``measured`` what `fidelity` measures in earnest, and
    ``measured_page`` its pictures as a PNG file's content. ``by_hand`` are the numbers of samples that somebody
    has rejected.
    """

    method: str
    curve: Curve | None
    samples: tuple[Sample, ...]
    index: dict[str, Any] | None
    rejected: dict[str, Any] | None
    fidelity: dict[str, Any] | None
    measured: dict[str, Any] | None = None
    measured_page: bytes | None = None
    by_hand: tuple[int, ...] = ()


@dataclass(frozen=True)
class ArmResult:
    """One arm: its ``scores.json`` and training log; what the run does not have is ``None``."""

    arm: str
    scores: dict[str, Any] | None
    curve: Curve | None


@dataclass(frozen=True)
class ArmsCompared:
    """What `compare` left: its ``comparison.json`` and its figures, as PNG files' content."""

    result: dict[str, Any]
    differences: bytes
    areas: bytes


@dataclass(frozen=True)
class MapPicture:
    """A finished map thinned out by nearest neighbour: ``codes`` (h, w) uint8, 0 = nodata.

    ``confidence`` is likewise in percent, 255 where there is none, and ``measure`` says of what.
    """

    name: str
    codes: NDArray[np.uint8]
    grid: Grid | None
    confidence: NDArray[np.uint8] | None = None
    measure: str = ""


@dataclass(frozen=True)
class Assessment:
    """One file of assessed maps: what it says, or the ``problem`` with reading it.

    ``content`` is the file's JSON; ``of_run`` whether the maps are those that the run holds now.
    """

    name: str
    found: Assessed | None
    content: Any = None
    problem: str = ""
    of_run: bool = True


@dataclass(frozen=True)
class Provenance:
    """How a run was made: records by folder, resolved settings, commands that repeat it."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    engine: str = ""


@dataclass(frozen=True)
class RunContent:
    """Everything a report shows.

    ``make`` gives for each part ("prepare", "train-generator", …) the command that makes it, for
    parts that are missing; ``stretch`` the limits (low, high) per band that all scenes share.
    """

    title: str
    run: str
    table: ClassTable
    make: dict[str, str]
    inspection: dict[str, Any] | None = None
    scenes: tuple[Scene, ...] = ()
    scenes_left_out: int = 0
    stretch: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None
    split: dict[str, Any] | None = None
    syntheses: tuple[Synthesis, ...] = ()
    arms: tuple[ArmResult, ...] = ()
    comparison: dict[str, Any] | None = None
    arms_compared: ArmsCompared | None = None
    best: dict[str, Any] | None = None
    maps: tuple[MapPicture, ...] = ()
    maps_left_out: int = 0
    shares: dict[str, Any] | None = None
    assessments: tuple[Assessment, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
