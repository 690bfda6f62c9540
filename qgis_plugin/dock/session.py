"""What a person has chosen in the dock, kept in the QGIS project, and the state of each step that follows."""

import json
import os
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..engine.command import content_key
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
    effort: str = "normal"
    device: str = "auto"
    #: The choices that the run folder was prepared from, as a key.
    prepared_from: str = ""


@dataclass
class Inspection:
    """What the engine found out about the classes."""

    classes: list[dict] = field(default_factory=list)
    rasters: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    prepare: Optional[dict] = None


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
        self._saving = False
        self._noted = ("", "")

    def set(self, **values: Any) -> None:
        """Change choices, and write them into the project."""
        if all(getattr(self.choices, name) == value for name, value in values.items()):
            return
        for name, value in values.items():
            setattr(self.choices, name, value)
        self.save()
        self.changed.emit()

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
            if self.choices.selected_only:
                layers.append(sorted(polygons.selectedFeatureIds()))
        names = ("class_field", "rest_as", "bands", "rare", "tile_size")
        layers += [getattr(self.choices, name) for name in names]
        return content_key(json.dumps(layers))

    def note_data(self) -> None:
        """Remember the data with which a step begins; they may change before it ends."""
        self._noted = (self.choices.run, self.data_key())

    def mark_prepared(self) -> None:
        """Take the run folder for prepared from the data that :meth:`note_data` has noted."""
        run, key = self._noted
        if run == self.choices.run:
            self.set(prepared_from=key)

    def states(self) -> list[str]:
        """Return the state of each step."""
        run, arm = self.run, self.choices.arm
        prepared = run.prepared
        fresh = prepared and self.choices.prepared_from == self.data_key()
        trained = run.has_model(arm)
        model_fresh = trained and fresh and run.trained_at(arm) >= run.prepared_at()
        mapped, model_at = run.map.is_file(), run.trained_at(arm)
        methods = methods_of(arm)
        states = [WAITING] * 7
        states[DATA] = DONE if fresh else STALE if prepared else READY
        states[BALANCE] = DONE if fresh else WAITING
        states[TRAIN] = _of(trained, model_fresh, prepared)
        sampled = bool(methods) and all(map(run.has_samples, methods))
        states[SAMPLES] = _of(sampled, fresh, False)
        states[MAP] = _of(mapped, model_fresh and run.mapped_at() >= model_at, trained)
        assessed = bool(run.assessments() or run.comparison())
        states[ACCURACY] = _of(assessed, model_fresh, trained)
        newest = max([model_at, run.mapped_at(), *(p.stat().st_mtime for p in run.assessments())])
        reported = run.report.is_file()
        states[REPORT] = _of(reported, run.reported_at() >= newest, prepared)
        for step in self.failed:
            states[step] = FAILED
        if self.running is not None:
            states[self.running] = RUNNING
        return states

    def remember_run(self) -> None:
        """Put the run folder at the top of the project's history, unless another was chosen meanwhile."""
        if not self.choices.run or self._noted[0] not in ("", self.choices.run):
            return
        rasters = ", ".join(layer.name() for layer in self.raster_layers())
        entry = {
            "folder": self.choices.run,
            "scene": rasters,
            "used": time.strftime("%Y-%m-%d %H:%M"),
            "choices": asdict(self.choices),
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
        self.choices = _choices(entry.get("choices") or {"run": entry["folder"]})
        self.inspection = Inspection()
        self.failed = {}
        self.save()
        self.changed.emit()

    def save(self) -> None:
        """Write choices and history into the project."""
        project = QgsProject.instance()
        self._saving = True
        project.writeEntry(SCOPE, "choices", json.dumps(asdict(self.choices)))
        project.writeEntry(SCOPE, "runs", json.dumps(self.runs))
        self._saving = False

    def forget(self) -> None:
        """Forget the project that was cleared, also what its vanishing layers wrote into the next one."""
        project = QgsProject.instance()
        self.choices, self.runs = Choices(), []
        dirty = project.isDirty()
        for key in ("choices", "runs"):
            project.removeEntry(SCOPE, key)
        project.setDirty(dirty)

    def load(self) -> None:
        """Read choices and history from the project; what it does not hold starts anew."""
        project = QgsProject.instance()
        self.choices = _choices(_read(project, "choices", {}))
        runs = _read(project, "runs", [])
        self.runs = [e for e in runs if isinstance(e, dict) and isinstance(e.get("folder"), str)]
        self.inspection = Inspection()
        self.failed = {}
        self.changed.emit()


def usable_folder(wanted: Path) -> bool:
    """Return whether files can be made in a folder that may not exist yet."""
    for folder in (wanted, *wanted.parents):
        if folder.exists():
            return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return False


def _of(there: bool, fresh: bool, possible: bool) -> str:
    if there:
        return DONE if fresh else STALE
    return READY if possible else WAITING


def _choices(values: Any) -> Choices:
    known = {f.name: f for f in fields(Choices)}
    blank = Choices()
    kept = {}
    for name, value in (values if isinstance(values, dict) else {}).items():
        if name in known and isinstance(value, type(getattr(blank, name))):
            kept[name] = value
    return Choices(**kept)


def _read(project: QgsProject, key: str, otherwise: Any) -> Any:
    text, found = project.readEntry(SCOPE, key, "")
    try:
        return json.loads(text) if found and text else otherwise
    except ValueError:
        return otherwise
