"""Step 6: how good the map is, by points that were drawn for it, and whether the samples helped."""

import json

from qgis.core import QgsMapLayerProxyModel, QgsProcessingOutputLayerDefinition, QgsProject
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtWidgets import QSpinBox

from ...texts import tr
from ..estimates import Cost, comparison_cost
from ..jobs import Job
from ..session import ACCURACY, Session
from .data_page import ground_of, rates
from .page import Page, Step, sentence


class AccuracyPage(Page):
    """Draw points, fill them in, assess; and compare ways to treat imbalance."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            tr(
                "<b>How good is the map?</b> Draw points at random, say what is really there, and get accuracy "
                "and areas with intervals."
            ),
        )
        self.count = QSpinBox()
        self.count.setRange(50, 20000)
        self.count.setValue(400)
        form = self.form()
        form.addRow(tr("Number of points"), self.count)
        self.draw = self.add_bar(
            Step(
                tr("Draw points"),
                tr(
                    "A layer whose field “reference” is to be filled in, with a list to choose from."
                ),
                ACCURACY,
                lambda: [Job(tr("Draw points"), "samplereferencepoints", self._point_parameters)],
            ),
            primary=False,
        )
        self.reference = QgsMapLayerComboBox()
        self.reference.setFilters(
            QgsMapLayerProxyModel.Filter.PointLayer | QgsMapLayerProxyModel.Filter.PolygonLayer
        )
        self.reference.setAllowEmptyLayer(True)
        self.reference.setToolTip(tr("The points after you have filled them in."))
        self.reference_field = QgsFieldComboBox()
        self.reference.layerChanged.connect(self._reference_chosen)
        form = self.form()
        form.addRow(tr("Reference"), self.reference)
        form.addRow(tr("Its class field"), self.reference_field)
        self.assess = self.add_bar(
            Step(
                tr("Assess the map"),
                tr("Overall, user's and producer's accuracy, and areas, with 95 % intervals."),
                ACCURACY,
                lambda: [Job(tr("Assess the map"), "assessmap", self._assess_parameters)],
            ),
            primary=False,
        )
        self.found = sentence("")
        self.layout_.addWidget(self.found)
        self.layout_.addWidget(
            sentence(
                tr(
                    "<b>Did it help?</b> Trains with and without, several times each, and holds them against "
                    "each other on test ground. This takes long; what is finished is kept."
                )
            )
        )
        self.trainings = QSpinBox()
        self.trainings.setRange(1, 20)
        self.trainings.setValue(3)
        form = self.form()
        self.trainings.valueChanged.connect(lambda _: self.refresh())
        form.addRow(tr("Trainings of each"), self.trainings)
        self.compare = self.add_bar(
            Step(
                tr("Compare"),
                tr("Nothing, class weights, oversampling and what you have chosen."),
                ACCURACY,
                lambda: [Job(tr("Compare"), "compareaugmentations", self._compare_parameters)],
                self._compare_cost,
            ),
            primary=False,
        )
        self.verdict = sentence("")
        self.layout_.addWidget(self.verdict)
        self.layout_.addStretch(1)

    def refresh(self) -> None:
        """Show what is possible and what was found."""
        run, choices = self.session.run, self.session.choices
        mapped = run.map.is_file()
        self.draw.refresh(mapped)
        self.assess.refresh(mapped and self.reference.currentLayer() is not None)
        self.compare.refresh(run.prepared)
        self.found.setText(_assessment_text(run.assessments()))
        self.found.setVisible(bool(self.found.text()))
        self.verdict.setText(_verdict(run.comparison()))
        self.verdict.setVisible(bool(self.verdict.text()))
        self.compare.button.setToolTip(
            tr("Nothing, class weights, oversampling and “{arm}”.").format(arm=choices.arm)
        )

    def take_results(self, job: Job, results: dict) -> None:
        """Offer the points that were just drawn as the reference."""
        if job.algorithm == "samplereferencepoints":
            for layer in QgsProject.instance().mapLayers().values():
                if layer.source().split("|")[0] == results.get("OUTPUT"):
                    self.reference.setLayer(layer)

    def _reference_chosen(self, layer) -> None:
        self.reference_field.setLayer(layer)
        if layer is not None and layer.fields().lookupField("reference") >= 0:
            self.reference_field.setField("reference")
        self.refresh()

    def _point_parameters(self) -> dict:
        run = self.session.run
        target = _free(run.root / "assessment", "points", ".gpkg")
        target.parent.mkdir(parents=True, exist_ok=True)
        output = QgsProcessingOutputLayerDefinition(str(target), QgsProject.instance())
        output.destinationName = tr("Reference points")
        return {
            "MAP": str(run.map),
            "COUNT": self.count.value(),
            "LEAVE_OUT_RUN": str(run.root),
            "OUTPUT": output,
        }

    def _assess_parameters(self) -> dict:
        run, layer = self.session.run, self.reference.currentLayer()
        target = run.root / "assessment" / "assessment.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        return {
            "MAPS": [str(run.map)],
            "REFERENCE": layer.id() if layer is not None else "",
            "CLASS_FIELD": self.reference_field.currentField(),
            "OUTPUT": str(target),
        }

    def _arms(self) -> list[str]:
        wanted = ["weighted", "oversample", self.session.choices.arm]
        return [arm for arm in dict.fromkeys(wanted) if arm != "none"]

    def _compare_cost(self) -> Cost:
        session = self.session
        return comparison_cost(
            self._arms(),
            self.trainings.value(),
            session.choices.effort,
            ground_of(session),
            rates(session),
        )

    def _compare_parameters(self) -> dict:
        choices = self.session.choices
        return {
            "RUN": choices.run,
            "ARMS": ",".join(self._arms()),
            "TRAININGS": self.trainings.value(),
            "EFFORT": choices.effort,
            "DEVICE": choices.device,
        }


def _free(folder, stem: str, suffix: str):
    """A file that is not there yet: points that people have filled in are never written over."""
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    return path


def _assessment_text(paths: list) -> str:
    """Accuracy and each class's two accuracies of the newest assessment, with intervals where it has them."""
    if not paths:
        return ""
    try:
        entry = json.loads(paths[0].read_text(encoding="utf-8"))["maps"][0]
        overall = tr("Overall accuracy {figure}").format(figure=_figure(entry["overall_accuracy"]))
        rows = [
            tr("{name}: user's accuracy {users}, producer's accuracy {producers}").format(
                name=row["name"],
                users=_figure(row["users_accuracy"]),
                producers=_figure(row["producers_accuracy"]),
            )
            for row in entry["classes"]
        ]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return ""
    return "\n".join([overall, *rows])


def _figure(found: dict) -> str:
    value, low, high = (found.get(key) for key in ("value", "low", "high"))
    if value is None:
        return tr("not evaluated")
    if low is None or high is None:
        return f"{100 * value:.0f} %"
    return f"{100 * value:.0f} % ({100 * low:.0f}–{100 * high:.0f} %)"


def _verdict(path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["verdict"]) if path else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""
