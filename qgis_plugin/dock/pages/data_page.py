"""Step 1: rasters, polygons and what is in them."""

from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFieldProxyModel,
    QgsMapLayerProxyModel,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsSettings,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsFieldComboBox, QgsFileWidget, QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
)

from ...algorithms.fields import join_names
from ...preferences import runs_folder
from ...texts import tr
from ..estimates import Cost, Ground, prepare_cost, rates_of
from ..jobs import Job
from ..session import DATA, Inspection, Session, usable_folder
from ..widgets.class_table import ClassRow, ClassTable
from .page import LAST_DEVICE_KEY, Page, Step, sentence

_rates: dict = {}
_LAYER_ID = Qt.ItemDataRole.UserRole
#: Fewer polygons than this cannot be spread over three sides of a split.
FEW_POLYGONS = 5


class DataPage(Page):
    """Choose layers, look at the classes, and cut the ground into training, validation and test."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            tr(
                "Choose the image and polygons of which you know the class, then look at the classes."
            ),
        )
        self.rasters = QListWidget()
        self.rasters.setToolTip(
            tr("Rasters with the same bands; several scenes are learned from together.")
        )
        self.rasters.setAccessibleName(tr("Raster layers"))
        self.rasters.itemChanged.connect(self._rasters_chosen)
        self.polygons = QgsMapLayerComboBox()
        self.polygons.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.polygons.setAllowEmptyLayer(True)
        self.polygons.setToolTip(tr("The polygons to learn from; a filter on the layer is obeyed."))
        self.polygons.layerChanged.connect(self._polygons_chosen)
        self.polygons.activated.connect(self._polygons_taken_back)
        self.field = QgsFieldComboBox()
        self.field.setFilters(
            QgsFieldProxyModel.Filter.String
            | QgsFieldProxyModel.Filter.Int
            | QgsFieldProxyModel.Filter.LongLong
        )
        self.field.setToolTip(tr("The field that says which class a polygon is."))
        self.field.fieldChanged.connect(self._field_chosen)
        self.selected = QCheckBox(tr("Selected features only"))
        self.selected.toggled.connect(lambda on: self._choose(selected_only=on))
        self.rest = QCheckBox(tr("Everything outside the polygons is a class:"))
        self.rest.setToolTip(
            tr("For when only the rare class was drawn. Otherwise ground outside is left out.")
        )
        self.rest_name = QLineEdit()
        self.rest_name.setPlaceholderText(tr("background"))
        self.rest_name.setAccessibleName(tr("Class of everything outside the polygons"))
        self.rest.toggled.connect(self._rest_chosen)
        self.rest_name.editingFinished.connect(self._rest_chosen)
        self.bands = QLineEdit()
        self.bands.setPlaceholderText(tr("all"))
        self.bands.setToolTip(tr("Names or numbers of the bands to use, separated by commas."))
        self.bands.editingFinished.connect(lambda: self._choose(bands=self.bands.text().strip()))
        self.tile = QSpinBox()
        self.tile.setRange(32, 1024)
        self.tile.setSingleStep(32)
        self.tile.setKeyboardTracking(False)
        self.tile.setSuffix(tr(" pixels"))
        self.tile.setToolTip(
            tr("What the network sees at once. Smaller tiles suit small scenes and small fields.")
        )
        self.tile.valueChanged.connect(lambda value: self._choose(tile_size=value))
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setToolTip(tr("Where everything that is made is kept. A new folder is best."))
        self.folder.fileChanged.connect(self._folder_chosen)
        self.folder.lineEdit().editingFinished.connect(
            lambda: self._choose(run=self.folder.filePath().strip())
        )
        form = self.form()
        form.addRow(tr("Rasters"), self.rasters)
        form.addRow(tr("Bands"), self.bands)
        form.addRow(tr("Polygons"), self.polygons)
        form.addRow("", self.selected)
        form.addRow(tr("Class field"), self.field)
        form.addRow(self.rest)
        form.addRow("", self.rest_name)
        self.look = self.add_bar(
            Step(
                tr("Look at the classes"),
                tr("Counts pixels and polygons of each class and says what is wrong."),
                DATA,
                lambda: [Job(tr("Look at the classes"), "inspectclasses", self.data_parameters)],
            ),
            primary=False,
        )
        self.classes = ClassTable(
            [tr("Class"), tr("Pixels"), tr("Polygons"), tr("Share"), tr("Rare")]
        )
        self.classes.setAccessibleName(tr("Classes"))
        self.classes.rareChanged.connect(
            lambda: self._choose(rare=self.classes.rare(), rare_by_hand=True)
        )
        self.notes = sentence("")
        self.layout_.addWidget(self.classes)
        self.layout_.addWidget(self.notes)
        form = self.form()
        form.addRow(tr("Tile size"), self.tile)
        form.addRow(tr("Run folder"), self.folder)
        self.prepare = self.add_bar(
            Step(
                tr("Prepare the data"),
                tr("Cuts the ground into training, validation and test blocks that lie apart."),
                DATA,
                lambda: [Job(tr("Prepare the data"), "preparedataset", self.prepare_parameters)],
                self._cost,
            )
        )
        self.layout_.addStretch(1)
        self._quiet = False
        self._listed: list[tuple] = []
        project = QgsProject.instance()
        project.layersAdded.connect(self._list_rasters)
        project.layersRemoved.connect(self._list_rasters)

    def let_go(self) -> None:
        """Listen to the project no longer."""
        project = QgsProject.instance()
        project.layersAdded.disconnect(self._list_rasters)
        project.layersRemoved.disconnect(self._list_rasters)

    def propose(self) -> None:
        """Choose the layers of a project that has one raster and one polygon layer and no choice yet."""
        choices = self.session.choices
        if choices.rasters or choices.polygons:
            return
        layers = list(QgsProject.instance().mapLayers().values())
        rasters = [
            a for a in layers if isinstance(a, QgsRasterLayer) and a.providerType() == "gdal"
        ]
        polygons = [
            a
            for a in layers
            if isinstance(a, QgsVectorLayer)
            and a.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry
        ]
        if len(rasters) == len(polygons) == 1:
            self.session.set(
                rasters=[rasters[0].id()],
                polygons=polygons[0].id(),
                class_field=likely_field(polygons[0]),
            )
            self.session.set(run=choices.run or proposed_run(self.session))

    def data_parameters(self) -> dict:
        """Return what both algorithms of this page are told of the data."""
        choices = self.session.choices
        return {
            "RASTERS": [layer.id() for layer in self.session.raster_layers()],
            "LABELS": (
                QgsProcessingFeatureSourceDefinition(choices.polygons, True)
                if choices.selected_only
                else choices.polygons
            ),
            "CLASS_FIELD": choices.class_field,
            "RARE": join_names(choices.rare) if choices.rare_by_hand else "",
            # Nothing is below it: whoever has unticked all classes wants none to be rare.
            **({"RARE_BELOW": 1e-6} if choices.rare_by_hand and not choices.rare else {}),
            "REST_AS": choices.rest_as,
        }

    def prepare_parameters(self) -> dict:
        """Return the parameters of preparing."""
        choices = self.session.choices
        return {
            **self.data_parameters(),
            "BANDS": choices.bands,
            "TILE_SIZE": choices.tile_size,
            "RUN": choices.run,
        }

    def refresh(self) -> None:
        """Show what is chosen and what was found."""
        choices, found = self.session.choices, self.session.inspection
        self._quiet = True
        self._list_rasters()
        layer = self.session.polygon_layer()
        if self.polygons.currentLayer() is not layer:
            self.polygons.setLayer(layer)
        if self.field.layer() is not layer:
            self.field.setLayer(layer)
        if self.field.currentField() != choices.class_field:
            self.field.setField(choices.class_field)
        self.selected.setChecked(choices.selected_only)
        self.rest.setChecked(bool(choices.rest_as))
        self.rest_name.setVisible(bool(choices.rest_as))
        if not self.rest_name.hasFocus():
            self.rest_name.setText(choices.rest_as)
        if not self.bands.hasFocus():
            self.bands.setText(choices.bands)
        self.tile.setValue(choices.tile_size)
        if self.folder.filePath() != choices.run and not self.folder.lineEdit().hasFocus():
            self.folder.setFilePath(choices.run)
        rare = set(choices.rare)
        rows = [
            ClassRow(
                row["name"],
                row["colour"],
                row["pixels"],
                row["polygons"] or 0,
                row["share"],
                row["name"] in rare if choices.rare_by_hand else bool(row["rare"]),
                self._warning(row),
            )
            for row in found.classes
        ]
        self.classes.setVisible(bool(rows))
        self.classes.show_rows(rows)
        self.notes.setVisible(bool(found.notes))
        self.notes.setText("\n".join(f"• {note}" for note in found.notes))
        self._quiet = False
        complete = bool(self.session.raster_layers() and layer is not None and choices.class_field)
        self.look.refresh(complete)
        self.prepare.refresh(complete and bool(choices.run))

    def take_event(self, job: Job, event: dict) -> None:
        """Keep what the engine found out about the classes."""
        if event["event"] == "result" and job.algorithm == "inspectclasses":
            outputs = event["outputs"]
            self.session.inspection = Inspection(
                outputs.get("classes") or [],
                outputs.get("rasters") or [],
                outputs.get("notes") or [],
                outputs.get("prepare"),
            )

    def take_results(self, job: Job, results: dict) -> None:
        """Note what the run folder was prepared from."""
        if job.algorithm == "inspectclasses":
            self.session.save()
            self.reveal(self.prepare)

    def ground(self) -> Ground:
        """Return how large the data are, as far as it is known."""
        return ground_of(self.session)

    def _cost(self) -> Optional[Cost]:
        ground = self.ground()
        return prepare_cost(ground, self.session.inspection.prepare) if ground.pixels else None

    def _warning(self, row: dict) -> str:
        if not row["pixels"]:
            return tr("No polygon of this class lies on the rasters.")
        if row["polygons"] and row["polygons"] < FEW_POLYGONS:
            return tr(
                "Fewer than {n} polygons cannot be spread over training, validation and test ground; "
                "draw some more."
            ).format(n=FEW_POLYGONS)
        return ""

    def _choose(self, **values) -> None:
        if not self._quiet:
            self.session.set(**values)

    def _rasters_chosen(self, _: QListWidgetItem) -> None:
        items = map(self.rasters.item, range(self.rasters.count()))
        checked = Qt.CheckState.Checked
        self._choose_data(rasters=[i.data(_LAYER_ID) for i in items if i.checkState() == checked])
        if not self.session.choices.run:
            self._choose(run=proposed_run(self.session))

    def _polygons_chosen(self, layer) -> None:
        # A layer that leaves the project takes no choice with it: the project may be about to be closed.
        if self._quiet or layer is None:
            return
        self._quiet = True
        self.field.setLayer(layer)
        self._quiet = False
        self._choose_data(polygons=layer.id(), class_field=likely_field(layer))

    def _polygons_taken_back(self, _: int) -> None:
        if self.polygons.currentLayer() is None:
            self._choose_data(polygons="", class_field="")

    def _field_chosen(self, name: str) -> None:
        if name:
            self._choose_data(class_field=name)

    def _folder_chosen(self, path: str) -> None:
        # While somebody types, the folder is not there yet at every letter.
        if not self.folder.lineEdit().hasFocus():
            self._choose(run=path.strip())

    def _rest_chosen(self, _: bool = False) -> None:
        name = self.rest_name.text().strip() or self.rest_name.placeholderText()
        self._choose_data(rest_as=name if self.rest.isChecked() else "")

    def _choose_data(self, **values) -> None:
        """Choose what decides which classes there are; what was found and set for others goes."""
        choices = self.session.choices
        if self._quiet or all(getattr(choices, name) == value for name, value in values.items()):
            return
        self.session.inspection = Inspection()
        target = choices.target if choices.target in ("equal", "sqrt") else "equal"
        self._choose(rare=[], rare_by_hand=False, target=target, **values)

    def _list_rasters(self, *_: Any) -> None:
        layers = [
            layer
            for layer in QgsProject.instance().mapLayers().values()
            if isinstance(layer, QgsRasterLayer) and layer.providerType() == "gdal"
        ]
        layers.sort(key=lambda layer: layer.name().lower())
        chosen = self.session.choices.rasters
        shown = [(layer.id(), layer.name(), layer.id() in chosen) for layer in layers]
        if shown == self._listed:
            return
        self._listed = shown
        self.rasters.blockSignals(True)
        self.rasters.clear()
        for layer in layers:
            item = QListWidgetItem(layer.name())
            item.setData(_LAYER_ID, layer.id())
            item.setToolTip(layer.source())
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled)
            state = Qt.CheckState.Checked if layer.id() in chosen else Qt.CheckState.Unchecked
            item.setCheckState(state)
            self.rasters.addItem(item)
        self.rasters.blockSignals(False)
        line = self.fontMetrics().height() + 4
        self.rasters.setFixedHeight(line * min(5, max(2, len(layers))) + 6)


def likely_field(layer: QgsVectorLayer) -> str:
    """Return the field that most likely holds the class: the one of the style, else the first text."""
    fields = layer.fields()
    renderer = layer.renderer()
    if isinstance(renderer, QgsCategorizedSymbolRenderer):
        index = fields.lookupField(renderer.classAttribute().strip('"'))
        if index >= 0:
            return fields.at(index).name()
    texts = [f.name() for f in fields if not f.isNumeric()]
    return next(iter([*texts, *fields.names()]), "")


def ground_of(session: Session) -> Ground:
    """Return how large the chosen rasters are."""
    sizes = {"Byte": 1, "UInt16": 2, "Int16": 2}
    pixels = bands = value_bytes = 0
    for layer in session.raster_layers():
        pixels += layer.width() * layer.height()
        bands = max(bands, layer.bandCount())
        kind = layer.dataProvider().dataType(1)
        value_bytes = max(value_bytes, sizes.get(getattr(kind, "name", ""), 4))
    return Ground(pixels, bands, value_bytes or 4, session.choices.tile_size)


def rates(session: Session) -> dict:
    """Return what a unit of work took on this computer in the project's runs, on the device that is chosen."""
    folders = {session.choices.run, *(entry["folder"] for entry in session.runs)}
    device = session.choices.device
    if device == "auto":
        device = str(QgsSettings().value(LAST_DEVICE_KEY, "") or "cpu")
    newest = max((_newest(folder) for folder in folders if folder), default=0.0)
    key = (frozenset(folders), newest, device)
    if key not in _rates:
        _rates.clear()
        _rates[key] = rates_of((f for f in folders if f), device)
    return _rates[key]


def _newest(folder: str) -> float:
    try:
        return max((p.stat().st_mtime for p in Path(folder).glob("split-0/*/*")), default=0.0)
    except OSError:
        return 0.0


def runs_base() -> Path:
    """Return where new run folders go: the folder of the settings, else beside the project, else at home."""
    chosen, home = runs_folder(), QgsProject.instance().homePath()
    if chosen:
        return Path(chosen)
    beside = Path(home) if home and usable_folder(Path(home)) else Path.home()
    return beside / "overseed-runs"


def proposed_run(session: Session) -> str:
    """Return a run folder that does not exist yet, named after the first raster."""
    names = [layer.name() for layer in session.raster_layers()]
    return proposed_folder(runs_base(), names[0] if names else "")


def proposed_folder(base: Path, name: str) -> str:
    """Return a run folder in ``base`` that does not exist yet, named after a scene."""
    clean = "".join(c if c.isalnum() or c in "-_" else "-" for c in name).strip("-") or "run"
    candidate, number = base / clean, 1
    while candidate.exists():
        number += 1
        candidate = base / f"{clean}-{number}"
    return str(candidate)
