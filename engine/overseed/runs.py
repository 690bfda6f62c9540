"""Run folders: where a stage's files lie, its record, and whether it is still up to date."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from overseed import __version__
from overseed.devices import Device, versions
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import folder_lock, read_json, sweep_partials, write_json

RECORD = "record.json"
#: One more whenever a stage comes to another result, or other files, from the same settings and inputs: what
#: was made before is then made anew.
REVISION = 3
#: Settings that change how a result is computed but not what it is.
_NOT_IN_KEY = {
    "run",
    "effort",
    "device",
    "threads",
    "jobs",
    "fresh",
    "out",
    "title",
    "credits",
    "export_tiles",
    "export_model",
    "agreement_weights",
    "map",
    "report",
}


@dataclass(frozen=True)
class RunFolder:
    """The places in a run folder (DESIGN section 5); makes nothing by itself."""

    root: Path
    split: int = 0

    @property
    def tiles(self) -> Path:
        return self.root / "tiles"

    @property
    def split_folder(self) -> Path:
        return self.root / f"split-{self.split}"

    @property
    def chips(self) -> Path:
        """Where `chips prepare` puts what `prepare` puts into tiles and splits."""
        return self.root / "chips"

    def chip_features(self, seed: int) -> Path:
        return self.split_folder / "features" / f"seed-{seed}"

    def chip_clusters(self, seed: int) -> Path:
        return self.split_folder / "clusters" / f"seed-{seed}"

    def for_fold(self, fold: int) -> RunFolder:
        """The same run, its split of one fold."""
        return RunFolder(self.root, fold)

    @property
    def bands_file(self) -> Path:
        """Band statistics, which belong to a training side."""
        return (self.split_folder if self.split else self.root) / "bands.json"

    def generator(self, method: str, seed: int) -> Path:
        return self.split_folder / "generators" / method / f"seed-{seed}"

    def synthetic(self, method: str, seed: int) -> Path:
        return self.split_folder / "synthetic" / method / f"seed-{seed}"

    def fidelity(self, method: str, seed: int) -> Path:
        return self.split_folder / "fidelity" / method / f"seed-{seed}"

    def model(self, arm: str, seed: int) -> Path:
        return self.split_folder / "models" / arm / f"seed-{seed}"

    @property
    def comparison(self) -> Path:
        return self.root / "comparison"

    @property
    def map(self) -> Path:
        return self.root / "map"

    @property
    def assessment(self) -> Path:
        """Where `assess` is asked to put what the report shows."""
        return self.root / "assessment"

    def key_of(self, leaf: Path, command: str) -> str:
        """Key of a finished stage, for the stages that build on it.

        Raises
        ------
        InputError
            ``run.stage-missing`` with the command that makes it.
        """
        record = leaf / RECORD
        if not record.is_file():
            raise InputError(
                "run.stage-missing",
                f"{leaf.relative_to(self.root)} is missing in the run folder {self.root}.",
                f"Run 'overseed {command}' first.",
            )
        return str(read_json(record)["key"])


@dataclass
class Leaf:
    """One stage's folder while the stage writes to it, under its lock."""

    folder: Path
    stage: str
    key: str
    settings: dict[str, Any]
    inputs: dict[str, Any]
    seed: int
    started: float = field(default_factory=time.time)
    #: Figures worth keeping beside the versions and times; the report shows them.
    figures: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> None:
        """Say that what lies in the folder is no longer valid. Call it before the first file is written."""
        (self.folder / RECORD).unlink(missing_ok=True)

    def finish(self, outputs: list[str], reporter: Reporter, device: Device | None = None) -> None:
        """Write the record, which makes the stage count as done. Call it after the last file.

        Raises
        ------
        RuntimeError
            When an output that the record would name is not there.
        """
        for name in outputs:
            if not (self.folder / name).exists():
                raise RuntimeError(f"{self.stage} did not write {name}")
        write_json(
            self.folder / RECORD,
            {
                "stage": self.stage,
                "key": self.key,
                "settings": self.settings,
                "inputs": self.inputs,
                "versions": versions(),
                "device": device.record() if device else None,
                "seed": self.seed,
                "started": datetime.fromtimestamp(self.started, UTC).isoformat(timespec="seconds"),
                "seconds": round(time.time() - self.started, 1),
                "outputs": outputs,
                "figures": self.figures,
                "warnings": list(reporter.warnings),
            },
        )


@contextlib.contextmanager
def open_leaf(
    folder: Path,
    stage: str,
    settings: dict[str, Any],
    inputs: dict[str, Any],
    seed: int,
    fresh: bool,
) -> Iterator[Leaf | None]:
    """Lock a stage's folder; yield ``None`` when what lies there is up to date, else the leaf to fill.

    A stage is up to date when its record has the same key (stage, settings that matter, fingerprints of
    its inputs, version of the engine) and all files it names are there. The stage calls ``begin`` when its
    input is known to be good: a refusal leaves the folder as it was, and a crash after that never leaves an
    old record beside new files.
    """
    key = leaf_key(stage, settings, inputs, seed)
    with folder_lock(folder):
        sweep_partials(folder)
        if not fresh and _is_current(folder, key):
            yield None
            return
        if fresh:
            for checkpoint in folder.rglob("checkpoint.*"):
                checkpoint.unlink()
        yield Leaf(folder, stage, key, settings, inputs, seed)


def settings_record(settings: Any) -> dict[str, Any]:
    """A pydantic model as plain JSON values."""
    return settings.model_dump(mode="json")


def fingerprint(path: Path) -> dict[str, Any]:
    """Size, time stamp and a hash of 64 blocks of 4 KiB spread over the file.

    What is no file of its own (a database, a remote source) counts as changed each time.
    """
    if not path.is_file():
        return {"path": str(path), "unknown": time.time_ns()}
    status = path.stat()
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in range(64):
            stream.seek(max(0, (status.st_size - 4096) * block // 63))
            digest.update(stream.read(4096))
    return {
        "path": str(path.resolve()),
        "size": status.st_size,
        "modified": status.st_mtime_ns,
        "sha256_of_samples": digest.hexdigest(),
    }


def _is_current(folder: Path, key: str) -> bool:
    record = folder / RECORD
    if not record.is_file():
        return False
    content = read_json(record)
    return content["key"] == key and all((folder / name).exists() for name in content["outputs"])


def leaf_key(stage: str, settings: dict[str, Any], inputs: dict[str, Any], seed: int) -> str:
    """What a stage's result depends on, as one short word."""
    relevant = {name: value for name, value in settings.items() if name not in _NOT_IN_KEY}
    text = json.dumps([stage, __version__, REVISION, relevant, inputs, seed], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
