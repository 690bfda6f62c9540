"""A step as text to paste elsewhere: Python for QGIS's console, `qgis_process`, the engine's own command."""

import os
import shlex
import subprocess  # nosec B404
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
)

from ..texts import tr
from .jobs import JobFeedback


def as_python(algorithm_id: str, parameters: dict, context: QgsProcessingContext) -> str:
    """Return a call of ``processing.run``."""
    algorithm = _algorithm(algorithm_id)
    return "import processing\n" + algorithm.asPythonCommand(parameters, context)


def as_qgis_process(algorithm_id: str, parameters: dict, context: QgsProcessingContext) -> str:
    """Return a command for a shell with QGIS in its path.

    Raises ``ValueError`` with a sentence for what only an open QGIS knows.
    """
    words = ["qgis_process", "run", algorithm_id, "--"]
    for name, value in parameters.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        texts = [_plain(one, context) for one in values]
        words += [f"{name}={text}" for text in texts if text]
    return _joined(words)


def as_engine_command(algorithm_id: str, parameters: dict, context: QgsProcessingContext) -> str:
    """Return the engine's command, or several that follow each other, which need no QGIS.

    Raises ``QgsProcessingException`` with a sentence when the layers cannot be given to the engine.
    """
    algorithm = _algorithm(algorithm_id)
    feedback = JobFeedback()
    if not algorithm.prepare(parameters, context, feedback):
        raise ValueError(
            feedback.error or tr("This step cannot be written as a command with these layers.")
        )
    commands = algorithm.engine_commands(parameters, context, feedback)
    spoken = ("--events", "--control", "stdin")
    return " && ".join(_joined([w for w in words if w not in spoken]) for words in commands)


def _algorithm(algorithm_id: str) -> Any:
    return QgsApplication.processingRegistry().createAlgorithmById(algorithm_id)


def _plain(value: Any, context: QgsProcessingContext) -> str:
    """A parameter as a word of a shell; layers of the project by what they are read from."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        if value.selectedFeaturesOnly:
            raise ValueError(
                tr(
                    "A shell does not know which features are selected. Copy as Python instead, or save the "
                    "selected features as a layer."
                )
            )
        value = value.source.staticValue()
    elif isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink.staticValue()
    layer = context.project().mapLayer(str(value))
    if layer is not None and (layer.providerType() == "memory" or layer.isModified()):
        raise ValueError(
            tr(
                "“{layer}” has what no file holds yet, so a shell cannot read it. Save the layer and its edits "
                "to a file first."
            ).format(layer=layer.name())
        )
    return "" if value is None else layer.source() if layer is not None else str(value)


def _joined(words: list[str]) -> str:
    if os.name == "nt":
        return subprocess.list2cmdline(words)
    return " ".join(map(shlex.quote, words))
