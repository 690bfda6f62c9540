"""The engine's command line for one run of the main job, and the folder in which it happens."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ClassifyJob:
    """What a person asked for, as the engine understands it; all paths are absolute."""

    rasters: tuple[str, ...]
    labels: str
    class_field: str
    classes_csv: str = ""
    rare: tuple[str, ...] = ()
    rest_as: str = ""
    augment: str = "oversample+copy-paste"
    effort: str = "normal"

    def key(self) -> str:
        """Return a name for the job: the same inputs and settings always get the same one, so
        that a run that was cancelled continues in its folder. Where the map goes does not matter.
        """
        return content_key(json.dumps(self.__dict__, sort_keys=True))

    def command(self, python: str, run_folder: Path, map_path: str, report: str) -> list[str]:
        """Return the command; ``report`` may be "". Free text is joined to its option by ``=``,
        so that a class called ``--help`` stays a class.
        """
        command = [python, "-m", "overseed", "run", str(run_folder)]
        for raster in self.rasters:
            command += ["--raster", raster]
        command += ["--labels", self.labels, f"--class-field={self.class_field}"]
        if self.classes_csv:
            command += ["--classes", self.classes_csv]
        command += [f"--rare={name}" for name in self.rare]
        if self.rest_as:
            command.append(f"--rest-as={self.rest_as}")
        command += ["--augment", self.augment, "--effort", self.effort, "--map", map_path]
        if report:
            command += ["--report", report]
        return [*command, "--events", "--control", "stdin"]


def content_key(text: str) -> str:
    """Return a short name that stands for ``text``."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
