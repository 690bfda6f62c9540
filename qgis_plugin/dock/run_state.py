"""What a run folder holds already: read from its files, so that it is true also after a crash."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

#: Only a folder with this file is taken for a run folder, and only such a one is ever deleted.
MARK = "bands.json"
#: Arms whose names are no methods of making samples.
NO_SAMPLES = ("none", "weighted", "focal", "logit-adjust", "oversample", "random-forest")


@dataclass(frozen=True)
class RunFolder:
    """A run folder, which need not exist yet."""

    root: Path

    @property
    def prepared(self) -> bool:
        """Whether rasters and polygons have been cut into tiles."""
        return (self.root / MARK).is_file() and self._record("tiles") is not None

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
        return sum(p.stat().st_size for p in self.root.rglob("*") if p.is_file())

    def remove(self) -> None:
        """Delete the folder and all in it.

        Raises ``ValueError`` when it is no run folder, and ``OSError`` when it cannot be deleted.
        """
        if not (self.root / MARK).is_file():
            raise ValueError(str(self.root))
        shutil.rmtree(self.root)

    def _record(self, *parts: str) -> Optional[dict]:
        return _json(self.root.joinpath(*parts, "record.json"))


def methods_of(arm: str) -> list[str]:
    """Return the methods whose samples an arm trains on."""
    return [part for part in arm.split("+") if part not in NO_SAMPLES]


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
