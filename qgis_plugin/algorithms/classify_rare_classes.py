"""The main job as a Processing algorithm: from rasters and polygons to a map and a report."""

from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
)
from qgis.PyQt.QtGui import QIcon

from ..engine.command import ClassifyJob
from ..engine.failures import EngineCancelled, EngineFailed
from ..engine.runner import run_engine
from ..help import help_url
from ..icons import algorithm_icon
from ..layers.colours import names_of
from ..layers.labels import LabelLayer, checked_field
from ..layers.rasters import raster_paths
from ..layers.result import load_maps
from ..preferences import machine_words, runs_folder
from ..settings import child_environment, engine_problem, engine_python
from ..texts import tr
from ..work_folders import in_use, work_folder
from . import parameters as p
from .fields import split_names


class ClassifyRareClasses(QgsProcessingAlgorithm):
    """Trains on the polygons, makes samples of rare classes, and maps the whole rasters."""

    def createInstance(self) -> "ClassifyRareClasses":
        """Return a new algorithm; every run has its own."""
        return ClassifyRareClasses()

    def name(self) -> str:
        """Return the id within the provider; it never changes."""
        return "classifyrareclasses"

    def displayName(self) -> str:
        """Return the name in the toolbox."""
        return tr("Classify rare classes")

    def tags(self) -> list[str]:
        """Return words by which people look for it."""
        words = tr(
            "land cover,classification,segmentation,u-net,gan,pix2pix,imbalance,augmentation"
        )
        return words.split(",")

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return algorithm_icon(self.name())

    def helpUrl(self) -> str:
        """Return the address of the help page on this machine."""
        return help_url(self.name())

    def shortDescription(self) -> str:
        """Return one sentence for the toolbox's tooltip."""
        return tr("Maps land cover from class polygons, also classes with hardly any of them.")

    def shortHelpString(self) -> str:
        """Return the help page: what it does, then every parameter from the table."""
        introduction = tr(
            "Trains a U-Net on your polygons and classifies the whole raster. For classes with "
            "hardly any polygons, a generator learns from the labelled ground and makes more "
            "samples. The map comes from the model that did better on validation ground; the "
            "report shows, on test ground that no step has seen, whether the made samples "
            "helped. The work is done by Overseed's engine outside QGIS; after a cancel, Run "
            "with the same inputs continues, for as long as QGIS stays open."
        )
        lines = [f"<p>{introduction}</p>"]
        for parameter in p.classify_rare_classes():
            lines.append(f"<h3>{parameter.label}</h3><p>{parameter.help}</p>")
        return "\n".join(lines)

    def initAlgorithm(self, configuration: Optional[dict] = None) -> None:
        """Add parameters and outputs."""
        for parameter in p.classify_rare_classes():
            self.addParameter(parameter.definition())
        self.addOutput(QgsProcessingOutputString(p.VERDICT, tr("Whether augmentation helped")))

    def canExecute(self) -> tuple[bool, str]:
        """Return whether there is an engine, else how to get one."""
        problem = engine_problem()
        return not problem, problem

    def checkParameterValues(
        self, parameters: dict, context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Return whether the run can start, else a sentence."""
        problem = engine_problem()
        if problem:
            return False, problem
        try:
            # Before QGIS's own check, which only says that a raster's value is incorrect.
            if parameters.get(p.RASTERS):
                self._raster_paths(parameters, context)
            checked = super().checkParameterValues(p.with_choices_by_name(parameters), context)
            if not checked[0]:
                return checked
            checked_field(self, parameters, p.POLYGONS, p.CLASS_FIELD, context)
        except QgsProcessingException as error:
            return False, str(error)
        return self._check_output(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take what the run needs from the layers, for the last time in their own thread."""
        problem = engine_problem()
        if problem:
            raise QgsProcessingException(problem)
        self._python = engine_python()
        self._rasters = self._raster_paths(parameters, context)
        self._polygons = LabelLayer(self, parameters, p.POLYGONS, p.CLASS_FIELD, context)
        return True

    def processAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the engine; in the GUI this happens in a thread of its own."""
        parameters = p.with_choices_by_name(parameters)
        output = self.parameterAsOutputLayer(parameters, p.OUTPUT, context)
        report = self.parameterAsFileOutput(parameters, p.REPORT, context)
        folder = work_folder()
        labels = self._polygons.path(folder, feedback)
        if feedback.isCanceled():
            return {}
        job = ClassifyJob(
            rasters=self._rasters,
            labels=labels,
            class_field=self._polygons.field,
            classes_csv=self._polygons.classes_csv(folder),
            rare=self._rare(parameters, context),
            rest_as=self.parameterAsString(parameters, p.REST_AS, context).strip(),
            augment=self.parameterAsEnumString(parameters, p.AUGMENT, context),
            effort=self.parameterAsEnumString(parameters, p.EFFORT, context),
        )
        run = folder / f"run-{job.key()}"
        command = job.command(self._python, run, output, report) + machine_words(with_device=True)
        try:
            with in_use(run):
                outputs = run_engine(command, child_environment(), str(folder), feedback)
        except EngineCancelled:
            feedback.pushInfo(
                tr("Cancelled. Run with the same inputs continues.")
                if runs_folder()
                else tr(
                    "Cancelled. Run with the same inputs continues, for as long as QGIS stays open."
                )
            )
            return {}
        except EngineFailed as failure:
            raise QgsProcessingException(str(failure)) from failure
        return self._results(outputs, output, report, context, feedback)

    def _results(
        self,
        outputs: dict,
        output: str,
        report: str,
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        if not Path(output).is_file():
            raise QgsProcessingException(
                tr("The engine reported success, but there is no map at {path}.").format(
                    path=output
                )
            )
        load_maps(context, outputs.get("maps") or [output], output)
        verdict = str(outputs.get("verdict") or "")
        if verdict:
            feedback.pushInfo(verdict)
        results = {p.OUTPUT: output, p.VERDICT: verdict}
        if report:
            results[p.REPORT] = report
        return results

    def _check_output(self, parameters: dict, context: QgsProcessingContext) -> tuple[bool, str]:
        if self.provider() is None:
            return True, ""
        definition = self.parameterDefinition(p.OUTPUT)
        return self.provider().isSupportedOutputValue(parameters[p.OUTPUT], definition, context)

    def _raster_paths(self, parameters: dict, context: QgsProcessingContext) -> tuple[str, ...]:
        layers = self.parameterAsLayerList(parameters, p.RASTERS, context)
        return raster_paths(parameters.get(p.RASTERS), layers, context)

    def _rare(self, parameters: dict, context: QgsProcessingContext) -> tuple[str, ...]:
        text = self.parameterAsString(parameters, p.RARE, context)
        typed = set(split_names(text))
        return tuple(sorted(set(names_of(sorted(typed), self._polygons.styles))))
