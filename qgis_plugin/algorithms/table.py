"""What an algorithm that runs commands of the engine consists of: a table of fields, results and commands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsProcessingOutputDefinition,
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..texts import tr
from .fields import Field

#: The parameter for the run folder, and the key under which results find it again.
RUN, RUN_FOLDER = "RUN", "run_folder"
#: Groups of the toolbox; their ids never change.
STEPS, CHIPS = "steps", "chips"


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

    ``then`` is a command that follows when the first has done its work; a field goes to both where both have
    its setting, and of outputs of the same name the second's count. ``maps`` names the output parameters that
    are maps of classes, to be styled. ``ways`` are groups of parameters, of which a person fills in just one.
    """

    name: str
    label: str
    command: str
    help: str
    tags: str
    fields: tuple[Field, ...]
    results: tuple[Result, ...] = ()
    maps: tuple[str, ...] = ()
    then: str = ""
    ways: tuple[tuple[str, ...], ...] = ()
    group: str = STEPS

    @property
    def commands(self) -> tuple[str, ...]:
        """The engine's commands in the order in which they run."""
        return (self.command, self.then) if self.then else (self.command,)

    def wrong_way(self, parameters: dict) -> str:
        """Return what is wrong where not just one of ``ways`` is filled in, wholly; "" when nothing is."""
        if not self.ways:
            return ""
        labels = {field.name: f"“{field.label}”" for field in self.fields}
        chosen = [way for way in self.ways if any(parameters.get(name) for name in way)]
        if len(chosen) != 1:
            both = tr("{one} and {other}")
            named = [
                labels[way[0]]
                if len(way) == 1
                else both.format(one=labels[way[0]], other=labels[way[1]])
                for way in self.ways
            ]
            sentence = (
                tr("Nothing is chosen to begin with. Fill in one of these: {ways}.")
                if not chosen
                else tr("Too much is chosen. Fill in one of these and empty the others: {ways}.")
            )
            return sentence.format(ways="; ".join(named))
        missing = [name for name in chosen[0] if not parameters.get(name)]
        if missing:
            return tr("{given} needs {missing} as well.").format(
                given=labels[next(name for name in chosen[0] if name not in missing)],
                missing=labels[missing[0]],
            )
        return ""


def group_name(group: str) -> str:
    """Return the name of a group in the toolbox."""
    return {STEPS: tr("Step by step"), CHIPS: tr("Chips")}[group]
