"""The plugin's settings: which Python interpreter holds the engine, and what is wrong with it."""

import os
from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

from .engine.environment import engine_environment
from .texts import tr

ENGINE_PYTHON_KEY = "overseed/engine_python"
#: Wins over the setting, so that tests and servers need no QGIS profile.
ENGINE_PYTHON_VARIABLE = "OVERSEED_ENGINE_PYTHON"


def engine_python() -> str:
    """Return the path of the interpreter that has the engine, or "" when none is set."""
    from_environment = os.environ.get(ENGINE_PYTHON_VARIABLE, "").strip()
    return from_environment or str(QgsSettings().value(ENGINE_PYTHON_KEY, "") or "").strip()


def child_environment() -> dict[str, str]:
    """Return the environment for the engine, without what QGIS has put into its own."""
    return engine_environment(
        qgis_folders=[QgsApplication.prefixPath(), QgsApplication.libexecPath()]
    )


def engine_problem() -> str:
    """Return what keeps the engine from starting and what to do about it; "" when nothing does.

    Only looks at files, so that it is cheap enough for a toolbox that asks often.
    """
    python = engine_python()
    remedy = tr(
        "Run “python3 build.py install” in Overseed's folder, or store the path of the Python "
        "interpreter that has Overseed's engine under “{key}” in QGIS's advanced settings "
        "(or in the environment variable {variable})."
    ).format(key=ENGINE_PYTHON_KEY, variable=ENGINE_PYTHON_VARIABLE)
    if not python:
        return tr("Overseed's engine is not set up yet.") + " " + remedy
    if not Path(python).is_file():
        return tr("Overseed's engine was not found: {path} does not exist.").format(path=python) + (
            " " + remedy
        )
    if not os.access(python, os.X_OK):
        return tr("Overseed's engine cannot be started: {path} is not a program.").format(
            path=python
        ) + (" " + remedy)
    return ""
