"""Every Qt name and enum that the plugin uses is there under PyQt6."""

import ast
import enum
import importlib
from pathlib import Path

import pytest

from tests.qt6.sources import Sources

SOURCES = Sources(Path(__file__).parents[2] / "qgis_plugin")
each_module = pytest.mark.parametrize("module", SOURCES.paths)
#: Methods of Qt 5 that PyQt6 has under no class.
GONE = {
    *("exec_", "print_", "globalPos", "globalX", "globalY", "setTabStopWidth", "tabStopWidth"),
    *("setMargin", "desktop", "setResizeMode", "pixmapByRef", "setCodec", "midButton"),
}


def unresolved(sources, module):
    """Return the uses of Qt, as text, that do not resolve or lack the name of their enum."""
    known, missing = {}, []
    for home, names in sources.imports(module):
        if home == "qgis.PyQt" or home.startswith("qgis.PyQt."):
            for name in names:
                try:
                    known[name] = _member(home, name)
                except (ImportError, AttributeError):
                    missing.append(f"{home}.{name}")
    for node in ast.walk(sources.trees[module]):
        names = _chain(node)
        if len(names) > 1 and names[0] in known:
            missing += _unresolved_chain(known[names[0]], names)
        if isinstance(node, ast.Attribute) and node.attr in GONE:
            missing.append(node.attr)
    return missing


def _member(home, name):
    if home == "qgis.PyQt":
        return importlib.import_module(f"{home}.{name}")
    return getattr(importlib.import_module(home), name)


def _chain(node):
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def _unresolved_chain(value, names):
    for name in names[1:]:
        try:
            value = getattr(value, name)
        except AttributeError:
            return [".".join(names)]
        if isinstance(value, enum.Enum):  # what follows belongs to Python, such as `.value`
            break
    return []


@each_module
def test_names_and_enums_resolve(module, application):
    assert unresolved(SOURCES, module) == []


def test_what_is_missing_is_found(tmp_path, application):
    package = tmp_path / "planted"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from qgis.PyQt.QtCore import Qt, QRegExp\n"
        "from qgis.PyQt.QtWidgets import QAction, QDialog\n"
        "from qgis.PyQt import QtWidgets\n"
        "fine = [Qt.AlignmentFlag.AlignLeft, QAction, QtWidgets.QLabel, Qt.Key.Key_A.value]\n"
        "bad = [Qt.AlignLeft, QtWidgets.QDesktopWidget]\n"
        "QDialog().exec_()\n"
    )
    assert sorted(unresolved(Sources(package), "planted")) == [
        "Qt.AlignLeft",
        "QtWidgets.QDesktopWidget",
        "exec_",
        "qgis.PyQt.QtCore.QRegExp",
    ]
