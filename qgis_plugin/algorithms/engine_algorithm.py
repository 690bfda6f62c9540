"""An algorithm that runs commands of the engine: its form, its help and its results come from a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
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
from .engine_settings import has_setting, summary
from .fields import OUTPUTS, Field, values_of, words
from .table import RUN, RUN_FOLDER, Table, group_name

#: What the engine is told of the polygons and of the colours that they have in QGIS.
LABELS, CLASS_FIELD, CLASSES = "labels", "class_field", "classes"


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
        return group_name(self._table.group)

    def groupId(self) -> str:
        """Return the group's id; it never changes."""
        return self._table.group

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
        """Return the toolbox's tooltip."""
        return self._table.help if self._table.then else summary(self._table.command)

    def shortHelpString(self) -> str:
        """Return the help page: what it does, then every parameter."""
        table = self._table
        lines = [f"<p>{table.help}</p>"]
        for field in table.fields:
            lines.append(f"<h3>{field.label}</h3><p>{field.sentence(table.commands)}</p>")
        return "\n".join(lines)

    def initAlgorithm(self, configuration: Optional[dict] = None) -> None:
        """Add parameters and outputs."""
        for field in self._table.fields:
            self.addParameter(field.definition(self._table.commands))
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
        wrong = self._table.wrong_way(named)
        if wrong:
            return False, wrong
        try:
            for field in self._table.fields:
                if field.kind == "labels" and named.get(field.name):
                    checked_field(self, named, field.name, self._field_of(field), context)
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
        named = self._with_choices_by_name(parameters)
        self._python = engine_python()
        self._words: dict[str, list[str]] = {command: [] for command in self._table.commands}
        self._positional: dict[str, list[str]] = {command: [] for command in self._table.commands}
        self._labels: Optional[LabelLayer] = None
        for field in self._table.fields:
            if field.kind == "labels":
                if named.get(field.name):
                    names = field.name, self._field_of(field)
                    self._labels = LabelLayer(self, named, *names, context)
            elif field.kind not in OUTPUTS and not self._comes_with_labels(field, named):
                for command, engine in field.settings_in(self._table.commands).items():
                    values = values_of(field, engine, self, named, context, feedback)
                    if field.kind == "flag":
                        self._words[command] += [engine.option] * len(values)
                    elif engine.positional:
                        self._positional[command] += values
                    else:
                        self._words[command] += words(engine, values)
        return True

    def processAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the engine; in the GUI this happens in a thread of its own."""
        commands = self.engine_commands(parameters, context, feedback)
        outputs: dict[str, Any] = {}
        for number, command in enumerate(commands, start=1):
            part = number, len(commands)
            outputs.update(self._run_engine(command, part, feedback))
            # Also between two commands.
            if feedback.isCanceled():
                return {}
        return self._results(outputs, self._outputs, context) if commands else {}

    def _run_engine(
        self, command: list[str], part: tuple[int, int], feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run one command and return its outputs, none after a cancel."""
        folder = work_folder()
        try:
            with in_use(folder):
                outputs = run_engine(command, child_environment(), str(folder), feedback, part=part)
        except EngineCancelled:
            return {}
        except EngineFailed as failure:
            if part[0] > 1:
                feedback.pushInfo(
                    tr("What was finished before is kept. Run with the same inputs goes on there.")
                )
            raise QgsProcessingException(str(failure)) from failure
        if outputs.get("text"):
            feedback.pushInfo(str(outputs["text"]))
        return outputs

    def _results(
        self, outputs: dict, files: dict[str, str], context: QgsProcessingContext
    ) -> dict[str, Any]:
        for name, path in files.items():
            if name in self._table.maps:
                load_maps(context, outputs.get("maps") or [path], path)
            elif Path(path).with_suffix(".qml").is_file():
                load_maps(context, [path], path)
        if any(field.name == RUN and field.kind == "folder" for field in self._table.fields):
            outputs = {**outputs, RUN_FOLDER: self._positional[self._table.command][0]}
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

    def engine_commands(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> list[list[str]]:
        """Return the engine's commands after :meth:`prepareAlgorithm`; polygons may be copied for them.

        Returns [] when ``feedback`` is cancelled meanwhile.
        """
        told = {command: list(words) for command, words in self._words.items()}
        positional = {command: list(words) for command, words in self._positional.items()}
        if self._labels is not None:
            labels = self._words_of_labels(self._labels, feedback)
            if feedback.isCanceled():
                return []
            told[self._table.command] += labels
        # Once: a temporary file gets another name each time that it is asked for.
        files = self._outputs = self._files(parameters, context)
        for field in self._table.fields:
            if field.kind in OUTPUTS and field.name in files:
                for command, engine in field.settings_in(self._table.commands).items():
                    if engine.positional:
                        positional[command].append(files[field.name])
                    else:
                        told[command] += words(engine, [files[field.name]])
        return [
            [
                *(self._python, "-m", "overseed", *command.split(), *told[command]),
                *(*machine_words(), "--events", "--control", "stdin", "--", *positional[command]),
            ]
            for command in self._table.commands
        ]

    def _words_of_labels(self, labels: LabelLayer, feedback: QgsProcessingFeedback) -> list[str]:
        folder, command = work_folder(), self._table.command
        path = labels.path(folder, feedback)
        if feedback.isCanceled():
            return []
        told = [f"--{LABELS}={path}", f"--class-field={labels.field}"]
        given = any(word.startswith(f"--{CLASSES}=") for word in self._words[command])
        colours = "" if given or not has_setting(command, CLASSES) else labels.classes_csv(folder)
        return [*told, f"--{CLASSES}={colours}"] if colours else told

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

    def _comes_with_labels(self, field: Field, parameters: dict) -> bool:
        """Whether a field is told with the polygons, or would be told without them."""
        if field.setting != CLASS_FIELD:
            return False
        parent = (field.more or {}).get("parent", "")
        return self._labels is not None or not parameters.get(parent)

    def _with_choices_by_name(self, parameters: dict) -> dict:
        """Choices given by their number, as the help of qgis_process asks for, by their name."""
        named = dict(parameters)
        for field in self._table.fields:
            value = parameters.get(field.name)
            if field.kind not in ("choice", "choices") or value is None:
                continue
            engine = field.engine_setting(self._table.commands)
            options = (field.more or {}).get("options") or (engine.choices if engine else ())
            if field.kind == "choices" and isinstance(value, str):
                value = [one for one in value.split(",") if one]
            if isinstance(value, (list, tuple)):
                named[field.name] = [_name_of(one, options) for one in value]
            else:
                named[field.name] = _name_of(value, options)
        return named


def _name_of(value: Any, options: Sequence[str]) -> Any:
    number = str(value)
    return options[int(number)] if number.isdigit() and int(number) < len(options) else value
