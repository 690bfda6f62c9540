"""Widgets that need Qt alone are built and painted under Qt 6.

A widget is built without arguments. Where it needs some, its module has a function `example()` that
returns one, or several in a tuple.
"""

import importlib
import inspect
import sys
from pathlib import Path

import pytest

from tests.qt6.sources import Sources

SOURCES = Sources(Path(__file__).parents[2] / "qgis_plugin")


def widgets_of(module):
    """Return an instance of every widget class that a module defines; fails where there is none."""
    from PyQt6.QtWidgets import QWidget

    classes = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, QWidget)
        if thing.__module__ == module.__name__
    ]
    made = [kind() for kind in classes if not _needs_arguments(kind)]
    if hasattr(module, "example"):
        examples = module.example()
        made += examples if isinstance(examples, (tuple, list)) else [examples]
    built = {type(one) for widget in made for one in [widget, *widget.findChildren(QWidget)]}
    left = [kind.__name__ for kind in classes if not any(issubclass(one, kind) for one in built)]
    assert not left, f"{module.__name__} needs a function example() that returns: {', '.join(left)}"
    return made


def _needs_arguments(kind):
    for base in kind.__mro__:
        if inspect.isfunction(vars(base).get("__init__")):
            parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
            return any(
                one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
                for one in parameters
            )
        if base.__module__.startswith("PyQt6."):
            return False
    return False


def look_at(widget, application):
    """Lay the widget out, paint it in two sizes, and close it."""
    for width, height in ((320, 240), (900, 700)):
        widget.resize(width, height)
        widget.show()
        application.processEvents()
        assert not widget.grab().isNull()
    widget.close()
    widget.deleteLater()
    application.processEvents()


@pytest.mark.parametrize("name", SOURCES.qt_only())
def test_modules_without_qgis_load_and_their_widgets_are_painted(name, application, complaints):
    for widget in widgets_of(importlib.import_module(name)):
        look_at(widget, application)
    assert complaints == []


def test_modules_that_need_qgis_are_told_apart():
    found = SOURCES.qt_only()
    assert {"qgis_plugin.texts", "qgis_plugin.icons"} <= set(found)
    assert not {"qgis_plugin.plugin", "qgis_plugin.settings"} & set(found)


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Return a function that makes a package of modules and imports one."""
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "planted_widgets"
    package.mkdir()
    (package / "__init__.py").touch()

    def make(name, text):
        (package / f"{name}.py").write_text("from qgis.PyQt.QtWidgets import QWidget\n" + text)
        return Sources(package), importlib.import_module(f"planted_widgets.{name}")

    yield make
    for name in [name for name in sys.modules if name.startswith("planted_widgets")]:
        del sys.modules[name]


def test_a_widget_with_arguments_needs_an_example(planted, application):
    text = "class Bar(QWidget):\n    def __init__(self, share):\n        super().__init__()\n"
    with pytest.raises(AssertionError, match=r"example\(\) that returns: Bar"):
        widgets_of(planted("without", text)[1])
    (made,) = widgets_of(planted("with", text + "def example():\n    return Bar(0.5)\n")[1])
    assert type(made).__name__ == "Bar"


def test_an_error_in_painting_is_found(planted, application, complaints):
    # PyQt5 took a float where Qt wants a whole number; PyQt6 does not.
    text = """
from qgis.PyQt.QtGui import QPainter
class Bar(QWidget):
    def paintEvent(self, event):
        painter = QPainter(self)
        painter.drawLine(0.5, 0, 1, 1)
"""
    for widget in widgets_of(planted("painted", text)[1]):
        look_at(widget, application)
    assert complaints
    assert all("TypeError" in one for one in complaints)


def test_qgis_behind_another_module_is_found(planted):
    planted("core", "def load():\n    from qgis.core import QgsProject\n")
    sources, _ = planted("front", "from . import core\n")
    assert sources.qt_only() == ["planted_widgets"]
