"""An algorithm that is one command of the engine: its form, its help and its results come from a table."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputDefinition,
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)
from qgis.PyQt.QtGui import QIcon

from ..engine.failures import EngineCancelled, EngineFailed
from ..engine.runner import run_engine
from ..help import help_url
from ..icons import algorithm_icon
from ..layers.labels import LabelLayer, checked_field
from ..layers.result import load_maps
from ..preferences import machine_words
from ..settings import child_environment, engine_problem, engine_python
from ..texts import tr
from ..work_folders import in_use, new_run_folder, work_folder
from .engine_settings import setting, summary
from .fields import OUTPUTS, Field, values_of, words

#: What the engine is told of the polygons and of the colours that they have in QGIS.
LABELS, CLASS_FIELD, CLASSES = "labels", "class_field", "classes"
#: The parameter for the run folder, and the key under which results find it again.
RUN, RUN_FOLDER = "RUN", "run_folder"


@dataclass(frozen=True)
class Result:
    """A value for models, beside the files: ``pick`` takes it from the engine's outputs and the files.

    ``kind`` is ``number``, ``text``, ``file`` or ``folder``.
    """

    name: str
    label: str
    kind: str
    pick: Callable[[dict, dict], Any]

    def definition(self) -> QgsProcessingOutputDefinition:
        """Return QGIS's definition."""
        kinds = {
            "number": QgsProcessingOutputNumber,
            "text": QgsProcessingOutputString,
            "file": QgsProcessingOutputFile,
            "folder": QgsProcessingOutputFolder,
        }
        return kinds[self.kind](self.name, self.label)


@dataclass(frozen=True)
class Table:
    """An algorithm: ``name`` is its id, which never changes, ``command`` the engine's.

    ``maps`` names the output parameters that are maps of classes, to be styled.
    """

    name: str
    label: str
    command: str
    help: str
    tags: str
    fields: tuple[Field, ...]
    results: tuple[Result, ...] = ()
    maps: tuple[str, ...] = ()


class EngineAlgorithm(QgsProcessingAlgorithm):
    """One row of the toolbox."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def createInstance(self) -> "EngineAlgorithm":
        """Return a new algorithm; every run has its own."""
        return EngineAlgorithm(self._table)

    def name(self) -> str:
        """Return the id within the provider; it never changes."""
        return self._table.name

    def displayName(self) -> str:
        """Return the name in the toolbox."""
        return self._table.label

    def group(self) -> str:
        """Return the group in the toolbox."""
        return tr("Step by step")

    def groupId(self) -> str:
        """Return the group's id; it never changes."""
        return "steps"

    def tags(self) -> list[str]:
        """Return words by which people look for it."""
        return self._table.tags.split(",")

    def icon(self) -> QIcon:
        """Return the picture of this kind of step."""
        return algorithm_icon(self._table.name)

    def helpUrl(self) -> str:
        """Return the address of the help page on this machine."""
        return help_url(self.name())

    def shortDescription(self) -> str:
        """Return one sentence for the toolbox's tooltip."""
        return summary(self._table.command)

    def shortHelpString(self) -> str:
        """Return the help page: what it does, then every parameter."""
        table = self._table
        lines = [f"<p>{table.help}</p>"]
        for field in table.fields:
            lines.append(f"<h3>{field.label}</h3><p>{field.sentence(table.command)}</p>")
        return "\n".join(lines)

    def initAlgorithm(self, configuration: Optional[dict] = None) -> None:
        """Add parameters and outputs."""
        for field in self._table.fields:
            self.addParameter(field.definition(self._table.command))
        for result in self._table.results:
            self.addOutput(result.definition())

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
        named = self._with_choices_by_name(parameters)
        checked = super().checkParameterValues(named, context)
        if not checked[0]:
            return checked
        try:
            for field in self._table.fields:
                if field.kind == "labels":
                    self._checked_labels(field, named, context)
        except QgsProcessingException as error:
            return False, str(error)
        return True, ""

    def prepareAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take what the run needs from the layers, for the last time in their own thread."""
        problem = engine_problem()
        if problem:
            raise QgsProcessingException(problem)
        command, named = self._table.command, self._with_choices_by_name(parameters)
        self._python = engine_python()
        self._words: list[str] = []
        self._positional: list[str] = []
        self._labels: Optional[LabelLayer] = None
        for field in self._table.fields:
            if field.kind == "labels":
                self._labels = LabelLayer(self, named, field.name, self._field_of(field), context)
            elif field.kind not in OUTPUTS and field.setting and field.setting != CLASS_FIELD:
                engine = setting(command, field.setting)
                values = values_of(field, engine, self, named, context, feedback)
                if field.kind == "flag":
                    self._words += [engine.option] * len(values)
                elif engine.positional:
                    self._positional += values
                else:
                    self._words += words(engine, values)
            elif field.setting == CLASS_FIELD and self._labels is None:
                text = self.parameterAsString(named, field.name, context).strip()
                self._words += words(setting(command, CLASS_FIELD), [text] if text else [])
        return True

    def processAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the engine; in the GUI this happens in a thread of its own."""
        command = self.engine_command(parameters, context, feedback)
        if not command:
            return {}
        files, folder = self._outputs, work_folder()
        try:
            with in_use(folder):
                outputs = run_engine(command, child_environment(), str(folder), feedback)
        except EngineCancelled:
            return {}
        except EngineFailed as failure:
            raise QgsProcessingException(str(failure)) from failure
        if outputs.get("text"):
            feedback.pushInfo(str(outputs["text"]))
        for name, path in files.items():
            if name in self._table.maps:
                load_maps(context, outputs.get("maps") or [path], path)
            elif Path(path).with_suffix(".qml").is_file():
                load_maps(context, [path], path)
        if any(field.name == RUN and field.kind == "folder" for field in self._table.fields):
            outputs = {**outputs, RUN_FOLDER: self._positional[0]}
        try:
            results = {result.name: result.pick(outputs, files) for result in self._table.results}
        except (KeyError, IndexError, TypeError) as error:
            raise QgsProcessingException(
                tr(
                    "The engine's result is not complete ({reason}). Install plugin and engine of the same "
                    "release."
                ).format(reason=repr(error))
            ) from error
        return {**files, **{name: value for name, value in results.items() if value is not None}}

    def engine_command(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> list[str]:
        """Return the engine's command after :meth:`prepareAlgorithm`; polygons may be copied for it.

        Returns [] when ``feedback`` is cancelled meanwhile.
        """
        extra: list[str] = []
        positional = list(self._positional)
        if self._labels is not None:
            folder = work_folder()
            path = self._labels.path(folder, feedback)
            if feedback.isCanceled():
                return []
            extra += [f"--{LABELS}={path}", f"--class-field={self._labels.field}"]
            colours = self._labels.classes_csv(folder)
            if colours and not any(word.startswith(f"--{CLASSES}=") for word in self._words):
                extra.append(f"--{CLASSES}={colours}")
        # Once: a temporary file gets another name each time that it is asked for.
        files = self._outputs = self._files(parameters, context)
        for field in self._table.fields:
            if field.kind in OUTPUTS and field.name in files and field.setting:
                engine = setting(self._table.command, field.setting)
                if engine.positional:
                    positional.append(files[field.name])
                else:
                    extra += words(engine, [files[field.name]])
        return [
            *(self._python, "-m", "overseed", self._table.command, *self._words, *extra),
            *(*machine_words(), "--events", "--control", "stdin", "--", *positional),
        ]

    def _files(self, parameters: dict, context: QgsProcessingContext) -> dict[str, str]:
        """The files that the engine is to write, by parameter; those that nobody wants are left out."""
        files = {}
        for field in self._table.fields:
            if field.kind in ("raster out", "vector out"):
                path = self.parameterAsOutputLayer(parameters, field.name, context)
            elif field.kind == "file out":
                path = self.parameterAsFileOutput(parameters, field.name, context)
            elif field.kind == "folder out":
                path = self.parameterAsString(parameters, field.name, context)
                if field.name == RUN and parameters.get(RUN) == QgsProcessing.TEMPORARY_OUTPUT:
                    path = new_run_folder() or path
            else:
                continue
            if path:
                files[field.name] = path
        return files

    def _field_of(self, labels: Field) -> str:
        return next(
            field.name
            for field in self._table.fields
            if field.kind == "field" and (field.more or {}).get("parent") == labels.name
        )

    def _checked_labels(
        self, labels: Field, parameters: dict, context: QgsProcessingContext
    ) -> None:
        checked_field(self, parameters, labels.name, self._field_of(labels), context)

    def _with_choices_by_name(self, parameters: dict) -> dict:
        """Choices given by their number, as the help of qgis_process asks for, by their name."""
        named = dict(parameters)
        for field in self._table.fields:
            if field.kind != "choice":
                continue
            engine = field.engine_setting(self._table.command)
            options = (field.more or {}).get("options") or (engine.choices if engine else ())
            number = str(named.get(field.name, ""))
            if number.isdigit() and int(number) < len(options):
                named[field.name] = options[int(number)]
        return named
