"""A step as text to paste elsewhere: Python for QGIS's console, `qgis_process`, the engine's own command."""

import os
import shlex
import subprocess  # nosec B404
from typing import Any

from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback

from ..texts import tr


def as_python(algorithm_id: str, parameters: dict, context: QgsProcessingContext) -> str:
    """Return a call of ``processing.run``."""
    algorithm = _algorithm(algorithm_id)
    return "import processing\n" + algorithm.asPythonCommand(parameters, context)


def as_qgis_process(algorithm_id: str, parameters: dict, context: QgsProcessingContext) -> str:
    """Return a command for a shell with QGIS in its path."""
    words = ["qgis_process", "run", algorithm_id, "--"]
    plain = _algorithm(algorithm_id).asMap(parameters, context).get("inputs", parameters)
    for name, value in plain.items():
        if value is None or value == "":
            continue
        values = value if isinstance(value, (list, tuple)) else [value]
        words += [f"{name}={_plain(one)}" for one in values]
    return _joined(words)


def as_engine_command(algorithm_id: str, parameters: dict, context: QgsProcessingContext) -> str:
    """Return the engine's command, which needs no QGIS.

    Raises ``QgsProcessingException`` with a sentence when the layers cannot be given to the engine.
    """
    algorithm = _algorithm(algorithm_id)
    feedback = QgsProcessingFeedback(False)
    if not algorithm.prepare(parameters, context, feedback):
        raise ValueError(tr("This step cannot be written as a command with these layers."))
    words = algorithm.engine_command(parameters, context, feedback)
    for word in ("--events", "--control", "stdin"):
        words.remove(word)
    return _joined(words)


def _algorithm(algorithm_id: str) -> Any:
    return QgsApplication.processingRegistry().createAlgorithmById(algorithm_id)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return str(value.get("sink", {}).get("val") or value.get("source") or value)
    return str(value)


def _joined(words: list[str]) -> str:
    if os.name == "nt":
        return subprocess.list2cmdline(words)
    return " ".join(map(shlex.quote, words))
