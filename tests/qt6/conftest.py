"""PyQt6 under the name `qgis.PyQt`, as a QGIS with Qt 6 offers it; there is no QGIS here."""

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import traceback
import types

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

#: What QGIS adds to PyQt6's modules, as (module, name): the module of PyQt6 that has it. QGIS mends
#: more, such as names without their enum; the plugin must do without that.
MOVED = {
    ("QtWidgets", "QAction"): "QtGui",
    ("QtWidgets", "QShortcut"): "QtGui",
}


class QgisPyQt(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `qgis`, `qgis.PyQt` and its modules, and nothing else of QGIS."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname in ("qgis", "qgis.PyQt"):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        if fullname.startswith("qgis.PyQt.Qt"):
            return importlib.machinery.ModuleSpec(fullname, self)
        return None

    def create_module(self, spec):
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        name = module.__name__.rpartition(".")[2]
        if not name.startswith("Qt"):
            return
        real = importlib.import_module(f"PyQt6.{name}")
        vars(module).update({k: v for k, v in vars(real).items() if not k.startswith("_")})
        for (into, what), origin in MOVED.items():
            if into == name:
                setattr(module, what, getattr(importlib.import_module(f"PyQt6.{origin}"), what))
        if name == "QtCore":
            module.NULL = real.QVariant()


sys.meta_path.insert(0, QgisPyQt())


#: The application must outlive every widget, which Python may collect last of all.
_KEPT = []


@pytest.fixture(scope="session")
def application():
    """Return Qt's application, without a display."""
    try:
        from PyQt6.QtWidgets import QApplication
    except ImportError as error:
        pytest.fail(
            f"Qt 6 does not start: {error}. On Debian and Ubuntu its libraries come with "
            "apt install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1."
        )
    if QApplication.instance() is None:
        _KEPT.append(QApplication(["overseed"]))
    return QApplication.instance()


@pytest.fixture
def complaints(monkeypatch):
    """Return a list that gathers exceptions, as text, out of Qt's events, which would else end the process."""
    found = []

    def note(kind, error, trace):
        found.append("".join(traceback.format_exception(kind, error, trace)))
        # A painter that outlives what it paints on ends the process.
        traceback.clear_frames(trace)

    monkeypatch.setattr(sys, "excepthook", note)
    return found
