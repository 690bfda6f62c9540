"""What the plugin's source may use: QGIS 3.22, Qt 5 and Qt 6, Python 3.9, and nothing else."""

import ast
import builtins
import enum
import importlib
import importlib.util
import sys
from pathlib import Path

import pytest
from qgis.core import Qgis

PLUGIN = Path(__file__).parents[2] / "qgis_plugin"
SOURCES = sorted(PLUGIN.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
#: QGIS's own Processing plugin; it may be loaded after this one, hence imported in functions only.
LATE = {"processing"}
#: Modules that Python has on one system only, imported there alone.
OF_ONE_SYSTEM = {"msvcrt", "fcntl"}
each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PLUGIN)))


def imports(tree):
    """Yield (module, names) of the absolute imports, names being () for whole modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module, tuple(alias.name for alias in node.names)


def chain(node):
    """Return ["QgsA", "B", "C"] for the expression QgsA.B.C, or [] for any other."""
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def test_there_is_something_to_check():
    assert len(SOURCES) > 10


@each_source
def test_only_qgis_and_the_standard_library_are_imported(path):
    standard = getattr(sys, "stdlib_module_names", frozenset())
    if not standard:
        pytest.skip("this Python cannot list its standard library")
    for module, _ in imports(TREES[path]):
        root = module.partition(".")[0]
        assert root in standard or root == "qgis" or root in LATE, module


@each_source
def test_other_plugins_are_not_imported_at_start(path):
    for statement in TREES[path].body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            assert not {m.partition(".")[0] for m, _ in imports(ast.Module([statement], []))} & LATE


@each_source
def test_syntax_and_annotations_suit_python_3_9(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    for node in ast.walk(TREES[path]):
        for field in ("annotation", "returns"):
            for part in ast.walk(getattr(node, field, None) or ast.Pass()):
                assert not (isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr)), (
                    f"line {part.lineno}: X | Y is not evaluated by Python 3.9"
                )


@each_source
def test_imported_names_exist_and_enums_are_fully_scoped(path):
    imported = {}
    for module, names in imports(TREES[path]):
        if module.partition(".")[0] == "qgis":
            home = importlib.import_module(module)
            imported.update({name: getattr(home, name) for name in names})
    for node in ast.walk(TREES[path]):
        names = chain(node)
        if len(names) < 2 or names[0] not in imported:
            continue
        value, parent = imported[names[0]], None
        for name in names[1:]:
            value, parent = getattr(value, name), value
        member = isinstance(value, (int, enum.Enum)) and not isinstance(value, bool)
        assert not member or isinstance(parent, type(value)) or parent is type(value), (
            f"{'.'.join(names)} must be written with the name of its enum for Qt 6"
        )


def known_names():
    """Every attribute that any class of QGIS, Qt or the used standard library has here."""
    modules = {
        "qgis.core",
        "qgis.gui",
        "qgis.PyQt.QtCore",
        "qgis.PyQt.QtGui",
        "qgis.PyQt.QtWidgets",
    }
    for tree in TREES.values():
        modules |= {m for m, _ in imports(tree) if m.partition(".")[0] not in LATE}
    modules = {m for m in modules if m not in OF_ONE_SYSTEM or importlib.util.find_spec(m)}
    names, things = set(), [builtins]
    things += [importlib.import_module(module) for module in modules]
    things += [child for module in list(things) for child in vars(module).values()]
    for thing in things:
        names.update(dir(thing))
    nested = [getattr(t, n, None) for t in things if isinstance(t, type) for n in dir(t)]
    for thing in nested:
        if isinstance(thing, type):
            names.update(dir(thing))
    return names


def own_names():
    """Every name that the plugin itself defines."""
    names = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


@pytest.mark.skipif(
    not 32200 <= Qgis.QGIS_VERSION_INT < 32300, reason="only QGIS 3.22 knows what 3.22 had"
)
def test_no_attribute_is_newer_than_qgis_3_22():
    known = known_names() | own_names()
    # Of Windows, of ctypes structures and named tuples, and of the Processing plugin.
    known |= {"CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW", "WinDLL", "WinError"}
    known |= {"get_last_error", "CreateJobObjectW", "SetInformationJobObject", "CloseHandle"}
    known |= {"AssignProcessToJobObject", "TerminateJobObject", "_handle"}
    known |= {"locking", "LK_NBLCK", "flock", "LOCK_EX", "LOCK_NB", "returncode"}
    known |= {"BasicLimitInformation", "execAlgorithmDialog", "_fields", "_replace"}
    used = {
        node.attr: f"{path.name}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
    }
    assert {name: where for name, where in used.items() if name not in known} == {}


def test_the_check_for_newer_attributes_can_fail():
    if Qgis.QGIS_VERSION_INT < 32300:
        assert "pushFormattedMessage" not in known_names()  # came with QGIS 3.36
    assert "pushWarning" in known_names()
