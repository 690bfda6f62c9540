"""What a run folder holds already: read from its files, so that it is true also after a crash."""

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

#: Only a folder with all of these is taken for a run folder, and only such a one is ever deleted.
MARKS = ("bands.json", "tiles/record.json")
#: Arms whose names are no methods of making samples.
NO_SAMPLES = ("none", "weighted", "focal", "logit-adjust", "oversample", "random-forest")


@dataclass(frozen=True)
class RunFolder:
    """A run folder, which need not exist yet."""

    root: Path

    @property
    def prepared(self) -> bool:
        """Whether rasters and polygons have been cut into tiles."""
        return all((self.root / mark).is_file() for mark in MARKS)

    @property
    def map(self) -> Path:
        """The map."""
        return self.root / "map" / "classified.tif"

    @property
    def confidence(self) -> Path:
        """How sure the map is."""
        return self.root / "map" / "confidence.tif"

    @property
    def probabilities(self) -> Path:
        """The probability of each class."""
        return self.root / "map" / "probabilities.tif"

    @property
    def report(self) -> Path:
        """The report."""
        return self.root / "report.html"

    def generator(self, method: str) -> Path:
        """Folder of a method's generator."""
        return self.root / "split-0" / "generators" / method / "seed-0"

    def samples(self, method: str) -> Path:
        """Folder of a method's samples."""
        return self.root / "split-0" / "synthetic" / method / "seed-0"

    def model(self, arm: str) -> Path:
        """Folder of an arm's U-Net."""
        return self.root / "split-0" / "models" / arm / "seed-0"

    def has_samples(self, method: str) -> bool:
        """Whether a method's samples are whole."""
        return (self.samples(method) / "record.json").is_file()

    def has_model(self, arm: str) -> bool:
        """Whether an arm's U-Net is whole."""
        return (self.model(arm) / "model.onnx").is_file()

    def scores(self, arm: str) -> dict:
        """Scores of an arm's U-Net, or {}."""
        return _json(self.model(arm) / "scores.json") or {}

    def trained_at(self, arm: str) -> float:
        """When an arm's U-Net was finished, in seconds of the file system; 0 when it was not."""
        return _time(self.model(arm) / "record.json")

    def mapped_at(self) -> float:
        """When the map was finished."""
        return _time(self.map)

    def reported_at(self) -> float:
        """When the report was written."""
        return _time(self.report)

    def prepared_at(self) -> float:
        """When the tiles were cut."""
        return _time(self.root / "tiles" / "record.json")

    def assessments(self) -> list[Path]:
        """Assessments of maps, the newest first."""
        found = (self.root / "assessment").glob("*.json")
        return sorted((path for path in found if path.name != "record.json"), key=_time)[::-1]

    def comparison(self) -> Optional[Path]:
        """Result of a comparison, or None."""
        path = self.root / "comparison" / "comparison.json"
        return path if path.is_file() else None

    def size(self) -> int:
        """Bytes on disk."""
        total = 0
        for path in self.root.rglob("*"):
            # A running engine renames files meanwhile.
            with contextlib.suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
        return total

    def made_by_hand(self) -> list[Path]:
        """Files in which people have drawn polygons or filled in what is really there."""
        drawn = self.root.glob("labels*.gpkg")
        return sorted([*drawn, *(self.root / "assessment").glob("*.gpkg")])

    def remove(self) -> None:
        """Delete the folder and all in it.

        Raises ``ValueError`` when it is no run folder, and ``OSError`` when it cannot be deleted.
        """
        if not self.prepared:
            raise ValueError(str(self.root))
        shutil.rmtree(self.root)

    def model_settings(self, arm: str) -> dict:
        """Settings that an arm's U-Net was trained with, or {}."""
        return _settings(self.model(arm) / "record.json")

    def samples_settings(self, method: str) -> dict:
        """Settings that a method's samples were made with, or {}."""
        return _settings(self.samples(method) / "record.json")

    def samples_at(self, method: str) -> float:
        """When a method's samples were made or last looked through."""
        folder = self.samples(method)
        return max(_time(folder / "record.json"), _time(folder / "review.json"))

    def reviewed_at(self, method: str) -> float:
        """When a method's samples were last drawn to be looked at."""
        return _time(self.samples(method) / "review" / "sheets.json")

    def map_arm(self) -> str:
        """The arm whose U-Net made the map, or "" where that is not known."""
        about = _json(self.map.with_name(self.map.name + ".json"))
        try:
            return str(about["models"][0]["arm"])
        except (KeyError, IndexError, TypeError):
            return ""

    def assessed_at(self) -> float:
        """When the map was last assessed or arms compared."""
        paths = [*self.assessments(), self.comparison()]
        return max((_time(path) for path in paths if path), default=0.0)


def methods_of(arm: str) -> list[str]:
    """Return the methods whose samples an arm trains on."""
    return [part for part in arm.split("+") if part not in NO_SAMPLES]


def _settings(path: Path) -> dict:
    record = _json(path)
    settings = record.get("settings") if isinstance(record, dict) else None
    return settings if isinstance(settings, dict) else {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
