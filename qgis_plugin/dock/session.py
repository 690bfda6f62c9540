"""What a person has chosen in the dock, kept in the QGIS project, and the state of each step that follows."""

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..engine.command import content_key
from ..preferences import DEVICES, EFFORTS, preferred
from .run_state import RunFolder, methods_of
from .widgets.stepper import DONE, FAILED, READY, RUNNING, STALE, WAITING

SCOPE = "overseed"
DATA, BALANCE, TRAIN, SAMPLES, MAP, ACCURACY, REPORT = range(7)


@dataclass
class Choices:
    """All that is chosen; layers by their ids in the project. Everything can be written as JSON."""

    rasters: list[str] = field(default_factory=list)
    polygons: str = ""
    class_field: str = ""
    selected_only: bool = False
    rest_as: str = ""
    bands: str = ""
    rare: list[str] = field(default_factory=list)
    rare_by_hand: bool = False
    tile_size: int = 128
    run: str = ""
    target: str = "equal"
    arm: str = "oversample+copy-paste"
    effort: str = field(default_factory=lambda: preferred("effort", EFFORTS) or "normal")
    device: str = field(default_factory=lambda: preferred("device", DEVICES) or "auto")
    #: By run folder, the data that it was prepared from, as a key.
    prepared_from: dict = field(default_factory=dict)


@dataclass
class Inspection:
    """What the engine found out about the classes."""

    classes: list[dict] = field(default_factory=list)
    rasters: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    prepare: dict = field(default_factory=dict)


class Session(QObject):
    """The dock's memory. ``changed`` comes whenever anything may have to be shown anew."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.choices = Choices()
        self.inspection = Inspection()
        self.failed: dict[int, str] = {}
        self.running: Optional[int] = None
        self.runs: list[dict] = []
        #: Counts the projects that were opened, so that a job knows whether it is still in its own.
        self.project = 0
        self._closed = False

    def set(self, **values: Any) -> None:
        """Change choices, and write them into the project; nothing while the project is being closed."""
        if self._closed or all(
            getattr(self.choices, name) == value for name, value in values.items()
        ):
            return
        for name, value in values.items():
            setattr(self.choices, name, value)
        self.save()
        self.changed.emit()

    @contextlib.contextmanager
    def seen_as(self, choices: Choices) -> Iterator[None]:
        """Look at the session with other choices for a moment, such as those that a job was begun with."""
        own, self.choices = self.choices, choices
        try:
            yield
        finally:
            self.choices = own

    def close(self, *_: Any) -> None:
        """Take no more changes: the layers of a project that is being closed vanish one by one."""
        self._closed = True
        self.project += 1

    @property
    def run(self) -> RunFolder:
        """The run folder."""
        return RunFolder(Path(self.choices.run or "/nowhere-yet"))

    def raster_layers(self) -> list[QgsRasterLayer]:
        """Return the chosen rasters that are still in the project."""
        found = map(QgsProject.instance().mapLayer, self.choices.rasters)
        return [layer for layer in found if isinstance(layer, QgsRasterLayer)]

    def polygon_layer(self) -> Optional[QgsVectorLayer]:
        """Return the chosen polygons, or None."""
        layer = QgsProject.instance().mapLayer(self.choices.polygons)
        return layer if isinstance(layer, QgsVectorLayer) else None

    def data_key(self) -> str:
        """Return a key of everything that preparing depends on, as far as QGIS knows it."""
        polygons = self.polygon_layer()
        layers: list[Any] = [[layer.source() for layer in self.raster_layers()]]
        if polygons is not None:
            layers += [polygons.source(), polygons.subsetString(), polygons.featureCount()]
            layers.append(_file_time(polygons.source().split("|")[0]))
            if self.choices.selected_only:
                layers.append(sorted(polygons.selectedFeatureIds()))
        names = ("class_field", "rest_as", "bands", "rare", "rare_by_hand", "tile_size")
        layers += [getattr(self.choices, name) for name in names]
        return content_key(json.dumps(layers))

    def note_prepared(self, run: str, key: str) -> None:
        """Keep what a run folder was prepared from."""
        self.set(prepared_from={**self.choices.prepared_from, run: key})

    def data_fresh(self) -> bool:
        """Return whether the run folder was prepared from what is chosen now."""
        layer = self.polygon_layer()
        edited = layer is not None and layer.isModified()
        key = self.choices.prepared_from.get(self.choices.run)
        return self.run.prepared and not edited and key == self.data_key()

    def states(self) -> list[str]:
        """Return the state of each step: done, or done from something that has changed since."""
        run, choices = self.run, self.choices
        arm, methods = choices.arm, methods_of(choices.arm)
        prepared, fresh = run.prepared, self.data_fresh()
        sampled = bool(methods) and all(map(run.has_samples, methods))
        samples_fresh = fresh and all(
            run.samples_at(m) >= run.prepared_at()
            and run.samples_settings(m).get("target", choices.target) == choices.target
            for m in methods
        )
        trained, model_at = run.has_model(arm), run.trained_at(arm)
        model_fresh = (
            fresh
            and (samples_fresh or not methods)
            and all(model_at >= at for at in (run.prepared_at(), *map(run.samples_at, methods)))
            and run.model_settings(arm).get("effort", choices.effort) == choices.effort
        )
        map_fresh = model_fresh and run.mapped_at() >= model_at and run.map_arm() in ("", arm)
        assessed_at = run.assessed_at()
        newest = max([model_at, run.mapped_at(), assessed_at, *map(run.samples_at, methods)])
        states = [WAITING] * 7
        states[DATA] = _of(prepared, fresh, True)
        states[BALANCE] = DONE if prepared else WAITING
        states[TRAIN] = _of(trained, model_fresh, prepared)
        reviewed = sampled and all(run.reviewed_at(m) > 0 for m in methods)
        seen = all(run.reviewed_at(m) >= _made_at(run, m) for m in methods)
        states[SAMPLES] = _of(reviewed, samples_fresh and seen, sampled)
        states[MAP] = _of(run.map.is_file(), map_fresh, trained)
        assessed = assessed_at >= max(model_at, run.mapped_at())
        states[ACCURACY] = _of(assessed_at > 0, model_fresh and assessed, trained)
        states[REPORT] = _of(run.report.is_file(), run.reported_at() >= newest, prepared)
        for step in self.failed:
            states[step] = FAILED
        if self.running is not None:
            states[self.running] = RUNNING
        return states

    def remember_run(self) -> None:
        """Put the run folder at the top of the project's history."""
        if not self.choices.run:
            return
        rasters = ", ".join(layer.name() for layer in self.raster_layers())
        entry = {
            "folder": self.choices.run,
            "scene": rasters,
            "used": time.strftime("%Y-%m-%d %H:%M"),
            "choices": {k: v for k, v in asdict(self.choices).items() if k != "prepared_from"},
        }
        self.runs = [entry, *(e for e in self.runs if e["folder"] != self.choices.run)]
        self.save()

    def forget_run(self, folder: str) -> None:
        """Take a run folder out of the history."""
        self.runs = [entry for entry in self.runs if entry["folder"] != folder]
        self.save()
        self.changed.emit()

    def open_run(self, entry: dict) -> None:
        """Go on with an earlier run."""
        prepared_from = self.choices.prepared_from
        self.choices = _known(Choices, entry.get("choices") or {"run": entry["folder"]})
        self.choices.prepared_from = {**self.choices.prepared_from, **prepared_from}
        self.inspection = Inspection()
        self.failed = {}
        self.save()
        self.changed.emit()

    def save(self) -> None:
        """Write choices and history into the project."""
        if self._closed:
            return
        project = QgsProject.instance()
        project.writeEntry(SCOPE, "choices", json.dumps(asdict(self.choices)))
        project.writeEntry(SCOPE, "runs", json.dumps(self.runs))
        project.writeEntry(SCOPE, "inspection", json.dumps(asdict(self.inspection)))

    def load(self) -> None:
        """Read choices and history from the project; what it does not hold starts anew."""
        project = QgsProject.instance()
        self._closed = False
        self.choices = _known(Choices, _read(project, "choices", {}))
        runs = _read(project, "runs", [])
        entries = runs if isinstance(runs, list) else []
        self.runs = [e for e in entries if isinstance(e, dict) and isinstance(e.get("folder"), str)]
        self.inspection = _known(Inspection, _read(project, "inspection", {}))
        self.failed = {}
        self.changed.emit()


def usable_folder(wanted: Path) -> bool:
    """Return whether files can be made in a folder that may not exist yet."""
    for folder in (wanted, *wanted.parents):
        if folder.exists():
            try:
                # Rights say little on Windows; a file does.
                with tempfile.TemporaryFile(dir=folder):
                    return True
            except OSError:
                return False
    return False


def _made_at(run: RunFolder, method: str) -> float:
    return _file_time(str(run.samples(method) / "record.json"))


def _file_time(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0


def _of(there: bool, fresh: bool, possible: bool) -> str:
    if there:
        return DONE if fresh else STALE
    return READY if possible else WAITING


def _known(kind: type, values: Any) -> Any:
    """An object of a dataclass from what a project holds; values of another type than usual are left out."""
    blank = kind()
    names = {f.name for f in fields(kind)}
    kept = {}
    for name, value in (values if isinstance(values, dict) else {}).items():
        usual = getattr(blank, name) if name in names else None
        if usual is not None and isinstance(value, type(usual)):
            kept[name] = value
    return kind(**kept)


def _read(project: QgsProject, key: str, otherwise: Any) -> Any:
    text, found = project.readEntry(SCOPE, key, "")
    try:
        return json.loads(text) if found and text else otherwise
    except ValueError:
        return otherwise
