"""The plugin's settings: which Python interpreter holds the engine, and what is wrong with it."""

import os
from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

from .engine.environment import engine_environment
from .setup.materials import plugin_version
from .setup.places import current, default_root, known_version
from .texts import tr

ENGINE_PYTHON_KEY = "overseed/engine_python"
#: Another folder for what set-up installs than the usual one.
ENGINE_ROOT_KEY = "overseed/engine_folder"
#: Wins over the setting, so that tests and servers need no QGIS profile.
ENGINE_PYTHON_VARIABLE = "OVERSEED_ENGINE_PYTHON"


def engine_python() -> str:
    """Return the path of the interpreter that has the engine, or "" when there is none.

    The environment variable wins, then the setting, then what the plugin's own set-up installed.
    """
    chosen = chosen_python()
    if chosen:
        return chosen
    installed = current(engine_root())
    return str(installed.python) if installed else ""


def chosen_python() -> str:
    """Return the interpreter that the person or the environment variable names, or ""."""
    from_environment = os.environ.get(ENGINE_PYTHON_VARIABLE, "").strip()
    return from_environment or str(QgsSettings().value(ENGINE_PYTHON_KEY, "") or "").strip()


def choose_python(path: str) -> None:
    """Use the interpreter at ``path``; with "" the one that set-up installed."""
    if path:
        QgsSettings().setValue(ENGINE_PYTHON_KEY, path)
    else:
        QgsSettings().remove(ENGINE_PYTHON_KEY)


def engine_root() -> Path:
    """Return the folder for all that set-up installs: the person's choice, else the usual one."""
    chosen = str(QgsSettings().value(ENGINE_ROOT_KEY, "") or "").strip()
    return Path(chosen) if chosen else default_root(QgsApplication.qgisSettingsDirPath())


def choose_root(path: str) -> None:
    """Install into the folder ``path`` from now on; with "" into the usual one."""
    if path:
        QgsSettings().setValue(ENGINE_ROOT_KEY, path)
    else:
        QgsSettings().remove(ENGINE_ROOT_KEY)


def child_environment() -> dict[str, str]:
    """Return the environment for the engine, without what QGIS has put into its own."""
    return engine_environment(qgis_folders=qgis_folders())


def qgis_folders() -> tuple[str, ...]:
    """Return the folders of QGIS's own programs and libraries.

    On Windows QGIS lies deep in a folder whose own ``bin`` has the libraries; the set-up scripts of
    all its installers name that folder in a variable.
    """
    folders = (
        QgsApplication.prefixPath(),
        QgsApplication.libexecPath(),
        os.environ.get("OSGEO4W_ROOT", ""),
    )
    return tuple(folder for folder in folders if folder)


def engine_problem() -> str:
    """Return what keeps the engine from starting and what to do about it; "" when nothing does.

    Only looks at files, so that it is cheap enough for a toolbox that asks often.
    """
    python = engine_python()
    remedy = tr(
        "Open Overseed's set-up card (Settings → Options → Overseed) to install the engine or to "
        "choose the Python interpreter that has it. Without windows, the interpreter's path goes "
        "into the setting “{key}” or the environment variable {variable}."
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
    version = known_version(engine_root(), python)
    if version and version != plugin_version():
        return tr(
            "The engine has version {engine} and the plugin {plugin}; they must be the same. Press "
            "“Upgrade” in Overseed's set-up card (Settings → Options → Overseed)."
        ).format(engine=version, plugin=plugin_version())
    return ""
