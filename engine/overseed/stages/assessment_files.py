"""The assessments of a run's maps that lie in its folder, as the report takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overseed.files import read_json
from overseed.reporting.assessed import read_assessment
from overseed.reporting.content import Assessment
from overseed.runs import RunFolder, fingerprint

#: What of a file's fingerprint stays when it is copied.
_SAME = ("size", "sha256_of_samples")


def read_assessments(run: RunFolder) -> tuple[Assessment, ...]:
    """Every JSON file in ``RUN/assessment``; one that is no assessment comes with the reason, in words."""
    maps = [
        _mark(fingerprint(path))
        for path in sorted(run.map.glob("*.tif"))
        if not path.name.startswith((".", "confidence"))
    ]
    paths = sorted(p for p in run.assessment.glob("*.json") if not p.name.startswith("."))
    return tuple(_read(path, maps) for path in paths)


def _read(path: Path, maps: list[tuple[Any, ...]]) -> Assessment:
    """``maps`` are the marks of those that the run holds now."""
    try:
        content = read_json(path)
    except (OSError, ValueError, RecursionError):
        return Assessment(path.name, None, problem="it cannot be read as JSON", of_run=False)
    try:
        found = read_assessment(content)
    except ValueError as error:
        return Assessment(path.name, None, problem=str(error), of_run=False)
    same = any(_mark(entry) in maps for entry in found.inputs)
    return Assessment(path.name, found, content, of_run=same)


def _mark(entry: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(entry.get(name) for name in _SAME)
